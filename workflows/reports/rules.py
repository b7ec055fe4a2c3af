"""Periods, figures and rates of the office's reports: what each of them means. No I/O.

A visit belongs to the period in which it was received and to no other, so the figures of two quarters add up to those
of their half-year. Whoever is asked later about the same period gets newer figures: a reply that was not yet due has
become one in time or a late one.
"""

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Self

from workflows.actor import Actor
from workflows.errors import Invalid, NotAllowed
from workflows.people.rules import COMMITTEE, STATION


class PeriodKind(StrEnum):
    """How long a period is; the value is its number of months."""

    MONTH = "1"
    QUARTER = "3"
    HALF_YEAR = "6"
    YEAR = "12"

    @property
    def months(self) -> int:
        return int(self.value)


_WRITTEN: Final = re.compile(r"(\d{4})(?:-(?:Q([1-4])|H([12])|(0[1-9]|1[0-2])))?")
_NO_PERIOD: Final = "没有“{text}”这个统计期，请从清单中选择。"


@dataclass(frozen=True)
class Period:
    """A month, quarter, half-year or year of the calendar.

    Attributes:
        number: which one of the year, from 1.
    """

    kind: PeriodKind
    year: int
    number: int = 1

    @classmethod
    def read(cls, text: str) -> Self:
        """``2026-09``, ``2026-Q3``, ``2026-H1`` or ``2026``.

        Raises:
            Invalid: it is none of these.
        """
        found = _WRITTEN.fullmatch(text)
        if found is None or not 2000 <= int(found[1]) <= 2100:
            raise Invalid(_NO_PERIOD, text=text[:20])
        year = int(found[1])
        for kind, number in (
            (PeriodKind.QUARTER, found[2]),
            (PeriodKind.HALF_YEAR, found[3]),
            (PeriodKind.MONTH, found[4]),
        ):
            if number:
                return cls(kind, year, int(number))
        return cls(PeriodKind.YEAR, year)

    @classmethod
    def of_day(cls, kind: PeriodKind, day: date) -> Self:
        """The period of this length in which a day lies."""
        return cls(kind, day.year, (day.month - 1) // kind.months + 1)

    @property
    def key(self) -> str:
        """As `read` reads it."""
        return {
            PeriodKind.MONTH: f"{self.year}-{self.number:02d}",
            PeriodKind.QUARTER: f"{self.year}-Q{self.number}",
            PeriodKind.HALF_YEAR: f"{self.year}-H{self.number}",
            PeriodKind.YEAR: str(self.year),
        }[self.kind]

    @property
    def first(self) -> date:
        return date(self.year, (self.number - 1) * self.kind.months + 1, 1)

    @property
    def last(self) -> date:
        month = self.number * self.kind.months
        return date(self.year, month, monthrange(self.year, month)[1])

    @property
    def months(self) -> list[tuple[int, int]]:
        """Year and month of each month in it."""
        end = self.number * self.kind.months
        return [(self.year, month) for month in range(end - self.kind.months + 1, end + 1)]

    def before(self) -> "Period":
        """The period of the same length just before."""
        return Period.of_day(self.kind, self.first.replace(day=1) - _ONE_DAY)

    def a_year_earlier(self) -> "Period":
        return Period(self.kind, self.year - 1, self.number)


_ONE_DAY: Final = date(2000, 1, 2) - date(2000, 1, 1)


class Figure(StrEnum):
    """What is counted of the visits received in a period; every figure is a number of cases.

    VISITS splits into ON_THE_SPOT, DECLINED and TAKEN_IN. TAKEN_IN splits by how the reply stands into the six from
    IN_TIME to UNTIMED, each case in exactly one of them:

    IN_TIME: the visitor was told, finally or by an approved interim reply, on or before the last day (domain Q01, Q03).
    LATE: told after it.
    OVERDUE: not told yet, and the last day is past.
    NOT_DUE: not told yet, and there is still time.
    PROVISIONAL: the last day rests on a calendar that is not published yet, so nothing is late (Q10).
    UNTIMED: no reply date, because nobody left a name (calendar §5, row 17).

    A day that a changed calendar protects counts like the last day (calendar §4.5). Of a case that was handled again
    the latest round is looked at: its date and its reply.

    EXTENDED, PAUSED, REOPENED: at least once (Q07, Q08, Q48). MERGED: handled with another case, answered apart (D8).
    The four of satisfaction and the four of result are what the case says now (Q47).
    """

    VISITS = "visits"
    ON_THE_SPOT = "on_the_spot"
    DECLINED = "declined"
    TAKEN_IN = "taken_in"
    IN_TIME = "in_time"
    LATE = "late"
    OVERDUE = "overdue"
    NOT_DUE = "not_due"
    PROVISIONAL = "provisional"
    UNTIMED = "untimed"
    CLOSED = "closed"
    EXTENDED = "extended"
    PAUSED = "paused"
    REOPENED = "reopened"
    MERGED = "merged"
    ANONYMOUS = "anonymous"
    JOINT = "joint"
    SATISFIED = "satisfied"
    FAIRLY = "fairly"
    DISSATISFIED = "dissatisfied"
    UNREACHED = "unreached"
    RESULT_A = "result_a"
    RESULT_B = "result_b"
    RESULT_C = "result_c"
    RESULT_D = "result_d"


OUTCOMES: Final = (Figure.ON_THE_SPOT, Figure.TAKEN_IN, Figure.DECLINED)
REPLIES: Final = (
    Figure.IN_TIME,
    Figure.LATE,
    Figure.OVERDUE,
    Figure.NOT_DUE,
    Figure.PROVISIONAL,
    Figure.UNTIMED,
)
SATISFACTION: Final = {
    Figure.SATISFIED: "满意",
    Figure.FAIRLY: "基本满意",
    Figure.DISSATISFIED: "不满意",
    Figure.UNREACHED: "联系不上",
}
RESULTS: Final = {Figure.RESULT_A: "A", Figure.RESULT_B: "B", Figure.RESULT_C: "C", Figure.RESULT_D: "D"}
COURSE: Final = (Figure.CLOSED, Figure.EXTENDED, Figure.PAUSED, Figure.REOPENED, Figure.MERGED)


@dataclass(frozen=True)
class Rate:
    """A part of a whole; never shown without both numbers."""

    part: int
    whole: int

    @property
    def percent(self) -> float | None:
        """Rounded to one decimal; None when there is nothing to divide by."""
        return round(100 * self.part / self.whole, 1) if self.whole else None


@dataclass(frozen=True)
class Average:
    """A sum over a number of cases.

    Attributes:
        total: working days or days, as its owner says.
    """

    total: float
    cases: int

    @property
    def value(self) -> float | None:
        """Rounded to one decimal; None without cases."""
        return round(self.total / self.cases, 1) if self.cases else None


@dataclass(frozen=True)
class Counts:
    """The figures of one group of visits: of a period, a station, a class, a topic or a month.

    Attributes:
        people: who came, a joint visit counted by heads, an anonymous one as one.
    """

    figures: Mapping[Figure, int]
    people: int = 0

    def __getitem__(self, figure: Figure) -> int:
        return self.figures.get(figure, 0)

    @property
    def on_time(self) -> Rate:
        """Replies in time, of those whose last day is past or that are given."""
        given = self[Figure.IN_TIME]
        return Rate(given, given + self[Figure.LATE] + self[Figure.OVERDUE])

    @property
    def content(self) -> Rate:
        """满意 and 基本满意, of everybody who answered; who could not be reached is not among them."""
        glad = self[Figure.SATISFIED] + self[Figure.FAIRLY]
        return Rate(glad, glad + self[Figure.DISSATISFIED])

    @property
    def at_once(self) -> Rate:
        """Answered on the spot, of all visits."""
        return Rate(self[Figure.ON_THE_SPOT], self[Figure.VISITS])


NOTHING: Final = Counts({})


@dataclass(frozen=True)
class Papers:
    """Deputies' suggestions of one kind that were registered in a period (domain S65, S70); drafts are not counted.

    Attributes:
        answered: answered, or noted where that is enough.
        in_time: of these, on or before the last day, or without one.
        overdue: not answered, and the last day, which is not provisional, is past.
        content: deputies who said 满意 or 基本满意 of all who said something about the answer.
    """

    registered: int
    answered: int
    in_time: int
    overdue: int
    content: Rate

    @property
    def on_time(self) -> Rate:
        """Answered in time, of those answered or overdue."""
        return Rate(self.in_time, self.answered + self.overdue)


def stations_of(actor: Actor) -> frozenset[str] | None:
    """The stations whose figures a person may have; None for all of them.

    Raises:
        NotAllowed: neither the committee's nor a station's staff.
    """
    if actor.is_clock or actor.has_role(COMMITTEE):
        return None
    units = actor.units_of(STATION)
    if not units:
        raise NotAllowed("只有工作站和街道人大工委可以查看统计。")
    return None if None in units else frozenset(unit for unit in units if unit)
