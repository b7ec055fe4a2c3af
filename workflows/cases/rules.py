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
MERGED: Final = "并案"
REOPENED: Final = "重办"

COVERS: Final[dict[str, tuple[Link, ...]]] = {
    **{link.value: (link,) for link in LINKS},
    ANSWERED_ON_THE_SPOT: LINKS[1:],
    DECLINED: LINKS[1:],
}
"""Milestone of a diagram -> the links it completes: one conversation can be hand-over, answer and feedback."""

UNDOES: Final[dict[str, Link]] = {RETURNED: Link.REFERRAL, REOPENED: Link.REFERRAL}
"""Milestone -> the first link that has to be done again."""


PROMISED: Final = dict(zip(LINKS, ("来访有登记", "登记有反映", "反映有处理", "处理有结果", "结果有反馈"), strict=True))
"""The office's words for each link (domain S88–S92)."""


class Status(StrEnum):
    """Where a request stands."""

    OPEN = "办理中"
    REPLIED = "已答复"
    CLOSED = "已办结"
    ON_THE_SPOT = "当场答复"
    DECLINED = "不予受理"


UNFINISHED: Final = frozenset({Status.OPEN, Status.REPLIED})

RECEIVED_TOGETHER: Final = 5  # a joint visit sends at most five (domain Q16)

CONTENT_NOT_STORED: Final = frozenset({"检举控告"})
"""Matters whose content must never be kept here (domain Q15): only that the visitor was guided elsewhere."""

PUBLISHED: Final = "公布"
NOTICE: Final = "公告"
UNREACHABLE: Final = "联系不上"
NOT_APPLICABLE: Final = "不适用"
WITHOUT_ASKING: Final = {PUBLISHED: NOT_APPLICABLE, NOTICE: UNREACHABLE}
"""Ways of answering after which nobody can be asked how satisfied they are -> what is written down instead."""

HANDLE_AGAIN: Final = "再次办理"
LAST_WORDS: Final = ("说明理由后办结", HANDLE_AGAIN, "转为代表建议")
"""What the committee may decide about a visitor who is dissatisfied a second time (domain Q48)."""

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


def handling_day(calendar: Calendar, *, due: date, own: date | None, given_on: date, tells_visitor: bool) -> date:
    """The handler's own date: as given, but in time for the reply or the end of the handling.

    Args:
        due: the last day for the reply; for the handling when no reply clock runs.
        own: the date given with the hand-over.
        given_on: the day of the hand-over.
        tells_visitor: a working day is kept back in which the station tells the visitor.
    """
    latest = max(calendar.working_days_before(due, 1), given_on) if tells_visitor else due
    return min(own, latest) if own else latest


def check_other_handler(before: tuple[str, str | None] | None, now: tuple[str, str | None]) -> None:
    """A dissatisfied visitor gets another handler (domain Q48).

    Args:
        before: role and department that handled it in the round before.
        now: role and department that it is handed to.

    Raises:
        Invalid: it is the same one.
    """
    if before == now:
        text = "来访人对上一次办理不满意，请换一个单位办理。"
        raise Invalid(text, fields={"department" if now[1] else "handler": text})


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


def without_persons(text: str, persons: Iterable[tuple[str, str]]) -> str:
    """A text that others may read: names and telephone numbers of these people masked.

    Args:
        persons: name and telephone number; either may be empty.
    """
    for known in (word for person in persons for word in person if word):
        text = text.replace(known, masked(known))
    return text


# ------------------------------------------------------------------------------------------------- who may


def may_see(actor: Actor, station_id: str, department_id: str | None) -> bool:
    """The committee sees every case, a station its own, a department what was referred to it."""
    return (
        actor.is_clock
        or actor.has_role(COMMITTEE)
        or actor.has_role(STATION, station_id)
        or (department_id is not None and actor.has_role(DEPARTMENT, department_id))
    )


def check_may_see_contacts(actor: Actor, station_id: str, department_id: str | None, *, retired: bool) -> None:
    """Whoever has to reach the visitor may see how, and must say why (domain §3.5).

    Args:
        retired: the contact data was masked because the case was closed long ago (domain Q46).

    Raises:
        NotAllowed: not the station, the handling department or the committee; or only the committee any more.
    """
    if actor.has_role(COMMITTEE):
        return
    if retired:
        raise NotAllowed("这件事项办结已久，联系方式已经遮蔽；确有需要的，请街道人大工委查看。")
    if not may_see(actor, station_id, department_id):
        raise NotAllowed("只有登记的工作站、承办单位和街道人大工委可以查看联系方式。")


def check_may_register(actor: Actor, station_id: str) -> None:
    """
    Raises:
        NotAllowed: neither this station's staff nor the committee's.
    """
    if not (actor.has_role(STATION, station_id) or actor.has_role(COMMITTEE)):
        raise NotAllowed("只有本站工作人员可以登记来访。")
