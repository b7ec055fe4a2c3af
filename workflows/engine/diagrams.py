"""A process diagram as SVG, drawn from the BPMN file's own layout: tokens, heat and differences on top.

The same drawing serves pages, print and PDF. Colours are presentation attributes; a page's CSS may override them by
class: ``node``, ``lane``, ``flow``, ``label``, ``badge``, ``count`` and, at a node or flow, ``is-<state>``.
"""

from collections.abc import Mapping
from typing import Any

from workflows.engine import svg
from workflows.engine.diagram_areas import draw_areas, is_open
from workflows.engine.diagram_nodes import draw_node
from workflows.engine.diagram_paint import LINE, TEXT, Paint, haloed
from workflows.engine.diagram_reading import Edge, Picture, Shape, planes, read
from workflows.engine.diagram_symbols import BADGES, WHITE, badge

__all__ = ["planes", "render"]

PADDING = 16.0
_LABEL_SIZES = (12.0, 11.0)
_LABEL_WIDTH = 96.0
_NO_MARKS: Mapping[str, str] = {}
_NO_COUNTS: Mapping[str, int] = {}


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
    paint = Paint(marks, counts, picture.elements, max(counts.values(), default=0))
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
    draw_areas(drawing, picture, paint)
    for edge in picture.edges:
        _draw_edge(drawing, edge, paint)
    for shape in _nodes(picture):
        draw_node(drawing, shape, paint)
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


def _nodes(picture: Picture) -> list[Shape]:
    """Shapes that lie on areas; boundary events last, on top of their hosts."""
    shapes = [s for s in picture.shapes if s.kind not in {"participant", "lane", "group"} and not is_open(s)]
    return sorted(shapes, key=lambda shape: shape.kind == "boundaryEvent")


def _draw_edge(drawing: Any, edge: Edge, paint: Paint) -> None:
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


def _is_default(edge: Edge, paint: Paint) -> bool:
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
    haloed(drawing, lines, center[0], center[1], size)


def _length(segment: tuple[svg.Point, svg.Point]) -> float:
    (x, y), (other_x, other_y) = segment
    return abs(x - other_x) + abs(y - other_y)


def _draw_state(drawing: Any, shape: Shape, paint: Paint) -> None:
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
