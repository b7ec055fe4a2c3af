"""Which names the expressions of a package may use, and as far as it is known what is below them."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
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
    """The names that are set before something is computed, and the facts."""

    def __init__(self, words: Words) -> None:
        self._facts: dict[str, Fields] = {name: fields or None for name, fields in words.facts.items()}
        self._known = dict(self._facts)
        self._elsewhere: frozenset[str] = frozenset()
        self._uncertain: frozenset[str] = frozenset()

    def narrowed(self, possible: Mapping[str, Fields], certain: Iterable[str]) -> "Names":
        """Only some of these names: the others are set elsewhere, and those that are not certain only now and then."""
        narrow = copy(self)
        narrow._known = {**self._facts, **possible}
        narrow._elsewhere = frozenset(self._known) - frozenset(narrow._known)
        narrow._uncertain = frozenset(possible) - frozenset(certain) - frozenset(self._facts)
        return narrow

    def with_also(self, name: str, fields: Fields) -> "Names":
        """The same names and one that was set just now."""
        more = copy(self)
        more._known = {**self._known, name: fields}
        more._elsewhere, more._uncertain = self._elsewhere - {name}, self._uncertain - {name}
        return more

    def add(self, name: str, fields: Fields) -> None:
        """A name may be set in several places: then what is below it may come from any of them."""
        before = self._known.get(name, frozenset())
        self._known[name] = None if before is None or fields is None else before | fields

    def faults(self, paths: Iterable[str], source: str = "") -> Iterator[str]:
        """A sentence for every path that nobody sets, or that need not be set yet.

        Args:
            source: the text the paths stand in, when it is an expression.
        """
        always = always_read(source)
        for path in sorted(paths):
            name, _, rest = path.partition(".")
            field = rest.partition(".")[0]
            if name not in self._known:
                yield self._missing(name)
                continue
            if name in self._uncertain and (always is None or name in always):
                yield (
                    f"名称“{name}”到这里不一定有值：有一条路不经过填写它的步骤。"
                    f"请写成“{path} if exists({name}) else 默认值”，或移动步骤。"
                )
            fields = self._known[name]
            if field and fields is not None and field not in fields:
                yield f"“{name}”里没有“{field}”，{nearest(field, fields)}"

    def _missing(self, name: str) -> str:
        if name not in self._elsewhere:
            return f"名称“{name}”没有人填写过，{nearest(name, self._known)}"
        return (
            f"名称“{name}”到这里还没有值：填写它的步骤在后面、在同时进行的另一路，或在多实例的各份里。"
            "请换一个名称，或移动步骤。"
        )


def always_read(source: str) -> frozenset[str] | None:
    """The names an expression reads whatever the data is; None when it is no expression.

    Whoever writes ``a.x if exists(a) else 0`` knows that `a` may be missing.
    """
    try:
        return frozenset(_always(ast.parse(source.strip(), mode="eval").body))
    except (SyntaxError, ValueError):
        return None


def _always(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.IfExp):
        yield from _always(node.test)
    elif isinstance(node, ast.BoolOp):
        yield from _always(node.values[0])
    elif not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "exists"):
        for child in ast.iter_child_nodes(node):
            yield from _always(child)


def collect(words: Words, assets: Assets, scopes: Iterable[Scope], main: Scope | None) -> Names:
    """Everything that can be named anywhere in a package (a called process sees its caller's data)."""
    names = Names(words)
    for scope in scopes:
        for node in scope.nodes.values():
            for name, fields in (
                *set_by(node, words, assets),
                *item_of(node).items(),
                *collected(node).items(),
            ):
                names.add(name, fields)
    for name, fields in started(main, assets).items() if main is not None else ():
        names.add(name, fields)
    return names


def started(main: Scope, assets: Assets) -> dict[str, Fields]:
    """What is known when a process starts."""
    return {"start": _start_fields(main.starts[0], assets)} if main.starts else {}


def set_by(node: Node, words: Words, assets: Assets) -> Iterator[tuple[str, Fields]]:
    """The names that one passing of a node sets."""
    if node.kind in HUMAN or (node.event == "message" and "formKey" in node.properties):
        yield node.id, _form_fields(node, assets)
    elif node.kind == "serviceTask":
        yield _service_result(node, words)
    elif node.kind == "businessRuleTask":
        yield node.id, _decided(assets.tables.get(called_decision(node) or ""))
    elif node.kind == "scriptTask":
        yield from _script(node)
    elif node.kind == "receiveTask" or node.event == "message":
        yield node.id, None


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
        yield name, dictionary_keys(expression.source)


def dictionary_keys(source: str) -> Fields:
    """The keys of what an expression gives, when it is written as a dictionary."""
    try:
        tree = ast.parse(source.strip(), mode="eval").body
    except SyntaxError:  # spread over several lines; already compiled as part of its script
        return None
    if not isinstance(tree, ast.Dict):
        return None
    keys = [key.value for key in tree.keys if isinstance(key, ast.Constant)]
    return frozenset(str(key) for key in keys) if len(keys) == len(tree.keys) else None


def item_of(node: Node) -> dict[str, Fields]:
    """What each instance of a step that is done several times is about."""
    item = node.loop.find(f"{BPMN}inputDataItem") if node.loop is not None else None
    return {item.get("id"): None} if item is not None and item.get("id") else {}


def collected(node: Node) -> dict[str, Fields]:
    """The list that the instances of such a step leave behind."""
    into = node.loop.find(f"{BPMN}loopDataOutputRef") if node.loop is not None else None
    return {into.text.strip(): None} if into is not None and into.text else {}
