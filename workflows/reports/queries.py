"""The figures of a period, counted by the database, and the rows behind each of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, exists, extract, func, literal, not_, or_, select, true
from sqlalchemy import case as sql_case
from sqlalchemy.orm import InstrumentedAttribute, Session

from workflows.activities.rules import RECEPTION_DAY, Dimension
from workflows.activities.tables import Activity
from workflows.actor import Actor
from workflows.cases.clock_rules import Kind
from workflows.cases.rules import LINKS, Link, Status
from workflows.cases.tables import Case, CaseParty, CasePause, CaseReferral, CaseRequest
from workflows.clock import beijing_date
from workflows.engine.tables import History, ProcessInstance
from workflows.errors import Invalid, NotAllowed
from workflows.people.rules import DISTRICT
from workflows.people.tables import Subdistrict
from workflows.reports import rules
from workflows.reports.rules import Average, Counts, Figure, Papers, Period, Rate
from workflows.storage.moments import beijing_day, days_between
from workflows.suggestions.rules import DISSATISFIED, NOT_COUNTED
from workflows.suggestions.rules import Kind as PaperKind
from workflows.suggestions.tables import Suggestion
from workflows.workdays import queries as workdays

PAGE = 50
BATCH = 200

Condition = ColumnElement[bool]


@dataclass(frozen=True)
class Statistics:
    """Everything counted of one period.

    Attributes:
        stations, classes, topics: by id or name, those with the most visits first.
        months: by year and month, every month of the period.
        reply_days: working days from the visit to the reply.
        links: calendar days from the link before to this one, the first time each was made; handled cases only.
        activities: dimension, kind and how many; registered suggestions are counted as such, not as activities.
        suggestions: by kind, every kind.
        receptions: activities of the kind 接待日 (domain S80, S81).
    """

    total: Counts
    stations: dict[str, Counts]
    classes: dict[str, Counts]
    topics: dict[str, Counts]
    months: dict[tuple[int, int], Counts]
    reply_days: Average
    links: dict[Link, Average]
    activities: list[tuple[str, str, int]]
    receptions: int
    suggestions: dict[str, Papers]


@dataclass(frozen=True)
class Part:
    """Which of the visits of a period: those of one station, class, topic or month, or with one figure; or all."""

    figure: Figure = Figure.VISITS
    station: str = ""
    matter_class: str = ""
    topic: str = ""
    month: int | None = None


@dataclass(frozen=True)
class CaseRows:
    rows: list[Case]
    next: str | None


def statistics(session: Session, actor: Actor, period: Period, *, now: datetime, station: str = "") -> Statistics:
    """The figures that this person may have: a station's own, the committee's of all or of one station.

    Raises:
        NotAllowed: neither of the two, or another station's.
    """
    wanted = _received(actor, period, Part(station=station))
    year, month = extract("year", Case.received_on), extract("month", Case.received_on)
    by_month = {(int(y), int(m)): counts for (y, m), counts in _counts(session, wanted, now, year, month)}
    held = _activities(session, actor, period, station)
    return Statistics(
        total=next((counts for _, counts in _counts(session, wanted, now)), rules.NOTHING),
        stations=_by(session, wanted, now, Case.station_id),
        classes=_by(session, wanted, now, Case.matter_class),
        topics=_by(session, wanted, now, Case.topic),
        months={each: by_month.get(each, rules.NOTHING) for each in period.months},
        reply_days=_reply_days(session, wanted),
        links=_link_days(session, wanted),
        activities=held,
        receptions=sum(count for _, kind, count in held if kind == RECEPTION_DAY),
        suggestions=_suggestions(session, actor, period, station, beijing_date(now)),
    )


def total(session: Session, actor: Actor, period: Period, *, now: datetime, station: str = "") -> Counts:
    """Only the figures of the whole, for comparison with another period."""
    wanted = _received(actor, period, Part(station=station))
    return next((counts for _, counts in _counts(session, wanted, now)), rules.NOTHING)


def street_totals(session: Session, actor: Actor, period: Period, *, now: datetime) -> list[tuple[str, Counts]]:
    """Name and figures of every street, for the district: no titles, no persons, no stations.

    Args:
        session: one that sees every sub-district.

    Raises:
        NotAllowed: not the district's.
    """
    if not actor.has_role(DISTRICT):
        raise NotAllowed("只有区人大可以查看各街道汇总。")
    wanted = Case.received_on.between(period.first, period.last)
    found = {street: counts for (street,), counts in _counts(session, wanted, now, Case.subdistrict_id)}
    streets = session.execute(select(Subdistrict.id, Subdistrict.name).order_by(Subdistrict.code))
    return [(name, found.get(identity, rules.NOTHING)) for identity, name in streets]


def cases_behind(
    session: Session,
    actor: Actor,
    period: Period,
    part: Part,
    *,
    now: datetime,
    after: str | None = None,
    limit: int = PAGE,
) -> CaseRows:
    """The cases that a figure counts, oldest first: as many as it says.

    Args:
        after: the cursor of the page before.

    Raises:
        Invalid: the cursor is not one of ours.
        NotAllowed: another station's.
    """
    query = select(Case).where(_received(actor, period, part), _conditions(now)[part.figure])
    if after is not None:
        if session.scalar(select(Case.id).where(Case.id == after)) is None:
            raise Invalid("翻页位置不对，请从第一页重新查看。")
        query = query.where(Case.id > after)
    rows = list(session.scalars(query.order_by(Case.id).limit(limit + 1)))
    return CaseRows(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def count_behind(session: Session, actor: Actor, period: Period, part: Part, *, now: datetime) -> int:
    """How many `cases_behind` lists on all its pages."""
    wanted = and_(_received(actor, period, part), _conditions(now)[part.figure])
    return session.scalar(select(func.count(Case.id)).where(wanted)) or 0


def batches(session: Session, actor: Actor, period: Period, *, station: str = "") -> Iterator[Sequence[Case]]:
    """Every visit of a period in the order of days and numbers, a few hundred at a time.

    Raises:
        NotAllowed: another station's.
    """
    query = select(Case).where(_received(actor, period, Part(station=station)))
    ordered = query.order_by(Case.received_on, Case.number).execution_options(yield_per=BATCH)
    return session.scalars(ordered).partitions()


def referrals_of(session: Session, case_ids: Sequence[str]) -> dict[str, CaseReferral]:
    """The newest hand-over of each of these cases."""
    query = select(CaseReferral).where(CaseReferral.case_id.in_(case_ids)).order_by(CaseReferral.id)
    return {referral.case_id: referral for referral in session.scalars(query)}


def activities_behind(
    session: Session, actor: Actor, period: Period, *, kind: str = "", station: str = ""
) -> list[Activity]:
    """What took place in a period, in the order of days.

    Raises:
        NotAllowed: another station's.
    """
    query = select(Activity).where(_held(actor, period, station))
    if kind:
        query = query.where(Activity.kind == kind)
    return list(session.scalars(query.order_by(Activity.held_on, Activity.id)))


def suggestions_behind(
    session: Session, actor: Actor, period: Period, *, kind: str = "", station: str = ""
) -> list[Suggestion]:
    """The suggestions registered in a period, in the order of numbers.

    Raises:
        NotAllowed: another station's.
    """
    query = select(Suggestion).where(_registered(actor, period, station))
    if kind:
        query = query.where(Suggestion.kind == kind)
    return list(session.scalars(query.order_by(Suggestion.registered_on, Suggestion.number)))


# ---------------------------------------------------------------------------------------- which visits


def _received(actor: Actor, period: Period, part: Part) -> Condition:
    """Visits of a period that this person may know of; of one station, class, topic or month only."""
    wanted: list[Condition] = [
        Case.received_on.between(period.first, period.last),
        _of_stations(actor, part.station, Case.station_id),
    ]
    for column, value in ((Case.matter_class, part.matter_class), (Case.topic, part.topic)):
        if value:
            wanted.append(column == value)
    if part.month is not None:
        wanted.append(extract("month", Case.received_on) == part.month)
    return and_(*wanted)


def _check_theirs(stations: frozenset[str] | None, station: str) -> None:
    if stations is not None and station not in stations:
        raise NotAllowed("只能查看本站的统计。")


def _held(actor: Actor, period: Period, station: str) -> Condition:
    """Activities of a period: a station's own; for the committee all, those of the whole street among them."""
    papers = Activity.dimension == Dimension.SUGGESTION
    in_time = Activity.held_on.between(period.first, period.last)
    return and_(in_time, not_(papers), _of_stations(actor, station, Activity.station_id))


