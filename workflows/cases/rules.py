"""What is true about a constituent's request: five links, two ways of answering, numbers and codes. No I/O."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from workflows.actor import Actor
from workflows.clock import beijing_date
from workflows.errors import NotAllowed
from workflows.people.rules import COMMITTEE, DEPARTMENT, STATION

CODE_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base 32: no I, L, O, U
CODE_LENGTH: Final = 12  # 60 bits
_LOOK_ALIKES: Final = str.maketrans("ILO", "110")


class Link(StrEnum):
    """The five links that every request goes through without a break (domain S88–S92)."""

    REGISTRATION = "登记"
    REFERRAL = "反映"
    HANDLING = "处理"
    RESULT = "结果"
    FEEDBACK = "反馈"


LINKS: Final = tuple(Link)


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

SATISFIED: Final = ("满意", "基本满意")
DISSATISFIED: Final = "不满意"
RESULT_CLASSES: Final = {"A": "已解决", "B": "正在解决", "C": "列入计划", "D": "解释说明"}


@dataclass(frozen=True)
class LinkState:
    """One link of one case as the tracker shows it.

    Attributes:
        state: done, current (the next one to come) or waiting.
    """

    link: Link
    state: str
    at: datetime | None = None
    by: str | None = None


def link_states(done: dict[Link, tuple[datetime, str]], *, ended: bool) -> list[LinkState]:
    """The five links in order; the first that is missing is the current one, unless the case has ended."""
    states, current_given = [], ended
    for link in LINKS:
        if link in done:
            at, by = done[link]
            states.append(LinkState(link, "done", at, by))
        else:
            states.append(LinkState(link, "waiting" if current_given else "current"))
            current_given = True
    return states


def case_number(year: int, sequence: int) -> str:
    """``2026-0317``: short and sayable."""
    return f"{year}-{sequence:04d}"


def is_late(respond_by: date, answered_at: datetime | None, now: datetime, *, final: bool) -> bool:
    """Answered, or still unanswered, after 24:00 of the due day in Beijing; a provisional date is never late."""
    return final and beijing_date(answered_at or now) > respond_by


def new_code(randbelow: Callable[[int], int] = secrets.randbelow) -> str:
    """A tracking code: 12 characters without look-alikes and a check character, in groups of four."""
    body = "".join(CODE_ALPHABET[randbelow(32)] for _ in range(CODE_LENGTH))
    return f"{body[:4]}-{body[4:8]}-{body[8:]}-{_check(body)}"


def normal_code(typed: str) -> str | None:
    """A code as it is stored, however it was typed; None when it can not be one."""
    text = "".join(char for char in typed.upper() if char.isalnum()).translate(_LOOK_ALIKES)
    if len(text) != CODE_LENGTH + 1 or any(char not in CODE_ALPHABET for char in text):
        return None
    return text if _check(text[:-1]) == text[-1] else None


def code_hash(code: str) -> str:
    """What is stored instead of the code (60 random bits: no dictionary, no table helps)."""
    return hashlib.sha256(f"luji tracking code {code}".encode()).hexdigest()


def _check(body: str) -> str:
    """A weighted sum: one wrong or two swapped characters change it."""
    return CODE_ALPHABET[sum((n + 1) * CODE_ALPHABET.index(char) for n, char in enumerate(body)) % 31]


def masked(text: str) -> str:
    """Personal data as it is shown by default: the first character, and the last four digits of a number."""
    if text.replace("-", "").isdigit() and len(text) > 7:
        return f"{text[:3]}****{text[-4:]}"
    return f"{text[0]}{'*' * min(len(text) - 1, 2)}" if text else ""


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
