"""Reception days: which days, who sits there, what a month owes, and who may arrange it. No I/O."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from workflows.actor import Actor
from workflows.errors import Invalid, NotAllowed
from workflows.people.rules import COMMITTEE, STATION, MandateLevel

IsWorkingDay = Callable[[date], bool]

USUAL_DAY: Final = 15  # of the month (custom of several streets, domain 6.1)
USUAL_HOURS: Final = ("09:00", "11:00")
LEVELS: Final = (MandateLevel.DISTRICT.value, MandateLevel.SUBDISTRICT.value)
"""Both levels of deputies show themselves within a month, together or apart (domain S82, Q12)."""

SESSIONS_A_YEAR: Final = 60  # a plan with more is a slip of the pen
LONGEST_LEAVE_DAYS: Final = 366
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_PERIOD = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class Kind(StrEnum):
    """Why a session takes place. An outreach session belongs to a station all the same (domain Q13)."""

    REGULAR = "例行"
    OUTREACH = "流动"
    MAKE_UP = "补办"


class Status(StrEnum):
    """Where a session stands."""

    PLANNED = "已排定"
    ROSTERED = "名单已定"
    ANNOUNCED = "已公告"
    HELD = "已接待"
    CLOSED = "已归档"
    CANCELLED = "已取消"


TOOK_PLACE: Final = frozenset({Status.HELD, Status.CLOSED})
AHEAD: Final = frozenset({Status.PLANNED, Status.ROSTERED, Status.ANNOUNCED})
SHOWN_TO_EVERYBODY: Final = frozenset({Status.ANNOUNCED, Status.HELD, Status.CLOSED})
"""Of these the public page tells; before that nothing is promised."""


class PlanStatus(StrEnum):
    DRAFT = "起草"
    SUBMITTED = "待审定"
    CONFIRMED = "已审定"


class Answer(StrEnum):
    """What a rostered deputy says."""

    ASKED = "待答复"
    COMING = "能参加"
    SWAP = "申请换班"
    REPLACED = "已换下"


class Duty(StrEnum):
    """What became of a station's month (domain S81, Q11)."""

    DONE = "已完成"
    MADE_UP = "补办"
    MISSED = "未完成"


# ------------------------------------------------------------------------------------------------- who may


def check_may_arrange(actor: Actor, station_id: str) -> None:
    """
    Raises:
        NotAllowed: neither the committee's nor this station's staff.
    """
    if actor.is_clock or actor.has_role(COMMITTEE) or actor.has_role(STATION, station_id):
        return
    raise NotAllowed("接待日由本站工作人员或街道人大工委安排，请与他们联系。")


def may_see_visits(actor: Actor, station_id: str) -> bool:
    """Whether somebody may see who came: names of visitors stay within the station and the committee."""
    return actor.is_clock or actor.has_role(COMMITTEE) or actor.has_role(STATION, station_id)


# --------------------------------------------------------------------------------------------------- days


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"


def first_of(month: str) -> date:
    """
    Raises:
        Invalid: it is no month.
    """
    if not _PERIOD.fullmatch(month):
        raise Invalid("月份请写成 2026-03 这样。", fields={"month": "月份请写成 2026-03 这样。"})
    return date.fromisoformat(f"{month}-01")


def last_of(month: str) -> date:
    return _next_month(first_of(month)) - timedelta(days=1)


def months_of(year: int) -> list[str]:
    return [f"{year}-{number:02}" for number in range(1, 13)]


def make_up_by(month: str, is_working_day: IsWorkingDay, working_days: int) -> date:
    """The last day on which a missed month may be made up: so many working days into the next one (domain Q11)."""
    day = last_of(month)
    while working_days:
        day += timedelta(days=1)
        working_days -= is_working_day(day)
    return day


def proposed_day(month: str, usual_day: int, is_working_day: IsWorkingDay) -> date:
    """The usual day of the month; on a day off the next working day, in a month that ends first the one before."""
    first, last = first_of(month), last_of(month)
    wanted = min(first + timedelta(days=usual_day - 1), last)
    later = (wanted + timedelta(days=n) for n in range((last - wanted).days + 1))
    earlier = (wanted - timedelta(days=n) for n in range((wanted - first).days + 1))
    return next((day for day in (*later, *earlier) if is_working_day(day)), wanted)


def proposed_days(year: int, *, after: date, usual_day: int, is_working_day: IsWorkingDay) -> list[date]:
    """One day for each month of the year that is still to come; a month whose usual day is gone gets a later one."""
    days = []
    for month in months_of(year):
        if last_of(month) <= after:
            continue
        usual = max(usual_day, after.day + 1) if month == month_of(after) else usual_day
        day = proposed_day(month, usual, is_working_day)
        if day > after:
            days.append(day)
    return days


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


@dataclass(frozen=True)
class Slot:
    """One session as somebody wrote it down."""

    held_on: date
    starts: str
    ends: str
    venue: str = ""


def checked_hours(starts: str, ends: str) -> tuple[str, str]:
    """
    Raises:
        Invalid: not times of a day, or the end lies before the beginning.
    """
    for key, typed in (("starts", starts), ("ends", ends)):
        if not _TIME.fullmatch(typed):
            raise _refused(key, "时间请写成 09:00 这样。")
    if ends <= starts:
        raise _refused("ends", "结束时间要晚于开始时间。")
    return starts, ends