def _registered(actor: Actor, period: Period, station: str) -> Condition:
    """Suggestions registered in a period: a station's by its deputies; for the committee all."""
    in_time = Suggestion.registered_on.between(period.first, period.last)
    counted = Suggestion.status.not_in(NOT_COUNTED)
    return and_(in_time, counted, _of_stations(actor, station, Suggestion.station_id))


def _of_stations(actor: Actor, station: str, column: InstrumentedAttribute[Any]) -> Condition:
    """Rows of one station, or of all that this person may know of."""
    stations = rules.stations_of(actor)
    if station:
        _check_theirs(stations, station)
        return column == station
    return true() if stations is None else column.in_(stations)


# ------------------------------------------------------------------------------------ what is counted


def _conditions(now: datetime) -> dict[Figure, Condition]:
    """When a case counts for a figure; the meaning of each is told at `Figure`."""
    handled = Case.status.not_in((Status.ON_THE_SPOT, Status.DECLINED))
    of_kind: dict[Figure, Condition] = {
        Figure.VISITS: Case.id.is_not(None),
        Figure.ON_THE_SPOT: Case.status == Status.ON_THE_SPOT,
        Figure.DECLINED: Case.status == Status.DECLINED,
        Figure.TAKEN_IN: handled,
        Figure.CLOSED: Case.status == Status.CLOSED,
        Figure.EXTENDED: _asked_and_agreed(Kind.EXTENSION),
        Figure.PAUSED: exists().where(CasePause.case_id == Case.id),
        Figure.REOPENED: Case.times_reopened > 0,
        Figure.MERGED: Case.merged_into_id.is_not(None),
        Figure.ANONYMOUS: Case.anonymous.is_(True),
        Figure.JOINT: _people() > 1,
    }
    said = {figure: Case.satisfaction == word for figure, word in rules.SATISFACTION.items()}
    ended = {figure: Case.result_class == letter for figure, letter in rules.RESULTS.items()}
    return of_kind | _replies(handled, beijing_date(now)) | said | ended


