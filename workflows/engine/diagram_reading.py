"""Where a BPMN file says its elements are drawn: the diagram interchange part, joined with the elements."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from workflows.engine import svg, xml
from workflows.engine.svg import Point
from workflows.errors import Invalid

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
DI = "{http://www.omg.org/spec/DD/20100524/DI}"

_FARTHEST = 100_000.0  # pixels from the origin: beyond it a drawing is a mistake


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def center(self) -> Point:
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True)
class Shape:
    """A lane, node or annotation with its place."""

    element: Any
    kind: str
    name: str
    box: Box
    label: Box | None
    expanded: bool
    horizontal: bool

    @property
    def id(self) -> str:
        return str(self.element.get("id"))


@dataclass(frozen=True)
class Edge:
    """A flow or association with its way."""

    element: Any
    kind: str
    name: str
    points: tuple[Point, ...]
    label: Box | None

    @property
    def id(self) -> str:
        return str(self.element.get("id"))


@dataclass(frozen=True)
class Picture:
    """One plane of a file."""

    name: str
    shapes: tuple[Shape, ...]
    edges: tuple[Edge, ...]
    elements: Mapping[str, Any]


def planes(bpmn: bytes) -> list[tuple[str, str]]:
    """Id and name of what each drawing of the file shows, in order: processes, collaborations, sub-processes.

    Raises:
        Invalid: the file is malformed.
    """
    root = xml.read(bpmn, "流程图")
    elements = _elements(root)
    return [(plane.get("bpmnElement"), _name_of(elements, plane)) for plane in _planes(root)]


def read(bpmn: bytes, plane: str | None) -> Picture:
    """The drawing of `plane` (the first one if None).

    Raises:
        Invalid: malformed, or without a drawing.
    """
    root = xml.read(bpmn, "流程图")
    elements = _elements(root)
    found = [each for each in _planes(root) if plane is None or plane == each.get("bpmnElement")]
    if not found:
        raise Invalid("这个流程文件里没有图形信息，画不出来；请用流程编辑器打开、摆好位置再保存。")
    shapes = [_shape(each, elements) for each in found[0].findall(f"{BPMNDI}BPMNShape")]
    edges = [_edge(each, elements) for each in found[0].findall(f"{BPMNDI}BPMNEdge")]
    known = tuple(shape for shape in shapes if shape is not None)
    if not known:
        raise Invalid("这个流程文件里没有图形信息，画不出来；请用流程编辑器打开、摆好位置再保存。")
    return Picture(_name_of(elements, found[0]), known, tuple(edge for edge in edges if edge is not None), elements)


def _elements(root: Any) -> dict[str, Any]:
    return {element.get("id"): element for element in root.iter(f"{BPMN}*") if element.get("id")}


def _planes(root: Any) -> list[Any]:
    return [
        plane
        for plane in root.iterfind(f"{BPMNDI}BPMNDiagram/{BPMNDI}BPMNPlane")
        if plane.get("bpmnElement") is not None
    ]


def _name_of(elements: Mapping[str, Any], plane: Any) -> str:
    element = elements.get(plane.get("bpmnElement"))
    if element is None:
        return ""
    if etree.QName(element).localname == "collaboration":
        participant = element.find(f"{BPMN}participant")
        element = participant if participant is not None else element
    return svg.printable(element.get("name") or "")


def _shape(shape: Any, elements: Mapping[str, Any]) -> Shape | None:
    element, bounds = elements.get(shape.get("bpmnElement")), shape.find(f"{DC}Bounds")
    if element is None or bounds is None:
        return None
    kind = etree.QName(element).localname
    text = element.findtext(f"{BPMN}text") if kind == "textAnnotation" else element.get("name")
    return Shape(
        element=element,
        kind=kind,
        name=svg.printable(text or ""),
        box=_box(bounds),
        label=_label(shape),
        expanded=shape.get("isExpanded") == "true",
        horizontal=shape.get("isHorizontal", "true") == "true",
    )


def _edge(edge: Any, elements: Mapping[str, Any]) -> Edge | None:
    element = elements.get(edge.get("bpmnElement"))
    points = tuple((_number(p, "x"), _number(p, "y")) for p in edge.findall(f"{DI}waypoint"))
    if element is None or len(points) < 2:
        return None
    kind = etree.QName(element).localname
    return Edge(element, kind, svg.printable(element.get("name") or ""), points, _label(edge))


def _label(shape: Any) -> Box | None:
    bounds = shape.find(f"{BPMNDI}BPMNLabel/{DC}Bounds")
    return _box(bounds) if bounds is not None else None


def _box(bounds: Any) -> Box:
    return Box(*(_number(bounds, name) for name in ("x", "y", "width", "height")))


def _number(element: Any, name: str) -> float:
    try:
        value = float(element.get(name, ""))
    except ValueError as error:
        raise Invalid("流程图里有不是数字的坐标，请用流程编辑器重新保存后再试。") from error
    if not math.isfinite(value) or abs(value) > _FARTHEST:
        raise Invalid("流程图里的坐标太大，请用流程编辑器重新摆好位置。")
    return value
