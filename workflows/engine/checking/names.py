"""Which names the expressions of a package may use, and as far as it is known what is below them."""

import ast
from collections.abc import Iterable, Iterator
from typing import Any

from workflows.engine import expressions
from workflows.engine.checking.assets import Assets
from workflows.engine.checking.diagram import BPMN, HUMAN, SPIFF, Node, Scope
from workflows.engine.checking.fault import Words, nearest
from workflows.engine.decisions import DecisionTable, HitPolicy
from workflows.engine.expressions import ExpressionError

Fields = frozenset[str] | None
"""The keys below a name; None when anything may be there."""


class Names:
    """The names some node of the package may set, and the facts."""

    def __init__(self, words: Words) -> None:
        self._known: dict[str, Fields] = {name: fields or None for name, fields in words.facts.items()}

    def add(self, name: str, fields: Fields) -> None:
        """A name may be set in several places: then what is below it may come from any of them."""
        before = self._known.get(name, frozenset())
        self._known[name] = None if before is None or fields is None else before | fields

    def faults(self, paths: Iterable[str]) -> Iterator[str]:
        """A sentence for every path that nobody sets."""
        for path in sorted(paths):
            name, _, rest = path.partition(".")
            field = rest.partition(".")[0]
            if name not in self._known:
                yield f"名称“{name}”没有人填写过，{nearest(name, self._known)}"
                continue
            fields = self._known[name]
            if field and fields is not None and field not in fields:
                yield f"“{name}”里没有“{field}”，{nearest(field, fields)}"


def collect(words: Words, assets: Assets, scopes: Iterable[Scope], main: Scope | None) -> Names:
    """Everything that can be named anywhere in a package (a called process sees its caller's data)."""
    names = Names(words)
    for scope in scopes:
        for node in scope.nodes.values():
            for name, fields in _set_by(node, words, assets):
                names.add(name, fields)
    for start in main.starts if main is not None else ():
        names.add("start", _start_fields(start, assets))
    return names


def _set_by(node: Node, words: Words, assets: Assets) -> Iterator[tuple[str, Fields]]:
    if node.kind in HUMAN:
        yield node.id, _form_fields(node, assets)
    elif node.kind == "serviceTask":
        yield _service_result(node, words)
    elif node.kind == "businessRuleTask":
        yield node.id, _decided(assets.tables.get(called_decision(node) or ""))
    elif node.kind == "scriptTask":
        yield from _script(node)
    elif node.kind == "receiveTask" or node.event == "message":
        yield node.id, None
    if node.loop is not None:
        yield from _loop(node.loop)


def _form_fields(node: Node, assets: Assets) -> Fields:
    key = node.properties.get("formKey")
    if key is None:
        return frozenset()
    form = assets.forms.get(key)
    return None if form is None else frozenset(field.key for field in form.fields if field.takes_answer)


def _start_fields(start: Node, assets: Assets) -> Fields:
    scheduled = frozenset({"scheduled_on"}) if start.event == "timer" else frozenset()
    if "formKey" not in start.properties:
        return scheduled or None
    fields = _form_fields(start, assets)
    return None if fields is None else fields | scheduled


def operator(node: Node) -> Any:
    """What a service task calls, or None."""
    return node.element.find(f"{BPMN}extensionElements/{SPIFF}serviceTaskOperator")


def called_decision(node: Node) -> str | None:
    """The decision a business rule task asks for."""
    element = node.element.find(f"{BPMN}extensionElements/{SPIFF}calledDecisionId")
    return (element.text or "").strip() if element is not None else None


def result_name(node: Node) -> str:
    """Where a service task keeps its answer."""
    called = operator(node)
    return (called.get("resultVariable") if called is not None else None) or node.id


def _service_result(node: Node, words: Words) -> tuple[str, Fields]:
    called = operator(node)
    delegate = words.delegates.get(called.get("id") or "") if called is not None else None
    return result_name(node), frozenset(delegate.returns) if delegate and delegate.returns else None


def _decided(table: DecisionTable | None) -> Fields:
    if table is None or table.literal is not None or table.policy is HitPolicy.COLLECT:
        return None
    return frozenset(output.name for output in table.outputs)


def script_of(node: Node) -> str:
    """The text of a script task."""
    element = node.element.find(f"{BPMN}script")
    return (element.text or "") if element is not None else ""


def assigned(node: Node) -> frozenset[str]:
    """The names a script task sets; none when its script can not be read."""
    return frozenset(name for name, _ in _script(node))


def _script(node: Node) -> Iterator[tuple[str, Fields]]:
    try:
        script = expressions.compile_script(script_of(node))
    except ExpressionError:
        return
    for name, expression in script.assignments:
        yield name, _dictionary_keys(expression.source)


def _dictionary_keys(source: str) -> Fields:
    try:
        tree = ast.parse(source.strip(), mode="eval").body
    except SyntaxError:  # spread over several lines; already compiled as part of its script
        return None
    if not isinstance(tree, ast.Dict):
        return None
    keys = [key.value for key in tree.keys if isinstance(key, ast.Constant)]
    return frozenset(str(key) for key in keys) if len(keys) == len(tree.keys) else None


def _loop(loop: Any) -> Iterator[tuple[str, Fields]]:
    item = loop.find(f"{BPMN}inputDataItem")
    if item is not None and item.get("id"):
        yield item.get("id"), None
    into = loop.find(f"{BPMN}loopDataOutputRef")
    if into is not None and into.text:
        yield into.text.strip(), None
