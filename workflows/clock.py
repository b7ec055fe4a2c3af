"""The only place that asks what time it is.

Everything is stored in UTC; every *date* is a Beijing date. China has kept UTC+8 without summer
time since 1992, so a fixed offset is right and needs no time zone database.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")

Clock = Callable[[], datetime]
"""Returns the present moment, aware, in UTC."""


def system_clock() -> datetime:
    return datetime.now(UTC)


class MovableClock:
    """Stands still until it is moved. For tests, rehearsals and the demo town."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def __call__(self) -> datetime:
        return self._now

    def forward(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        self._now += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)

    def set(self, moment: datetime) -> None:
        self._now = moment.astimezone(UTC)

    def set_beijing(self, day: date, at: time = time(9)) -> None:
        self.set(beijing_moment(day, at))


class FileClock:
    """System time plus the number of seconds written in a file, read at every call.

    Lets several processes (web, worker, dispatcher) share one moved clock in a rehearsal or test.
    A missing or empty file means no shift.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self) -> datetime:
        try:
            shift = float(self._path.read_text().strip() or 0)
        except FileNotFoundError:
            shift = 0.0
        return datetime.now(UTC) + timedelta(seconds=shift)


def beijing_date(moment: datetime) -> date:
    """The Beijing date of an aware moment (16:30 UTC on 30 September is 1 October)."""
    return moment.astimezone(BEIJING).date()


def beijing_moment(day: date, at: time) -> datetime:
    """The UTC moment of a Beijing date and wall-clock time."""
    return datetime.combine(day, at, BEIJING).astimezone(UTC)
