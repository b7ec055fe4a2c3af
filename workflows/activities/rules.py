"""What deputies take part in: six dimensions, kinds, attendance, evidence, and who may record them. No I/O."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Final

from workflows.actor import Actor
from workflows.errors import Invalid, NotAllowed
from workflows.people.rules import COMMITTEE, STATION


class Dimension(StrEnum):
    """The six sides of a deputy's duty, in the order in which every form shows them (domain S21)."""

    MEETING = "出席议政代表会"
    TRAINING = "参加学习培训"
    INSPECTION = "调研视察"
    CONTACT = "代表联系群众"
    SUGGESTION = "提出意见建议"
    REPORTING = "履职述职活动"


DIMENSIONS: Final = tuple(Dimension)

RECEPTION_DAY: Final = "接待日"

KINDS: Final[dict[Dimension, tuple[str, ...]]] = {
    Dimension.MEETING: ("议政代表会", "列席会议", "专题审议"),
    Dimension.TRAINING: ("专题培训", "以会代训", "学习考察", "线上学习"),
    Dimension.INSPECTION: ("视察", "专题调研", "民生实事项目督查", "执法检查", "评议"),
    Dimension.CONTACT: (
        RECEPTION_DAY,
        "走访选民",
        "聚民意惠民生会议",
        "主题活动",
        "政策宣传",
        "社情民意收集点值守",
    ),
    Dimension.SUGGESTION: ("意见建议", "民情民意", "立法监督意见"),
    Dimension.REPORTING: ("向选民述职", "书面述职", "接受评议"),
}
"""Each kind belongs to exactly one dimension, so that one event never counts twice (domain R1, Q23)."""

_DIMENSION_OF_KIND: Final = {kind: dimension for dimension, kinds in KINDS.items() for kind in kinds}


class AttendanceState(StrEnum):
    """How a deputy took part. A registered item (意见建议 …) has a lead and co-signers instead."""

    PRESENT = "到会"
    HALF = "半程"
    LEAVE = "请假"
    ABSENT = "缺席"
    LEAD = "领衔"
    COSIGNER = "附议"


_OF_ITEMS: Final = frozenset({AttendanceState.LEAD, AttendanceState.COSIGNER})
MEETING_STATES: Final = tuple(state.value for state in AttendanceState if state not in _OF_ITEMS)
"""What the attendance sheet of a meeting or a reception day may say, in the order of every form."""


class EvidenceKind(StrEnum):
    SHEET = "签到表"
    PHOTO = "照片"
    MINUTES = "会议记录"
    DOCUMENT = "文件材料"


EVIDENCE_KINDS: Final = frozenset(kind.value for kind in EvidenceKind)


def dimension_of(kind: str) -> Dimension:
    """The dimension a kind of activity counts in.

    Raises:
        Invalid: there is no such kind.
    """
    dimension = _DIMENSION_OF_KIND.get(kind)
    if dimension is None:
        raise Invalid("没有“{kind}”这种活动，请从清单中选择。", fields={"kind": "请从清单中选择活动类别。"}, kind=kind)
    return dimension


def check_state_fits(kind: str, state: str) -> AttendanceState:
    """A meeting is attended, an item is signed.

    Raises:
        Invalid: no such state, or not one for this kind of activity.
    """
    try:
        found = AttendanceState(state)
    except ValueError as error:
        raise Invalid("没有“{state}”这种考勤结果，请重新选择。", state=state) from error
    if (dimension_of(kind) is Dimension.SUGGESTION) is not (found in _OF_ITEMS):
        raise Invalid("“{kind}”不能登记为“{state}”，请重新选择。", kind=kind, state=state)
    return found


def may_record(actor: Actor, station_id: str | None) -> bool:
    """The organiser records once: a station its own activities, the committee all of them (domain §0.2, S62)."""
    if actor.is_clock or actor.has_role(COMMITTEE):
        return True
    return station_id is not None and actor.has_role(STATION, station_id)


def check_may_record(actor: Actor, station_id: str | None) -> None:
    """
    Raises:
        NotAllowed: the actor is neither the committee's nor this station's staff.
    """
    if may_record(actor, station_id):
        return
    raise NotAllowed("只有本站工作人员或街道人大工委可以登记这项活动，请与他们联系。")


def months_with(days: Iterable[date]) -> frozenset[str]:
    """The months that these days fall in."""
    return frozenset(f"{day:%Y-%m}" for day in days)
