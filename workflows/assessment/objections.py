"""What a deputy holds against published points: raised, answered by the station, decided (domain Q31)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from workflows import audit
from workflows.activities.rules import DIMENSIONS
from workflows.actor import Actor
from workflows.assessment import ledger, queries, rules
from workflows.assessment.queries import MonthView
from workflows.assessment.rules import Month, Quarter, QuarterStatus
from workflows.assessment.tables import AssessmentLine, BonusClaim, Objection, QuarterAssessment
from workflows.engine.engine import Engine
from workflows.errors import Conflict, Invalid, NotAllowed

LEFT_OUT = "漏记"


def raise_objection(
    engine: Engine, session: Session, actor: Actor, *, period: str, person_id: str, answer: Mapping[str, Any]
) -> Objection:
    """A deputy, or their station for one without an account, says what is wrong with a published quarter.

    Args:
        answer: of the objection form: ``what`` (有误 or 漏记), ``month``, ``number`` of the line, or ``dimension`` and
            ``title`` of what was left out, and ``reason``.

    Raises:
        NotFound: no such quarter.
        Conflict: nothing is published.
        Invalid: neither the deputy nor their station asks; a month outside the quarter or not the deputy's; a line that
            is not there or disputed already; no dimension or title. What was typed stays in the form.
    """
    quarter = queries.quarter_of(session, period)
    if quarter.status != QuarterStatus.PUBLISHED:
        raise Conflict("现在不在公示期，不能提出异议。以后的更正请与街道人大工委联系。")
    view = _month(session, period, person_id, str(answer.get("month") or ""))
    _check_may_raise(actor, person_id, view.month.station_id)
    raised = _left_out(answer) if answer.get("what") == LEFT_OUT else _about_line(session, quarter, view, answer)
    objection = Objection(
        quarter_id=quarter.id,
        person_id=person_id,
        station_id=view.month.station_id,
        month_id=view.month.id,
        reason=str(answer.get("reason") or "").strip(),
        raised_at=engine.clock(),
        raised_by=actor.name,
        **raised,
    )
    session.add(objection)
    session.flush()
    _audit(engine, session, actor, "raised", objection)
    return objection


def answer_objection(engine: Engine, session: Session, actor: Actor, *, objection_id: str, text: str) -> Objection:
    """The station says how the points came about.

    Raises:
        NotFound: no such objection.
        NotAllowed: not this station's staff, or the deputy's own objection.
        Conflict: it is decided.
    """
    objection = _undecided(session, objection_id)
    rules.check_is_station(actor, objection.station_id)
    rules.check_not_own(actor, objection.person_id)
    objection.answer, objection.answered_at, objection.answered_by = text.strip(), engine.clock(), actor.name
    _audit(engine, session, actor, "answered", objection)
    return objection


def decide(
    engine: Engine, session: Session, actor: Actor, *, objection_id: str, answer: Mapping[str, Any]
) -> Objection:
    """The committee decides; what it changes is a new entry, nothing written before is touched.

    Args:
        answer: of the decision form: ``upheld``, ``points`` (what it counts from now on), ``opinion``.

    Raises:
        NotFound: no such objection.
        NotAllowed: not of the committee, or the deputy's own objection.
        Conflict: it is decided already.
        Invalid: upheld without points, or with the points that it has.
    """
    objection = _undecided(session, objection_id)
    rules.check_is_committee(actor)
    rules.check_not_own(actor, objection.person_id)
    objection.upheld, objection.opinion = bool(answer.get("upheld")), str(answer.get("opinion") or "").strip()
    objection.decided_at, objection.decided_by = engine.clock(), actor.name
    if objection.upheld:
        _correct(engine, session, actor, objection, answer.get("points"))
    session.flush()
    _audit(engine, session, actor, "decided", objection, upheld=objection.upheld)
    return objection


def source_of(view: MonthView, number: int) -> AssessmentLine | BonusClaim | None:
    """The line or claim of a month that has this number."""
    return next((item for item in view.items if item.number == number), None)


def _check_may_raise(actor: Actor, person_id: str, station_id: str) -> None:
    try:
        rules.check_may_submit(actor, person_id, station_id)
    except NotAllowed as refusal:
        raise _refused("deputy", "这位代表不是本站的，请选择本站的代表，或者请他所在的工作站提出。") from refusal


def _month(session: Session, period: str, person_id: str, typed: str) -> MonthView:
    month = Month.read(typed)
    if month not in Quarter.read(period).months:
        raise _refused("month", "这个月不在公示的季度里，请重新选择月份。")
    found = [row for row in queries.months_of(session, typed) if row.person_id == person_id]
    if not found:
        raise _refused("month", "这位代表这个月没有自评表，请重新选择月份。")
    return queries.month_view(session, found[0])


def _left_out(answer: Mapping[str, Any]) -> dict[str, Any]:
    dimension, title = str(answer.get("dimension") or ""), str(answer.get("title") or "").strip()
    if dimension not in DIMENSIONS:
        raise _refused("dimension", "请选择漏记的活动属于哪个履职方面。")
    if not title:
        raise _refused("title", "请写明漏记的是哪一天的什么活动。")
    return {"number": None, "dimension": dimension, "title": title, "counted_tenths": 0}


def _about_line(
    session: Session, quarter: QuarterAssessment, view: MonthView, answer: Mapping[str, Any]
) -> dict[str, Any]:
    number = int(answer.get("number") or 0)
    item = source_of(view, number)
    if item is None:
        raise _refused("number", f"这个月没有第 {number} 项，请对照积分对账单填写。")
    for earlier in queries.objections(session, quarter.id):
        if (earlier.month_id, earlier.number) == (view.month.id, number) and earlier.decided_at is None:
            raise _refused("number", "这一项已经提出过异议，正在处理，不用重复提出。")
    return {
        "number": number,
        "dimension": item.dimension if isinstance(item, AssessmentLine) else "",
        "title": item.title if isinstance(item, AssessmentLine) else item.fact,
        "counted_tenths": queries.net_of(
            session, [queries.source_key(item), *queries.corrections_of(session, view.month.id, number)]
        ),
    }


def _correct(engine: Engine, session: Session, actor: Actor, objection: Objection, points: Any) -> None:
    if points is None:
        raise _refused("points", "异议成立的，请填写这一项应计多少分。")
    should = rules.tenths(points)
    if should == objection.counted_tenths:
        raise _refused("points", "这一项现在就是这么多分。没有变化的，请选择异议不成立。")
    objection.should_tenths = should
    month = queries.month_by_id(session, objection.month_id)
    item = source_of(queries.month_view(session, month), objection.number) if objection.number else None
    ledger.correct(
        engine,
        session,
        actor,
        month=month,
        source_key=f"objection:{objection.id}",
        difference=should - objection.counted_tenths,
        group_id=item.group_id if isinstance(item, AssessmentLine) else month.group_id,
        dimension=objection.dimension,
        trace={
            "title": objection.title,
            "objection": objection.reason,
            "opinion": objection.opinion,
            "was": rules.points_text(objection.counted_tenths),
            "should": rules.points_text(should),
            "agreed_by": actor.name,
        },
    )


def _undecided(session: Session, objection_id: str) -> Objection:
    objection = queries.objection(session, objection_id)
    if objection.decided_at is not None:
        raise Conflict("这条异议已经有了决定，请刷新页面。")
    return objection


def _audit(engine: Engine, session: Session, actor: Actor, what: str, objection: Objection, **facts: object) -> None:
    audit.record(session, actor, f"objection.{what}", f"objection:{objection.id}", at=engine.clock(), **facts)


def _refused(field: str, sentence: str) -> Invalid:
    return Invalid("{sentence}", fields={field: sentence}, sentence=sentence)
