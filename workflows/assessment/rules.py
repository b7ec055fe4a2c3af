"""Periods, points, caps, samples and indexes of the duty assessment. No I/O.

Points are whole tenths everywhere (118.5 points = 1185), so that sums never drift. How many points a fact is worth is
never decided here: that is what the decision tables of the process packages are for.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from math import ceil
from typing import Final, Protocol

from workflows.actor import Actor
from workflows.errors import Invalid, NotAllowed
from workflows.people.rules import COMMITTEE, OFFICE, STATION, VILLAGE

# ---------------------------------------------------------------------------------------------- periods

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"(\d{4})Q([1-4])")


class Calendar(Protocol):
    """The part of the working calendar that periods need."""

    def is_working_day(self, day: date) -> bool: ...


@dataclass(frozen=True)
class Month:
    """A calendar month, written ``2026-11``."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Month":
        return cls(day.year, day.month)

    @classmethod
    def read(cls, text: str) -> "Month":
        """
        Raises:
            Invalid: not a month.
        """
        match = _MONTH.fullmatch(text)
        if not match:
            raise Invalid("“{text}”不是月份，请写成 2026-11 这样。", text=text)
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02d}"

    @property
    def label(self) -> str:
        return f"{self.year}年{self.number}月"

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        return (self.first_day + timedelta(days=31)).replace(day=1) - timedelta(days=1)

    @property
    def quarter(self) -> "Quarter":
        return Quarter(self.year, (self.number + 2) // 3)

    def last_working_day(self, calendar: Calendar) -> date:
        """The last day of the month that people work; in February 2026 a Saturday (domain §7)."""
        day = self.last_day
        while not calendar.is_working_day(day):
            day -= timedelta(days=1)
        return day


@dataclass(frozen=True)
class Quarter:
    """A calendar quarter, written ``2026Q3``."""

    year: int
    number: int

    @classmethod
    def before(cls, day: date) -> "Quarter":
        """The last quarter that was over on `day`."""
        return Month.of(Month.of(day).quarter.first_day - timedelta(days=1)).quarter

    @classmethod
    def read(cls, text: str) -> "Quarter":
        """
        Raises:
            Invalid: not a quarter.
        """
        match = _QUARTER.fullmatch(text)
        if not match:
            raise Invalid("“{text}”不是季度，请写成 2026Q3 这样。", text=text)
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    @property
    def label(self) -> str:
        return f"{self.year}年第{'一二三四'[self.number - 1]}季度"

    @property
    def months(self) -> tuple[Month, Month, Month]:
        first = self.number * 3 - 2
        return Month(self.year, first), Month(self.year, first + 1), Month(self.year, first + 2)

    @property
    def first_day(self) -> date:
        return self.months[0].first_day

    @property
    def last_day(self) -> date:
        return self.months[2].last_day


# ----------------------------------------------------------------------------------------------- points


def tenths(points: float | Decimal) -> int:
    """Points as whole tenths, half a tenth upwards."""
    return int((Decimal(str(points)) * 10).to_integral_value(ROUND_HALF_UP))


def points_text(amount: int) -> str:
    """Tenths as people write points: 1185 -> ``118.5``, 600 -> ``60``."""
    return f"{Decimal(amount) / 10:f}"


class MonthStatus(StrEnum):
    """Where one deputy's month stands."""

    OPEN = "待自评"
    SUBMITTED = "待审核"
    RETURNED = "退回"
    AGREED = "已认定"
    ARCHIVED = "已归档"


class LineState(StrEnum):
    """What became of one claimed line."""

    CLAIMED = "待审"
    AGREED = "认定"
    STRUCK = "剔除"


class EntryKind(StrEnum):
    """Why a ledger entry was written. Entries are never changed; a correction is a new entry."""

    BASE = "基础分"
    BONUS = "加分"
    REVERSAL = "冲销"
    CAP = "加分封顶"
    CORRECTION = "更正"
    DEDUCTION = "扣分"


class Offence(StrEnum):
    """What points may be taken away for, where the office switches it on (domain Q21)."""

    ABSENT = "无故缺席"
    NOT_ASSESSED = "没有按时自评"
    FALSE_EVIDENCE = "虚假佐证"


class QuarterStatus(StrEnum):
    """Where a quarter's assessment stands."""

    ROLLING_UP = "汇总上报"
    VERIFYING = "核实"
    COMPUTED = "待公示"
    PUBLISHED = "公示"
    FINAL = "已审定"
    HANDED_OVER = "已移交"


class YearStatus(StrEnum):
    """Where a year's assessment stands."""

    WAITING = "待汇总"
    SETTLING = "评定"
    APPROVING = "待审批"
    FINAL = "已审定"
    HANDED_OVER = "已移交"


SAMPLED: Final = "抽查"
"""Why something is verified that is not odd: it was drawn (domain R10)."""


class Verdict(StrEnum):
    PENDING = "待核"
    TRUE = "属实"
    FALSE = "不实"


AGREE: Final = "同意"
RETURN: Final = "退回"


def fact_key(text: str) -> str:
    """What makes two bonus claims the same fact: their words without spaces and punctuation (domain Q19)."""
    return "".join(character for character in text.casefold() if character.isalnum())[:80]


@dataclass(frozen=True)
class QuarterPoints:
    """One deputy's quarter, in tenths.

    Attributes:
        bonus_counted: what is left of the bonus under its cap.
    """

    base: int
    bonus: int
    bonus_counted: int

    @property
    def total(self) -> int:
        return self.base + self.bonus_counted


def quarter_points(base: int, bonus: int, cap: int) -> QuarterPoints:
    """A deputy's quarter under the bonus cap; all in tenths.

    Args:
        cap: most bonus that counts, from the decision table (domain Q19).
    """
    return QuarterPoints(base, bonus, min(bonus, max(cap, 0)))


# ----------------------------------------------------------------------------------------------- sample


def draw_sample(ids: Iterable[str], share: Decimal, minimum: int, seed: str) -> list[str]:
    """Which of `ids` to check: at least `minimum` and at least `share` of them, or all when there are fewer.

    Anybody can draw again: the order is that of SHA-256 over ``seed:id``, and the first ones are taken
    (domain R10: the seed is stored with the quarter).
    """
    ordered = sorted(set(ids), key=lambda each: hashlib.sha256(f"{seed}:{each}".encode()).hexdigest())
    wanted = max(minimum, ceil(share * len(ordered)))
    return ordered[:wanted]


# ---------------------------------------------------------------------------------------------- indexes

_TENTH = Decimal("0.1")
_FULL = Decimal(100)


@dataclass(frozen=True)
class IndexWeights:
    """The weights of a village's index; they add up to 100 (domain R7, Q33).

    Attributes:
        target: points per deputy and quarter that count as full (domain Q41).
    """

    target: Decimal
    average: Decimal
    replies: Decimal
    receptions: Decimal
    rollup: Decimal

    def __post_init__(self) -> None:
        if self.average + self.replies + self.receptions + self.rollup != _FULL or self.target <= 0:
            raise Invalid("村考核指数的四项权重之和应当是 100，目标分应当大于 0，请检查决策表。")


@dataclass(frozen=True)
class VillageFacts:
    """What a village's index is made from.

    Attributes:
        points: of its deputies together, tenths.
        deputies: seats at the end of the quarter.
        answered_in_time, due: cases whose reply fell due in the quarter.
        reception_months: months of the quarter with a reception day.
        rolled_up_in_time: the station handed in its roll-up by the day.
    """

    points: int
    deputies: int
    answered_in_time: int
    due: int
    reception_months: int
    rolled_up_in_time: bool


@dataclass(frozen=True)
class VillageScore:
    """Four parts of 0 to 100, the average behind the first, and the weighted index; one decimal each."""

    average_points: Decimal
    average: Decimal
    replies: Decimal
    receptions: Decimal
    rollup: Decimal
    index: Decimal


def village_score(facts: VillageFacts, weights: IndexWeights) -> VillageScore:
    """A village's quarterly index (domain R7, Q33).

    The average per deputy, not the sum: groups differ in size. Above the target counts as full. A quarter in
    which no reply fell due counts as full. Parts are rounded to one decimal before they are weighted, so that
    the printed sheet adds up with a pocket calculator.
    """
    average_points = _rounded(_ratio(Decimal(facts.points) / 10, facts.deputies, empty=Decimal(0)))
    average = _percent(average_points, weights.target)
    replies = _percent(Decimal(facts.answered_in_time), Decimal(facts.due)) if facts.due else _FULL
    receptions = _percent(Decimal(facts.reception_months), Decimal(3))
    rollup = _FULL if facts.rolled_up_in_time else Decimal(0)
    weighted = (
        average * weights.average
        + replies * weights.replies
        + receptions * weights.receptions
        + rollup * weights.rollup
    )
    return VillageScore(average_points, average, replies, receptions, rollup, _rounded(weighted / _FULL))


class BoardColour(StrEnum):
    """What a village is on the board; most are neither (domain S29, Q35)."""

    RED = "红榜"
    BLACK = "黑榜"
    NONE = ""


def ranks(indexes: Sequence[int]) -> list[int]:
    """Places by index, highest first; equal ones share theirs and the next is left out: 1, 1, 3 (domain Q36)."""
    return [1 + sum(other > index for other in indexes) for index in indexes]


def deputy_index(total: int, target: Decimal) -> Decimal:
    """A deputy's quarter against the target, 0 to 100, one decimal. `total` in tenths."""
    return _percent(max(Decimal(total) / 10, Decimal(0)), target)


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    return min(_rounded(part * 100 / whole), _FULL)


def _ratio(part: Decimal, count: int, empty: Decimal) -> Decimal:
    return part / count if count else empty


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_TENTH, ROUND_HALF_UP)


