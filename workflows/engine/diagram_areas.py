"""The ground of a diagram: pools, lanes, groups and open sub-processes."""

from typing import Any

from workflows.engine import svg
from workflows.engine.diagram_nodes import draw_feet
from workflows.engine.diagram_paint import LANE_FILL, LINE, Look, Paint, rectangle
from workflows.engine.diagram_reading import Box, Picture, Shape

LANE_HEADER = 30.0  # as wide as bpmn-js draws it
LANE_LINE = "#b6c2cf"
HEADER_FILL = "#e6ecf3"
SUBPROCESS_FILL = "#fbfcfe"


def draw_areas(drawing: Any, picture: Picture, paint: Paint) -> None:
    """From the outside in, so that nothing hides what lies on it."""
    draw = {"participant": _draw_lane, "lane": _draw_lane, "group": _draw_group}
    areas = [shape for shape in picture.shapes if shape.kind in draw or is_open(shape)]
    for shape in sorted(areas, key=lambda one: -one.box.width * one.box.height):
        draw.get(shape.kind, _draw_subprocess)(drawing, shape, paint)


def is_open(shape: Shape) -> bool:
    return shape.expanded and shape.kind in {"subProcess", "transaction", "adHocSubProcess"}


def _draw_lane(drawing: Any, shape: Shape, paint: Paint) -> None:
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


def _draw_group(drawing: Any, shape: Shape, paint: Paint) -> None:
    group = paint.group(drawing, "area", shape.element, shape.name)
    rectangle(group, shape.box, 10, Look(LINE, "none", 1.2, "", "8 4 2 4"))


def _draw_subprocess(drawing: Any, shape: Shape, paint: Paint) -> None:
    group = paint.group(drawing, "node", shape.element, shape.name)
    look = paint.look(shape.id)
    dash = "2 4" if shape.element.get("triggeredByEvent") == "true" else look.dash
    rectangle(group, shape.box, 12, Look(look.stroke, SUBPROCESS_FILL, look.width, "", dash))
    lines, size = svg.fit(shape.name, shape.box.width - 40, 20, (13.0, 11.0))
    svg.text_block(
        group, lines, shape.box.x + 14, shape.box.y + 16, size, cls="label", font_weight=600, text_anchor="start"
    )
    draw_feet(group, shape)
