"""How elements of a diagram look: colours, states, heat, tooltips, and what every drawer needs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from workflows.engine import svg
from workflows.engine.diagram_reading import Box
from workflows.engine.diagram_symbols import AMBER, BLUE, GREEN, INK, PLUM, RED, WHITE, trigger_name

TEXT = "#1f2933"
LINE = "#52667a"
LANE_FILL = "#f7f9fb"
HEAT = (232, 89, 12)
_COOLEST, _HOTTEST = 0.12, 0.6  # share of HEAT in the ground of a node


@dataclass(frozen=True)
class Look:
    """Outline and ground of an element; `name` says its state in words, "" for none."""

    stroke: str
    fill: str
    width: float
    name: str
    dash: str | None = None


LOOKS: Mapping[str, Look] = {
    "done": Look(GREEN, "#eef8f1", 1.8, "已完成"),
    "current": Look(BLUE, "#e3eefb", 3, "正在办理"),
    "overdue": Look(RED, "#fdeaea", 3, "已超期"),
    "error": Look(PLUM, "#f8edf8", 3, "出错，等待处理", "7 4"),
    "added": Look(GREEN, "#eef8f1", 2.5, "新增"),
    "removed": Look(RED, "#fdeaea", 2.5, "删去", "7 4"),
    "changed": Look(AMBER, "#fdf4e3", 2.5, "有改动"),
}
PLAIN = Look(INK, WHITE, 1.4, "")

_KINDS: Mapping[str, str] = {
    "task": "任务",
    "userTask": "人工任务",
    "manualTask": "手工任务",
    "serviceTask": "自动任务",
    "businessRuleTask": "规则任务",
    "scriptTask": "计算任务",
    "receiveTask": "等待消息",
    "sendTask": "发送消息",
    "subProcess": "子流程",
    "callActivity": "调用流程",
    "startEvent": "开始",
    "endEvent": "结束",
    "intermediateCatchEvent": "等待事件",
    "intermediateThrowEvent": "发出事件",
    "boundaryEvent": "边界事件",
    "exclusiveGateway": "排他网关",
    "parallelGateway": "并行网关",
    "inclusiveGateway": "包容网关",
    "eventBasedGateway": "事件网关",
    "lane": "泳道",
    "participant": "泳池",
}


@dataclass(frozen=True)
class Paint:
    """What a drawing is drawn with."""

    marks: Mapping[str, str]
    counts: Mapping[str, int]
    elements: Mapping[str, Any]
    most: int

    def look(self, element_id: str) -> Look:
        """How an element of this state is drawn; the more often it was passed, the warmer its ground."""
        look = LOOKS.get(self.marks.get(element_id, ""), PLAIN)
        count = self.counts.get(element_id, 0)
        return replace(look, fill=_heat(count / self.most)) if count > 0 else look

    def group(self, parent: Any, kind: str, element: Any, name: str) -> Any:
        """The group of one element with its tooltip."""
        identity = element.get("id")
        state = self.marks.get(identity, "")
        state = state if state in LOOKS else ""
        classes = f"{kind} {etree.QName(element).localname}" + (f" is-{state}" if state else "")
        group = svg.add(parent, "g", cls=classes, data_element_id=identity)
        svg.add(group, "title").text = self._title(element, name, self.look(identity))
        return group

    def _title(self, element: Any, name: str, look: Look) -> str:
        kind = _KINDS.get(etree.QName(element).localname, "")
        definition = definition_of(element)
        kind = "·".join(part for part in (kind, trigger_name(definition)) if part)
        title = f"{name}（{kind}）" if name and kind else name or kind or element.get("id")
        title += f"：{look.name}" if look.name else ""
        count = self.counts.get(element.get("id"))
        return f"{title}，{count} 次" if count else title


def definition_of(element: Any) -> str:
    """What an event is about, as the name of its definition element; "" for none."""
    for child in element:
        name = str(etree.QName(child).localname)
        if name.endswith("EventDefinition"):
            return name
    return ""


def _heat(share: float) -> str:
    """White mixed with HEAT."""
    part = _COOLEST + (_HOTTEST - _COOLEST) * share
    return "#" + "".join(f"{round(255 + (tone - 255) * part):02x}" for tone in HEAT)


def rectangle(group: Any, box: Box, radius: float, look: Look) -> None:
    svg.add(
        group,
        "rect",
        cls="shape",
        x=box.x,
        y=box.y,
        width=box.width,
        height=box.height,
        rx=radius,
        fill=look.fill,
        stroke=look.stroke,
        stroke_width=look.width,
        stroke_dasharray=look.dash,
    )


def haloed(parent: Any, lines: list[str], x: float, middle: float, size: float) -> None:
    """Text on a light ground, readable where a line passes under it."""
    if not lines:
        return
    width = max(svg.width_of(line, size) for line in lines) + 4
    height = len(lines) * size * svg.LINE_HEIGHT
    svg.add(
        parent,
        "rect",
        cls="halo",
        x=x - width / 2,
        y=middle - height / 2,
        width=width,
        height=height,
        rx=3,
        fill=LANE_FILL,
        fill_opacity=0.88,
    )
    svg.text_block(parent, lines, x, middle, size, cls="label")
