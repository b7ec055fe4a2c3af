"""What is done with a filing. The diagram calls it; who may do a step is decided by its lane."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from workflows import audit
from workflows.actor import Actor
from workflows.clock import beijing_date
from workflows.engine import instances
from workflows.engine.engine import Engine
from workflows.errors import Conflict, Invalid
from workflows.filings import queries, rules
from workflows.filings.rules import Decision, Outcome, Status
from workflows.filings.tables import Filing, FilingCounter, FilingFile, FilingTask
from workflows.people import queries as people
from workflows.people.rules import COMMITTEE
from workflows.storage.session import scope_of
from workflows.workdays import queries as workdays
from workflows.workdays.actions import CalendarChange

# ------------------------------------------------------------------------------------------------ writing


def begin(session: Session, actor: Actor, answer: Mapping[str, Any], *, at: datetime) -> Filing:
    """A draft, as the form gave it.

    Raises:
        Invalid: see `rules.checked_draft`.
    """
    today = beijing_date(at)
    draft = rules.checked_draft(answer, today)
    filing = Filing(
        kind=draft.kind.value,
        category=draft.category.value,
        title=draft.title,
        text=draft.text,
        measured_from=draft.day,
        writer_id=actor.id,
        written_by=actor.name,
        written_on=today,
    )
    session.add(filing)
    session.flush()
    _add_files(session, filing, answer.get("files") or ())
    _record(session, actor, "filing.begun", filing, at, kind=filing.kind, category=filing.category)
    return filing


def save(session: Session, actor: Actor, filing: Filing, answer: Mapping[str, Any], *, at: datetime) -> None:
    """The draft as it was changed after it came back; whoever changed it has written it.

    Raises:
        Invalid: see `rules.checked_draft`.
    """
    draft = rules.checked_draft(answer, beijing_date(at), filing.written_on)
    filing.kind, filing.category, filing.measured_from = draft.kind.value, draft.category.value, draft.day
    filing.title, filing.text, filing.status = draft.title, draft.text, Status.CHECKED.value
    filing.writer_id, filing.written_by = actor.id, actor.name
    filing.checked_by, filing.checked_at = "", None
    _add_files(session, filing, answer.get("files") or ())
    _record(session, actor, "filing.changed", filing, at)


def set_terms(
    session: Session,
    actor: Actor,
    filing: Filing,
    *,
    basis: str,
    file_days: int,
    reply_days: int,
    reply_needed: bool,
    rule: str,
    at: datetime,
) -> date:
    """By when it has to be filed and a reply is expected, as the decision table says; the day for filing."""
    filing.basis, filing.file_days, filing.rule = basis, file_days, rule[:200]
    filing.reply_days, filing.reply_needed = reply_days, reply_needed
    filing.file_by = _file_by(session, filing)
    _record(session, actor, "filing.terms_set", filing, at, file_by=filing.file_by.isoformat(), rule=filing.rule)
    return filing.file_by


def _file_by(session: Session, filing: Filing) -> date:
    calendar = workdays.working_calendar(session)
    return rules.file_by(filing.basis, filing.measured_from, filing.file_days, calendar)


def check(session: Session, actor: Actor, filing: Filing, *, agreed: bool, note: str, at: datetime) -> None:
    """Another person of the committee has looked at it.

    Raises:
        Invalid: the writer, while somebody else could; or it goes back without a reason.
    """
    members = [user.id for user in people.members(session, COMMITTEE)]
    rules.check_another_person(actor, filing.writer_id, members)
    if not agreed:
        send_back(session, actor, filing, note=note, at=at)
        return
    filing.checked_by, filing.checked_at = actor.name, at
    filing.status, filing.return_note = Status.TO_SIGN.value, ""
    _record(session, actor, "filing.checked", filing, at)


def send_back(session: Session, actor: Actor, filing: Filing, *, note: str, at: datetime) -> None:
    """Back to be changed.

    Raises:
        Invalid: no reason.
    """
    if not note.strip():
        raise Invalid("退回要写明理由。", fields={"note": "退回要写明理由。"})
    filing.status, filing.return_note = Status.RETURNED.value, note.strip()
    filing.times_returned += 1
    filing.checked_by, filing.checked_at = "", None
    _record(session, actor, "filing.sent_back", filing, at)


def file(session: Session, actor: Actor, filing: Filing, *, filed_on: date | None, at: datetime) -> str:
    """Signed and handed to the party working committee: it has its number, and a reply is waited for.

    Raises:
        Invalid: see `rules.check_filed_on`.
    """
    day = rules.check_filed_on(
        filed_on,
        written_on=filing.written_on,
        category=filing.category,
        day=filing.measured_from,
        today=beijing_date(at),
    )
    filing.number = _next_number(session, day.year)
    filing.filed_on, filing.signed_by, filing.status = day, actor.name, Status.FILED.value
    filing.in_time = filing.file_by is None or day <= filing.file_by
    filing.reply_by = _reply_by(session, filing)
    _record(session, actor, "filing.filed", filing, at, number=filing.number, in_time=filing.in_time)
    return filing.number


def _reply_by(session: Session, filing: Filing) -> date | None:
    if filing.filed_on is None or not filing.reply_days:
        return filing.filed_on
    return workdays.working_calendar(session).add_working_days(filing.filed_on, filing.reply_days)


def withdraw(session: Session, actor: Actor, filing: Filing, *, reason: str, at: datetime) -> None:
    """Taken back before there is a reply; a number that was given stays given.

    Raises:
        Invalid: no reason, or somebody else's while the writer is still in the committee.
    """
    members = [user.id for user in people.members(session, COMMITTEE)]
    rules.check_may_withdraw(actor, filing.writer_id, members)
    if not reason.strip():
        raise Invalid("请写明撤回的理由。", fields={"reason": "请写明撤回的理由。"})
    filing.status, filing.withdraw_reason, filing.closed_at = Status.WITHDRAWN.value, reason.strip(), at
    _record(session, actor, "filing.withdrawn", filing, at)


# ------------------------------------------------------------------------------------------------ the reply


def record_reply(
    session: Session,
    actor: Actor,
    filing: Filing,
    *,
    decision: str,
    text: str,
    document_no: str,
    replied_on: date | None,
    has_tasks: bool,
    files: Sequence[str] = (),
    at: datetime,
) -> None:
    """What the party working committee decided, entered by the committee.

    Raises:
        Invalid: see `rules.check_reply`.
        Conflict: it was not filed.
    """
    if filing.filed_on is None:
        raise Conflict("这件请示报告还没有报送，不能登记批复。")
    today = beijing_date(at)
    day = replied_on or today
    found = rules.check_reply(filing.kind, decision, text=text, replied_on=day, filed_on=filing.filed_on, today=today)
    _reply(filing, found, text=text, document_no=document_no, day=day, by=actor.name)
    filing.has_tasks = has_tasks
    _add_files(session, filing, files)
    _record(session, actor, "filing.replied", filing, at, decision=found.value)


def note_unanswered(session: Session, actor: Actor, filing: Filing, *, at: datetime) -> None:
    """A 报告 to which nothing was said in time counts as noted."""
    _reply(filing, Decision.NOTED, text="", document_no="", day=beijing_date(at), by="")
    _record(session, actor, "filing.noted", filing, at)


def _reply(filing: Filing, decision: Decision, *, text: str, document_no: str, day: date, by: str) -> None:
    filing.decision, filing.reply_text, filing.reply_no = decision.value, text.strip(), document_no.strip()
    filing.replied_on, filing.replied_by, filing.status = day, by, Status.REPLIED.value


# ------------------------------------------------------------------------------------------------ tasks


def add_tasks(
    session: Session, actor: Actor, filing: Filing, rows: Sequence[Mapping[str, Any]], *, at: datetime
) -> list[FilingTask]:
    """What has to be done after the reply, and by whom (domain S106).

    Raises:
        Invalid: see `rules.planned_tasks`.
        NotFound: no such unit.
        Conflict: there is no reply.
    """
    if filing.replied_on is None:
        raise Conflict("还没有批复，不能分解任务。")
    made = []
    for planned in rules.planned_tasks(rows, filing.replied_on):
        unit_id = people.unit(session, planned.unit_id).id if planned.unit_id else None
        made.append(
            FilingTask(
                filing_id=filing.id, what=planned.what, role=planned.role, unit_id=unit_id, due_on=planned.due_on
            )
        )
    session.add_all(made)
    filing.status = Status.CARRIED_OUT.value
    session.flush()
    _record(session, actor, "filing.tasks_given", filing, at, tasks=len(made))
    return made


def record_task(
    session: Session,
    actor: Actor,
    filing: Filing,
    *,
    task_id: str,
    outcome: str,
    result: str,
    files: Sequence[str] = (),
    at: datetime,
) -> None:
    """What came of one task.

    Raises:
        Invalid: no outcome or no words about it.
        Conflict: it was reported already.
    """
    task = queries.task(session, task_id)
    if task.filing_id != filing.id or task.done_at is not None:
        raise Conflict("这项任务已经报过落实情况。")
    if outcome not in set(Outcome):
        raise Invalid("请选择落实的结果。", fields={"outcome": "请选择落实的结果。"})
    if not result.strip():
        raise Invalid("请写明落实情况。", fields={"result": "请写明落实情况。"})
    task.outcome, task.result, task.done_at, task.done_by = outcome, result.strip(), at, actor.name
    _add_files(session, filing, files, task)
    _record(session, actor, "filing.task_done", filing, at, task=task.id, outcome=outcome)


def report_back(
    session: Session, actor: Actor, filing: Filing, *, text: str, reported_on: date | None, at: datetime
) -> None:
    """The party working committee was told what came of its decision.

    Raises:
        Conflict: a task is still open.
        Invalid: no text, or a day that can not be right.
    """
    if queries.open_tasks(session, filing.id):
        raise Conflict("还有任务没有报落实情况，不能报告。")
    if not text.strip():
        raise Invalid("请写明落实情况。", fields={"text": "请写明落实情况。"})
    today = beijing_date(at)
    day = reported_on or today
    if day > today or (filing.replied_on is not None and day < filing.replied_on):
        why = "报告日期要在批复日期和今天之间。"
        raise Invalid(why, fields={"reported_on": "报告日期要在批复日期和今天之间。"})
    filing.report_text, filing.reported_on = text.strip(), day
    _record(session, actor, "filing.reported_back", filing, at)


def archive(session: Session, actor: Actor, filing: Filing, *, at: datetime) -> None:
    """Closed for good.

    Raises:
        Conflict: without a reply, or with an open task.
    """
    if filing.decision is None or queries.open_tasks(session, filing.id):
        raise Conflict("还没有批复或者还有任务没有落实，不能归档。")
    filing.status, filing.closed_at = Status.ARCHIVED.value, at
    _record(session, actor, "filing.archived", filing, at)


# ------------------------------------------------------------------------------------------------ dates


def recompute_deadlines(engine: Engine, session: Session, actor: Actor, *, change: CalendarChange) -> int:
    """Move the dates of open filings that a changed calendar touches; returns how many moved. Safe to repeat."""
    moved = 0
    for filing in queries.with_running_clock(session):
        before = (filing.file_by, filing.reply_by)
        if filing.filed_on is None:
            filing.file_by = _file_by(session, filing)
        else:
            filing.reply_by = _reply_by(session, filing)
        if (filing.file_by, filing.reply_by) == before:
            continue
        moved += 1
        session.flush()
        instances.refresh_timers(engine, session, actor, business_key=queries.business_key(filing.id))
        _record(session, actor, "filing.date_moved", filing, engine.clock(), reason=change.reason)
    return moved


def _add_files(session: Session, filing: Filing, files: Sequence[str], task: FilingTask | None = None) -> None:
    known = {each for several in queries.files_of(session, filing.id).values() for each in several}
    for file_id in dict.fromkeys(files):
        if file_id not in known:
            session.add(FilingFile(filing_id=filing.id, task_id=task.id if task else None, file_id=file_id))
    session.flush()


def _next_number(session: Session, year: int) -> str:
    """Take the next number under the lock of its counter; two first ones of a year can not both make it."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    first = {"subdistrict_id": scope_of(session), "year": year, "last": 0}
    session.execute(dialect.insert(FilingCounter).values(first).on_conflict_do_nothing())
    query = select(FilingCounter).where(FilingCounter.year == year)
    counter = session.scalars(query.with_for_update()).one()
    counter.last += 1
    return rules.number_of(year, counter.last)


def _record(session: Session, actor: Actor, action: str, filing: Filing, at: datetime, **facts: object) -> None:
    audit.record(session, actor, action, queries.business_key(filing.id), at=at, **facts)
