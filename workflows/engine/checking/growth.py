"""Diagrams that would grow without end: automatic loops, forks that multiply, joins that never fill, predictions
that explode. The library notices none of these until it hangs or calls the instance completed.
"""

from collections.abc import Iterator, Mapping

from workflows.engine.checking import graph, trial
from workflows.engine.checking.diagram import BPMN, CHOICES, HUMAN, Node, Scope
from workflows.engine.checking.fault import Fault
from workflows.engine.checking.structure import edges_of

PREDICTED_LIMIT = 1500
_CATCHING = frozenset({"intermediateCatchEvent", "boundaryEvent"})
_EMPTY_LIST = "（多实例步骤的列表可能是空的，那样谁也不等）"
_PAST_DATE = "（写成日期的计时过了那天就不再等，请写时长，如“3个工作日”）"
_CHOOSING = CHOICES | {"eventBasedGateway"}  # not every way out is taken
_JOINING = frozenset({"parallelGateway", "inclusiveGateway"})


def check(scope: Scope, processes: Mapping[str, Scope]) -> Iterator[Fault]:
    """Faults of one process or sub-process."""
    edges = edges_of(scope)
    loops = graph.cycles(edges)
    for message, node in (
        *_automatic(scope, edges, processes),
        *_without_choice(scope),
        *_without_exit(scope, edges, loops),
        *_multiplying(scope, edges, loops),
        *_never_filled(scope, edges),
    ):
        yield Fault(scope.file, node.id, message)
    yield from _predicted(scope)


def _automatic(scope: Scope, edges: graph.Edges, processes: Mapping[str, Scope]) -> Iterator[tuple[str, Node]]:
    answers: dict[str, bool] = {}
    waiting = {node.id for node in scope.nodes.values() if waits(node, scope, processes, answers)}
    for group in graph.cycles(graph.without(_at_once(scope, edges), waiting)):
        nodes = _named(scope, group)
        hints = (_EMPTY_LIST if any(_may_be_none(node) for node in nodes) else "") + (
            _PAST_DATE if any(node.event == "timer" for node in nodes) else ""
        )
        yield (
            f"{_listed(nodes)}组成不停的自动循环，没有一步一定会等人或等时间{hints}。请在循环里加一个人工任务或等待事件。",
            nodes[0],
        )


def _at_once(scope: Scope, edges: graph.Edges) -> dict[str, list[str]]:
    """The ways that may be taken without a pause: a date at a step may have passed before the step begins."""
    ways = {}
    for node, targets in edges.items():
        dated = [b.id for t in targets for b in scope.nodes[t].boundaries if b.event == "timer"]
        ways[node] = [*targets, *dated]
    return ways


def _may_be_none(node: Node) -> bool:
    """Whether a step is done once for each of a list, which may be empty."""
    if node.loop is None:
        return False
    count = node.loop.find(f"{BPMN}loopCardinality")
    is_fixed, value = trial.fixed_value(count.text or "") if count is not None else (False, None)
    return not (is_fixed and value)


def waits(node: Node, scope: Scope, processes: Mapping[str, Scope], answers: dict[str, bool]) -> bool:
    """Whether an instance always stands still at this node.

    Args:
        answers: whether it always stands still in a sub-process or called process; filled in here.
    """
    if _may_be_none(node):
        return False
    if node.kind in _CATCHING:
        return node.event == "message" or (node.event == "timer" and all(map(trial.always_ahead, node.timers)))
    if node.kind in HUMAN | {"receiveTask"}:
        return True
    inner = scope.children.get(node.id) or processes.get(node.element.get("calledElement") or "")
    return inner is not None and _always_waits(inner, processes, answers)


def _always_waits(scope: Scope, processes: Mapping[str, Scope], answers: dict[str, bool]) -> bool:
    if scope.id not in answers:
        answers[scope.id] = False  # should it call itself
        edges = edges_of(scope)
        waiting = {node.id for node in scope.nodes.values() if waits(node, scope, processes, answers)}
        through = graph.reached(graph.without(edges, waiting), [s.id for s in scope.starts if s.id not in waiting])
        answers[scope.id] = not any(scope.nodes[node].kind == "endEvent" for node in through if node in scope.nodes)
    return answers[scope.id]


def _definite(scope: Scope) -> dict[str, list[str]]:
    """The ways that the library lays out in advance: everything up to the next choice."""
    return {
        node.id: [flow.target for flow in node.outgoing] if node.kind not in CHOICES else []
        for node in scope.nodes.values()
    }


def _without_choice(scope: Scope) -> Iterator[tuple[str, Node]]:
    """Circles that the library would lay out in advance for ever."""
    for group in graph.cycles(_definite(scope)):
        nodes = _named(scope, group)
        yield (
            f"{_listed(nodes)}组成的循环里没有排他网关，每次都会再走一遍。请加一个排他网关决定何时结束循环。",
            nodes[0],
        )


def _without_exit(scope: Scope, edges: graph.Edges, loops: list[list[str]]) -> Iterator[tuple[str, Node]]:
    """Circles that go on even when everything else is done."""
    if _is_cut_off(scope):
        return
    for group in loops:
        inside = set(group)
        nodes = _named(scope, group)
        leaving = [node for node in nodes if not inside.issuperset(edges[node.id])]
        if not any(node.kind in _CHOOSING or any(b.interrupts for b in node.boundaries) for node in leaving):
            yield f"{_listed(nodes)}组成的循环没有出口，流程永远不会结束。请在循环里加一个排他网关通向后面。", nodes[0]


