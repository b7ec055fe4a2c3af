"""What is done with a suggestion. Most of it is called by the diagram; who may do a step is decided by its lane."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from workflows import audit
from workflows.actor import Actor
from workflows.clock import beijing_date
from workflows.engine import instances
from workflows.engine.engine import Engine
from workflows.engine.tables import ProcessInstance
from workflows.errors import Conflict, Invalid
from workflows.people import queries as people
from workflows.people.rules import DEPUTY
from workflows.storage.session import scope_of
from workflows.suggestions import queries, rules
from workflows.suggestions.rules import Kind, SignerState, Source, Status
from workflows.suggestions.tables import (
    Suggestion,
    SuggestionAnswer,
    SuggestionCounter,
    SuggestionOpinion,
    SuggestionSigner,
    SuggestionUnit,
)
from workflows.workdays import queries as workdays
from workflows.workdays.actions import CalendarChange
from workflows.workdays.months import months_deadline

PROCESS = "suggestion"


@dataclass(frozen=True)
class Asked:
    """A deputy whose signature is asked for; `user` is empty for one without an account."""

    person: str
    name: str
    user: str
    station: str

    def plain(self) -> dict[str, str]:
        return {"person": self.person, "name": self.name, "user": self.user, "station": self.station}


# ------------------------------------------------------------------------------------------ writing and signing


def begin(
    engine: Engine,
    session: Session,
    actor: Actor,
    *,
    kind: str,
    lead_id: str,
    source_kind: str = Source.OWN.value,
    source_id: str | None = None,
    submission: str | None = None,
) -> tuple[Suggestion, ProcessInstance]:
    """Begin a paper and its process, which waits for the text.

    Args:
        lead_id: the deputy who leads, a person.
        source_id: the visit, activity or meeting it was born from; the caller has checked that the actor may see it.
        submission: names the page it was typed on, so that sending it twice begins one paper.

    Raises:
        Conflict: that page was sent before.
        NotAllowed: for somebody whom the actor does not act for.
        Invalid: no such kind, or the lead holds no seat today.
    """
    at = engine.clock()
    if kind not in set(Kind) or source_kind not in set(Source):
        raise Invalid("没有这个类别，请从清单中选择。", fields={"kind": "请从清单中选择。"})
    seat = queries.seat_of(session, lead_id, beijing_date(at))
    role = rules.check_may_write_for(actor, person_id=lead_id, station_id=seat.station_id)
    if submission and session.scalar(select(Suggestion.id).where(Suggestion.submission == submission)):
        raise Conflict("这件建议已经提交过了，请在“建议”页面查看。")
    suggestion = Suggestion(
        submission=submission,
        kind=kind,
        source_kind=source_kind,
        source_id=source_id,
        lead_id=lead_id,
        station_id=seat.station_id,
        writer_role=role,
        writer_id=actor.id,
        written_by=actor.name,
        begun_at=at,
    )
    session.add(suggestion)
    session.flush()
    lead = SuggestionSigner(suggestion_id=suggestion.id, person_id=lead_id, station_id=seat.station_id, is_lead=True)
    session.add(lead)
    session.flush()
    _record(session, actor, "suggestion.begun", suggestion, at, kind=kind, source=source_kind)
    instance = instances.start(
        engine,
        session,
        actor,
        key=PROCESS,
        business_key=queries.business_key(suggestion.id),
        title=f"{kind}（起草）",
    )
    return suggestion, instance


def take_up(session: Session, suggestion: Suggestion, instance_id: str) -> None:
    """The process begins: one paper has one process.

    Raises:
        Conflict: it has one already.
    """
    key = queries.business_key(suggestion.id)
    others = select(ProcessInstance.id).where(ProcessInstance.business_key == key, ProcessInstance.id != instance_id)
    if suggestion.status != Status.DRAFT or session.scalar(others.limit(1)) is not None:
        raise Conflict("这件建议已经在办理，不能再发起一次。")


def save_text(
    session: Session,
    actor: Actor,
    suggestion: Suggestion,
    *,
    title: str,
    situation: str,
    proposal: str,
    topic: str,
    addressee: str,
    cosigners: Sequence[str],
    at: datetime,
) -> list[Asked]:
    """Keep what was written and ask for the signatures that are missing.

    The lead has signed by writing it; one without an account by the paper that the station holds. Whoever signed an
    earlier wording stays; whoever is no longer named is taken off.

    Returns:
        whom to ask now.

    Raises:
        Invalid: a part is missing, or a co-signer holds no seat today.
        Conflict: it was handed over.
    """
    text = rules.checked_text(title=title, situation=situation, proposal=proposal, topic=topic, addressee=addressee)
    rules.check_may_add_signer(suggestion.status)
    suggestion.title, suggestion.situation, suggestion.proposal = text.title, text.situation, text.proposal
    suggestion.topic, suggestion.addressee = text.topic, text.addressee
    suggestion.status = Status.SIGNING.value
    seats = {seat.person_id: seat for seat in people.deputies_on(session, beijing_date(at))}
    wanted = [person for person in dict.fromkeys(cosigners) if person != suggestion.lead_id]
    if strangers := [person for person in wanted if person not in seats]:
        raise Invalid("{count} 位附议代表不在任，请从名单中去掉。", count=len(strangers))
    signers = {each.signer.person_id: each.signer for each in queries.signatures(session, suggestion.id)}
    for person, signer in signers.items():
        if person not in wanted and not signer.is_lead:
            session.delete(signer)
    for person in wanted:
        if person not in signers:
            station_id = seats[person].station_id
            session.add(SuggestionSigner(suggestion_id=suggestion.id, person_id=person, station_id=station_id))
    lead = signers[suggestion.lead_id]
    if suggestion.writer_role == DEPUTY or seats[suggestion.lead_id].user_id is None:
        lead.state, lead.at, lead.by = SignerState.CONFIRMED.value, at, actor.name
    session.flush()
    _record(session, actor, "suggestion.written", suggestion, at, cosigners=len(wanted))
    return [
        Asked(each.signer.person_id, each.name, seat.user_id or "", each.signer.station_id)
        for each in queries.signatures(session, suggestion.id)
        if each.signer.state == SignerState.ASKED and (seat := seats.get(each.signer.person_id))
    ]


def record_signature(
    session: Session,
    actor: Actor,
    suggestion: Suggestion,
    *,
    person_id: str,
    agreed: bool | None,
    note: str,
    at: datetime,
) -> None:
    """A deputy signed, declined, or said nothing in time.

    Args:
        agreed: None when the time ran out.
    """
    query = select(SuggestionSigner).where(
        SuggestionSigner.suggestion_id == suggestion.id, SuggestionSigner.person_id == person_id
    )
    signer = session.scalars(query).one()
    if agreed is None:
        signer.state = SignerState.SILENT.value
    else:
        signer.state = (SignerState.CONFIRMED if agreed else SignerState.DECLINED).value
        signer.at, signer.by = at, actor.name
    signer.note = note.strip()[:200]
    _record(session, actor, "suggestion.signed", suggestion, at, person=person_id, state=signer.state)


def submit(session: Session, actor: Actor, suggestion: Suggestion, *, at: datetime) -> None:
    """Hand it in: from now on the committee sees it."""
    suggestion.status, suggestion.submitted_at = Status.EXAMINED.value, at
    _record(session, actor, "suggestion.submitted", suggestion, at)


def withdraw(session: Session, actor: Actor, suggestion: Suggestion, *, at: datetime) -> None:
    """Given up before it was registered: the draft was left lying, or the lead did not sign."""
    suggestion.status, suggestion.closed_at = Status.WITHDRAWN.value, at
    _record(session, actor, "suggestion.withdrawn", suggestion, at)


# ------------------------------------------------------------------------------------------ examination


def send_back(session: Session, actor: Actor, suggestion: Suggestion, *, note: str, at: datetime) -> None:
    """Back to be changed, with the reason."""
    suggestion.status, suggestion.decision_note = Status.DRAFT.value, note.strip()
    _record(session, actor, "suggestion.sent_back", suggestion, at)


def decline(session: Session, actor: Actor, suggestion: Suggestion, *, excluded: str, note: str, at: datetime) -> None:
    """Not taken, with the reason. The text of a denunciation is not kept (Q15)."""
    suggestion.status, suggestion.closed_at, suggestion.decision_note = Status.DECLINED.value, at, note.strip()
    if excluded == rules.CONTENT_NOT_STORED:
        suggestion.title, suggestion.situation, suggestion.proposal = rules.CONTENT_NOT_STORED, "", ""
        instance = queries.instance_of(session, suggestion)
        if instance is not None:
            instances.forget_answers(session, instance.id)
    _record(session, actor, "suggestion.declined", suggestion, at, excluded=excluded)


def register(session: Session, actor: Actor, suggestion: Suggestion, *, at: datetime) -> str:
    """Taken and registered: it has its number and counts for those who signed (Q24)."""
    today = beijing_date(at)
    suggestion.number = _next_number(session, Kind(suggestion.kind), today.year)
    suggestion.status, suggestion.registered_on = Status.REGISTERED.value, today
    _record(session, actor, "suggestion.registered", suggestion, at, number=suggestion.number)
    return suggestion.number


# ------------------------------------------------------------------------------------------ handling


def hand_over(
    engine: Engine,
    session: Session,
    actor: Actor,
    suggestion: Suggestion,
    *,
    lead_unit: str,
    joint_units: Sequence[str],
    broad: bool,
    months: int,
    part_months: int,
    return_days: int,
    note: str,
) -> list[str]:
    """Give it to the lead unit and the joint ones; today is day zero (代表法 51).

    Args:
        months: for the answer; `part_months`: for what joint units give to the lead unit.
        return_days: working days within which a wrong hand-over may come back.

    Returns:
        the joint units.
    """
    at, calendar = engine.clock(), workdays.working_calendar(session)
    today = beijing_date(at)
    joint = [unit for unit in dict.fromkeys(joint_units) if unit != lead_unit]
    for unit in (lead_unit, *joint):
        session.add(
            SuggestionUnit(
                suggestion_id=suggestion.id,
                round=suggestion.round,
                unit_id=people.unit(session, unit).id,
                is_lead=unit == lead_unit,
                handed_at=at,
                by=actor.name,
                note=note.strip(),
            )
        )
    suggestion.status, suggestion.broad = Status.HANDLED.value, broad
    suggestion.handed_over_on, suggestion.months, suggestion.overdue_noted_at = today, months, None
    suggestion.part_by = months_deadline(calendar, today, part_months).due if joint else None
    suggestion.return_by = calendar.add_working_days(today, return_days)
    _set_answer_by(session, suggestion)
    suggestion.original_answer_by = suggestion.original_answer_by or suggestion.answer_by
    session.flush()
    _record(session, actor, "suggestion.handed_over", suggestion, at, unit=lead_unit, joint=joint, months=months)
    return joint


def record_return(session: Session, actor: Actor, suggestion: Suggestion, *, reason: str, at: datetime) -> None:
    """The lead unit says it is not theirs: in time, with a reason, and not passed on by themselves (Q49).

    Raises:
        Invalid: no reason, or the days for it are over.
    """
    if not reason.strip():
        raise Invalid("退回要写明理由。", fields={"return_reason": "退回要写明理由。"})
    if suggestion.return_by is not None and beijing_date(at) > suggestion.return_by:
        why = "退回的期限已过（{day}），请按期办理；确有困难的，请与街道人大工委联系。"
        raise Invalid(why, fields={"decision": "退回的期限已过。"}, day=suggestion.return_by.isoformat())
    for unit in queries.units_now(session, suggestion):
        unit.returned_at, unit.return_reason = at, reason.strip() if unit.is_lead else "主办单位退回"
    suggestion.status = Status.REGISTERED.value
    suggestion.answer_by = suggestion.part_by = suggestion.return_by = None
    suggestion.handed_over_on, suggestion.months = None, None
    session.flush()
    _record(session, actor, "suggestion.returned", suggestion, at)


def record_part(
    session: Session, actor: Actor, suggestion: Suggestion, *, unit_id: str, text: str, at: datetime
) -> None:
    """A joint unit gives its part to the lead unit."""
    unit = next((each for each in queries.units_now(session, suggestion) if each.unit_id == unit_id), None)
    if unit is None:
        raise Conflict("这件建议已经不由你单位会办。")
    unit.part, unit.part_at = text.strip(), at
    _record(session, actor, "suggestion.part_given", suggestion, at, unit=unit_id)


def record_answer(
    session: Session,
    actor: Actor,
    suggestion: Suggestion,
    *,
    result_class: str,
    text: str,
    contacted: bool,
    at: datetime,
) -> None:
    """The unit's answer, before the committee has looked at it.

    Raises:
        Invalid: no text.
    """
    if not text.strip():
        raise Invalid("请写明答复的内容。", fields={"answer": "请写明答复的内容。"})
    unit = queries.lead_unit(session, suggestion)
    session.add(
        SuggestionAnswer(
            suggestion_id=suggestion.id,
            round=suggestion.round,
            unit_id=unit.unit_id if unit else None,
            result_class=result_class,
            text=text.strip(),
            contacted=contacted,
            at=at,
            by=actor.name,
        )
    )
    session.flush()
    _record(session, actor, "suggestion.answered", suggestion, at, result_class=result_class)


def check_answer(
    session: Session, actor: Actor, suggestion: Suggestion, *, agreed: bool, note: str, public: bool, at: datetime
) -> None:
    """The committee lets the answer go out, or gives it back.

    Raises:
        Conflict: there is no answer to look at.
    """
    answer = queries.last_answer(session, suggestion)
    if answer is None:
        raise Conflict("还没有可以审核的答复。")
    answer.agreed, answer.check_note, answer.checked_at, answer.checked_by = agreed, note.strip(), at, actor.name
    suggestion.public = agreed and public
    _record(session, actor, "suggestion.answer_checked", suggestion, at, agreed=agreed)


def tell(session: Session, actor: Actor, suggestion: Suggestion, *, opinion_days: int | None, at: datetime) -> None:
    """The deputies have the answer; the time for their opinion begins.

    Args:
        opinion_days: working days; None when nobody is asked for an opinion.
    """
    today = beijing_date(at)
    suggestion.status, suggestion.told_on = Status.ANSWERED.value, today
    if opinion_days is not None:
        suggestion.opinion_by = workdays.working_calendar(session).add_working_days(today, opinion_days)
    _record(session, actor, "suggestion.told", suggestion, at)


def note_overdue(session: Session, actor: Actor, suggestion: Suggestion, *, at: datetime) -> None:
    """The last day has passed and it is written down."""
    suggestion.overdue_noted_at = suggestion.overdue_noted_at or at
    _record(session, actor, "suggestion.overdue", suggestion, at)


# ------------------------------------------------------------------------------------------ letters and notes


def pass_on(session: Session, actor: Actor, suggestion: Suggestion, *, unit_id: str, note: str, at: datetime) -> None:
    """A public opinion goes to the unit it concerns; no months run."""
    session.add(
        SuggestionUnit(
            suggestion_id=suggestion.id,
            round=suggestion.round,
            unit_id=people.unit(session, unit_id).id,
            is_lead=True,
            handed_at=at,
            by=actor.name,
            note=note.strip(),
        )
    )
    suggestion.status = Status.HANDLED.value
    session.flush()
    _record(session, actor, "suggestion.passed_on", suggestion, at, unit=unit_id)


def send_letter(
    session: Session,
    actor: Actor,
    suggestion: Suggestion,
    *,
    addressee: str,
    letter_no: str,
    sent_on: date | None,
    at: datetime,
) -> None:
    """An opinion on legislation or oversight goes to its addressee (domain S70).

    Raises:
        Invalid: no addressee, or a day that has not come.
    """
    day = sent_on or beijing_date(at)
    if not addressee.strip():
        raise Invalid("请写明报送给谁。", fields={"addressee": "请写明报送给谁。"})
    if day > beijing_date(at):
        raise Invalid("报送日期不能晚于今天。", fields={"sent_on": "报送日期不能晚于今天。"})
    suggestion.addressee, suggestion.letter_no, suggestion.sent_on = addressee.strip(), letter_no.strip(), day
    suggestion.status = Status.SENT.value
    _record(session, actor, "suggestion.sent", suggestion, at, letter_no=letter_no)


# ------------------------------------------------------------------------------------------ opinion and end


def record_opinion(
    session: Session,
    actor: Actor,
    suggestion: Suggestion,
    *,
    process: str | None,
    result: str | None,
    comment: str,
    at: datetime,
) -> None:
    """What the deputy says; None for both: no word in time, left out of the satisfaction base."""
    session.add(
        SuggestionOpinion(
            suggestion_id=suggestion.id,
            round=suggestion.round,
            process=process,
            result=result,
            comment=comment.strip(),
            at=at,
            by=actor.name,
        )
    )
    suggestion.satisfaction = result
    session.flush()
    _record(session, actor, "suggestion.opinion_given", suggestion, at, process=process, result=result)


def decide(session: Session, actor: Actor, suggestion: Suggestion, *, word: str, note: str, at: datetime) -> None:
    """The committee's last word about an answer that does not satisfy a second time."""
    suggestion.last_word, suggestion.last_note = word, note.strip()
    _record(session, actor, "suggestion.decided", suggestion, at, word=word)


