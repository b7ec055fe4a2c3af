"""Which names a step can count on: those that the steps on every way to it set.

Measured on the engine: a token carries its data along its own way. The other branch of a fork is seen after the join
only; an event at a step sees what was there when the step began; a sub-process and a called process see what is
around them and hand back what they set, unless they are done several times: then each one keeps its data to itself,
apart from what is collected into the output list. A name without a value stops the step that reads it.
"""

from collections.abc import Callable, Iterable, Mapping

from workflows.engine.checking import graph, names
from workflows.engine.checking.assets import Assets
from workflows.engine.checking.diagram import Node, Scope
from workflows.engine.checking.fault import Words
from workflows.engine.checking.names import Fields, Names
from workflows.engine.checking.structure import edges_of

Sets = dict[str, Fields]
Processes = Mapping[str, Scope]


class Known:
    """What is known where, in all processes that the main one calls.

    Attributes:
        everywhere: all names of the package together, for texts that belong to no step.
    """

    def __init__(self, words: Words, assets: Assets, processes: Processes, main: Scope | None) -> None:
        scopes = [scope for process in processes.values() for scope in process.all()]
        sets = {node.id: dict(names.set_by(node, words, assets)) for scope in scopes for node in scope.nodes.values()}
        started = names.started(main, assets) if main is not None else {}
        self.everywhere = names.collect(words, assets, scopes, main)
        self._possible = _Spread(processes, sets, together)
        self._certain = _Spread(processes, sets, in_common)
        if main is not None:
            self._possible.begin(main, started)
            self._certain.begin(main, started)

    def at(self, node: Node) -> Names:
        """When a step is reached."""
        return self._names(self._possible.before(node), self._certain.before(node))

    def within(self, node: Node) -> Names:
        """When one of its instances begins: also the item that it is about."""
        return self._names(self._possible.within(node), self._certain.within(node))

    def at_its_end(self, node: Node) -> Names:
        """When one of its instances ends: also what was set in it."""
        return self._names(self._possible.ended(node), self._certain.ended(node))

    def _names(self, possible: Sets | None, certain: Sets | None) -> Names:
        """A step that is never reached has a fault of its own: there everything is allowed."""
        if possible is None or certain is None:
            return self.everywhere
        return self.everywhere.narrowed(possible, certain)


class _Spread:
    """Names carried along the flows until nothing new arrives anywhere."""

    def __init__(self, processes: Processes, sets: Mapping[str, Sets], meet: Callable[[Iterable[Sets]], Sets]) -> None:
        """`meet`: what is known where one of several ways has been taken."""
        self._processes, self._sets, self._meet = processes, sets, meet
        self._scopes = [scope for process in processes.values() for scope in process.all()]
        self._children = {child.id: child for scope in self._scopes for child in scope.children.values()}
        self._before: dict[str, Sets] = {}
        self._entries: dict[str, dict[str, Sets]] = {}  # scope -> who enters it -> what is known then

    def begin(self, main: Scope, started: Sets) -> None:
        self._entries[main.id] = {"": started}
        orders = [(scope, list(reversed(graph.finishing_order(edges_of(scope))))) for scope in self._scopes]
        moved = True
        while moved:
            moved = False
            for scope, order in orders:
                for node in order if scope.id in self._entries else ():
                    moved |= self._arrive(scope, scope.nodes[node])

    def before(self, node: Node) -> Sets | None:
        return self._before.get(node.id)

    def within(self, node: Node) -> Sets | None:
        before = self._before.get(node.id)
        return None if before is None else together([before, names.item_of(node)])

    def ended(self, node: Node) -> Sets | None:
        within, inner = self.within(node), self._inner(node)
        if within is None:
            return None
        ends = [n.id for n in inner.nodes.values() if n.kind == "endEvent"] if inner is not None else []
        reached = [self._before[end] for end in ends if end in self._before]
        return together([within, self._sets[node.id], *([self._meet(reached)] if reached else [])])

    def _after(self, node: Node) -> Sets | None:
        before = self._before.get(node.id)
        if before is None or node.loop is None:
            return self.ended(node)
        return together([before, names.collected(node)])

    def _arrive(self, scope: Scope, node: Node) -> bool:
        if node.kind == "startEvent":
            ways: list[Sets | None] = list(self._entries[scope.id].values())
        elif node.host is not None:
            ways = [self._before.get(node.host)]
        else:
            ways = [self._after(scope.nodes[flow.source]) for flow in node.incoming]
        reached = [each for each in ways if each is not None]
        if not reached:
            return False
        before = together(reached) if node.kind == "parallelGateway" else self._meet(reached)
        moved = self._before.get(node.id) != before
        self._before[node.id] = before
        inner = self._inner(node)
        if inner is not None:
            self._entries.setdefault(inner.id, {})[node.id] = together([before, names.item_of(node)])
        return moved

    def _inner(self, node: Node) -> Scope | None:
        """The sub-process or called process that a node stands for."""
        if node.kind == "callActivity":
            return self._processes.get(node.element.get("calledElement") or "")
        return self._children.get(node.id)


def together(parts: Iterable[Sets]) -> Sets:
    """Every name of any part; what is below a name may come from any of the places that set it."""
    every: Sets = {}
    for part in parts:
        for name, fields in part.items():
            before = every.get(name, frozenset())
            every[name] = None if before is None or fields is None else before | fields
    return every


def in_common(parts: Iterable[Sets]) -> Sets:
    """The names that all parts have, whatever is below them."""
    first, *others = parts
    return {name: None for name in first if all(name in other for other in others)}
