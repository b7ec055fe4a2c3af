"""Planned activities: what a plan must say, who may arrange and see it, what an answer may be. No I/O."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Final

from workflows.activities.rules import DIMENSIONS, KINDS, RECEPTION_DAY, Dimension
from workflows.actor import Actor
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.people.rules import COMMITTEE, STATION

MEETING: Final = "议政代表会"
"""The one kind that is numbered by 届 and 次 (domain S54)."""

LONGEST_AHEAD_DAYS: Final = 730
AGENDA_LIMIT: Final = 30
_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_CHINESE: Final = "〇一二三四五六七八九"


class PlanStatus(StrEnum):
    """Where a planned activity stands."""

    PLANNED = "已安排"
    ANNOUNCED = "已通知"
    HELD = "已举行"
    FILED = "已归档"
    CANCELLED = "已取消"


AHEAD: Final = frozenset({PlanStatus.PLANNED, PlanStatus.ANNOUNCED})


class Answer(StrEnum):
    """What an invited deputy said."""

    ASKED = "待答复"
    COMING = "参加"
    LEAVE = "请假"
    EXCUSED = "准假"
    REFUSED = "不准假"
    UNREACHED = "未联系上"


BY_PHONE: Final[Mapping[str, Answer]] = {
    "参加": Answer.COMING,
    "请假": Answer.LEAVE,
    "未联系上": Answer.UNREACHED,
}
"""What staff may write down after a call."""

EXPECTED: Final[Mapping[str, str]] = {
    Answer.COMING.value: "到会",
    Answer.EXCUSED.value: "请假",
    Answer.LEAVE.value: "请假",
}
"""What the attendance sheet begins with; everybody else is asked about."""


class Subject(StrEnum):
    """What deputies are trained in (domain S108)."""

    THEORY = "政治理论"
    LAW = "法律法规"
    PRACTICE = "履职业务"


class AgendaKind(StrEnum):
    REPORT = "专项工作报告"
    DELIBERATION = "审议"
    DEPLOYMENT = "工作部署"
    LEARNING = "学习"
    OTHER = "其他"


def kinds() -> list[tuple[Dimension, str]]:
    """What can be planned: not items of paper, and not reception days, which have a process of their own."""
    return [
        (dimension, kind)
        for dimension in DIMENSIONS
        if dimension is not Dimension.SUGGESTION
        for kind in KINDS[dimension]
        if kind != RECEPTION_DAY
    ]


def check_may_plan(actor: Actor, station_id: str | None) -> None:
    """A station arranges its own activities, the committee those of the whole sub-district (domain S62).

    Raises:
        NotAllowed: neither.
    """
    if actor.is_clock or (actor.has_role(COMMITTEE) if station_id is None else actor.has_role(STATION, station_id)):
        return
    raise NotAllowed("只有组织这项活动的工作站或者街道人大工委可以办理，请与他们联系。")


def check_plan(
    kind: str, title: str, place: str, held_on: date, starts: str, ends: str, *, today: date, already: bool = False
) -> None:
    """
    Args:
        already: it took place and is only written down.

    Raises:
        Invalid: with a sentence at each field that is wrong.
    """
    faults = _faults_of_time(held_on, starts, ends, today, already)
    if kind not in {known for _, known in kinds()}:
        faults["kind"] = "请从清单中选择活动类别。"
    if not title.strip() and kind != MEETING:
        faults["title"] = "请填写活动名称。"
    if not place.strip():
        faults["place"] = "请填写地点。"
    if faults:
        raise Invalid(next(iter(faults.values())), fields=faults)


def _faults_of_time(held_on: date, starts: str, ends: str, today: date, already: bool) -> dict[str, str]:
    faults: dict[str, str] = {}
    if already and held_on > today:
        faults["held_on"] = "还没有到这一天，不能登记为已经举行。"
    if not already and held_on < today:
        faults["held_on"] = "日期已经过去。活动已经举行的，请选“已经举行”。"
    if (held_on - today).days > LONGEST_AHEAD_DAYS:
        faults["held_on"] = "日期太远，请检查年份。"
    for field, value in (("starts", starts), ("ends", ends)):
        if value and not _TIME.fullmatch(value):
            faults[field] = "请写成 09:00 这样的时间。"
    if starts and ends and not {"starts", "ends"} & faults.keys() and ends <= starts:
        faults["ends"] = "结束时间要晚于开始时间。"
    return faults


def check_agenda(items: Sequence[Mapping[str, Any]]) -> None:
    """
    Raises:
        Invalid: too many items, or two of the same words.
    """
    titles = [str(item.get("title") or "").strip() for item in items]
    if len(titles) > AGENDA_LIMIT:
        raise Invalid("议程太长，请分成几次会议。", fields={"agenda": "议程太长，请分成几次会议。"})
    doubled = next((title for title in titles if titles.count(title) > 1), None)
    if doubled:
        sentence = "议程里有两项相同，请去掉一项。"
        raise Invalid("议程里有两项“{title}”，请去掉一项。", fields={"agenda": sentence}, title=doubled)


def check_is_ahead(status: str) -> None:
    """
    Raises:
        Conflict: it took place already, or was cancelled.
    """
    if status not in AHEAD:
        raise Conflict("这项活动{status}，不能再改。", status=status)


def meeting_title(street: str, term: str, number: int) -> str:
    """``陆集街道第一届议政代表会第三次会议`` (domain S54)."""
    return f"{street}{term}{MEETING}第{chinese_number(number)}次会议"


def chinese_number(number: int) -> str:
    """1 to 99 as the office writes it: 三, 十, 十二, 二十一.

    Raises:
        ValueError: out of these bounds.
    """
    if not 1 <= number <= 99:  # noqa: PLR2004 - two digits
        raise ValueError(number)
    tens, ones = divmod(number, 10)
    return {0: "", 1: "十"}.get(tens, f"{_CHINESE[tens]}十") + (_CHINESE[ones] if ones else "")


def when_in_words(held_on: date, starts: str, ends: str, place: str) -> str:
    """``3月16日 09:00至11:00，官庄村党群服务中心``."""
    times = "至".join(each for each in (starts, ends) if each)
    return f"{held_on.month}月{held_on.day}日{' ' + times if times else ''}，{place}"
