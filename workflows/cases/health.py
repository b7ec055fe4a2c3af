"""The health of the five links over many cases: which chain is broken, since when, who must act, how long links take.

Everything is read from what the processes wrote down; the diagrams in force are checked when they are published.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select
from sqlalchemy.orm import Session

from workflows.actor import Actor
from workflows.cases import clock_queries, health_rules, merging, queries, rules
from workflows.cases.health_rules import Break, Waiting
from workflows.cases.rules import LINKS, Link, LinkState, Milestone
from workflows.cases.tables import Case
from workflows.clock import beijing_date
from workflows.engine.tables import EventWait, History, ProcessInstance, UserTask
from workflows.people import queries as people
from workflows.people.rules import COMMITTEE
from workflows.workdays import queries as workdays
from workflows.workdays.rules import WorkingCalendar


@dataclass(frozen=True)
class BrokenCase:
    """A case with a broken link.

    Attributes:
        working_days: how many working days each break has lasted, in the order of `breaks`.
    """

    case: Case
    breaks: list[Break]
    working_days: list[int]


@dataclass(frozen=True)
class Cell:
    """One link at one station.

    Attributes:
        cases: how many cases have reached or should have this link.
        broken: how many of them are broken there.
        median_days: calendar days from the link before (from the visit, for 登记) in the middle case; None without any.
    """

    cases: int
    broken: int
    median_days: float | None


@dataclass(frozen=True)
class Health:
    """What the check found.

    Attributes:
        cells: (station id, link) -> figures.
        stations: ids of the stations with cases, in the order of their names.
        examined: how many cases were looked at.
    """

    broken: list[BrokenCase]
    cells: Mapping[tuple[str, Link], Cell]
    stations: list[str]
    examined: int


def examine(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    first: date,
    last: date,
    station_id: str | None = None,
) -> Health:
    """Look at every case received in a period, and at every unfinished one whatever its age.

    Args:
        first, last: days of receipt, both included.
        station_id: only this station's.
    """
    wanted = _wanted(actor, first, last, station_id)
    cases = list(session.scalars(select(Case).where(wanted).order_by(Case.id)))
    states = _states(session, cases, wanted, now)
    waiting, still = _waiting(session, wanted), _last_events(session, wanted)
    calendar, today = workdays.working_calendar(session), beijing_date(now)
    broken = []
    for case in cases:
        found = health_rules.breaks(
            states[case.id],
            ended_on=None if case.status in rules.UNFINISHED else beijing_date(case.closed_at or case.registered_at),
            respond_by=case.respond_by if _is_untold(case, now) else None,
            waiting=waiting.get(case.id, ()),
            still_since=beijing_date(still.get(case.id, case.registered_at)),
            today=today,
            keeper=COMMITTEE,
        )
        if found:
            broken.append(BrokenCase(case, found, [_lasting(calendar, one.since, today) for one in found]))
    broken.sort(key=lambda one: (-max(one.working_days), one.case.number))
    names = people.unit_names(session)
    stations = sorted({case.station_id for case in cases}, key=lambda unit: names.get(unit, ""))
    return Health(broken, _cells(cases, states, broken), stations, len(cases))


def _wanted(actor: Actor, first: date, last: date, station_id: str | None) -> ColumnElement[bool]:
    wanted = [
        queries.visible(actor),
        or_(Case.received_on.between(first, last), Case.status.in_(rules.UNFINISHED)),
    ]
    if station_id:
        wanted.append(Case.station_id == station_id)
    return and_(*wanted)


def _with_process(wanted: ColumnElement[bool], *columns: Any) -> Select[Any]:
    """Columns of the cases' processes, beginning with the id of the case."""
    its_process = ProcessInstance.business_key == literal("case:").concat(Case.id)
    return select(Case.id, *columns).join(ProcessInstance, its_process).where(wanted)


def _states(
    session: Session, cases: Sequence[Case], wanted: ColumnElement[bool], now: datetime
) -> dict[str, list[LinkState]]:
    query = _with_process(wanted, History.milestone, History.at, History.actor_name)
    query = query.join(History, History.instance_id == ProcessInstance.id).where(History.milestone.is_not(None))
    written: dict[str, list[Milestone]] = defaultdict(list)
    for case_id, name, at, by in session.execute(query.order_by(History.id)):
        written[case_id].append(Milestone(name, at, by))
    return {
        case.id: rules.link_states(
            written.get(case.id, ()),
            ended=case.status not in rules.UNFINISHED,
            overdue=queries.is_overdue(case, now),
        )
        for case in cases
    }


def _waiting(session: Session, wanted: ColumnElement[bool]) -> dict[str, list[Waiting]]:
    query = _with_process(wanted, UserTask).join(UserTask, UserTask.instance_id == ProcessInstance.id)
    rows = session.execute(query.where(UserTask.status == "open").order_by(UserTask.id)).all()
    users = people.users_by_id(session, {task.assignee for _case, task in rows if task.assignee})
    units, found = people.unit_names(session), defaultdict(list)
    for case_id, task in rows:
        who = users[task.assignee].display_name if task.assignee in users else _group(task.candidate, units)
        found[case_id].append(Waiting(task.name, task.due_on, who))
    following = _with_process(wanted, EventWait.name).join(EventWait, EventWait.instance_id == ProcessInstance.id)
    for case_id, _name in session.execute(following.where(EventWait.name == merging.RESULT)):
        found[case_id].append(Waiting("等主办事项的结果", None, COMMITTEE))
    return found


def _is_untold(case: Case, now: datetime) -> bool:
    return clock_queries.stopped_at(case) is None and queries.is_overdue(case, now)


def _last_events(session: Session, wanted: ColumnElement[bool]) -> dict[str, datetime]:
    query = _with_process(wanted, func.max(History.at)).join(History, History.instance_id == ProcessInstance.id)
    return dict(session.execute(query.group_by(Case.id)).all())


def _lasting(calendar: WorkingCalendar, since: date, today: date) -> int:
    """Working days after `since`, today included."""
    return sum(calendar.is_working_day(since + timedelta(days=n)) for n in range(1, (today - since).days + 1))


def _group(candidate: str | None, units: Mapping[str, str]) -> str:
    role, _at, unit = (candidate or "").partition("@")
    return f"{role}（{units[unit]}）" if unit in units else role


def _cells(
    cases: Sequence[Case], states: Mapping[str, list[LinkState]], broken: Sequence[BrokenCase]
) -> dict[tuple[str, Link], Cell]:
    reached: dict[tuple[str, Link], int] = defaultdict(int)
    days: dict[tuple[str, Link], list[int]] = defaultdict(list)
    bad: dict[tuple[str, Link], int] = defaultdict(int)
    for case in cases:
        before = case.received_on
        for state in states[case.id]:
            key = (case.station_id, state.link)
            reached[key] += state.state != "waiting"
            if state.at is not None:
                days[key].append((beijing_date(state.at) - before).days)
                before = beijing_date(state.at)
    for one in broken:
        ahead = {state.link for state in states[one.case.id] if state.state == "waiting"}
        for link in {each.link for each in one.breaks}:
            bad[one.case.station_id, link] += 1
            reached[one.case.station_id, link] += link in ahead  # the visitor should have been told by now
    stations = {case.station_id for case in cases}
    return {
        (station, link): Cell(
            reached[station, link],
            bad[station, link],
            median(days[station, link]) if days[station, link] else None,
        )
        for station in stations
        for link in LINKS
    }
