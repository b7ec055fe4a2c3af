"""What people add to a case's file: remarks, papers and photographs, links to other cases; two cases side by side."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service import auth, flash, uploads
from service.context import the_actor, the_workplace
from workflows.actor import Actor
from workflows.cases import matching, merging, record, rules, search_rules, timeline
from workflows.cases import queries as cases
from workflows.cases.record_tables import CaseComment
from workflows.cases.tables import Case, CaseAttachment
from workflows.cases.timeline import Kind
from workflows.errors import Invalid
from workflows.people import queries as people
from workflows.people.rules import COMMITTEE, DEPARTMENT, STATION

bp = Blueprint("case_record", __name__, url_prefix="/cases/<case_id>")

WORKS_ON_CASES = (STATION, COMMITTEE, DEPARTMENT)


@dataclass(frozen=True)
class Followed:
    """How a case stands to those it is merged with.

    Attributes:
        leading: the case that it follows; `leading_seen`: whether this person may open it.
        followers: the cases that follow it, as far as this person may see them; `others`: how many more there are.
    """

    leading: Case | None
    leading_seen: bool
    followers: list[Case]
    others: int


# ----------------------------------------------------------------------------------------------- doing


@bp.post("/comments")
@auth.roles(*WORKS_ON_CASES)
def comment(case_id: str) -> ResponseReturnValue:
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        text = request.form.get("text", "")
        record.comment(session, actor, case_id=case_id, text=text, at=workplace.engine.clock())
    return _back(case_id, "remarks")


@bp.post("/comments/<comment_id>/withdraw")
@auth.roles(*WORKS_ON_CASES)
def withdraw(case_id: str, comment_id: str) -> ResponseReturnValue:
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        record.withdraw_comment(session, actor, comment_id=comment_id, at=workplace.engine.clock())
    return _back(case_id, "remarks")


@bp.post("/files")
@auth.roles(*WORKS_ON_CASES)
def attach(case_id: str) -> ResponseReturnValue:
    """Photographs and papers; those that can not be kept are named and the others stay."""
    workplace, actor = the_workplace(), the_actor()
    with workplace.reading(actor.subdistrict_id) as session:
        cases.case_for(session, actor, case_id)  # nobody stores files for what is not theirs
    answer, errors = uploads.with_files(actor, {})
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        case = cases.case_for(session, actor, case_id)
        kind = request.form.get("kind", record.PAPER)
        record.attach(session, actor, case, files=answer.get("files", []), kind=kind, at=workplace.engine.clock())
    if errors:
        raise Invalid("{sentence}", sentence=errors["files"])
    return _back(case_id, "files")


@bp.post("/links")
@auth.roles(STATION, COMMITTEE)
def link(case_id: str) -> ResponseReturnValue:
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        other = cases.case_by_number(session, actor, request.form.get("number", ""))
        reason, at = request.form.get("reason", ""), workplace.engine.clock()
        record.link(session, actor, case_id=case_id, other_id=other.id, reason=reason, at=at)
    return _back(case_id, "related")


@bp.post("/links/<link_id>/remove")
@auth.roles(STATION, COMMITTEE)
def unlink(case_id: str, link_id: str) -> ResponseReturnValue:
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        record.unlink(session, actor, link_id=link_id, at=workplace.engine.clock())
    return _back(case_id, "related")


def _back(case_id: str, part: str) -> ResponseReturnValue:
    address = url_for("cases.show", case_id=case_id, _anchor=part)
    return flash.leave(redirect(address, HTTPStatus.SEE_OTHER), "saved")


# ------------------------------------------------------------------------------------------- side by side


@bp.get("/beside/<other_id>")
@auth.roles(STATION, COMMITTEE)
def beside(case_id: str, other_id: str) -> str:
    """Two cases next to each other: is it one matter?"""
    workplace, actor = the_workplace(), the_actor()
    with workplace.reading(actor.subdistrict_id) as session:
        pair = [cases.case_for(session, actor, each) for each in (case_id, other_id)]
        in_common = matching.in_common(*pair)
        return render_template(
            "cases/beside.html",
            pair=[_side(session, case, in_common) for case in pair],
            in_common=in_common,
            same_visitor=matching.same_visitor(session, *pair),
            masked=rules.masked,
            unit_names=people.unit_names(session),
            result_classes=rules.RESULT_CLASSES,
        )


def _side(session: Session, case: Case, in_common: list[str]) -> dict[str, Any]:
    return {
        "case": case,
        "heading": search_rules.marked(f"{case.number} {case.title}", in_common),
        "place": search_rules.marked(case.place, in_common),
        "description": search_rules.marked(case.description, in_common),
        "parties": cases.parties(session, case),
        "attachments": cases.attachments(session, case.id),
        "referral": cases.current_referral(session, case.id),
        "leading": session.get(Case, case.merged_into_id) if case.merged_into_id else None,
    }


# ------------------------------------------------------------------------------------- parts of the file


def parts(session: Session, actor: Actor, case: Case) -> dict[str, Any]:
    """What the file of a case shows of all this."""
    only = next((kind for kind in Kind if kind.value == request.args.get("show")), None)
    remarks = record.comments(session, case.id)
    return {
        "kinds": list(Kind),
        "only": only,
        "lines": timeline.of_case(session, actor, case, only=only),
        "remarks": remarks,
        "may_withdraw": {remark.id for remark in remarks if _may_withdraw(actor, remark)},
        "remark_length": record.REMARK_LENGTH,
        "attached": _by_kind(cases.attachments(session, case.id)),
        "file_kinds": record.KINDS,
        "related": record.linked(session, actor, case),
        "may_link": actor.has_role(STATION, case.station_id) or actor.has_role(COMMITTEE),
        "merged": followed(session, actor, case),
        "earlier": matching.earlier_at_this_place(session, actor, case),
    }


def followed(session: Session, actor: Actor, case: Case) -> Followed:
    leading = session.get(Case, case.merged_into_id) if case.merged_into_id else None
    followers = merging.followers(session, case.id)
    seen = [each for each in followers if rules.may_see(actor, each.station_id, each.department_id)]
    may_open = leading is not None and rules.may_see(actor, leading.station_id, leading.department_id)
    return Followed(leading, may_open, seen, len(followers) - len(seen))


def _may_withdraw(actor: Actor, remark: CaseComment) -> bool:
    return remark.by_id == actor.id and remark.withdrawn_at is None


def _by_kind(attachments: list[CaseAttachment]) -> dict[str, list[CaseAttachment]]:
    there: dict[str, list[CaseAttachment]] = {}
    for kind in record.KINDS:
        if own := [one for one in attachments if one.kind == kind]:
            there[kind] = own
    return there
