"""What is true about a constituent's request: five links, two ways of answering, numbers and codes. No I/O.

What can be answered is answered on the spot; anything else is answered by phone or in writing within the working days
that its class decides (domain S84–S86). The day of the visit is day zero; an answer on the last day is in time until
24:00 in Beijing (domain Q01; calendar §5, rows 1, 7, 32).
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Protocol

from workflows.actor import Actor
from workflows.clock import beijing_date
from workflows.errors import Invalid, NotAllowed
from workflows.people.rules import COMMITTEE, DEPARTMENT, STATION

CODE_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base 32: no I, L, O, U
CODE_LENGTH: Final = 12  # 60 bits
_LOOK_ALIKES: Final = str.maketrans("ILO", "110")
_FIELD_POLYNOMIAL: Final = 0b100101  # x^5 + x^2 + 1: the 32 characters are the elements of GF(32)


class Link(StrEnum):
    """The five links that every request goes through without a break (domain S88–S92)."""

    REGISTRATION = "登记"
    REFERRAL = "反映"
    HANDLING = "处理"
    RESULT = "结果"
    FEEDBACK = "反馈"


LINKS: Final = tuple(Link)

ANSWERED_ON_THE_SPOT: Final = "当场答复"
DECLINED: Final = "不予受理"
RETURNED: Final = "退回"
REOPENED: Final = "重办"

COVERS: Final[dict[str, tuple[Link, ...]]] = {
    **{link.value: (link,) for link in LINKS},
    ANSWERED_ON_THE_SPOT: LINKS[1:],
    DECLINED: LINKS[1:],
}
"""Milestone of a diagram -> the links it completes: one conversation can be hand-over, answer and feedback."""

UNDOES: Final[dict[str, Link]] = {RETURNED: Link.REFERRAL, REOPENED: Link.REFERRAL}
"""Milestone -> the first link that has to be done again."""


class Status(StrEnum):
    """Where a request stands."""

    OPEN = "办理中"
    REPLIED = "已答复"
    CLOSED = "已办结"
    ON_THE_SPOT = "当场答复"
    DECLINED = "不予受理"


UNFINISHED: Final = frozenset({Status.OPEN, Status.REPLIED})

CONTENT_NOT_STORED: Final = frozenset({"检举控告"})
"""Matters whose content must never be kept here (domain Q15): only that the visitor was guided elsewhere."""

PUBLISHED: Final = "公布"
NOTICE: Final = "公告"
UNREACHABLE: Final = "联系不上"
NOT_APPLICABLE: Final = "不适用"
WITHOUT_ASKING: Final = {PUBLISHED: NOT_APPLICABLE, NOTICE: UNREACHABLE}
"""Ways of answering after which nobody can be asked how satisfied they are -> what is written down instead."""

UNTIMED_HANDLING_WORKING_DAYS: Final = 15
"""A matter without a reply date still gets a day by which it is handled: domain Q06, the simple kind."""

RESULT_CLASSES: Final = {"A": "已解决", "B": "正在解决", "C": "列入计划", "D": "解释说明"}


# ------------------------------------------------------------------------------------------ the five links


@dataclass(frozen=True)
class Milestone:
    """A line of the process's history that counts for the links."""

    name: str
    at: datetime
    by: str


@dataclass(frozen=True)
class LinkState:
    """One link of one case as the tracker shows it.

    Attributes:
        state: done, current (the next one to come), overdue, missing (in a finished case), or waiting.
        how: the milestone that completed it when that is not the link itself: 当场答复.
    """

    link: Link
    state: str
    at: datetime | None = None
    by: str | None = None
    how: str = ""


def links_done(milestones: Iterable[Milestone]) -> dict[Link, Milestone]:
    """Which links hold, from what the process wrote down, oldest first.

    A link that is done again makes the later ones open again: they belonged to an earlier round.
    """
    done: dict[Link, Milestone] = {}
    for milestone in milestones:
        covered = COVERS.get(milestone.name, ())
        first = UNDOES.get(milestone.name) or (covered[0] if covered else None)
        if first is not None:
            done = {link: known for link, known in done.items() if LINKS.index(link) < LINKS.index(first)}
            done.update(dict.fromkeys(covered, milestone))
    return done


def link_states(
    milestones: Iterable[Milestone], *, ended: bool, overdue: bool = False, nobody_asked: bool = False
) -> list[LinkState]:
    """The five links in order; the first that is not done is the current one, unless the case has ended.

    Args:
        nobody_asked: an anonymous visit: its feedback is done and does not apply.
    """
    done = links_done(milestones)
    states, next_state = [], "missing" if ended else "overdue" if overdue else "current"
    for link in LINKS:
        milestone = done.get(link)
        if milestone is None:
            states.append(LinkState(link, next_state))
            next_state = "missing" if ended else "waiting"
        else:
            how = "" if milestone.name == link else milestone.name
            how = NOT_APPLICABLE if nobody_asked and link is Link.FEEDBACK else how
            states.append(LinkState(link, "done", milestone.at, milestone.by, how))
    return states


# ----------------------------------------------------------------------------------------------- deadlines


class Calendar(Protocol):
    """What the rules here need of the working calendar."""

    def is_working_day(self, day: date) -> bool: ...

    def working_days_before(self, day: date, count: int) -> date: ...

    def add_working_days(self, start: date, count: int) -> date: ...


