"""Promised milestones: every way through the main process must pass them, also through sub-processes and calls.

The question is turned round: can the process end without? A choice can when one of its ways can; a fork only when all
of its branches can; an event that interrupts can come before anything inside its host was done.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from workflows.engine.checking import graph
from workflows.engine.checking.diagram import Node, Scope
from workflows.engine.checking.fault import Fault
from workflows.engine.promises import Promise

CALL_DEPTH = 8  # calls inside calls; `structure.calls` refuses circles
STEP_LIMIT = 5_000  # a process that calls others ten times each must not be unfolded for ever
_CHOOSES = frozenset({"exclusiveGateway", "inclusiveGateway", "eventBasedGateway"})


@dataclass
class _Step:
    """One place of the unfolded process.

    Attributes:
        ways: what may follow.
        all_ways: whether the ways are branches that all run.
        is_end: the whole process ends here.
    """

    node: Node
    milestone: str = ""
    ways: list[str] = field(default_factory=list)
    all_ways: bool = False
    is_end: bool = False


def check(main: Scope, processes: Mapping[str, Scope], promises: Sequence[Promise]) -> Iterator[Fault]:
    """A fault at the end that is reached without a promised milestone, for each promise."""
    starts = main.starts
    if not promises or not starts:
        return
    steps: dict[str, _Step] = {}
    _unfold(steps, main, processes, "", after=None, depth=0)
    for promise in promises:
        end = _end_without(steps, [start.id for start in starts], promise)
        if end is not None:
            yield Fault(main.file, end.id, _sentence(promise, end))


def _sentence(promise: Promise, end: Node) -> str:
    words = "”或“".join(sorted(promise.kept_by))
    return (
        f"{promise.name} 缺失：这是对群众的承诺，不能从流程里去掉。"
        f"按这张图，可以不经过里程碑“{words}”就到达{end.label}。请在这条路上保留带有该里程碑的步骤。"
    )


# ------------------------------------------------------------------------------------------------ unfolding


def _unfold(
    steps: dict[str, _Step],
    scope: Scope,
    processes: Mapping[str, Scope],
    prefix: str,
    *,
    after: str | None,
    depth: int,
) -> None:
    """Every node of a scope as steps. `after`: where its ends lead, None for the main process."""
    for node in scope.nodes.values():
        key, done = f"{prefix}{node.id}", f"{prefix}{node.id}#done"
        inner = _inner(scope, node, processes) if depth < CALL_DEPTH and len(steps) < STEP_LIMIT else None
        steps[done] = _Step(node, node.properties.get("milestone", ""))
        steps[key] = _Step(node)
        interrupting = [f"{prefix}{event.id}" for event in node.boundaries if _ends_the_host(event, scope)]
        if inner is None:
            steps[key].ways = [done, *interrupting]
        else:
            below = f"{key}/"
            _unfold(steps, inner, processes, below, after=done, depth=depth + 1)
            skipped = [done] if node.loop is not None else []  # a list may be empty
            steps[key].ways = [*(f"{below}{start.id}" for start in inner.starts[:1]), *interrupting, *skipped]
        _leave(steps[done], scope, node, prefix, after)


def _leave(step: _Step, scope: Scope, node: Node, prefix: str, after: str | None) -> None:
    if node.kind == "endEvent":
        step.ways = [after] if after and node.event != "error" else []  # an error leaves by an event of the host
        step.is_end = after is None
        return
    step.ways = [f"{prefix}{flow.target}" for flow in node.outgoing if flow.target in scope.nodes]
    step.all_ways = node.kind not in _CHOOSES


def _inner(scope: Scope, node: Node, processes: Mapping[str, Scope]) -> Scope | None:
    if node.kind == "callActivity":
        return processes.get(node.element.get("calledElement") or "")
    return scope.children.get(node.id)


def _ends_the_host(event: Node, scope: Scope) -> bool:
    """Whether the way behind an attached event replaces its host's: it interrupts, or it ends everything."""
    edges = {node.id: [target.id for target in scope.next_of(node)] for node in scope.nodes.values()}
    return event.interrupts or any(scope.nodes[one].event == "terminate" for one in graph.reached(edges, [event.id]))


# ------------------------------------------------------------------------------------------------- searching


def _end_without(steps: Mapping[str, _Step], starts: list[str], promise: Promise) -> Node | None:
    """The end of a way that does not keep the promise."""
    rank = _can_end_without(steps, promise)
    edges = {key: step.ways for key, step in steps.items()}
    undone = [key for key in graph.reached(edges, starts) if steps[key].milestone in promise.undone_by]
    for key in [*starts, *sorted(undone)]:
        if key in rank:
            return _follow(steps, rank, key)
    return None


def _can_end_without(steps: Mapping[str, _Step], promise: Promise) -> dict[str, int]:
    """The steps from which the process can end with the promise not kept, in the order of finding them."""
    rank: dict[str, int] = {}
    changed = True
    while changed:
        changed = False
        for key, step in reversed(list(steps.items())):  # ends are drawn last: found in few rounds
            if key not in rank and step.milestone not in promise.kept_by and _open(step, rank):
                rank[key], changed = len(rank), True
    return rank


def _open(step: _Step, rank: Mapping[str, int]) -> bool:
    enough: Callable[[Iterator[bool]], bool] = all if step.all_ways else any
    return step.is_end or (bool(step.ways) and enough(way in rank for way in step.ways))


def _follow(steps: Mapping[str, _Step], rank: Mapping[str, int], key: str) -> Node:
    """Where it ends: each step was found after one of its ways, so this comes to an end."""
    while not steps[key].is_end:
        key = min((way for way in steps[key].ways if way in rank), key=lambda way: rank[way])
    return steps[key].node