# ---------------------------------------------------------------------------------------------- who may


def check_not_own(actor: Actor, person_id: str) -> None:
    """Nobody audits own lines (domain Q32).

    Raises:
        NotAllowed: the actor is the deputy the lines are about.
    """
    if actor.person_id == person_id:
        raise NotAllowed("不能审核自己的积分，请由本站其他工作人员或街道人大工委审核。")


def check_may_submit(actor: Actor, person_id: str, station_id: str) -> None:
    """The deputy; for one without an account, their station (domain §3.8f).

    Raises:
        NotAllowed: anybody else.
    """
    if actor.person_id == person_id or actor.has_role(STATION, station_id):
        return
    raise NotAllowed("只有代表本人或所在工作站可以填报这份自评，请与工作站联系。")


def check_may_remind(actor: Actor, group_id: str, station_id: str) -> None:
    """The village secretary who leads the group, the station and the committee (domain S28).

    Raises:
        NotAllowed: anybody else.
    """
    if actor.has_role(VILLAGE, group_id) or actor.has_role(STATION, station_id) or actor.has_role(COMMITTEE):
        return
    raise NotAllowed("只有代表所在的村（社区）、工作站或街道人大工委可以提醒这位代表。")


def check_may_review(actor: Actor, person_id: str, station_id: str) -> None:
    """The station's staff or the committee's, and never the deputy.

    Raises:
        NotAllowed: anybody else.
    """
    check_not_own(actor, person_id)
    if not (actor.has_role(STATION, station_id) or actor.has_role(COMMITTEE)):
        raise NotAllowed("只有代表所在的工作站或街道人大工委可以审核这份自评。")


