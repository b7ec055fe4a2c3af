"""The nodes of a diagram: tasks, events, gateways, annotations."""

from collections.abc import Callable, Mapping
from typing import Any

from workflows.engine import svg
from workflows.engine.diagram_paint import LINE, Look, Paint, definition_of, haloed, rectangle
from workflows.engine.diagram_reading import BPMN, Shape
from workflows.engine.diagram_symbols import WHITE, event_mark, foot_markers, gateway_mark, task_icon

_TASK_SIZES = (13.0, 12.0, 11.0, 10.0)
_LABEL_WIDTH = 96.0


def draw_node(drawing: Any, shape: Shape, paint: Paint) -> None:
    """Draw one node with its name, whatever kind it is of."""
    _DRAWERS.get(shape.kind, _draw_other)(drawing, shape, paint)


def _draw_task(drawing: Any, shape: Shape, paint: Paint) -> None:
    box, look = shape.box, paint.look(shape.id)
    group = paint.group(drawing, "node", shape.element, shape.name)
    if shape.kind == "callActivity":
        look = Look(look.stroke, look.fill, max(look.width, 4), look.name, look.dash)
    rectangle(group, box, 10, look)
    task_icon(group, shape.kind, box.x + 6, box.y + 6)
    feet = draw_feet(group, shape)
    top = box.y + (20 if shape.kind in _WITH_ICON and box.height >= 60 else 4)
    bottom = box.bottom - (20 if feet else 6)
    lines, size = svg.fit(shape.name, box.width - 14, bottom - top, _TASK_SIZES)
    middle = (top + bottom) / 2
    if not feet and len(lines) * size * svg.LINE_HEIGHT <= (box.bottom - top - 6) - 12:
        middle = max(box.center[1] + 3, top + len(lines) * size * svg.LINE_HEIGHT / 2)
    svg.text_block(group, lines, box.center[0], middle, size, cls="label")


_WITH_ICON = frozenset({"userTask", "manualTask", "serviceTask", "businessRuleTask", "scriptTask", "receiveTask"})


def draw_feet(group: Any, shape: Shape) -> list[str]:
    """Draw the markers at the foot of a task or sub-process; returns their names."""
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


def _draw_event(drawing: Any, shape: Shape, paint: Paint) -> None:
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
    event_mark(group, definition_of(shape.element), center, thrown=thrown)
    _draw_outside_label(group, shape)


def _draw_gateway(drawing: Any, shape: Shape, paint: Paint) -> None:
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
    haloed(group, lines, x, top + height / 2, 12.0)


def _draw_annotation(drawing: Any, shape: Shape, paint: Paint) -> None:
    box = shape.box
    group = paint.group(drawing, "note", shape.element, shape.name)
    path = f"M{box.x + 14:g} {box.y:g}H{box.x:g}V{box.bottom:g}H{box.x + 14:g}"
    svg.add(group, "path", d=path, fill="none", stroke=LINE, stroke_width=1.3)
    lines, size = svg.fit(shape.name, box.width - 14, box.height - 4, (12.0, 11.0, 10.0))
    svg.text_block(group, lines, box.x + 8, box.center[1], size, cls="label", text_anchor="start")


def _draw_other(drawing: Any, shape: Shape, paint: Paint) -> None:
    """Data objects and whatever else a file may hold: a plain box with its name below."""
    group = paint.group(drawing, "node", shape.element, shape.name)
    rectangle(group, shape.box, 2, Look(LINE, WHITE, 1.2, ""))
    _draw_outside_label(group, shape)


_Drawer = Callable[[Any, Shape, Paint], None]
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
