"""The assessment: a quarter at a glance, and the panels inside the month's and the quarter's forms."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from service import auth, flash
from service.context import the_actor, the_workplace, today
from service.pages.inbox import OFFICE
from service.panels import PanelContext
from workflows.activities import queries as activities
from workflows.activities.rules import DIMENSIONS
from workflows.activities.tables import Activity, Attendance, Evidence
from workflows.actor import Actor
from workflows.assessment import actions, duties, queries, rules
from workflows.assessment.queries import MonthView
from workflows.assessment.rules import LineState, Month, Quarter, Verdict
from workflows.assessment.tables import (
    AssessmentLine,
    BonusClaim,
    QuarterAssessment,
    Verification,
    VillageIndex,
)
from workflows.people import queries as people
from workflows.people.rules import COMMITTEE, STATION, VILLAGE

bp = Blueprint("assessment", __name__, url_prefix="/assessment")

MONTH_STATES = {"待自评": "", "待审核": "info", "退回": "warn", "已认定": "info", "已归档": "ok"}
LINE_STATES = {"待审": "", "认定": "ok", "剔除": "bad"}
QUARTER_STATES = {"已审定": "ok", "已移交": "ok", "公示": "info"}
STATES = {"month_states": MONTH_STATES, "line_states": LINE_STATES, "quarter_states": QUARTER_STATES}


@dataclass(frozen=True)
class Standing:
    """One deputy in the quarter's list: points so far and how far each month has come."""

    deputy: people.Deputy
    points_tenths: int
    months: list[str]


@bp.get("/")
@auth.roles(*OFFICE)
def index() -> str:
    """A quarter: villages' indexes with their parts, and the deputies whose files this person may read."""
    actor = the_actor()
    quarter = Quarter.read(request.args.get("quarter") or str(Month.of(today()).quarter))
    with the_workplace().reading(actor.subdistrict_id) as session:
        opened = {row.period: row for row in queries.quarters(session)}
        row = opened.get(str(quarter))
        return render_template(
            "assessment/index.html",
            quarter=quarter,
            quarters=quarters_to_choose(list(opened)),
            row=row,
            villages=_villages(session, actor, row),
            rollups=queries.rollups(session, row.id) if row else {},
            standings=_standings(session, actor, quarter),
            outstanding=_outstanding(session, actor, quarter),
            may_remind=bool(actor.roles & {VILLAGE, STATION, COMMITTEE}),
            unit_names=people.unit_names(session),
            points=rules.points_text,
            **STATES,
        )


@bp.post("/months/<period>/<person_id>/remind")
@auth.roles(VILLAGE, STATION, COMMITTEE)
def remind(period: str, person_id: str) -> ResponseReturnValue:
    """The group leader reminds a deputy whose month is not handed in."""
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        is_new = actions.remind(workplace.engine, session, actor, period=period, person_id=person_id)
    back = url_for("assessment.index", quarter=str(Month.read(period).quarter))
    return flash.leave(redirect(back, HTTPStatus.SEE_OTHER), "reminded" if is_new else "reminded_before")


def quarters_to_choose(opened: list[str]) -> list[Quarter]:
    """The present quarter and every one that was assessed, newest first."""
    periods = {str(Month.of(today()).quarter), str(Quarter.before(today())), *opened}
    return [Quarter.read(period) for period in sorted(periods, reverse=True)]


def _outstanding(session: Session, actor: Actor, quarter: Quarter) -> duties.Outstanding | None:
    """What the committee, or a station of its own, has to run after; None for everybody else."""
    if actor.has_role(COMMITTEE):
        return duties.outstanding(session, quarter, today(), None)
    own = actor.units_of(STATION)
    return duties.outstanding(session, quarter, today(), own) if own else None


def _villages(session: Session, actor: Actor, row: QuarterAssessment | None) -> list[VillageIndex]:
    if row is None or not rules.may_see_results(actor, row.status):
        return []
    return queries.village_indexes(session, row.id)


def _standings(session: Session, actor: Actor, quarter: Quarter) -> list[Standing]:
    deputies = queries.readable_deputies(session, actor, quarter)
    if not deputies:
        return []
    points = queries.sums(queries.quarter_entries(session, quarter))
    states = {
        (month.person_id, month.period): month.status
        for period in quarter.months
        for month in queries.months_of(session, str(period))
    }
    return [
        Standing(
            deputy,
            points.get(deputy.person_id, 0),
            [states.get((deputy.person_id, str(month)), "") for month in quarter.months],
        )
        for deputy in deputies
    ]


# ----------------------------------------------------------------------------------------------- panels


def month_lines(panel: PanelContext) -> Markup:
    """A month as the deputy sees it: every line with its points, a tick and a reason for an objection."""
    return _month_panel(panel, "assessment/panels/month_lines.html")


def review(panel: PanelContext) -> Markup:
    """A month as its reviewer sees it: objections and proofs, a tick and a reason to strike."""
    return _month_panel(panel, "assessment/panels/review.html")


def _month_panel(panel: PanelContext, template: str) -> Markup:
    person_id = str(panel.step_data("deputy")["person"])
    view = queries.month_view(panel.session, queries.month_of(panel.session, panel.subject, person_id))
    ids = [line.activity_id for line in view.lines]
    return drawn(
        template,
        panel,
        view=view,
        month=view.month,
        name=people.person(panel.session, person_id).name,
        dimensions=_dimensions(view),
        held=activities.activities_by_id(panel.session, ids),
        proofs=activities.evidence_of(panel.session, ids),
    )