def check_is_station(actor: Actor, station_id: str) -> None:
    """
    Raises:
        NotAllowed: the actor is not of this station's staff.
    """
    if not actor.has_role(STATION, station_id):
        raise NotAllowed("这一步由该工作站办理，您不是这个站的工作人员。")


def check_is_village(actor: Actor, village_id: str) -> None:
    """
    Raises:
        NotAllowed: the actor does not answer for this village.
    """
    if not actor.has_role(VILLAGE, village_id):
        raise NotAllowed("这一步由该村（社区）办理，您不是这个村（社区）的负责人。")


def check_is_office(actor: Actor) -> None:
    """
    Raises:
        NotAllowed: the actor is not of the sub-district office.
    """
    if not actor.has_role(OFFICE):
        raise NotAllowed("这一步由街道办办理，您没有这个身份。")


def check_is_committee(actor: Actor) -> None:
    """
    Raises:
        NotAllowed: the actor does not belong to the committee.
    """
    if not actor.has_role(COMMITTEE):
        raise NotAllowed("这一步由街道人大工委办理，您没有这个身份。")


def check_second_pair_of_eyes(actor: Actor, verifier_id: str | None, committee: Sequence[str]) -> None:
    """Who verified does not also approve, as long as the committee has anybody else.

    Args:
        committee: user ids of the committee's members.

    Raises:
        NotAllowed: the actor verified this quarter, and another member could approve it.
    """
    if _could_be_another(actor, verifier_id, committee):
        raise NotAllowed("核实人不能同时审批本季度结果，请由工委其他同志审批。")