def _replies(handled: Condition, today: date) -> dict[Figure, Condition]:
    """How the reply of a handled case stands; each case is in exactly one."""
    timed = and_(handled, Case.respond_by.is_not(None))
    told = func.coalesce(Case.interim_at, Case.replied_at)
    last_day = sql_case((Case.protected_until > Case.respond_by, Case.protected_until), else_=Case.respond_by)
    in_time = and_(timed, told.is_not(None), beijing_day(told) <= last_day)
    final = and_(timed, Case.respond_by_final)
    return {
        Figure.IN_TIME: in_time,
        Figure.LATE: and_(final, told.is_not(None), beijing_day(told) > last_day),
        Figure.OVERDUE: and_(final, told.is_(None), last_day < today),
        Figure.NOT_DUE: and_(final, told.is_(None), last_day >= today),
        Figure.PROVISIONAL: and_(timed, not_(Case.respond_by_final), or_(told.is_(None), beijing_day(told) > last_day)),
        Figure.UNTIMED: and_(handled, Case.respond_by.is_(None)),
    }


def _asked_and_agreed(kind: Kind) -> Condition:
    return exists().where(CaseRequest.case_id == Case.id, CaseRequest.kind == kind, CaseRequest.agreed.is_(True))


def _people() -> ColumnElement[int]:
    """How many people came with a case; 0 for an anonymous one."""
    return select(func.count(CaseParty.id)).where(CaseParty.case_id == Case.id).correlate(Case).scalar_subquery()


def _counts(
    session: Session, wanted: Condition, now: datetime, *groups: ColumnElement[Any] | InstrumentedAttribute[Any]
) -> Iterator[tuple[tuple[Any, ...], Counts]]:
    """Every figure of each group of visits, in one statement: an inner one looks at each case, the outer one adds."""
    conditions = _conditions(now)
    people = _people()
    inner = select(
        *(group.label(f"group_{n}") for n, group in enumerate(groups)),
        *(sql_case((condition, 1), else_=0).label(figure.value) for figure, condition in conditions.items()),
        sql_case((people > 1, people), else_=1).label("people"),
    ).where(wanted)
    each = inner.subquery()
    keys = [each.c[f"group_{n}"] for n in range(len(groups))]
    sums = [func.coalesce(func.sum(each.c[figure.value]), 0) for figure in conditions]
    query = select(*keys, *sums, func.coalesce(func.sum(each.c.people), 0)).group_by(*keys)
    for row in session.execute(query):
        values = [int(value) for value in row[len(groups) :]]
        yield tuple(row[: len(groups)]), Counts(dict(zip(conditions, values, strict=False)), values[-1])


