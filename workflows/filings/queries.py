"""Reads: the register of filings, one filing with its tasks, what a month still owes, how many were filed in time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.orm import Session

from workflows.actor import Actor
from workflows.clock import beijing_date
from workflows.engine.tables import ProcessInstance
from workflows.errors import NotFound
from workflows.filings import rules
from workflows.filings.rules import Category, Kind, Status
from workflows.filings.tables import Filing, FilingCounter, FilingFile, FilingTask
from workflows.people import queries as people
from workflows.people.rules import COMMITTEE, DEPARTMENT, STATION
from workflows.workdays import queries as workdays

KEY = "submission"
PAGE = 50


@dataclass(frozen=True)
class FilingPage:
    rows: list[Filing]
    next: str | None


@dataclass(frozen=True)
class Progress:
    """How far the tasks of a filing are."""

    done: int
    all: int
    overdue: int

    @property
    def open(self) -> int:
        return self.all - self.done


@dataclass(frozen=True)
class InTime:
    """How many of the papers filed in a period were filed in time."""

    in_time: int
    filed: int

    @property
    def percent(self) -> float | None:
        """None when nothing was filed: nobody was late."""
        return round(100 * self.in_time / self.filed, 1) if self.filed else None


def business_key(filing_id: str) -> str:
    return f"{KEY}:{filing_id}"


def get(session: Session, filing_id: str) -> Filing:
    """A filing for somebody whom its process gave a task about it.

    Raises:
        NotFound: there is none.
    """
    found = session.scalar(select(Filing).where(Filing.id == filing_id))
    if found is None:
        raise NotFound("没有这件请示报告，请刷新列表。")
    return found


def filing_for(session: Session, actor: Actor, filing_id: str) -> Filing:
    """One filing with everything in it: the committee's alone.

    Raises:
        NotFound: there is none that this person may see (which of the two is not told).
    """
    found = session.scalar(select(Filing).where(visible(actor), Filing.id == filing_id))
    if found is None:
        raise NotFound("没有这件请示报告，请刷新列表。")
    return found


def visible(actor: Actor) -> ColumnElement[bool]:
    """The condition for filings that this person may read."""
    if actor.is_clock or actor.has_role(COMMITTEE):
        return Filing.id.is_not(None)
    return Filing.id.is_(None)


def listed(
    session: Session,
    actor: Actor,
    *,
    year: int | None = None,
    late: bool | None = None,
    open_tasks: bool = False,
    text: str = "",
    after: str | None = None,
    limit: int = PAGE,
) -> FilingPage:
    """Filings, newest first.

    Args:
        year: of the filing, or of the draft while it is not filed.
        late: only those that were filed late, or only those filed in time.
        open_tasks: only those with a task that is not reported yet.
        text: words that are part of number or title.
        after: the last id of the page before.
    """
    query = select(Filing).where(visible(actor), *_wanted(year, late, open_tasks, text))
    if after:
        query = query.where(Filing.id < after)
    rows = list(session.scalars(query.order_by(Filing.id.desc()).limit(limit + 1)))
    more, rows = len(rows) > limit, rows[:limit]
    return FilingPage(rows, rows[-1].id if more else None)


def _wanted(year: int | None, late: bool | None, open_tasks: bool, text: str) -> Iterator[ColumnElement[bool]]:
    if year:
        first, last = date(year, 1, 1), date(year, 12, 31)
        dated = func.coalesce(Filing.filed_on, Filing.written_on)
        yield dated.between(first, last)
    if late is not None:
        yield Filing.in_time.is_(not late)
    if open_tasks:
        undone = select(FilingTask.id).where(FilingTask.filing_id == Filing.id, FilingTask.done_at.is_(None))
        yield undone.exists()
    for word in text.split():
        yield or_(Filing.number.contains(word, autoescape=True), Filing.title.contains(word, autoescape=True))


def years(session: Session) -> list[int]:
    """The years that have a filing, newest first."""
    days = session.scalars(select(func.coalesce(Filing.filed_on, Filing.written_on)).distinct())
    return sorted({day.year for day in days}, reverse=True)


def tasks(session: Session, filing_id: str) -> list[FilingTask]:
    query = select(FilingTask).where(FilingTask.filing_id == filing_id)
    return list(session.scalars(query.order_by(FilingTask.due_on, FilingTask.id)))


def task(session: Session, task_id: str) -> FilingTask:
    """
    Raises:
        NotFound: there is none.
    """
    found = session.scalar(select(FilingTask).where(FilingTask.id == task_id))
    if found is None:
        raise NotFound("没有这项任务，请刷新列表。")
    return found


def progress(session: Session, filing_ids: Sequence[str], today: date) -> dict[str, Progress]:
    """Filing -> how far its tasks are; those without tasks are left out."""
    found: dict[str, list[FilingTask]] = {}
    for each in session.scalars(select(FilingTask).where(FilingTask.filing_id.in_(filing_ids))):
        found.setdefault(each.filing_id, []).append(each)
    return {
        filing: Progress(
            sum(each.done_at is not None for each in several),
            len(several),
            sum(is_late(each, today) and each.done_at is None for each in several),
        )
        for filing, several in found.items()
    }


def is_late(task: FilingTask, today: date) -> bool:
    """Whether it was, or by now is, done after its day."""
    return (beijing_date(task.done_at) if task.done_at else today) > task.due_on


def open_tasks(session: Session, filing_id: str) -> int:
    return sum(each.done_at is None for each in tasks(session, filing_id))


def files_of(session: Session, filing_id: str) -> dict[str | None, list[str]]:
    """Stored files by the task they belong to; under None those of the paper itself."""
    found: dict[str | None, list[str]] = {}
    rows = session.scalars(select(FilingFile).where(FilingFile.filing_id == filing_id).order_by(FilingFile.id))
    for row in rows:
        found.setdefault(row.task_id, []).append(row.file_id)
    return found


def may_see_file(session: Session, actor: Actor, file_id: str) -> bool:
    """Whether a stored file may be shown as far as filings have a say: the committee's, a task's also to its owner."""
    rows = session.execute(
        select(FilingFile.task_id, FilingTask.role, FilingTask.unit_id)
        .outerjoin(FilingTask, FilingTask.id == FilingFile.task_id)
        .where(FilingFile.file_id == file_id)
    ).all()
    if not rows or actor.is_clock or actor.has_role(COMMITTEE):
        return True
    return any(task_id and actor.has_role(role, unit_id) for task_id, role, unit_id in rows)


def owner_choices(session: Session) -> list[tuple[str, str]]:
    """Who may be given a task, as choices of a form."""
    return [
        (rules.owner_value(COMMITTEE), COMMITTEE),
        *((rules.owner_value(DEPARTMENT, unit), name) for unit, name in people.department_choices(session)),
        *((rules.owner_value(STATION, unit), name) for unit, name in people.station_choices(session)),
    ]


def owner_name(task: FilingTask, unit_names: Mapping[str, str]) -> str:
    return unit_names.get(task.unit_id, "") if task.unit_id else task.role


def month_reported(session: Session, first: date) -> bool:
    """Whether a 报告 about the work of the month that begins on that day was filed."""
    query = select(Filing.id).where(
        Filing.kind == Kind.REPORT,
        Filing.category == Category.WORK,
        Filing.measured_from == first,
        Filing.filed_on.is_not(None),
        Filing.status != Status.WITHDRAWN,
    )
    return session.scalar(query.limit(1)) is not None


def last_working_day(session: Session, last: date) -> date:
    """The last working day of the month that ends on that day."""
    return workdays.working_calendar(session).nth_working_day_of_month(last.year, last.month, -1)


def in_time_rate(session: Session, first: date, last: date) -> InTime:
    """How many of the papers filed from the first to the last day, both included, were in time (domain S104)."""
    query = select(Filing.in_time).where(Filing.filed_on.between(first, last), Filing.status != Status.WITHDRAWN)
    found = list(session.scalars(query))
    return InTime(sum(bool(each) for each in found), len(found))


def is_late_to_file(filing: Filing, now: datetime) -> bool:
    """Whether it was, or by now is, filed after its last day."""
    if filing.filed_on is not None:
        return filing.in_time is False
    return filing.status in rules.WRITTEN and filing.file_by is not None and beijing_date(now) > filing.file_by


def is_late_to_answer(filing: Filing, now: datetime) -> bool:
    """Whether an expected reply has not come by its day."""
    return filing.status == Status.FILED and filing.reply_by is not None and beijing_date(now) > filing.reply_by


def with_running_clock(session: Session) -> list[Filing]:
    """Every filing whose dates still matter: for recomputing, not for eyes."""
    query = select(Filing).where(Filing.status.in_((*rules.WRITTEN, Status.FILED)), Filing.file_by.is_not(None))
    return list(session.scalars(query.order_by(Filing.id)))


def instance_of(session: Session, filing: Filing) -> ProcessInstance | None:
    """The process that the filing goes through."""
    query = select(ProcessInstance).where(ProcessInstance.business_key == business_key(filing.id))
    return session.scalar(query.order_by(ProcessInstance.id.desc()).limit(1))


def breaches(session: Session) -> list[tuple[str, str]]:
    """Filings whose row and process disagree, and gaps in a year's numbers: object key and reason."""
    query = select(Filing, ProcessInstance.status).outerjoin(
        ProcessInstance,
        and_(
            ProcessInstance.business_key == literal(f"{KEY}:").concat(Filing.id),
            ProcessInstance.subdistrict_id == Filing.subdistrict_id,
        ),
    )
    found, given = [], dict[tuple[str, int], int]()
    for filing, process in session.execute(query):
        finished = filing.status in rules.FINISHED
        if not finished and process != "running":
            found.append((business_key(filing.id), f"unfinished, but its process is {process or 'missing'}"))
        if finished and process == "running":
            found.append((business_key(filing.id), "finished, but its process still runs"))
        if filing.number and filing.filed_on:
            year = filing.subdistrict_id, filing.filed_on.year
            given[year] = given.get(year, 0) + 1
    counters = select(FilingCounter.subdistrict_id, FilingCounter.year, FilingCounter.last)
    found += [
        (
            f"filing_counter:{subdistrict}:{year}",
            f"{last} numbers were given, {given.get((subdistrict, year), 0)} are there",
        )
        for subdistrict, year, last in session.execute(counters)
        if last != given.get((subdistrict, year), 0)
    ]
    return found