def check_another_person(actor: Actor, earlier_id: str | None, committee: Sequence[str]) -> None:
    """Who proposed does not also decide, as long as the committee has anybody else.

    Args:
        earlier_id: user id of whoever did the earlier step.
        committee: user ids of the committee's members.

    Raises:
        NotAllowed: the actor did the earlier step, and another member could do this one.
    """
    if _could_be_another(actor, earlier_id, committee):
        raise NotAllowed("提出建议的人不能自己决定，请由工委其他同志办理这一步。")


def _could_be_another(actor: Actor, earlier_id: str | None, committee: Sequence[str]) -> bool:
    return actor.id == earlier_id and any(member != earlier_id for member in committee)


def may_read_file(actor: Actor, *, person_id: str, group_id: str, station_id: str) -> bool:
    """Own file; the committee any; a station its deputies'; a village secretary the own group's (domain Q37)."""
    return (
        actor.person_id == person_id
        or actor.has_role(COMMITTEE)
        or actor.has_role(STATION, station_id)
        or actor.has_role(VILLAGE, group_id)
    )


_PUBLIC_RESULTS: Final = frozenset({QuarterStatus.PUBLISHED, QuarterStatus.FINAL, QuarterStatus.HANDED_OVER})


def may_see_results(actor: Actor, status: str) -> bool:
    """The committee sees results while they are made; everybody else once they hang out (domain Q37)."""
    return actor.has_role(COMMITTEE) or status in _PUBLIC_RESULTS


@dataclass(frozen=True)
class YearPoints:
    """A deputy's year in tenths, from the quarters they served (domain Q39).

    Attributes:
        rate: total of the target, tenths of a percent; not capped.
    """

    quarters: int
    total: int
    average: int
    target: int
    rate: int


def year_points(totals: Sequence[int], targets: Sequence[int]) -> YearPoints:
    """Add up quarters; both in tenths, one each for every quarter served.

    Raises:
        ValueError: no quarter, or not as many targets as totals.
    """
    if not totals or len(totals) != len(targets):
        raise ValueError("a year needs its quarters, each with its target")
    total, target = sum(totals), sum(targets)
    average = Decimal(total) / len(totals)
    rate = Decimal(total) * 1000 / Decimal(target)
    whole = Decimal(1)
    return YearPoints(
        len(totals),
        total,
        int(average.quantize(whole, ROUND_HALF_UP)),
        target,
        int(rate.quantize(whole, ROUND_HALF_UP)),
    )


def may_see_year(actor: Actor, status: str) -> bool:
    """The committee sees a year while it is made, everybody else once it is final (domain Q37)."""
    return actor.has_role(COMMITTEE) or status in (YearStatus.FINAL, YearStatus.HANDED_OVER)


def may_see_board(actor: Actor, *, is_confirmed: bool) -> bool:
    """The committee any time, everybody else in the house once it is confirmed (domain Q37)."""
    return is_confirmed or actor.has_role(COMMITTEE)