def _by(session: Session, wanted: Condition, now: datetime, column: InstrumentedAttribute[str]) -> dict[str, Counts]:
    """Groups of one column, those with the most visits first."""
    found = [(str(key), counts) for (key,), counts in _counts(session, wanted, now, column)]
    return dict(sorted(found, key=lambda each: (-each[1][Figure.VISITS], each[0])))


def _reply_days(session: Session, wanted: Condition) -> Average:
    """Working days after the visit until the reply, the day of the reply included; on the spot is not among them.

    The database groups cases by their two days; what lies between two days is known by the working calendar.
    """
    told = beijing_day(func.coalesce(Case.interim_at, Case.replied_at))
    pairs = select(Case.clock_started_on, told, func.count(Case.id)).where(wanted, told.is_not(None))
    calendar, days, cases = workdays.working_calendar(session), 0, 0
    for start, end, count in session.execute(pairs.group_by(Case.clock_started_on, told)):
        if start is not None:
            days += len(calendar.working_days_after(start, end)) * count
            cases += count
    return Average(days, cases)


def _link_days(session: Session, wanted: Condition) -> dict[Link, Average]:
    """From each link to the next, the first time it was made, of cases where both were made by themselves."""
    made = _first_made(wanted).subquery()
    spans: list[ColumnElement[Any]] = []
    for before, link in zip(LINKS, LINKS[1:], strict=False):
        span = days_between(made.c[before.name], made.c[link.name])
        spans += [func.coalesce(func.sum(span), 0.0), func.count(span)]
    row = [float(value) for value in session.execute(select(*spans)).one()]
    return {link: Average(row[2 * n], int(row[2 * n + 1])) for n, link in enumerate(LINKS[1:])}


def _first_made(wanted: Condition) -> Any:
    firsts = [func.min(sql_case((History.milestone == link.value, History.at))).label(link.name) for link in LINKS]
    return (
        select(Case.id, *firsts)
        .join(ProcessInstance, ProcessInstance.business_key == literal("case:").concat(Case.id))
        .join(History, History.instance_id == ProcessInstance.id)
        .where(wanted, History.milestone.is_not(None))
        .group_by(Case.id)
    )


def _activities(session: Session, actor: Actor, period: Period, station: str) -> list[tuple[str, str, int]]:
    query = (
        select(Activity.dimension, Activity.kind, func.count(Activity.id, type_=Integer()))
        .where(_held(actor, period, station))
        .group_by(Activity.dimension, Activity.kind)
        .order_by(Activity.dimension, func.count(Activity.id).desc(), Activity.kind)
    )
    return [(dimension, kind, count) for dimension, kind, count in session.execute(query)]


def _suggestions(session: Session, actor: Actor, period: Period, station: str, today: date) -> dict[str, Papers]:
    answered = Suggestion.told_on.is_not(None)
    in_time = and_(answered, or_(Suggestion.answer_by.is_(None), Suggestion.told_on <= Suggestion.answer_by))
    overdue = and_(Suggestion.told_on.is_(None), Suggestion.answer_by < today, Suggestion.answer_by_final)
    said = Suggestion.satisfaction.is_not(None)
    glad = and_(said, Suggestion.satisfaction != DISSATISFIED)
    sums = [func.sum(sql_case((each, 1), else_=0)) for each in (answered, in_time, overdue, glad, said)]
    query = select(Suggestion.kind, func.count(Suggestion.id), *sums).where(_registered(actor, period, station))
    found = {}
    for kind, *counts in session.execute(query.group_by(Suggestion.kind)):
        registered, told, told_in_time, late, satisfied, asked = (int(count) for count in counts)
        found[kind] = Papers(registered, told, told_in_time, late, Rate(satisfied, asked))
    return {kind.value: found.get(kind.value, Papers(0, 0, 0, 0, Rate(0, 0))) for kind in PaperKind}
