"""A process diagram as SVG, drawn from the BPMN file's own layout: tokens, heat and differences on top.

The same drawing serves pages, print and PDF. Colours are presentation attributes; a page's CSS may override them by
class: ``node``, ``lane``, ``flow``, ``label``, ``badge``, ``count`` and, at a node or flow, ``is-<state>``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from workflows.engine import svg
from workflows.engine.diagram_reading import BPMN, Box, Edge, Picture, Shape, planes, read
from workflows.engine.diagram_symbols import (
    AMBER,
    BADGES,
    BLUE,
    GREEN,
    INK,
    PLUM,
    RED,
    WHITE,
    badge,
    event_mark,
    foot_markers,
    gateway_mark,
    task_icon,
    trigger_name,
)

__all__ = ["planes", "render"]

PADDING = 16.0
LANE_HEADER = 30.0  # as wide as bpmn-js draws it
TEXT = "#1f2933"
LINE = "#52667a"
LANE_LINE = "#b6c2cf"
LANE_FILL = "#f7f9fb"
HEADER_FILL = "#e6ecf3"
SUBPROCESS_FILL = "#fbfcfe"
HEAT = (232, 89, 12)
_TASK_SIZES = (13.0, 12.0, 11.0, 10.0)
_LABEL_SIZES = (12.0, 11.0)
_LABEL_WIDTH = 96.0
_COOLEST, _HOTTEST = 0.12, 0.6  # share of HEAT in the ground of a node
_NO_MARKS: Mapping[str, str] = {}
_NO_COUNTS: Mapping[str, int] = {}


@dataclass(frozen=True)
class _Look:
    stroke: str
    fill: str
    width: float
    name: str
    dash: str | None = None


_LOOKS: Mapping[str, _Look] = {
    "done": _Look(GREEN, "#eef8f1", 1.8, "已完成"),
    "current": _Look(BLUE, "#e3eefb", 3, "正在办理"),
    "overdue": _Look(RED, "#fdeaea", 3, "已超期"),
    "error": _Look(PLUM, "#f8edf8", 3, "出错，等待处理", "7 4"),
    "added": _Look(GREEN, "#eef8f1", 2.5, "新增"),
    "removed": _Look(RED, "#fdeaea", 2.5, "删去", "7 4"),
    "changed": _Look(AMBER, "#fdf4e3", 2.5, "有改动"),
}
_PLAIN = _Look(INK, WHITE, 1.4, "")

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
class _Paint:
    """What a drawing is drawn with."""

    marks: Mapping[str, str]
    counts: Mapping[str, int]
    elements: Mapping[str, Any]
    most: int

    def look(self, element_id: str) -> _Look:
        """How an element of this state is drawn; the more often it was passed, the warmer its ground."""
        look = _LOOKS.get(self.marks.get(element_id, ""), _PLAIN)
        count = self.counts.get(element_id, 0)
        return replace(look, fill=_heat(count / self.most)) if count > 0 else look

    def group(self, parent: Any, kind: str, element: Any, name: str) -> Any:
        """The group of one element with its tooltip."""
        identity = element.get("id")
        state = self.marks.get(identity, "")
        state = state if state in _LOOKS else ""
        classes = f"{kind} {etree.QName(element).localname}" + (f" is-{state}" if state else "")
        group = svg.add(parent, "g", cls=classes, data_element_id=identity)
        svg.add(group, "title").text = self._title(element, name, self.look(identity))
        return group

    def _title(self, element: Any, name: str, look: _Look) -> str:
        kind = _KINDS.get(etree.QName(element).localname, "")
        definition = _definition(element)
        kind = "·".join(part for part in (kind, trigger_name(definition)) if part)
        title = f"{name}（{kind}）" if name and kind else name or kind or element.get("id")
        title += f"：{look.name}" if look.name else ""
        count = self.counts.get(element.get("id"))
        return f"{title}，{count} 次" if count else title


def render(
    bpmn: bytes,
    *,
    marks: Mapping[str, str] = _NO_MARKS,
    counts: Mapping[str, int] = _NO_COUNTS,
    plane: str | None = None,
    title: str = "",
) -> str:
    """The drawing of one plane as an SVG element, without an XML declaration, safe to put into a page.

    Args:
        marks: element id -> "done", "current", "overdue", "error", or "added", "removed", "changed".
        counts: element id -> how often; shown as a number and, against the largest of them, as heat.
        plane: id of the process or sub-process to draw; the first drawing of the file if None.
        title: what it shows, for people who can not see it; the diagram's own name if empty.

    Raises:
        Invalid: the file is malformed or holds no drawing.
    """
    picture = read(bpmn, plane)
    paint = _Paint(marks, counts, picture.elements, max(counts.values(), default=0))
    left, top, right, bottom = _extent(picture)
    width, height = right - left, bottom - top
    drawing = svg.root(
        viewBox=f"{left:g} {top:g} {width:g} {height:g}",
        width=width,
        height=height,
        role="img",
        aria_label=svg.printable(title or picture.name or "流程图"),
        font_family=svg.FONT,
        fill=TEXT,
    )
    drawing.set("class", "diagram")
    _draw_areas(drawing, picture, paint)
    for edge in picture.edges:
        _draw_edge(drawing, edge, paint)
    for shape in _nodes(picture):
        _DRAWERS.get(shape.kind, _draw_other)(drawing, shape, paint)
    for edge in picture.edges:
        _draw_edge_label(drawing, edge)
    for shape in picture.shapes:
        _draw_state(drawing, shape, paint)
    return svg.to_text(drawing)


def _extent(picture: Picture) -> tuple[float, float, float, float]:
    boxes = [shape.box for shape in picture.shapes]
    boxes += [shape.label for shape in picture.shapes if shape.label is not None]
    boxes += [edge.label for edge in picture.edges if edge.label is not None]
    xs = [x for box in boxes for x in (box.x, box.right)] + [p[0] for e in picture.edges for p in e.points]
    ys = [y for box in boxes for y in (box.y, box.bottom)] + [p[1] for e in picture.edges for p in e.points]
    return min(xs) - PADDING, min(ys) - PADDING, max(xs) + PADDING, max(ys) + PADDING


# ------------------------------------------------------------------------ pools, lanes, open sub-processes


def _draw_areas(drawing: Any, picture: Picture, paint: _Paint) -> None:
    """From the outside in, so that nothing hides what lies on it."""
    for kind in ("participant", "lane", "group"):
        for shape in picture.shapes:
            if shape.kind == kind:
                (_draw_group if kind == "group" else _draw_lane)(drawing, shape, paint)
    open_ones = [shape for shape in picture.shapes if _is_open(shape)]
    for shape in sorted(open_ones, key=lambda one: -one.box.width * one.box.height):
        _draw_subprocess(drawing, shape, paint)


def _is_open(shape: Shape) -> bool:
    return shape.expanded and shape.kind in {"subProcess", "transaction", "adHocSubProcess"}


def _nodes(picture: Picture) -> list[Shape]:
    """Shapes that lie on areas; boundary events last, on top of their hosts."""
    shapes = [s for s in picture.shapes if s.kind not in {"participant", "lane", "group"} and not _is_open(s)]
    return sorted(shapes, key=lambda shape: shape.kind == "boundaryEvent")


def _draw_lane(drawing: Any, shape: Shape, paint: _Paint) -> None:
    box = shape.box
    group = paint.group(drawing, "lane", shape.element, shape.name)
    frame = {"stroke": LANE_LINE, "stroke_width": 1}
    svg.add(group, "rect", x=box.x, y=box.y, width=box.width, height=box.height, fill=LANE_FILL, **frame)
    if not shape.horizontal:
        svg.add(group, "rect", x=box.x, y=box.y, width=box.width, height=LANE_HEADER, fill=HEADER_FILL, **frame)
        lines, size = svg.fit(shape.name, box.width - 8, LANE_HEADER, (13.0, 11.0))
        svg.text_block(group, lines, box.center[0], box.y + LANE_HEADER / 2, size, cls="label", font_weight=600)
        return
    svg.add(group, "rect", x=box.x, y=box.y, width=LANE_HEADER, height=box.height, fill=HEADER_FILL, **frame)
    _upright_text(group, shape.name, box)


def _upright_text(group: Any, name: str, box: Box) -> None:
    """Chinese reads from top to bottom; a name of Latin words is turned instead."""
    x, y = box.x + LANE_HEADER / 2, box.center[1]
    if name.isascii():
        turn = f"rotate(-90 {x:g} {y:g})"
        svg.text_block(group, [name] if name else [], x, y, 12.0, cls="label", font_weight=600, transform=turn)
        return
    size = min(14.0, (box.height - 8) / (max(len(name), 1) * 1.15))
    columns = [name] if size >= 9 else [name[: (len(name) + 1) // 2], name[(len(name) + 1) // 2 :]]
    size = size if size >= 9 else max(7.0, min(12.0, (box.height - 8) / (len(columns[0]) * 1.15)))
    for index, column in enumerate(columns):
        at = x + (len(columns) - 1) * size * 0.6 - index * size * 1.2
        for row, char in enumerate(column):
            turned = svg.UPRIGHT_FORMS.get(char, char)
            middle = y + (row - (len(column) - 1) / 2) * size * 1.15
            svg.text_block(group, [turned], at, middle, size, cls="label", font_weight=600)


def _draw_group(drawing: Any, shape: Shape, paint: _Paint) -> None:
    group = paint.group(drawing, "area", shape.element, shape.name)
    _rectangle(group, shape.box, 10, _Look(LINE, "none", 1.2, "", "8 4 2 4"))


def _draw_subprocess(drawing: Any, shape: Shape, paint: _Paint) -> None:
    group = paint.group(drawing, "node", shape.element, shape.name)
    look = paint.look(shape.id)
    dash = "2 4" if shape.element.get("triggeredByEvent") == "true" else look.dash
    _rectangle(group, shape.box, 12, _Look(look.stroke, SUBPROCESS_FILL, look.width, "", dash))
    lines, size = svg.fit(shape.name, shape.box.width - 40, 20, (13.0, 11.0))
    svg.text_block(
        group, lines, shape.box.x + 14, shape.box.y + 16, size, cls="label", font_weight=600, text_anchor="start"
    )
    _feet(group, shape)


# --------------------------------------------------------------------------------------------------- nodes


def _draw_task(drawing: Any, shape: Shape, paint: _Paint) -> None:
    box, look = shape.box, paint.look(shape.id)
    group = paint.group(drawing, "node", shape.element, shape.name)
    if shape.kind == "callActivity":
        look = _Look(look.stroke, look.fill, max(look.width, 4), look.name, look.dash)
    _rectangle(group, box, 10, look)
    task_icon(group, shape.kind, box.x + 6, box.y + 6)
    feet = _feet(group, shape)
    top = box.y + (20 if shape.kind in _WITH_ICON and box.height >= 60 else 4)
    bottom = box.bottom - (20 if feet else 6)
    lines, size = svg.fit(shape.name, box.width - 14, bottom - top, _TASK_SIZES)
    middle = (top + bottom) / 2
    if not feet and len(lines) * size * svg.LINE_HEIGHT <= (box.bottom - top - 6) - 12:
        middle = max(box.center[1] + 3, top + len(lines) * size * svg.LINE_HEIGHT / 2)
    svg.text_block(group, lines, box.center[0], middle, size, cls="label")


_WITH_ICON = frozenset({"userTask", "manualTask", "serviceTask", "businessRuleTask", "scriptTask", "receiveTask"})


def _rectangle(group: Any, box: Box, radius: float, look: _Look) -> None:
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


def _feet(group: Any, shape: Shape) -> list[str]:
    names = []
    multi = shape.element.find(f"{BPMN}multiInstanceLoopCharacteristics")
    if multi is not None:
        names.append("sequential" if multi.get("isSequential") == "true" else "parallel")
    elif shape.element.find(f"{BPMN}standardLoopCharacteristics") is not None:
        names.append("loop")
    if shape.kind in {"callActivity", "subProcess", "transaction"} and not shape.expanded:
        names.append("collapsed")
    if names:
        foot_markers(group, names, (shape.box.center[0], shape.box.bottom - 11))
    return names


def _draw_event(drawing: Any, shape: Shape, paint: _Paint) -> None:
    box, look = shape.box, paint.look(shape.id)
    center, radius = box.center, min(box.width, box.height) / 2
    group = paint.group(drawing, "node", shape.element, shape.name)
    is_end, is_start = shape.kind == "endEvent", shape.kind == "startEvent"
    quiet = shape.element.get("cancelActivity") == "false" or shape.element.get("isInterrupting") == "false"
    ring = {
        "cx": center[0],
        "cy": center[1],
        "fill": look.fill,
        "stroke": look.stroke,
        "stroke_dasharray": "5 3.5" if quiet else look.dash,
    }
    width = max(look.width, 3.4) if is_end else look.width
    svg.add(group, "circle", cls="shape", r=radius, stroke_width=width, **ring)
    if not is_end and not is_start:
        svg.add(group, "circle", r=radius - 3.2, stroke_width=1.2, **ring)
    thrown = is_end or shape.kind == "intermediateThrowEvent"
    event_mark(group, _definition(shape.element), center, thrown=thrown)
    _draw_outside_label(group, shape)


def _definition(element: Any) -> str:
    for child in element:
        name = str(etree.QName(child).localname)
        if name.endswith("EventDefinition"):
            return name
    return ""


def _draw_gateway(drawing: Any, shape: Shape, paint: _Paint) -> None:
    box, look = shape.box, paint.look(shape.id)
    x, y = box.center
    group = paint.group(drawing, "node", shape.element, shape.name)
    svg.add(
        group,
        "path",
        cls="shape",
        d=f"M{x:g} {box.y:g}L{box.right:g} {y:g}L{x:g} {box.bottom:g}L{box.x:g} {y:g}Z",
        fill=look.fill,
        stroke=look.stroke,
        stroke_width=look.width,
        stroke_linejoin="round",
        stroke_dasharray=look.dash,
    )
    gateway_mark(group, shape.kind, box.center)
    _draw_outside_label(group, shape)


def _draw_outside_label(group: Any, shape: Shape) -> None:
    if not shape.name:
        return
    box = shape.label
    width = max(box.width, _LABEL_WIDTH) if box is not None else _LABEL_WIDTH
    lines = svg.wrap(shape.name, width, 12.0)
    height = len(lines) * 12.0 * svg.LINE_HEIGHT
    x = box.center[0] if box is not None else shape.box.center[0]
    top = box.y if box is not None else shape.box.bottom + 4
    if box is not None and box.bottom <= shape.box.y + 1:  # a label above grows upwards, not into its node
        top = box.bottom - height
    _haloed(group, lines, x, top + height / 2, 12.0)


def _draw_annotation(drawing: Any, shape: Shape, paint: _Paint) -> None:
    box = shape.box
    group = paint.group(drawing, "note", shape.element, shape.name)
    path = f"M{box.x + 14:g} {box.y:g}H{box.x:g}V{box.bottom:g}H{box.x + 14:g}"
    svg.add(group, "path", d=path, fill="none", stroke=LINE, stroke_width=1.3)
    lines, size = svg.fit(shape.name, box.width - 14, box.height - 4, (12.0, 11.0, 10.0))
    svg.text_block(group, lines, box.x + 8, box.center[1], size, cls="label", text_anchor="start")


def _draw_other(drawing: Any, shape: Shape, paint: _Paint) -> None:
    """Data objects and whatever else a file may hold: a plain box with its name below."""
    group = paint.group(drawing, "node", shape.element, shape.name)
    _rectangle(group, shape.box, 2, _Look(LINE, WHITE, 1.2, ""))
    _draw_outside_label(group, shape)


_Drawer = Callable[[Any, Shape, _Paint], None]
_DRAWERS: Mapping[str, _Drawer] = {
    **dict.fromkeys(("task", "sendTask", "callActivity", "subProcess", "transaction", *_WITH_ICON), _draw_task),
    **dict.fromkeys(
        ("startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent"),
        _draw_event,
    ),
    **dict.fromkeys(
        ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"),
        _draw_gateway,
    ),
    "textAnnotation": _draw_annotation,
}

# --------------------------------------------------------------------------------------------------- flows


def _draw_edge(drawing: Any, edge: Edge, paint: _Paint) -> None:
    look = paint.look(edge.id)
    colour = look.stroke if look.name else LINE
    group = paint.group(drawing, "flow", edge.element, edge.name)
    directed = edge.kind in {"sequenceFlow", "messageFlow"}
    points = list(edge.points)
    end = points[-1]
    if directed:  # the line ends inside the arrow head, or its blunt end would show at the tip
        points[-1] = svg.toward(end, points[-2], 5)
    svg.add(
        group,
        "path",
        d=svg.rounded_path(points),
        fill="none",
        stroke=colour,
        stroke_width=2.4 if look.name else 1.4,
        stroke_linejoin="round",
        stroke_dasharray={"sequenceFlow": look.dash, "messageFlow": "8 5"}.get(edge.kind, "2 4"),
    )
    if directed:
        head = WHITE if edge.kind == "messageFlow" else colour
        svg.add(group, "path", d=svg.arrow_head(edge.points[-2], end), fill=head, stroke=colour, stroke_width=1)
    if edge.kind == "sequenceFlow" and _is_default(edge, paint):
        _draw_default_slash(group, edge, colour)


def _is_default(edge: Edge, paint: _Paint) -> bool:
    source = paint.elements.get(edge.element.get("sourceRef"))
    return source is not None and source.get("default") == edge.id


def _draw_default_slash(group: Any, edge: Edge, colour: str) -> None:
    x, y = svg.toward(edge.points[0], edge.points[1], 9)
    svg.add(group, "path", d=f"M{x - 4:g} {y + 5:g}L{x + 4:g} {y - 5:g}", stroke=colour, stroke_width=1.4)


def _draw_edge_label(drawing: Any, edge: Edge) -> None:
    if not edge.name:
        return
    if edge.label is not None:
        center, width = edge.label.center, max(edge.label.width, 60.0)
    else:
        start, end = max(zip(edge.points, edge.points[1:], strict=False), key=_length)
        center, width = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2), _LABEL_WIDTH
    lines, size = svg.fit(edge.name, width, 60, _LABEL_SIZES)
    _haloed(drawing, lines, center[0], center[1], size)


def _length(segment: tuple[svg.Point, svg.Point]) -> float:
    (x, y), (other_x, other_y) = segment
    return abs(x - other_x) + abs(y - other_y)


def _haloed(parent: Any, lines: list[str], x: float, middle: float, size: float) -> None:
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


# -------------------------------------------------------------------------------------------- state on top


def _heat(share: float) -> str:
    """White mixed with HEAT."""
    part = _COOLEST + (_HOTTEST - _COOLEST) * share
    return "#" + "".join(f"{round(255 + (tone - 255) * part):02x}" for tone in HEAT)


def _draw_state(drawing: Any, shape: Shape, paint: _Paint) -> None:
    """Badge at the upper right corner; number at the lower one, or where it spares the label of a small node."""
    box, state = shape.box, paint.marks.get(shape.id, "")
    is_small = shape.kind.endswith(("Event", "Gateway"))
    if state in BADGES:
        inset = 4.0 if is_small else 2.0
        badge(drawing, state, (box.right - inset, box.y + inset))
    count = paint.counts.get(shape.id)
    if count:
        width = svg.width_of(str(count), 12) + 12
        x, y = (box.x, box.y + 2) if is_small else (box.right - 4, box.bottom - 3)
        group = svg.add(drawing, "g", cls="count")
        svg.add(group, "rect", x=x - width / 2, y=y - 10, width=width, height=20, rx=10, fill=TEXT)
        svg.text_block(group, [str(count)], x, y, 12, fill=WHITE, font_weight=600)
