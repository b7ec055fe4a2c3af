"""Ids: unique over the whole package, none that the library makes for itself, all fit to be used in expressions."""

from collections.abc import Iterable, Iterator, Mapping

from workflows.engine.checking.diagram import BPMN, HUMAN, NODES, Diagram, Scope, tag_of
from workflows.engine.checking.fault import Fault
from workflows.engine.expression_nodes import CONSTANT_NAMES

_MADE_BY_THE_LIBRARY = frozenset({"Start", "End", "Root"})
_MADE_ENDINGS = (".EndJoin", ".BoundaryEventSplit", ".BoundaryEventJoin", "[child]")
_HOLD_DATA = HUMAN | {"businessRuleTask", "receiveTask", "intermediateCatchEvent", "boundaryEvent"}


def check(diagrams: Iterable[Diagram], facts: Iterable[str]) -> Iterator[Fault]:
    """Ids that would corrupt the process or could not be named."""
    seen: dict[str, str] = {}
    for diagram in diagrams:
        yield from _duplicates(diagram, seen)
        yield from _nameless(diagram)
        for process in diagram.processes:
            if process.id in _MADE_BY_THE_LIBRARY or process.id.endswith(_MADE_ENDINGS):
                yield _reserved(diagram.file, process.id)
            for scope in process.all():
                yield from _nodes(scope, frozenset(facts))


def _duplicates(diagram: Diagram, seen: dict[str, str]) -> Iterator[Fault]:
    own: set[str] = set()
    shapes: set[str] = set()
    for element in diagram.root.iter():
        identity = element.get("id")
        if not identity or _inside_extension(element):
            continue
        pool = own if tag_of(element) else shapes
        if identity in pool:
            yield Fault(diagram.file, identity, f"编号“{identity}”用了两次，后一个会顶替前一个。请给其中一个换编号。")
        elif identity in seen and tag_of(element) in NODES | {"process"}:
            yield Fault(diagram.file, identity, f"编号“{identity}”在“{seen[identity]}”里已经用了。请给其中一个换编号。")
        pool.add(identity)
    for identity in sorted(_extension_ids(diagram) & own):
        message = f"扩展设置里的编号“{identity}”和图中元素的编号相同，会顶替那个元素。请给图中的元素换编号。"
        yield Fault(diagram.file, identity, message)
    seen.update((identity, diagram.file) for identity in own if identity not in seen)


def _inside_extension(element: object) -> bool:
    around = element.getparent()  # type: ignore[attr-defined]
    while around is not None:
        if around.tag == f"{BPMN}extensionElements":
            return True
        around = around.getparent()
    return False


def _extension_ids(diagram: Diagram) -> set[str]:
    return {
        str(inner.get("id"))
        for element in diagram.root.iter(f"{BPMN}extensionElements")
        for inner in element.iter()
        if inner.get("id")
    }


def _nameless(diagram: Diagram) -> Iterator[Fault]:
    for element in diagram.root.iter(*(f"{BPMN}{tag}" for tag in NODES | {"process", "sequenceFlow"})):
        if not element.get("id"):
            name = (element.get("name") or "").strip() or tag_of(element)
            yield Fault(diagram.file, "", f"“{name}”没有编号（id），请给它一个编号。")


def _nodes(scope: Scope, facts: frozenset[str]) -> Iterator[Fault]:
    for node in scope.nodes.values():
        if node.id in _MADE_BY_THE_LIBRARY or node.id.endswith(_MADE_ENDINGS):
            yield _reserved(scope.file, node.id)
        elif any(sign in node.id for sign in ".[]() \t"):
            yield Fault(
                scope.file, node.id, f"{node.label}的编号里有句点、括号或空格。请只用字母、数字、汉字和下划线。"
            )
        elif node.kind in _HOLD_DATA:
            for message in _as_name(node.id, facts):
                yield Fault(scope.file, node.id, f"{node.label}的编号{message}")


def _as_name(identity: str, facts: frozenset[str]) -> Iterator[str]:
    if identity in facts:
        yield f"“{identity}”和业务数据“{identity}.…”重名，会盖住它。请换一个编号。"
    elif identity == "start":
        yield "“start”会盖住启动表单的内容（start.…）。请换一个编号。"
    elif identity in CONSTANT_NAMES:
        yield f"“{identity}”是表达式自己的词。请换一个编号。"


def _reserved(file: str, identity: str) -> Fault:
    return Fault(file, identity, f"编号“{identity}”是引擎自己要用的，会弄坏流程。请换一个编号。")


def unusable_name(name: str, facts: Mapping[str, object]) -> str | None:
    """Why a variable can not be called that, or None."""
    if not name.isidentifier() or name.startswith("_"):
        return "只能用字母、数字、汉字和下划线，不能以数字或下划线开头"
    if name in facts:
        return f"和业务数据“{name}.…”重名"
    if name in CONSTANT_NAMES:
        return "是表达式自己的词"
    return None
