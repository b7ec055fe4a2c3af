"""Reads: the calendar in force, its years, its revisions."""

import threading
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from workflows.storage.session import EVERYWHERE, scope_of
from workflows.workdays import seed
from workflows.workdays.rules import DayRule, Layer, WorkingCalendar, resolve
from workflows.workdays.tables import CalendarDay, CalendarRevision, CalendarYear

_cache: dict[tuple[str, str], tuple[int, WorkingCalendar]] = {}
_lock = threading.Lock()


def working_calendar(session: Session) -> WorkingCalendar:
    """The calendar of the session's sub-district; one small statement when it has not changed since last asked.

    Before the first seed (an installation that is being set up) the bundled days are used.
    """
    revision = latest_revision(session)
    if revision == 0:
        return seed.bundled()
    key = (str(session.get_bind().engine.url), scope_of(session))
    with _lock:
        cached = _cache.get(key)
    if cached is not None and cached[0] == revision:
        return cached[1]
    official = session.scalars(select(CalendarYear.year).where(CalendarYear.status == "official"))
    calendar = WorkingCalendar(resolve(day_rules(session)), frozenset(official))
    with _lock:
        _cache[key] = revision, calendar
    return calendar


def latest_revision(session: Session) -> int:
    return session.scalar(select(func.max(CalendarRevision.number))) or 0


def day_rules(session: Session, year: int | None = None, layer: Layer | None = None) -> list[DayRule]:
    """The days in force for the session's sub-district, weakest layer first."""
    query = select(CalendarDay).where(CalendarDay.superseded_by.is_(None), _visible(session))
    if layer is not None:
        query = query.where(CalendarDay.layer == layer.value)
    rows = session.scalars(query.order_by(CalendarDay.day, CalendarDay.id))
    found = [_rule(row) for row in rows if year is None or row.day.year == year]
    order = list(Layer)
    return sorted(found, key=lambda rule: (order.index(rule.layer), rule.day))


def years(session: Session) -> Sequence[CalendarYear]:
    return session.scalars(select(CalendarYear).order_by(CalendarYear.year)).all()


def revisions(session: Session) -> Sequence[CalendarRevision]:
    """Changes that this sub-district may know of, newest first."""
    visible: ColumnElement[bool] = CalendarRevision.subdistrict_id.is_(None)
    if scope_of(session) != EVERYWHERE:
        visible = or_(visible, CalendarRevision.subdistrict_id == scope_of(session))
    return session.scalars(select(CalendarRevision).where(visible).order_by(CalendarRevision.number.desc())).all()


def _visible(session: Session) -> ColumnElement[bool]:
    """Installation-wide days, and the session's own sub-district's; never another's."""
    shared = CalendarDay.subdistrict_id.is_(None)
    return shared if scope_of(session) == EVERYWHERE else or_(shared, CalendarDay.subdistrict_id == scope_of(session))


def _rule(row: CalendarDay) -> DayRule:
    return DayRule(row.day, row.working, row.name, Layer(row.layer), row.source, row.affects_deadline)