def _dimensions(view: MonthView) -> list[tuple[str, int, int]]:
    """Dimension, times and points of the six, in their order (domain S34)."""
    counted = [line for line in view.lines if line.state != LineState.STRUCK]
    return [
        (
            dimension.value,
            sum(line.dimension == dimension and line.points_tenths > 0 for line in counted),
            sum(line.points_tenths for line in counted if line.dimension == dimension),
        )
        for dimension in DIMENSIONS
    ]


def rollup(panel: PanelContext) -> Markup:
    """The quarter's figures: a station's own deputies in its report, the results in the steps after it."""
    quarter = Quarter.read(panel.subject)
    row = queries.quarter_of(panel.session, panel.subject)
    site = panel.step_data().get("site") or {}
    results = queries.deputy_results(panel.session, row.id)
    deputies = {seat.person_id: seat for seat in people.deputies_on(panel.session, quarter.last_day)}
    return drawn(
        "assessment/panels/rollup.html",
        panel,
        quarter=quarter,
        standings=_of_station(panel.session, panel.actor, quarter, site["station"]) if site else [],
        villages=[] if site else queries.village_indexes(panel.session, row.id),
        rollups=queries.rollups(panel.session, row.id),
        results=results if panel.actor.has_role(COMMITTEE) and not site else [],
        deputies=deputies,
        unit_names=people.unit_names(panel.session),
        publicity=queries.publicity_of(panel.session, row.id),
    )


def _of_station(session: Session, actor: Actor, quarter: Quarter, station_id: str) -> list[Standing]:
    return [each for each in _standings(session, actor, quarter) if each.deputy.station_id == station_id]


@dataclass(frozen=True)
class Check:
    """One item of the committee's list: what was claimed, and what proves it."""

    item: Verification
    source: AssessmentLine | BonusClaim
    name: str

    @property
    def is_false(self) -> bool:
        return self.item.verdict == Verdict.FALSE


@dataclass(frozen=True)
class Group:
    """An activity of one station with its sheet and photos side by side, and its items; None: bonus claims."""

    station: str
    activity: Activity | None
    sheet: list[tuple[str, Attendance]]
    proofs: list[Evidence]
    checks: list[Check]


def verification(panel: PanelContext) -> Markup:
    """What the committee checks, activity by activity, on one screen."""
    row = queries.quarter_of(panel.session, panel.subject)
    checks = _checks(panel.session, row)
    return drawn(
        "assessment/panels/verification.html",
        panel,
        row=row,
        groups=_groups(panel.session, checks, Quarter.read(row.period)),
        total=len(checks),
    )


def _checks(session: Session, row: QuarterAssessment) -> list[Check]:
    items = queries.verifications(session, row.id)
    lines = queries.lines_by_id(session, [item.line_id for item in items if item.line_id])
    claims = queries.claims_by_id(session, [item.claim_id for item in items if item.claim_id])
    months = {source.month_id for source in lines.values()} | {source.month_id for source in claims.values()}
    owners = queries.owners(session, months)
    names = queries.names_of(session, owners.values(), Quarter.read(row.period))
    found = []
    for item in items:
        source = lines[item.line_id] if item.line_id else claims[item.claim_id or ""]
        found.append(Check(item, source, names[owners[source.month_id]]))
    return found


def _groups(session: Session, checks: list[Check], quarter: Quarter) -> list[Group]:
    stations = people.unit_names(session)
    grouped: dict[tuple[str, str], list[Check]] = {}
    for check in checks:
        activity_id = check.source.activity_id if isinstance(check.source, AssessmentLine) else ""
        grouped.setdefault((check.item.station_id, activity_id), []).append(check)
    ids = {activity_id for _, activity_id in grouped if activity_id}
    held = activities.activities_by_id(session, ids)
    sheets, proofs = activities.attendance_of(session, ids), activities.evidence_of(session, ids)
    present = {entry.person_id for sheet in sheets.values() for entry in sheet}
    names = queries.names_of(session, present, quarter)
    return [
        Group(
            stations[station_id],
            held.get(activity_id),
            [(names[entry.person_id], entry) for entry in sheets.get(activity_id, [])],
            proofs.get(activity_id, []),
            found,
        )
        for (station_id, activity_id), found in grouped.items()
    ]


def drawn(template: str, panel: PanelContext, **shown: Any) -> Markup:
    """A panel from its template, with what every panel of the assessment needs."""
    return Markup(  # noqa: S704 - a template of ours, which escapes every value
        render_template(
            template,
            field=panel.field,
            may_work=panel.view.may_work,
            typed=_typed(panel),
            points=rules.points_text,
            **STATES,
            **shown,
        )
    )


def _typed(panel: PanelContext) -> dict[str, tuple[str, str]]:
    """Number -> reason and error of the rows that were ticked before the form came back."""
    typed: dict[str, tuple[str, str]] = {}
    for row in panel.field.rows:
        cells = {cell.key: cell for cell in row.fields}
        if cells["number"].value:
            typed[str(cells["number"].value)] = (str(cells["reason"].value), cells["reason"].error)
    return typed
