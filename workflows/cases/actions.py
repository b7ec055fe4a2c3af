"""What is done with a case. Most of it is called by the diagram; who may do a step is decided by its lane."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from workflows import audit
from workflows.actor import Actor
from workflows.cases import clocks, merging, queries, record, rules, search
from workflows.cases.rules import Status
from workflows.cases.tables import Case, CaseCounter, CaseParty, CaseReferral, ContactAttempt
from workflows.clock import beijing_date
from workflows.errors import Conflict, Invalid
from workflows.people import queries as people
from workflows.people.rules import COMMITTEE, DEPARTMENT, STATION
from workflows.storage import files
from workflows.storage.session import scope_of
from workflows.workdays import queries as workdays

SHORTEST_REASON = 2
REASON_LENGTH = 100


def open_case(
    session: Session,
    actor: Actor,
    *,
    station_id: str | None,
    matter_class: str,
    topic: str,
    place: str,
    title: str,
    description: str,
    received_on: date | None,
    name: str,
    phone: str,
    address: str,
    at: datetime,
    channel: str = "",
    companions: Sequence[tuple[str, str]] = (),
    sensitive: bool = False,
    attachments: Sequence[str] = (),
    session_id: str | None = None,
) -> Case:
    """Enter a visit into the register: link 1, also for those answered on the spot (domain S88).

    Args:
        station_id: None stands for the clerk's own station.
        name: empty for an anonymous visit.
        channel: how the visitor wants to be told.
        companions: name and telephone number of those who came along.
        sensitive: the visitor agreed that sensitive personal data is written down.
        attachments: ids of stored files.
        session_id: the reception day at which they came.

    Raises:
        NotAllowed: not this station's staff.
        Invalid: no station can be told, a date in the future, or more people than may be received together.
    """
    station = people.unit(session, station_id or _own_station(actor))
    rules.check_may_register(actor, station.id)
    today = beijing_date(at)
    if received_on is not None and received_on > today:
        raise Invalid("来访日期不能晚于今天。", fields={"received_on": "来访日期不能晚于今天。"})
    if len(companions) >= rules.RECEIVED_TOGETHER:
        sentence = f"一次最多接待 {rules.RECEIVED_TOGETHER} 位代表，请推选代表来访。"
        raise Invalid(sentence, fields={"companions": sentence})
    kept = matter_class not in rules.CONTENT_NOT_STORED
    case = Case(
        number=_next_number(session, today.year),
        station_id=station.id,
        session_id=session_id,
        matter_class=matter_class,
        topic=topic if kept else "",
        place=place.strip() if kept else "",
        title=(title.strip() if kept else "") or matter_class,
        description=description.strip() if kept else "",
        received_on=received_on or today,
        anonymous=not (kept and name.strip()),
        sensitive=kept and sensitive,
        registered_at=at,
        registered_by=actor.name,
    )
    session.add(case)
    session.flush()
    if not case.anonymous:
        party = CaseParty(case_id=case.id, name=name.strip(), phone=phone.strip(), address=address.strip())
        party.channel = channel
        session.add(party)
        for also, number in companions:
            session.flush()  # whoever speaks for them stays the first
            session.add(CaseParty(case_id=case.id, name=also.strip(), phone=number.strip(), address=""))
    record.attach(session, actor, case, files=attachments if kept else (), at=at)
    search.index(session, case)
    _record(session, actor, "case.opened", case, at, number=case.number, matter_class=matter_class)
    return case


def issue_tracking_code(
    session: Session, actor: Actor, *, case_id: str, secret: str, at: datetime, submission: str | None = None
) -> str:
    """A new tracking code for the visitor's slip; shown once, and it replaces any earlier one.

    Args:
        secret: the installation's key: only a keyed hash of the code is kept.
        submission: names the page that registered the case, so that sending it twice registers once.

    Raises:
        NotFound: no such case for this actor.
        NotAllowed: not this station's staff.
    """
    case = queries.case_for(session, actor, case_id)
    rules.check_may_register(actor, case.station_id)
    code = rules.new_code()
    case.tracking_hash = rules.code_hash(code.replace("-", ""), secret)
    case.submission = submission or case.submission
    _record(session, actor, "case.code_issued", case, at)
    return code


def reveal_contacts(
    session: Session, actor: Actor, *, case_id: str, reason: str, at: datetime
) -> tuple[Case, list[CaseParty]]:
    """Who came and how to reach them, in full: for a reason, and noted (domain §3.5).

    Raises:
        NotFound: no such case for this actor.
        NotAllowed: not theirs to reach, or retired.
        Invalid: no reason was given.
    """
    case = queries.case_for(session, actor, case_id)
    parties = queries.parties(session, case)
    retired = any(party.masked_at is not None for party in parties)
    rules.check_may_see_contacts(actor, case.station_id, case.department_id, retired=retired)
    reason = reason.strip()[:REASON_LENGTH]
    if len(reason) < SHORTEST_REASON:
        raise Invalid("请写明为什么要查看联系方式。", fields={"reason": "请写明为什么要查看联系方式。"})
    _record(session, actor, "case.contacts_shown", case, at, reason=reason)
    return case, parties


def note_printed(session: Session, actor: Actor, *, case_id: str, kind: str, at: datetime) -> Case:
    """A paper of a case leaves the house: who printed which one.

    Raises:
        NotFound: no such case for this actor.
    """
    case = queries.case_for(session, actor, case_id)
    _record(session, actor, "case.printed", case, at, kind=kind)
    return case


def mask_contacts(session: Session, actor: Actor, *, closed_before: date, at: datetime) -> int:
    """Retire the contact data of cases closed before a day: from now on only the committee sees it (Q46).

    Returns:
        how many people's.
    """
    parties = queries.contacts_of_closed(session, closed_before, masked=False)
    for party in parties:
        party.masked_at = at
    if parties:
        audit.record(session, actor, "contacts.masked", "case:*", at=at, people=len(parties))
    return len(parties)


def delete_contacts(session: Session, actor: Actor, *, home: Path, closed_before: date, at: datetime) -> int:
    """Delete the contact data of cases closed before a day, and the papers and photographs kept with them.

    What was asked and answered stays (Q46, PIPL 19). Files of papers that were destroyed earlier are looked for again:
    a crash right after the rows were written may have left them.

    Args:
        home: the data folder with the stored files.

    Returns:
        how many people's.
    """
    papers = queries.papers_of_closed(session, closed_before)
    for paper in papers:
        if paper.removed_at is None:
            paper.removed_at = at
            audit.record(session, actor, "case.paper_destroyed", queries.business_key(paper.case_id), at=at)
    files.remove_once_written(session, home, [(paper.subdistrict_id, paper.file_id) for paper in papers])
    parties = queries.contacts_of_closed(session, closed_before, masked=True)
    for party in parties:
        party.name, party.phone, party.address, party.deleted_at = "", "", "", at
        audit.record(session, actor, "case.contacts_deleted", queries.business_key(party.case_id), at=at)
    return len(parties)


def answer_on_the_spot(session: Session, actor: Actor, case: Case, *, answer: str, at: datetime) -> None:
    """The visitor had the answer before leaving (S84): no deadline ever runs."""
    _must_be_open(case)
    if not answer.strip():
        raise Invalid("请写明当场答复的内容。", fields={"answer": "请写明当场答复的内容。"})
    case.status, case.spot_answer, case.replied_at, case.closed_at = Status.ON_THE_SPOT.value, answer.strip(), at, at
    search.index(session, case)
    _record(session, actor, "case.answered_on_the_spot", case, at)


def decline(session: Session, actor: Actor, case: Case, *, guidance: str, at: datetime) -> None:
    """Not for us (court, petition, denunciation …): explained and guided (Q15).

    Raises:
        Conflict: it is not open.
        Invalid: nothing says where the visitor was guided.
    """
    _must_be_open(case)
    if not guidance.strip():
        sentence = "这类事项不予受理，请写明引导来访人到哪个机关。"
        raise Invalid(sentence, fields={"guidance": sentence})
    case.status, case.spot_answer, case.closed_at = Status.DECLINED.value, guidance.strip(), at
    search.index(session, case)
    _record(session, actor, "case.declined", case, at)


def refer(
    session: Session,
    actor: Actor,
    case: Case,
    *,
    handler: str,
    department_id: str | None,
    handle_days: int | None,
    note: str,
    at: datetime,
) -> None:
    """Hand the matter to a department, a station or the committee itself.

    The visitor's clock does not restart (calendar §5, row 12). The handler gets a date of its own when the handling
    clock starts.

    Raises:
        Invalid: nobody to hand it to, or after a dissatisfied visitor the same one as before.
    """
    _must_be_open(case)
    if handler not in (DEPARTMENT, STATION, COMMITTEE) or (handler == DEPARTMENT and not department_id):
        raise Invalid("请选择由谁办理。", fields={"department": "请选择承办单位。"})
    if case.times_reopened:
        before = queries.current_referral(session, case.id)
        last = (before.handler, before.department_id) if before is not None else None
        rules.check_other_handler(last, (handler, department_id))
    case.handler = handler
    case.department_id = people.unit(session, department_id).id if department_id else None
    session.add(
        CaseReferral(
            case_id=case.id,
            at=at,
            by=actor.name,
            handler=handler,
            department_id=case.department_id,
            handle_days=handle_days,
            note=note.strip(),
        )
    )
    session.flush()
    _record(session, actor, "case.referred", case, at, handler=handler, department=case.department_id)


def record_return(session: Session, actor: Actor, case: Case, *, reason: str, at: datetime) -> None:
    """The department says it is not theirs: with a reason, and not passed on by themselves (Q49)."""
    if not reason.strip():
        raise Invalid("退回要写明理由。", fields={"return_reason": "退回要写明理由。"})
    referral = queries.current_referral(session, case.id)
    if referral is not None:
        referral.returned_at, referral.return_reason = at, reason.strip()
    _record(session, actor, "case.returned", case, at, department=case.department_id)
    case.handler, case.department_id, case.handle_by = "", None, None


def record_result(session: Session, actor: Actor, case: Case, *, result_class: str, text: str, at: datetime) -> None:
    """What came of it (link 4)."""
    _must_be_open(case)
    if not text.strip():
        raise Invalid("请写明办理结果。", fields={"result": "请写明办理结果。"})
    case.result_class, case.result_text = result_class, text.strip()
    search.index(session, case)
    _record(session, actor, "case.result_recorded", case, at, result_class=result_class)


def record_attempt(
    session: Session, actor: Actor, case: Case, *, channel: str, reached: bool, note: str, proof: str, at: datetime
) -> tuple[int, int]:
    """One try to reach the visitor. Whether it stops the clock is for a decision table to say (Q03, Q04).

    Returns:
        unsuccessful tries since the case was last reopened, and on how many different working days.

    Raises:
        Invalid: not a way to reach this visitor.
    """
    _must_be_open(case)
    rules.check_reply_channel(channel, anonymous=case.anonymous)
    session.add(
        ContactAttempt(
            case_id=case.id,
            round=case.times_reopened,
            at=at,
            by=actor.name,
            channel=channel,
            reached=reached,
            note=note.strip(),
            proof=proof.strip(),
        )
    )
    session.flush()
    tries = queries.attempts(session, case.id, round_=case.times_reopened)
    missed = [attempt.at for attempt in tries if not attempt.reached]
    days = rules.count_working_days(workdays.working_calendar(session), missed) if missed else 0
    return len(missed), days


def record_reply(
    session: Session,
    actor: Actor,
    case: Case,
    *,
    channel: str,
    text: str,
    satisfaction: str | None = None,
    at: datetime,
) -> None:
    """The visitor was told, or everything due was tried: the reply clock stops (Q03, Q04).

    It stops at the moment of the last contact, also when a supervisor confirmed later that enough was tried.

    Args:
        satisfaction: when the visitor said so at once; after a public notice it is 联系不上, and 不适用 when there
            is nobody to ask.

    Raises:
        Conflict: answered already.
        Invalid: nothing was written down.
    """
    _must_be_open(case)
    if not text.strip():
        raise Invalid("请写明答复内容。", fields={"content": "请写明答复内容。"})
    clocks.resume(session, actor, case, note="已答复", at=at)
    tries = queries.attempts(session, case.id, round_=case.times_reopened)
    case.status, case.replied_at = Status.REPLIED.value, tries[-1].at if tries else at
    case.reply_channel, case.reply_text = channel, text.strip()
    search.index(session, case)
    case.satisfaction = rules.WITHOUT_ASKING.get(channel, satisfaction or None)
    _record(session, actor, "case.replied", case, at, channel=channel, late=queries.is_overdue(case, at))


def record_feedback(
    session: Session, actor: Actor, case: Case, *, satisfaction: str, comment: str = "", at: datetime
) -> None:
    """What the visitor thinks of the answer (link 5)."""
    case.satisfaction, case.feedback_comment = satisfaction, comment.strip()
    _record(session, actor, "case.feedback", case, at, satisfaction=satisfaction)


def conclude(session: Session, actor: Actor, case: Case, *, word: str, note: str, at: datetime) -> None:
    """What the committee decides about a visitor who is dissatisfied again (Q48)."""
    case.last_word, case.last_note = word, note.strip()
    _record(session, actor, "case.concluded", case, at, word=word)


def reopen(session: Session, actor: Actor, case: Case, *, working_days: int, at: datetime) -> date:
    """Dissatisfied: handled once more, with clocks of its own; a further time only if the committee says so (Q48).

    Raises:
        Conflict: it was reopened before, and the committee has not decided to handle it again.
    """
    if case.times_reopened and case.last_word != rules.HANDLE_AGAIN:
        raise Conflict("这件事项已经重新办理过一次，再次办理要由街道人大工委决定。")
    case.times_reopened += 1
    case.status, case.replied_at, case.last_word = Status.OPEN.value, None, ""
    case.overdue_noted_at = None
    case.handler, case.department_id, case.handle_by = "", None, None
    case.handling_started_on, case.handling_working_days, case.settle_by = None, None, None
    case.result_class, case.satisfaction, case.promised_on = None, None, None
    due = clocks.set_deadline(
        session, actor, case, working_days=working_days, start=beijing_date(at), reason="不满意，重新办理", at=at
    )
    _record(session, actor, "case.reopened", case, at)
    return due


def note_overdue(session: Session, actor: Actor, case: Case, *, at: datetime) -> None:
    """The promise is broken and it is written down."""
    case.overdue_noted_at = case.overdue_noted_at or at
    _record(session, actor, "case.overdue", case, at, respond_by=case.respond_by.isoformat() if case.respond_by else "")


def close(session: Session, actor: Actor, case: Case, *, at: datetime) -> None:
    """All five links are there.

    Raises:
        Conflict: the visitor, or that of a follower, was not told yet.
    """
    if case.status != Status.REPLIED:
        raise Conflict("来访人还没有得到答复，不能办结。")
    untold = merging.count_untold(session, case.id)
    if untold:
        raise Conflict("并入本件的事项还有 {count} 位来访人没有答复，不能办结。", count=untold)
    case.status, case.closed_at = Status.CLOSED.value, at
    _record(session, actor, "case.closed", case, at)


def _own_station(actor: Actor) -> str:
    stations = [unit for unit in actor.units_of(STATION) if unit]
    if len(stations) != 1:
        raise Invalid("请选择是哪个代表工作站接待的。", fields={"station": "请选择代表工作站。"})
    return stations[0]


def _next_number(session: Session, year: int) -> str:
    """Take the next number under the lock of its counter; two first visits of a year can not both make it."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    first = {"subdistrict_id": scope_of(session), "year": year, "last": 0}
    session.execute(dialect.insert(CaseCounter).values(first).on_conflict_do_nothing())
    counter = session.scalars(select(CaseCounter).where(CaseCounter.year == year).with_for_update()).one()
    counter.last += 1
    return rules.case_number(year, counter.last)


def _must_be_open(case: Case) -> None:
    if case.status != Status.OPEN:
        raise Conflict("这件事项已经是“{status}”，不能再这样处理。", status=case.status)


def _record(session: Session, actor: Actor, action: str, case: Case, at: datetime, **facts: object) -> None:
    audit.record(session, actor, action, queries.business_key(case.id), at=at, **facts)