def checked_plan(slots: Sequence[Slot], *, year: int, after: date) -> list[Slot]:
    """The year as written, by day.

    Args:
        after: days up to this one are gone; their months owe nothing to the plan.

    Raises:
        Invalid: a day outside the year or gone, two sessions at one place on one day, or a month without any (S81).
    """
    ordered = sorted(slots, key=lambda slot: (slot.held_on, slot.starts))
    if len(ordered) > SESSIONS_A_YEAR:
        raise _refused("sessions", f"一年最多排 {SESSIONS_A_YEAR} 场，请检查。")
    for slot in ordered:
        checked_hours(slot.starts, slot.ends)
        if slot.held_on.year != year or slot.held_on <= after:
            raise _refused("sessions", f"{slot.held_on:%m-%d} 不在可以安排的日期里，请改为 {year} 年内今天以后的日期。")
    places = [(slot.held_on, slot.venue) for slot in ordered]
    if len(places) != len(set(places)):
        raise _refused("sessions", "同一天同一地点排了两场，请去掉一场。")
    held = {month_of(slot.held_on) for slot in ordered}
    missing = [month for month in months_of(year) if last_of(month) > after and month not in held]
    if missing:
        names = "、".join(f"{int(month[5:])}月" for month in missing)
        raise _refused("sessions", f"{names}没有接待日，每个月至少安排一次。")
    return ordered


def month_owed(held_on: date, kind: str, month: str) -> str:
    """The month whose duty a session fulfils: its own; a make-up names the one that it makes up (domain Q11)."""
    if kind != Kind.MAKE_UP or not month:
        return month_of(held_on)
    return month_of(first_of(month))


def check_keeps_month(held_on: date, month: str, is_working_day: IsWorkingDay, make_up_days: int) -> None:
    """Whether a day counts for a month: one of its own days, or one of those in which it may be made up.

    Raises:
        Invalid: it does not.
    """
    last = make_up_by(month, is_working_day, make_up_days)
    if not first_of(month) <= held_on <= last:
        raise _refused("held_on", f"{int(month[5:])}月的接待日最迟 {last:%m-%d} 举行，请另选日期。")


def checked_leave(first: date, last: date) -> None:
    """
    Raises:
        Invalid: it ends before it begins, or is longer than a year.
    """
    if last < first:
        raise _refused("last_on", "结束日期要不早于开始日期。")
    if (last - first).days > LONGEST_LEAVE_DAYS:
        raise _refused("last_on", "一次最多登记一年，请检查日期。")


# ------------------------------------------------------------------------------------------------- rotation


@dataclass(frozen=True)
class Candidate:
    """A deputy who may be asked.

    Attributes:
        level: 区 for one who is a deputy of the district too.
        times: how often they were on duty in the last twelve months, or are going to be.
        last_on: the day of the latest of them.
        away: on leave on that day, or on duty elsewhere.
    """

    person_id: str
    name: str
    level: str
    times: int = 0
    last_on: date | None = None
    away: bool = False


def rotation(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Who is next: least often, then longest ago, then by name; nobody who is away."""
    here = [each for each in candidates if not each.away]
    return sorted(here, key=lambda each: (each.times, each.last_on or date.min, each.name, each.person_id))


def proposed_roster(candidates: Iterable[Candidate], size: int, *, levels_shown: Collection[str] = ()) -> list[str]:
    """The next `size` deputies; first of all one of each level that the month has not shown yet (domain Q12).

    Args:
        levels_shown: levels that other sessions of the month show.

    Returns:
        person ids in their order of turn; fewer when there are not enough.
    """
    order = rotation(candidates)
    chosen: list[Candidate] = []
    for level in LEVELS:
        if level not in levels_shown and len(chosen) < size:
            chosen += [each for each in order if each.level == level][:1]
    chosen += [each for each in order if each not in chosen][: max(size - len(chosen), 0)]
    return [each.person_id for each in sorted(chosen, key=order.index)]


def levels_missing(shown: Iterable[str]) -> list[str]:
    """The levels that nobody of a month's rosters belongs to."""
    seen = set(shown)
    return [level for level in LEVELS if level not in seen]


def level_words(levels: Sequence[str]) -> str:
    """``区、街道两级``: what is said of missing levels; empty when none is."""
    return "、".join(levels) + "级代表" if levels else ""


# --------------------------------------------------------------------------------------------------- duty


def duty_of(held_on: Iterable[date], month: str) -> Duty:
    """What became of a month, from the days of the sessions that took place for it."""
    days = list(held_on)
    if not days:
        return Duty.MISSED
    return Duty.DONE if any(month_of(day) == month for day in days) else Duty.MADE_UP


def topic_counts(topics: Iterable[str]) -> Mapping[str, int]:
    """How often each topic came up, most often first."""
    counted: dict[str, int] = {}
    for topic in topics:
        counted[topic or "其他"] = counted.get(topic or "其他", 0) + 1
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _refused(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, fields={field: sentence})