def is_late(
    respond_by: date,
    answered_at: datetime | None,
    now: datetime,
    *,
    final: bool,
    protected_until: date | None = None,
) -> bool:
    """Answered, or still unanswered, after 24:00 of the due day in Beijing; a provisional date is never late.

    A date that a changed calendar moved earlier counts only after the date it had before: nothing turns from in time
    into late by itself (calendar §4.5).
    """
    last_day = max(respond_by, protected_until or respond_by)
    return final and beijing_date(answered_at or now) > last_day


def needs_protection(calendar: Calendar, *, old: date, new: date, today: date) -> bool:
    """Whether a date that moved earlier is past already or within one working day: flagged 日历调整."""
    return new < old and calendar.working_days_before(new, 1) <= today


def is_untimed(*, anonymous: bool, respond_by: date | None, status: str) -> bool:
    """Handled and filed without a reply date, because there is nobody to reply to (calendar §5, row 17)."""
    return anonymous and respond_by is None and status not in (Status.ON_THE_SPOT, Status.DECLINED)


def check_reply_channel(channel: str, *, anonymous: bool) -> None:
    """A visitor without a name is answered under the tracking code and in no other way, and only such a one (Q17).

    Raises:
        Invalid: this visitor can not, or may not, be answered like this.
    """
    if anonymous and channel != PUBLISHED:
        raise Invalid(
            "匿名来访没有可以联系的人，请选“按查询码公布”。",
            fields={"channel": "匿名来访没有可以联系的人，请选“按查询码公布”。"},
        )
    if channel == PUBLISHED and not anonymous:
        raise Invalid(
            "来访人留了姓名，请用电话或书面答复；按查询码公布只用于匿名来访。",
            fields={"channel": "来访人留了姓名，请用电话或书面答复；按查询码公布只用于匿名来访。"},
        )


def handling_day(calendar: Calendar, *, respond_by: date | None, handle_days: int | None, today: date) -> date:
    """The handler's own date: as given, but a working day before the reply falls due at the latest.

    Day zero is the day of the hand-over.
    """
    if respond_by is None:
        return calendar.add_working_days(today, handle_days or UNTIMED_HANDLING_WORKING_DAYS)
    latest = max(calendar.working_days_before(respond_by, 1), today)
    return min(calendar.add_working_days(today, handle_days), latest) if handle_days else latest


def count_working_days(calendar: Calendar, moments: Iterable[datetime]) -> int:
    """On how many different working days something was tried (domain Q04)."""
    return sum(calendar.is_working_day(day) for day in {beijing_date(moment) for moment in moments})


# --------------------------------------------------------------------------------------- numbers and codes


def case_number(year: int, sequence: int) -> str:
    """``2026-0317``: short and sayable."""
    return f"{year}-{sequence:04d}"


def new_code(randbelow: Callable[[int], int] = secrets.randbelow) -> str:
    """A tracking code: 12 characters without look-alikes and a check character, in groups of four."""
    body = "".join(CODE_ALPHABET[randbelow(32)] for _ in range(CODE_LENGTH))
    return f"{body[:4]}-{body[4:8]}-{body[8:]}-{CODE_ALPHABET[_times_x(_remainder(body))]}"


def normal_code(typed: str) -> str | None:
    """A code as it is stored, however it was typed; None when it can not be one."""
    text = "".join(char for char in typed.upper() if char.isalnum()).translate(_LOOK_ALIKES)
    if len(text) != CODE_LENGTH + 1 or any(char not in CODE_ALPHABET for char in text):
        return None
    return text if _remainder(text) == 0 else None


def code_hash(code: str, secret: str) -> str:
    """What is stored instead of the code: without the installation's key nobody can try codes against the rows."""
    return hmac.new(f"tracking code:{secret}".encode(), code.encode(), hashlib.sha256).hexdigest()


def _remainder(code: str) -> int:
    """The code as a polynomial over GF(32), at x: zero with the right check character.

    One wrong character changes it, and so do two exchanged ones.
    """
    value = 0
    for char in code:
        value = _times_x(value) ^ CODE_ALPHABET.index(char)
    return value


def _times_x(value: int) -> int:
    value <<= 1
    return value ^ _FIELD_POLYNOMIAL if value & 0b100000 else value


def masked(text: str) -> str:
    """Personal data as it is shown by default: the first character, and the last four digits of a number."""
    if text.replace("-", "").isdigit() and len(text) > 7:
        return f"{text[:3]}****{text[-4:]}"
    return f"{text[0]}{'*' * min(len(text) - 1, 2)}" if text else ""


# ------------------------------------------------------------------------------------------------- who may


def may_see(actor: Actor, station_id: str, department_id: str | None) -> bool:
    """The committee sees every case, a station its own, a department what was referred to it."""
    return (
        actor.is_clock
        or actor.has_role(COMMITTEE)
        or actor.has_role(STATION, station_id)
        or (department_id is not None and actor.has_role(DEPARTMENT, department_id))
    )


def check_may_register(actor: Actor, station_id: str) -> None:
    """
    Raises:
        NotAllowed: neither this station's staff nor the committee's.
    """
    if not (actor.has_role(STATION, station_id) or actor.has_role(COMMITTEE)):
        raise NotAllowed("只有本站工作人员可以登记来访。")
