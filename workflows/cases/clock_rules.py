"""The two clocks of a request, the promised reply and the handling: counting days, extending, pausing. No I/O.

The reply clock runs from the visit and stops when the visitor is told (domain Q01, Q03); the handling clock runs from
the hand-over until the final reply (Q06). Both stand still while the case is paused (Q08). A date is never moved by
hand: it is computed from its day zero, its number of working days and the pauses, so that it can always be explained.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from workflows.workdays.rules import WorkingCalendar


class Clock(StrEnum):
    """Which of the two dates a line of the log is about."""

    REPLY = "答复"
    HANDLING = "办理"


class Kind(StrEnum):
    """What has to be approved before it holds."""

    EXTENSION = "延期"
    PAUSE = "暂停"
    INTERIM = "阶段性答复"


PAUSE_REASONS: Final = ("等待来访人补充材料", "等待上级机关答复")
"""The only two that stop the clocks (domain Q08)."""


@dataclass(frozen=True)
class Pause:
    """A time in which days do not count.

    Attributes:
        start: the day it was approved on; like day zero of a deadline it still counts.
        end: the day it ended on, the last that does not count; of one that goes on, the last it can have.
    """

    start: date
    end: date
    reason: str


def paused_days(calendar: WorkingCalendar, pauses: Iterable[Pause]) -> dict[date, str]:
    """Working day -> why it does not count."""
    return {
        day: f"暂停：{pause.reason}" for pause in pauses for day in calendar.working_days_after(pause.start, pause.end)
    }


def latest_end(calendar: WorkingCalendar, start: date, *, limit: int, before: Sequence[Pause]) -> date:
    """The day on which a pause that begins now ends by itself.

    Args:
        limit: working days that all pauses together may take.
        before: the pauses that are over.
    """
    left = limit - len(paused_days(calendar, before))
    return calendar.add_working_days(start, left) if left > 0 else start