def reopen(session: Session, actor: Actor, suggestion: Suggestion, *, at: datetime) -> None:
    """Once more, with a new hand-over and clock."""
    suggestion.round += 1
    suggestion.status, suggestion.told_on, suggestion.opinion_by = Status.REGISTERED.value, None, None
    suggestion.answer_by = suggestion.part_by = suggestion.return_by = suggestion.handed_over_on = None
    suggestion.months, suggestion.satisfaction, suggestion.last_word = None, None, ""
    _record(session, actor, "suggestion.reopened", suggestion, at, round=suggestion.round)


def close(session: Session, actor: Actor, suggestion: Suggestion, *, at: datetime) -> None:
    """
    Raises:
        Conflict: the deputies were not told yet.
    """
    if suggestion.status != Status.ANSWERED:
        raise Conflict("还没有答复代表，不能办结。")
    suggestion.status, suggestion.closed_at = Status.CLOSED.value, at
    _record(session, actor, "suggestion.closed", suggestion, at)


# ------------------------------------------------------------------------------------------ the calendar


def recompute_deadlines(engine: Engine, session: Session, actor: Actor, *, change: CalendarChange) -> int:
    """Move the dates of open answers that a changed calendar touches; returns how many moved.

    Safe to repeat: every date is counted anew from its hand-over.
    """
    moved = 0
    for suggestion in queries.with_running_clock(session):
        before = (suggestion.answer_by, suggestion.answer_by_final)
        _set_answer_by(session, suggestion)
        if (suggestion.answer_by, suggestion.answer_by_final) == before:
            continue
        moved += 1
        session.flush()
        instances.refresh_timers(engine, session, actor, business_key=queries.business_key(suggestion.id))
        _record(session, actor, "suggestion.date_moved", suggestion, engine.clock(), reason=change.reason)
    return moved


def _set_answer_by(session: Session, suggestion: Suggestion) -> None:
    """The date as it follows from hand-over and months; a short path has none."""
    if suggestion.handed_over_on is None or suggestion.months is None:
        return
    counted = months_deadline(workdays.working_calendar(session), suggestion.handed_over_on, suggestion.months)
    suggestion.answer_by, suggestion.answer_by_final = counted.due, counted.final


def _next_number(session: Session, kind: Kind, year: int) -> str:
    """Take the next number under the lock of its counter; two first ones of a year can not both make it."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    first = {"subdistrict_id": scope_of(session), "kind": kind.value, "year": year, "last": 0}
    session.execute(dialect.insert(SuggestionCounter).values(first).on_conflict_do_nothing())
    query = select(SuggestionCounter).where(SuggestionCounter.kind == kind.value, SuggestionCounter.year == year)
    counter = session.scalars(query.with_for_update()).one()
    counter.last += 1
    return rules.number_of(kind, year, counter.last)


def _record(session: Session, actor: Actor, action: str, suggestion: Suggestion, at: datetime, **facts: object) -> None:
    audit.record(session, actor, action, queries.business_key(suggestion.id), at=at, **facts)
