"""What is true about suggestions: kinds, numbers, who may write for whom, what an answer may be. No I/O.

Three kinds share one process (domain S65, S70): 意见建议 are handled and answered within months, 民情民意 are passed on
and noted or answered, 立法监督意见 go to their addressee by letter.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from workflows.actor import Actor
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.people.rules import COMMITTEE, DEPUTY, STATION


class Kind(StrEnum):
    SUGGESTION = "意见建议"
    OPINION = "民情民意"
    OVERSIGHT = "立法监督意见"


INITIAL: Final = {Kind.SUGGESTION: "建", Kind.OPINION: "情", Kind.OVERSIGHT: "督"}
"""The first character of a number: one sees and hears what kind it is."""


class Source(StrEnum):
    """Where it was born; the thing itself is named by its id (domain S68)."""

    OWN = "自行提出"
    CASE = "来访"
    ACTIVITY = "活动"
    MEETING = "会议"


class Status(StrEnum):
    DRAFT = "起草"
    SIGNING = "征集附议"
    EXAMINED = "审查中"
    REGISTERED = "已立件"
    HANDLED = "办理中"
    SENT = "已报送"
    ANSWERED = "已答复"
    CLOSED = "已办结"
    DECLINED = "不予受理"
    WITHDRAWN = "已撤回"


FINISHED: Final = frozenset({Status.CLOSED, Status.DECLINED, Status.WITHDRAWN})
PRIVATE: Final = frozenset({Status.DRAFT, Status.SIGNING, Status.WITHDRAWN})
"""Before it is handed in it is seen by those who write and sign it only."""
NOT_COUNTED: Final = PRIVATE | {Status.EXAMINED, Status.DECLINED}
"""Not registered: it has no number and no points yet (domain Q24)."""


class SignerState(StrEnum):
    ASKED = "待确认"
    CONFIRMED = "已确认"
    DECLINED = "谢绝"
    SILENT = "逾期未确认"


ANSWER_CLASSES: Final = {"A": "已解决", "B": "正在解决", "C": "列入计划", "D": "解释说明"}
NOTED: Final = "已知悉"
"""What a unit may say to a public opinion instead of an answer."""

DISSATISFIED: Final = "不满意"
OPINIONS: Final = ("满意", "基本满意", DISSATISFIED)
HANDLE_AGAIN: Final = "再次办理"

CONTENT_NOT_STORED: Final = "检举控告"
"""An excluded kind whose text must not be kept here (domain Q15): the writer is guided to the proper body."""

LEAD_ATTENDANCE: Final = "领衔"
COSIGNER_ATTENDANCE: Final = "附议"

_NUMBER = re.compile(r"[建情督]\d{4}-\d{3,}")


@dataclass(frozen=True)
class Text:
    """What somebody wrote, checked and trimmed."""

    title: str
    situation: str
    proposal: str
    topic: str
    addressee: str


def number_of(kind: Kind, year: int, count: int) -> str:
    """``建2026-012``: short enough to be said on the telephone."""
    return f"{INITIAL[kind]}{year}-{count:03d}"


def is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text.strip()) is not None


def checked_text(*, title: str, situation: str, proposal: str, topic: str, addressee: str) -> Text:
    """One matter per paper (一事一议): a title, what is the case, what should be done.

    Raises:
        Invalid: something of it is missing.
    """
    given = Text(title.strip(), situation.strip(), proposal.strip(), topic.strip(), addressee.strip())
    missing = {
        field: sentence
        for field, sentence in (
            ("title", "请用一句话写明是什么事。"),
            ("situation", "请写明具体情况。"),
            ("proposal", "请写明建议怎样做。"),
        )
        if not getattr(given, field)
    }
    if missing:
        raise Invalid("还没有写完整，请补上标出的内容。", fields=missing)
    return given


def check_may_write_for(actor: Actor, *, person_id: str, station_id: str) -> str:
    """A deputy writes for himself, the station for its deputies, the committee for any (domain §3.8 f).

    Returns:
        the role in which it is written: the lane of the writing step.

    Raises:
        NotAllowed: none of them.
    """
    if actor.has_role(DEPUTY) and actor.person_id == person_id:
        return DEPUTY
    if actor.has_role(STATION, station_id):
        return STATION
    if actor.has_role(COMMITTEE):
        return COMMITTEE
    raise NotAllowed("您只能替自己或者本站的代表提出，请与代表所在的工作站联系。")


def check_may_add_signer(status: str) -> None:
    """Who signs is settled with the hand-over: units then know whom they answer.

    Raises:
        Conflict: it was handed over.
    """
    if status not in (Status.DRAFT, Status.SIGNING, Status.EXAMINED):
        raise Conflict("这件建议已经立件交办，不能再增加附议代表。")


def attendance_of(*, is_lead: bool) -> str:
    """As what a signer appears in the record of activities (R1: the lead 10 points, a co-signer 5)."""
    return LEAD_ATTENDANCE if is_lead else COSIGNER_ATTENDANCE
