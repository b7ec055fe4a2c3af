"""What is done about planned activities: arrange, tell, answer, move, call off, write up.

When something was held it is entered in the books by `actions`, once, with its sheet and its evidence.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from workflows import audit
from workflows.activities import actions, plan_queries, plan_rules, queries
from workflows.activities.plan_rules import Answer, PlanStatus
from workflows.activities.rules import (
    MEETING_STATES,
    AttendanceState,
    EvidenceKind,
    check_may_record,
    dimension_of,
    may_record,
)
from workflows.activities.tables import ActivityPlan, AgendaItem, DeliberationOpinion, Invitation, Material
from workflows.actor import Actor
from workflows.clock import beijing_date
from workflows.engine.engine import Engine
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.people import queries as people
from workflows.people.queries import Deputy
from workflows.people.rules import COMMITTEE, STATION
from workflows.storage.session import scope_of
from workflows.workdays import queries as workdays

ALL, GROUPS, SOME = "全体", "小组", "部分"


def arrange(
    session: Session, actor: Actor, *, station_id: str | None, answer: Mapping[str, Any], at: datetime
) -> ActivityPlan:
    """Put an activity into the books before it takes place, or when it just did.

    Args:
        station_id: the station that holds it; None for the committee's.
        answer: kind, title, held_on, starts, ends, place, topic, is_duty, contact, text, materials, reading, agenda,
            whom, groups, deputies, already (it was held and nobody is told); of a deputies' meeting also its number.

    Raises:
        NotAllowed: neither this station's staff nor, for the whole sub-district, the committee's.
        Invalid: with a sentence at the field.
    """
    plan_rules.check_may_plan(actor, station_id)
    held_on, today = date.fromisoformat(answer["held_on"]), beijing_date(at)
    words = {key: str(answer.get(key) or "").strip() for key in ("kind", "title", "place", "starts", "ends")}
    already = bool(answer.get("already"))
    plan_rules.check_plan(**words, held_on=held_on, today=today, already=already)
    agenda = list(answer.get("agenda") or ())
    plan_rules.check_agenda(agenda)
    plan = ActivityPlan(
        **words,
        held_on=held_on,
        planned_on=held_on,
        dimension=dimension_of(words["kind"]).value,
        station_id=station_id,
        topic=answer.get("topic") or "",
        is_duty=answer.get("is_duty") is not False,
        contact=(answer.get("contact") or "").strip(),
        text=(answer.get("text") or "").strip(),
        materials=list(answer.get("materials") or ()),
        reading=list(answer.get("reading") or ()),
        planned_by=actor.name,
        planned_at=at,
    )
    if plan.kind == plan_rules.MEETING:
        _number(session, plan, answer.get("number"))
    session.add(plan)
    session.flush()
    for number, item in enumerate(agenda, 1):
        kind, title, reporter = (str(item.get(key) or "").strip() for key in ("kind", "title", "reporter"))
        session.add(AgendaItem(plan_id=plan.id, number=number, kind=kind, title=title, reporter=reporter))
    for seat in _invited(session, plan, answer):
        session.add(Invitation(plan_id=plan.id, person_id=seat.person_id))
    session.flush()
    _note(session, actor, "planned", plan, at, kind=plan.kind)
    return plan


def _number(session: Session, plan: ActivityPlan, number: Any) -> None:
    """届 and 次 of a deputies' meeting, and its name made of them (domain S54).

    Raises:
        Invalid: nobody sits on that day, or there is such a meeting already.
    """
    plan.term = plan_queries.term_on(session, plan.held_on)
    if not plan.term:
        raise _refused("held_on", "这一天没有在任的议政代表，请检查日期。")
    plan.number = int(number) if number else plan_queries.next_number(session, plan.term)
    known = [each for each in plan_queries.meetings(session, plan.term) if each.number == plan.number]
    if known:
        raise _refused("number", f"{plan.term}已经有第{plan.number}次会议（{known[0].held_on:%Y-%m-%d}），请改次数。")
    street = next(each for each in people.subdistricts(session) if each.id == scope_of(session))
    plan.title = plan.title or plan_rules.meeting_title(street.name, plan.term, plan.number)


def _invited(session: Session, plan: ActivityPlan, answer: Mapping[str, Any]) -> list[Deputy]:
    seats = people.deputies_on(session, plan.held_on, station_id=plan.station_id)
    whom = answer.get("whom") or ALL
    if whom == GROUPS:
        chosen = set(answer.get("groups") or ())
        found, field = [seat for seat in seats if seat.group_id in chosen], "groups"
    elif whom == SOME:
        chosen = set(answer.get("deputies") or ())
        found, field = [seat for seat in seats if seat.person_id in chosen], "deputies"
        if len(found) != len(chosen):
            raise _refused(field, "有人当天不是本站的议政代表，请从名单中去掉。")
    else:
        found, field = seats, "whom"
    if not found:
        raise _refused(field, "这样选没有代表可以通知，请重新选择。")
    return found


def set_notice_times(
    session: Session, plan: ActivityPlan, *, lead_days: int, send_days: int, remind_days: int, now: bool, today: date
) -> None:
    """When the notice goes out, until when it is in time (domain R12), and when those who are silent are called.

    Args:
        lead_days, send_days, remind_days: working days before the day itself.
        now: the notice goes out at once, however far ahead.
    """
    calendar = workdays.working_calendar(session)
    plan.notice_due = calendar.working_days_before(plan.held_on, int(lead_days))
    plan.notice_on = today if now else max(today, calendar.working_days_before(plan.held_on, int(send_days)))
    plan.remind_on = max(plan.notice_on, calendar.working_days_before(plan.held_on, int(remind_days)))


def announce(session: Session, actor: Actor, plan: ActivityPlan, *, at: datetime) -> list[plan_queries.Invited]:
    """The notice is out; those are returned who have not answered.

    Raises:
        Conflict: it took place already, or was cancelled.
    """
    plan_rules.check_is_ahead(plan.status)
    plan.status, plan.announced_at = PlanStatus.ANNOUNCED.value, at
    session.flush()
    _note(session, actor, "announced", plan, at)
    return [each for each in plan_queries.invitations(session, plan) if each.invitation.answer == Answer.ASKED]


def record_answer(
    session: Session,
    actor: Actor,
    plan: ActivityPlan,
    *,
    person_id: str,
    answer: str,
    by_phone: bool,
    reason: str,
    at: datetime,
) -> Invitation:
    """What a deputy said, or what was said on the telephone.

    Raises:
        NotFound: this deputy is not asked.
        Conflict: it took place already, or was cancelled.
        Invalid: leave without a reason.
    """
    plan_rules.check_is_ahead(plan.status)
    invitation = plan_queries.invitation_of(session, plan.id, person_id)
    given = plan_rules.BY_PHONE[answer]
    if given is Answer.LEAVE and not reason.strip():
        raise _refused("reason", "请写明请假的原因。")
    invitation.answer, invitation.reason = given.value, reason.strip()
    invitation.told_by = "电话" if by_phone else "本人"
    invitation.answered_by, invitation.answered_at = actor.name, at
    session.flush()
    _note(session, actor, "answered", plan, at, person=person_id, answer=given.value, by_phone=by_phone)
    return invitation


def decide_leave(
    session: Session, actor: Actor, plan: ActivityPlan, *, person_id: str, agreed: bool, opinion: str, at: datetime
) -> Invitation:
    """
    Raises:
        NotAllowed: on the own leave.
        Invalid: a refusal without a reason.
    """
    invitation = plan_queries.invitation_of(session, plan.id, person_id)
    if actor.person_id == person_id:
        raise NotAllowed("不能审批自己的请假，请由其他工作人员办理。")
    if not agreed and not opinion.strip():
        raise _refused("opinion", "不准假要写明理由。")
    invitation.answer = (Answer.EXCUSED if agreed else Answer.REFUSED).value
    invitation.opinion, invitation.decided_by, invitation.decided_at = opinion.strip(), actor.name, at
    session.flush()
    _note(session, actor, "leave_decided", plan, at, person=person_id, agreed=agreed)
    return invitation


def postpone(session: Session, actor: Actor, plan: ActivityPlan, *, answer: Mapping[str, Any], at: datetime) -> None:
    """Another day: everybody is asked again.

    Raises:
        Conflict: it took place already, or was cancelled.
        Invalid: no day, no reason, or a day that is gone.
    """
    plan_rules.check_is_ahead(plan.status)
    held_on, reason = date.fromisoformat(answer["held_on"]), str(answer.get("reason") or "").strip()
    starts, ends, place = (answer.get(key) or getattr(plan, key) for key in ("starts", "ends", "place"))
    if not reason:
        raise _refused("reason", "请写明改期的原因。")
    plan_rules.check_plan(plan.kind, plan.title, place, held_on, starts, ends, today=beijing_date(at))
    plan.held_on, plan.starts, plan.ends, plan.place, plan.reason = held_on, starts, ends, place, reason
    plan.status, plan.announced_at = PlanStatus.PLANNED.value, None
    for each in plan_queries.invitations(session, plan):
        row = each.invitation
        row.answer, row.told_by, row.answered_by, row.answered_at = Answer.ASKED.value, "", "", None
        row.reason, row.opinion, row.decided_by, row.decided_at = "", "", "", None
        row.signed, row.signed_by, row.signed_at = "", "", None
    session.flush()
    _note(session, actor, "postponed", plan, at, held_on=held_on.isoformat())


def cancel(session: Session, actor: Actor, plan: ActivityPlan, *, reason: str, at: datetime) -> None:
    """
    Raises:
        Conflict: it took place already, or was cancelled.
        Invalid: no reason.
    """
    plan_rules.check_is_ahead(plan.status)
    if not reason.strip():
        raise _refused("reason", "请写明取消的原因。")
    plan.reason, plan.status = reason.strip(), PlanStatus.CANCELLED.value
    plan.term = plan.number = None  # the number is free again
    _note(session, actor, "cancelled", plan, at)


# ------------------------------------------------------------------------------------------------- the day


def sign(engine: Engine, session: Session, actor: Actor, plan: ActivityPlan, *, states: Mapping[str, str]) -> None:
    """What the sheet at the door says, on a tablet, from a list, or by those who sign for themselves.

    Args:
        states: person id -> 到会, 半程, 请假, 缺席; empty takes a line back.

    Raises:
        NotAllowed: neither the organiser's staff nor the deputies themselves.
        Conflict: the day has not come, it was written up already, or a deputy signed before.
        NotFound: somebody who was not asked.
        Invalid: no such state.
    """
    for_oneself = not may_record(actor, plan.station_id)
    if for_oneself and (set(states) != {actor.person_id} or set(states.values()) != {AttendanceState.PRESENT.value}):
        check_may_record(actor, plan.station_id)
    plan_rules.check_is_ahead(plan.status)
    if plan.held_on > beijing_date(engine.clock()):
        raise Conflict("活动当天才能签到。")
    for person_id, state in states.items():
        if state and state not in MEETING_STATES:
            raise Invalid("没有“{state}”这种考勤结果，请重新选择。", state=state)
        row = plan_queries.invitation_of(session, plan.id, person_id)
        if for_oneself and row.signed:
            raise Conflict("您已经签到：{state}。有出入请告诉现场工作人员。", state=row.signed)
        row.signed, row.signed_by, row.signed_at = state, actor.name, engine.clock()
    session.flush()
    _note(session, actor, "signed", plan, engine.clock(), states=dict(sorted(states.items())))


def record_held(
    engine: Engine, session: Session, actor: Actor, plan: ActivityPlan, *, answer: Mapping[str, Any]
) -> dict[str, int]:
    """It took place: one sheet and its evidence for everybody, entered as an activity; minutes and opinions.

    Args:
        answer: sheet (rows of person and state), also (deputies who came unasked), photos, sheets, documents (stored
            files), minutes, opinions (rows of item, text, department).

    Returns:
        how many were there, prove it, and are to be answered.

    Raises:
        Conflict: the day has not come.
        Invalid: somebody is missing on the sheet, or nobody was there.
    """
    if plan.held_on > beijing_date(engine.clock()):
        raise Conflict("活动还没有举行，请在举行之后登记。")
    states = _sheet(session, plan, answer)
    activity = actions.record_activity(
        engine,
        session,
        actor,
        held_on=plan.held_on,
        kind=plan.kind,
        title=plan.title,
        place=plan.place,
        station_id=plan.station_id,
    )
    actions.record_attendance(engine, session, actor, activity_id=activity.id, states=states)
    plan.activity_id, plan.status = activity.id, PlanStatus.HELD.value
    plan.minutes = str(answer.get("minutes") or "").strip()
    proofs = add_proofs(engine, session, actor, plan, answer=answer)
    for row in answer.get("opinions") or ():
        session.add(
            DeliberationOpinion(
                plan_id=plan.id,
                item_number=int(row["item"]) if row.get("item") else None,
                text=row["text"].strip(),
                department_id=row.get("department") or None,
            )
        )
    session.flush()
    _note(session, actor, "held", plan, engine.clock(), deputies=len(states))
    return {
        "present": sum(state in ("到会", "半程") for state in states.values()),
        "proofs": proofs,
        "to_answer": len(units_to_answer(session, plan)),
    }


def _sheet(session: Session, plan: ActivityPlan, answer: Mapping[str, Any]) -> dict[str, str]:
    states = {row["person"]: row["state"] for row in answer.get("sheet") or ()}
    states.update({person: states.get(person) or "到会" for person in answer.get("also") or ()})
    asked = plan_queries.invitations(session, plan)
    missing = [each.name for each in asked if each.seat and each.invitation.person_id not in states]
    if missing:
        sentence = f"还有 {len(missing)} 位代表没有登记到会情况：{'、'.join(missing[:5])}。"
        raise _refused("sheet", sentence)
    gone = {each.invitation.person_id for each in asked if each.seat is None}
    states = {person: state for person, state in states.items() if person not in gone}
    if not any(state in ("到会", "半程") for state in states.values()):
        raise _refused("sheet", "没有代表到会，不能登记为已举行。请改期或者取消。")
    return states


def add_proofs(engine: Engine, session: Session, actor: Actor, plan: ActivityPlan, *, answer: Mapping[str, Any]) -> int:
    """Files that prove it, as many as there are now; without any a reason may be given.

    Raises:
        Conflict: it was not written up yet.
    """
    if plan.activity_id is None:
        raise Conflict("活动还没有登记，不能补充佐证材料。")
    for field, kind in (
        ("photos", EvidenceKind.PHOTO),
        ("sheets", EvidenceKind.SHEET),
        ("documents", EvidenceKind.DOCUMENT),
    ):
        actions.attach_files(
            engine, session, actor, activity_id=plan.activity_id, file_ids=answer.get(field) or (), kind=kind
        )
    plan.no_proof = str(answer.get("no_proof") or "").strip()
    return len(queries.evidence_of(session, [plan.activity_id]).get(plan.activity_id, []))


# --------------------------------------------------------------------------------------------- the opinions


def units_to_answer(session: Session, plan: ActivityPlan) -> list[str]:
    """The departments that have opinions to answer, each once."""
    found = plan_queries.opinions(session, plan.id)
    return list(dict.fromkeys(each.department_id for each in found if each.department_id))


def answer_opinions(
    session: Session,
    actor: Actor,
    plan: ActivityPlan,
    *,
    department_id: str,
    rows: Sequence[Mapping[str, Any]],
    at: datetime,
) -> int:
    """A department's answers, by the place of the opinion among its own.

    Raises:
        Invalid: one is left without an answer.
    """
    own = plan_queries.opinions(session, plan.id, department_id=department_id)
    given = {int(row["number"]): str(row.get("reply") or "").strip() for row in rows if row.get("number")}
    if any(not given.get(number) for number in range(1, len(own) + 1)):
        raise _refused("replies", f"共有{len(own)}条意见，请逐条答复。")
    for number, opinion in enumerate(own, 1):
        opinion.reply, opinion.replied_by, opinion.replied_at = given[number], actor.name, at
    session.flush()
    _note(session, actor, "opinions_answered", plan, at, department=department_id)
    return len(own)


def file(session: Session, actor: Actor, plan: ActivityPlan, *, at: datetime) -> None:
    plan.status = PlanStatus.FILED.value
    _note(session, actor, "filed", plan, at)


def change_agenda(session: Session, actor: Actor, plan: ActivityPlan, *, items: Iterable[Any], at: datetime) -> None:
    """Another agenda in place of the present one.

    Raises:
        Conflict: it took place already, or was cancelled.
        Invalid: as `plan_rules.check_agenda`.
    """
    plan_rules.check_is_ahead(plan.status)
    rows = list(items)
    plan_rules.check_agenda(rows)
    session.execute(delete(AgendaItem).where(AgendaItem.plan_id == plan.id))
    for number, item in enumerate(rows, 1):
        kind, title, reporter = (str(item.get(key) or "").strip() for key in ("kind", "title", "reporter"))
        session.add(AgendaItem(plan_id=plan.id, number=number, kind=kind, title=title, reporter=reporter))
    session.flush()
    _note(session, actor, "agenda_changed", plan, at, items=len(rows))


# --------------------------------------------------------------------------------------------- the library


def add_material(session: Session, actor: Actor, *, title: str, subject: str, file_id: str, at: datetime) -> Material:
    """Put a stored file into the library.

    Raises:
        NotAllowed: neither the committee's nor a station's staff.
        Invalid: no title, no such subject, or no file.
    """
    _check_keeps_library(actor)
    faults = {}
    if not title.strip():
        faults["title"] = "请填写资料的名称。"
    if subject not in {each.value for each in plan_rules.Subject}:
        faults["subject"] = "请选择资料的类别。"
    if not file_id:
        faults["file"] = "请选择要上传的文件。"
    if faults:
        raise Invalid(next(iter(faults.values())), fields=faults)
    material = Material(title=title.strip(), subject=subject, file_id=file_id, added_by=actor.name, added_at=at)
    session.add(material)
    session.flush()
    audit.record(session, actor, "material.added", f"material:{material.id}", at=at, subject=subject)
    return material


def retire_material(session: Session, actor: Actor, *, material_id: str, at: datetime) -> None:
    """Take something out of the library; notices that named it keep it.

    Raises:
        NotAllowed: neither the committee's nor a station's staff.
        NotFound: there is none.
    """
    _check_keeps_library(actor)
    material = plan_queries.material(session, material_id)
    material.retired_at = material.retired_at or at
    audit.record(session, actor, "material.retired", f"material:{material.id}", at=at)


def _check_keeps_library(actor: Actor) -> None:
    if not actor.roles & {COMMITTEE, STATION}:
        raise NotAllowed("资料由街道人大工委和工作站整理，请与他们联系。")


def _note(session: Session, actor: Actor, action: str, plan: ActivityPlan, at: datetime, **facts: object) -> None:
    audit.record(session, actor, f"plan.{action}", plan_queries.business_key(plan.id), at=at, **facts)


def _refused(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, fields={field: sentence})
