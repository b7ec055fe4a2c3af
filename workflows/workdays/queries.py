"""Reads: the calendar in force, its years, its revisions."""

import threading
from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from workflows.storage.session import EVERYWHERE, scope_of
from workflows.workdays import seed
from workflows.workdays.rules import DayRule, Layer, WorkingCalendar, YearStatus
from workflows.workdays.tables import CalendarDay, CalendarRevision, CalendarYear

_cache: dict[tuple[str, str], tuple[str, WorkingCalendar]] = {}
_lock = threading.Lock()


def working_calendar(session: Session) -> WorkingCalendar:
    """The calendar of the session's sub-district; one small statement when it has not changed since last asked.

    Before the first seed (an installation that is being set up) the bundled days are used.
    """
    newest = select(CalendarRevision.stamp).order_by(CalendarRevision.number.desc()).limit(1)
    stamp = session.scalar(newest)
    if stamp is None:
        return seed.bundled()
    key = (str(session.get_bind().engine.url), scope_of(session))
    with _lock:
        cached = _cache.get(key)
    if cached is not None and cached[0] == stamp:
        return cached[1]
    calendar = read_calendar(session)
    with _lock:
        _cache[key] = stamp, calendar
    return calendar


def read_calendar(session: Session) -> WorkingCalendar:
    """The calendar of the session's sub-district as its rows are now."""
    official = session.scalars(select(CalendarYear.year).where(CalendarYear.status == YearStatus.OFFICIAL))
    return WorkingCalendar.of(day_rules(session), official)


def latest_revision(session: Session) -> int:
    """The number of the last change; 0 before the first seed."""
    query = select(CalendarRevision.number).order_by(CalendarRevision.number.desc()).limit(1)
    return session.scalar(query) or 0


def day_rules(session: Session, layer: Layer | None = None) -> list[DayRule]:
    """The days in force for the session's sub-district, by date and then as entered."""
    query = select(CalendarDay).where(CalendarDay.superseded_by.is_(None), _visible(session))
    if layer is not None:
        query = query.where(CalendarDay.layer == layer)
    return _rules(session.scalars(query.order_by(CalendarDay.day, CalendarDay.id)))


def days_of_notice(session: Session, year: int) -> list[DayRule]:
    """The national days in force that the notice of this year decided, those of last December among them."""
    query = select(CalendarDay).where(CalendarDay.superseded_by.is_(None), CalendarDay.notice_year == year)
    return _rules(session.scalars(query.order_by(CalendarDay.day, CalendarDay.id)))


def years(session: Session) -> Sequence[CalendarYear]:
    return session.scalars(select(CalendarYear).order_by(CalendarYear.year)).all()


def year_status(session: Session, year: int) -> YearStatus:
    row = session.get(CalendarYear, year)
    return YearStatus.UNPUBLISHED if row is None else YearStatus(row.status)


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


def _rules(rows: Iterable[CalendarDay]) -> list[DayRule]:
    return [DayRule(row.day, row.working, row.name, Layer(row.layer), row.source, row.affects_deadline) for row in rows]