def _is_cut_off(scope: Scope) -> bool:
    """Whether something from outside a circle can end it: a terminate end, an event around the sub-process."""
    if any(node.event == "terminate" for node in scope.nodes.values()):
        return True
    if scope.parent is None:
        return False
    around = scope.parent.nodes[scope.id]
    return any(boundary.interrupts for boundary in around.boundaries) or _is_cut_off(scope.parent)


def _multiplying(scope: Scope, edges: graph.Edges, loops: list[list[str]]) -> Iterator[tuple[str, Node]]:
    after = _meeting_points(scope, edges) if loops else {}
    for group in loops:
        inside = set(group)
        for node in _named(scope, group):
            staying = {target for target in edges[node.id] if target in inside}
            if node.kind not in _JOINING or len(staying) < 2:
                continue
            meeting = scope.nodes.get(after.get(node.id, ""))
            if meeting is None or meeting.kind not in _JOINING or meeting.id not in inside:
                yield (
                    f"网关{node.label}在循环里分成几路，几路又各自回到循环，每转一圈就会多出几倍。"
                    "请先用同样的网关把各路合并，再回到前面。",
                    node,
                )


def _meeting_points(scope: Scope, edges: graph.Edges) -> dict[str, str]:
    """Where all ways from a node first come together again (its immediate post-dominator)."""
    ends = [node.id for node in scope.nodes.values() if node.kind == "endEvent"]
    backwards = {**graph.reversed_(edges), "": ends}
    chains = graph.dominators(backwards, "")
    return {node: chain[-2] for node, chain in chains.items() if len(chain) > 1}


def _never_filled(scope: Scope, edges: graph.Edges) -> Iterator[tuple[str, Node]]:
    """Parallel joins whose ways in exclude each other, may lead elsewhere, or wait for their own successors."""
    joins = [n for n in scope.nodes.values() if n.kind == "parallelGateway" and len(n.incoming) > 1]
    if not joins or len(scope.starts) != 1:
        return
    chains = graph.dominators(edges, scope.starts[0].id)
    for join in joins:
        sources = [flow.source for flow in join.incoming if flow.source in chains]
        if any(join.id in chains[source] for source in sources):
            yield (
                f"并行网关{join.label}要等的连线里有一条从它自己后面绕回来，永远等不齐。请改用排他网关接回循环。",
                join,
            )
            continue
        split = _excluding(scope, chains, sources)
        if split is not None:
            yield (
                f"并行网关{join.label}要等的几路在{split.label}不一定都走，永远等不齐。"
                "请把合并处改成和分开处同样的网关（事件和它所在步骤的两条路用排他网关合并）。",
                join,
            )
            continue
        away = _leaving(scope, edges, chains[join.id][-2], join.id) if join.id in chains else None
        if away is not None:
            yield (
                f"并行网关{join.label}要等的一路可能从{away.label}走到别处去，那样就永远等不齐。"
                "请让那条路也接回并行网关之前，或接到“终止”结束事件。",
                join,
            )


def _excluding(scope: Scope, chains: Mapping[str, list[str]], sources: list[str]) -> Node | None:
    for position, first in enumerate(sources):
        for second in sources[position + 1 :]:
            common = [node for node in chains[first] if node in chains[second]]
            last = scope.nodes[common[-1]]
            if last.kind in _CHOOSING or _by_event(last, chains[first], chains[second]):
                return last
    return None


def _by_event(host: Node, first: list[str], second: list[str]) -> bool:
    """One way goes on from a step, the other from an event at it, which need not happen (or interrupts it)."""
    events = {boundary.id for boundary in host.boundaries}
    return bool(events & {*first, *second})


def _leaving(scope: Scope, edges: graph.Edges, fork: str, join: str) -> Node | None:
    """A step between a fork and its parallel join from where a token may go elsewhere, never to arrive."""
    ahead = graph.reached(graph.without(edges, [join]), edges[fork])
    arriving = graph.reached(graph.reversed_(graph.without(edges, [fork])), [join])
    for node in _named(scope, list(ahead & arriving - {fork})):
        ways = [boundary.id for boundary in node.boundaries if boundary.interrupts]
        ways += [flow.target for flow in node.outgoing] if node.kind in _CHOOSING else []
        for way in ways:
            if way not in arriving and not _ends_everything(scope, edges, way):
                return node
    return None


def _ends_everything(scope: Scope, edges: graph.Edges, way: str) -> bool:
    ends = [scope.nodes[node] for node in graph.reached(edges, [way]) if scope.nodes[node].kind == "endEvent"]
    return all(end.event in ("terminate", "error") for end in ends)


def _predicted(scope: Scope) -> Iterator[Fault]:
    edges = _definite(scope)
    sizes: dict[str, int] = {}
    for identity in () if graph.cycles(edges) else graph.finishing_order(edges):
        node = scope.nodes[identity]
        own = 1 + (3 + 2 * len(node.boundaries) if node.boundaries else 0) + 2 * (node.kind == "endEvent")
        after = len(node.outgoing) if node.kind in CHOICES else sum(sizes[target] for target in edges[identity])
        sizes[identity] = min(own + after, 10**9)
    if sizes and max(sizes.values()) > PREDICTED_LIMIT:
        message = f"{scope.label}里的并行分支一个接一个，走法的组合太多，引擎会卡住。请把每一段并行放进自己的子流程。"
        yield Fault(scope.file, scope.id, message)


def _named(scope: Scope, group: list[str]) -> list[Node]:
    return [node for node in scope.nodes.values() if node.id in group]


def _listed(nodes: list[Node]) -> str:
    names = "、".join(node.label for node in nodes[:5])
    return names + (" 等" if len(nodes) > 5 else "")
