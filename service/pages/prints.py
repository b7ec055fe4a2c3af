"""Papers of a case: registration form, handling sheet, letter of reply, explained dates; and a station's register.

Whoever prints is noted. The visitor's name and number are written out for the case's own station only, which has to
reach them; on everybody else's paper they are masked.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from service import auth, printing
from service.context import the_actor, the_workplace, today
from service.language import translate as _
from workflows.actor import Actor
from workflows.cases import actions, clock_queries, rules
from workflows.cases import queries as cases
from workflows.cases.clock_rules import Clock
from workflows.cases.tables import Case
from workflows.clock import beijing_date
from workflows.errors import Conflict, Invalid, NotFound
from workflows.people import queries as people
from workflows.people.rules import COMMITTEE, DEPARTMENT, STATION

bp = Blueprint("prints", __name__)

LONGEST_REGISTER_DAYS = 366


@dataclass(frozen=True)
class Paper:
    """One kind of paper. `roles`: who may have it."""

    template: str
    roles: frozenset[str]


PAPERS = {
    "form": Paper("prints/form.html", frozenset({STATION, COMMITTEE})),
    "sheet": Paper("prints/sheet.html", frozenset({STATION, COMMITTEE, DEPARTMENT})),
    "letter": Paper("prints/letter.html", frozenset({STATION})),
    "dates": Paper("prints/dates.html", frozenset({STATION, COMMITTEE, DEPARTMENT})),
}


@bp.post("/cases/<case_id>/prints/<kind>")
@auth.roles(STATION, COMMITTEE, DEPARTMENT)
def case_paper(case_id: str, kind: str) -> Response:
    """A paper of a case, as a page or as a PDF."""
    workplace, actor = the_workplace(), the_actor()
    paper = PAPERS.get(kind)
    if paper is None or not paper.roles & actor.roles:
        raise NotFound("没有这种打印件，请从事项页面选择。")
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        case = actions.note_printed(session, actor, case_id=case_id, kind=kind, at=workplace.engine.clock())
        facts = _facts(session, actor, case)
        if kind == "letter" and not (case.reply_text and case.replied_at):
            raise Conflict("这件事项还没有答复，不能打印回复函。请先在待办里答复来访人。")
        return printing.paper(
            paper.template,
            f"{_names()[kind]} {case.number}",
            as_pdf=request.form.get("as") == "pdf",
            paper_name=_names()[kind],
            kind=kind,
            **facts,
        )


@bp.get("/cases/book")
@auth.roles(STATION, COMMITTEE)
def book() -> Response:
    """The register of visits of a station, or of all, between two days."""
    workplace, actor = the_workplace(), the_actor()
    first, last = _period(today())
    with workplace.reading(actor.subdistrict_id) as session:
        units, station = people.unit_names(session), request.args.get("station", "") or _own_station(actor)
        rows = cases.received_between(session, actor, first, last, station_id=station or None)
        return printing.paper(
            "prints/book.html",
            _("来访登记簿"),
            as_pdf=request.args.get("as") == "pdf",
            rows=rows,
            first=first,
            last=last,
            station=units.get(station, ""),
            station_id=station,
            stations=people.station_choices(session) if actor.has_role(COMMITTEE) else [],
            unit_names=units,
            parties=cases.parties_of(session, [case.id for case in rows]),
            masked=rules.masked,
        )


def papers_for(actor: Actor, case: Case) -> dict[str, str]:
    """Kind -> name of the papers that this person may have of a case now."""
    return {
        kind: name
        for kind, name in _names().items()
        if PAPERS[kind].roles & actor.roles and (kind != "letter" or case.replied_at)
    }


def _own_station(actor: Actor) -> str:
    """The station of a clerk who has one; empty for the committee."""
    units = [unit for unit in actor.units_of(STATION) if unit]
    return units[0] if len(units) == 1 and not actor.has_role(COMMITTEE) else ""


def _names() -> dict[str, str]:
    return {
        "form": _("来访登记表"),
        "sheet": _("办理单"),
        "letter": _("回复函"),
        "dates": _("期限说明"),
    }


def _facts(session: Session, actor: Actor, case: Case) -> dict[str, Any]:
    station = people.unit(session, case.station_id)
    return {
        "case": case,
        "parties": cases.parties(session, case),
        "in_full": actor.has_role(STATION, case.station_id),
        "masked": rules.masked,
        "station": station.name,
        "station_phone": station.phone,
        "unit_names": people.unit_names(session),
        "referrals": cases.referrals(session, case.id),
        "attempts": cases.attempts(session, case.id),
        "links": cases.links(session, case, the_workplace().engine.clock()),
        "explained": cases.explained(session, case),
        "changes": cases.deadline_changes(session, case),
        "handling": clock_queries.explained(session, case, Clock.HANDLING),
        "handling_changes": clock_queries.changes(session, case, Clock.HANDLING),
        "result_classes": rules.RESULT_CLASSES,
        "replied_on": beijing_date(case.replied_at) if case.replied_at else None,
        "today": today(),
    }


def _period(on: date) -> tuple[date, date]:
    """
    Raises:
        Invalid: not two days in order, or more than a year.
    """
    try:
        first = date.fromisoformat(request.args.get("first") or on.replace(day=1).isoformat())
        last = date.fromisoformat(request.args.get("last") or on.isoformat())
    except ValueError as error:
        raise Invalid("日期写得不对，请写成 2026-09-24 的样子。") from error
    if not timedelta(0) <= last - first <= timedelta(days=LONGEST_REGISTER_DAYS):
        raise Invalid("起止日期要按先后填写，一次最多打印一年。")
    return first, last
