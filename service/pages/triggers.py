"""What somebody may do about an instance besides its tasks: the form of a message event, and handing it in."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service import auth, flash, panels, uploads
from service.context import the_actor, the_workplace
from service.pages.inbox import OFFICE
from service.panels import PanelContext
from service.standing import file_url
from workflows.engine import triggers
from workflows.errors import Invalid

bp = Blueprint("triggers", __name__, url_prefix="/processes/<instance_id>/do/<wait_id>")


@bp.get("/")
@auth.roles(*OFFICE)
def show(instance_id: str, wait_id: str) -> str:
    """The form; an address may begin it: ``?month=2026-08&number=3``."""
    return _page(instance_id, wait_id, typed=None, errors={}, begun=request.args.to_dict())


@bp.post("/fields")
@auth.roles(*OFFICE)
def fields(instance_id: str, wait_id: str) -> str:
    """The form's fields again, with what was typed: a choice may show or hide others. Nothing is kept."""
    return _page(instance_id, wait_id, typed=uploads.typed(), errors={}, template="forms/fields.html")


@bp.post("/")
@auth.roles(*OFFICE)
def hand_in(instance_id: str, wait_id: str) -> ResponseReturnValue:
    """Do it, or offer one more row, as the pressed button says."""
    workplace, actor, typed, errors = the_workplace(), the_actor(), uploads.typed(), dict[str, str]()
    if uploads.has_files():
        with workplace.reading(actor.subdistrict_id) as session:
            triggers.view(workplace.engine, session, actor, wait_id)  # nobody stores files for what is not theirs
        typed, errors = uploads.with_files(actor, typed)
    if errors or request.form.get("press") == "more":
        answer = _page(instance_id, wait_id, typed=typed, errors=errors)
        return answer, HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    try:
        with workplace.unit_of_work(actor.subdistrict_id) as session:
            instance = triggers.hand_in(workplace.engine, session, actor, wait_id=wait_id, answer=typed)
            back = file_url(instance, actor)
    except Invalid as refusal:
        told = "" if refusal.fields else str(refusal)
        page = _page(instance_id, wait_id, typed=typed, errors=refusal.fields, told=told)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    return flash.leave(redirect(back, HTTPStatus.SEE_OTHER), "completed")


def _page(
    instance_id: str,
    wait_id: str,
    *,
    typed: Mapping[str, Any] | None,
    errors: dict[str, str],
    told: str = "",
    template: str = "triggers/show.html",
    begun: Mapping[str, str] = MappingProxyType({}),
) -> str:
    workplace, actor = the_workplace(), the_actor()
    with workplace.reading(actor.subdistrict_id) as session:
        view = triggers.view(workplace.engine, session, actor, wait_id, instance_id=instance_id)
        shown = view.form.view({**view.values, **begun} if typed is None else typed, errors, view.choices)
        drawn = {
            field.key: panels.draw(PanelContext(workplace.engine, session, actor, view, field), field.panel)
            for field in shown
            if field.panel and field.visible
        }
        return render_template(
            template,
            view=view,
            trigger=view.trigger,
            instance=view.instance,
            fields=shown,
            panels=drawn,
            errors=errors,
            told=told,
            back=file_url(view.instance, actor),
            refresh_url=url_for("triggers.fields", instance_id=instance_id, wait_id=wait_id),
        )
