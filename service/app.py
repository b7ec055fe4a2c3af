"""The web door: one Flask application around one workplace."""

from collections.abc import Sequence
from typing import Any

from flask import Flask
from whitenoise import WhiteNoise

from service import assets as assets_module
from service import auth, errors, flash, language, navigation, security, templating
from service.api import cases as case_api
from service.api import description, process_definitions, process_instances, user_tasks
from service.api import suggestions as suggestion_api
from service.api import triggers as trigger_api
from service.assets import Assets
from service.context import WORKPLACE
from service.pages import (
    activities,
    assessment,
    calendar,
    case_record,
    cases,
    deputies,
    desk,
    files,
    filings,
    health,
    inbox,
    link_health,
    notices,
    overview,
    people,
    places,
    preferences,
    prints,
    processes,
    public,
    publicity,
    receptions,
    registers,
    reports,
    roster,
    session,
    suggestions,
    tasks,
    triggers,
    years,
)
from service.panels import Panel
from workflows.wiring import Workplace

_HASHED_NAME = r"^.*/assets/.+-[A-Za-z0-9_-]{8}\..+$"  # what Vite calls a file whose name holds its content's hash
_STATIC_SECONDS = 3600

BLUEPRINTS = (
    health.bp,
    files.bp,
    session.bp,
    preferences.bp,
    public.bp,
    overview.bp,
    inbox.bp,
    notices.bp,
    tasks.bp,
    processes.bp,
    triggers.bp,
    people.bp,
    roster.bp,
    places.bp,
    link_health.bp,
    prints.bp,
    reports.bp,
    registers.bp,
    desk.bp,
    cases.bp,
    case_record.bp,
    suggestions.bp,
    activities.bp,
    filings.bp,
    receptions.bp,
    assessment.bp,
    publicity.bp,
    years.bp,
    deputies.bp,
    calendar.bp,
    description.bp,
    case_api.bp,
    suggestion_api.bp,
    process_definitions.bp,
    process_instances.bp,
    user_tasks.bp,
    trigger_api.bp,
)

PANELS: dict[str, Panel] = {
    "activities.opinions": activities.opinions_panel,
    "activities.sheet": activities.sheet_panel,
    "activities.summary": activities.summary,
    "assessment.month_lines": assessment.month_lines,
    "assessment.review": assessment.review,
    "assessment.rollup": assessment.rollup,
    "assessment.verification": assessment.verification,
    "assessment.own_points": publicity.own_points,
    "assessment.objection": publicity.objection,
    "assessment.board": publicity.board,
    "assessment.board_notice": publicity.board_notice,
    "assessment.year": years.year,
    "assessment.findings": publicity.findings,
    "cases.summary": cases.summary,
    "filings.summary": filings.summary,
    "filings.task": filings.task,
    "filings.tasks": filings.tasks,
    "receptions.plan": receptions.plan_panel,
    "receptions.report": receptions.report_panel,
    "receptions.roster": receptions.roster_panel,
    "receptions.sheet": receptions.sheet_panel,
    "receptions.summary": receptions.summary,
    "suggestions.summary": suggestions.summary,
}


def create_app(
    workplace: Workplace,
    *,
    assets: Assets | None = None,
    demo_accounts: Sequence[tuple[str, str]] = (),
    demo_password: str = "",
) -> Flask:
    """The application, ready to serve.

    Args:
        assets: what the front end was built into; read from the manifest unless given
            (tests pass `assets.WITHOUT_SCRIPTS`).
        demo_accounts: login and what this person does, listed on the sign-in page of a demo town.

    Raises:
        MissingAssets: the front end was not built.
        NoPolicy: a view does not say who may use it.
    """
    app = Flask("service", static_folder=None)
    app.config.update(
        SECRET_KEY=workplace.settings.secret_key,
        MAX_CONTENT_LENGTH=security.MAX_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=security.MAX_FORM_BYTES,
        TRUSTED_HOSTS=list(workplace.settings.trusted_hosts) or None,
        DEMO_ACCOUNTS=tuple(demo_accounts),
        DEMO_PASSWORD=demo_password,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.config["PANELS"] = PANELS
    app.extensions[WORKPLACE] = workplace
    language.register(app)
    errors.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.before_request(security.limit_body)
    app.before_request(auth.admit)
    app.after_request(flash.forget_taken)
    app.after_request(security.finish)
    templating.register(app, assets or assets_module.built(), navigation.places)
    auth.require_policies(app)
    app.wsgi_app = _with_static_files(app.wsgi_app)  # type: ignore[method-assign]
    return app


def _with_static_files(wsgi: Any) -> Any:
    return WhiteNoise(
        wsgi,
        root=str(assets_module.STATIC),
        prefix="/static/",
        max_age=_STATIC_SECONDS,
        immutable_file_test=_HASHED_NAME,
        allow_all_origins=False,
        add_headers_function=_static_headers,
    )


def _static_headers(headers: Any, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
