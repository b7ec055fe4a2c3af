"""Plain graph questions about one scope: what is reached, what goes round, what everything must pass."""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce

Edges = Mapping[str, Sequence[str]]


def reached(edges: Edges, sources: Iterable[str]) -> set[str]:
    """Everything that can be reached from `sources`, themselves included."""
    found, waiting = set(), list(sources)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(edges.get(node, ()))
    return found


def reversed_(edges: Edges) -> dict[str, list[str]]:
    """The same graph with every arrow turned round."""
    turned: dict[str, list[str]] = {node: [] for node in edges}
    for source, targets in edges.items():
        for target in targets:
            turned.setdefault(target, []).append(source)
    return turned


def without(edges: Edges, gone: Iterable[str]) -> dict[str, list[str]]:
    """The graph without some nodes."""
    away = set(gone)
    return {n: [t for t in targets if t not in away] for n, targets in edges.items() if n not in away}


def cycles(edges: Edges) -> list[list[str]]:
    """Groups of nodes that can reach each other (a node alone counts when it leads to itself)."""
    groups, left, backwards = [], finishing_order(edges), reversed_(edges)
    taken: set[str] = set()
    for root in reversed(left):
        if root in taken:
            continue
        group, waiting = [], [root]
        while waiting:
            node = waiting.pop()
            if node not in taken:
                taken.add(node)
                group.append(node)
                waiting.extend(backwards.get(node, ()))
        if len(group) > 1 or root in edges.get(root, ()):
            groups.append(group)
    return groups


def finishing_order(edges: Edges) -> list[str]:
    """Every node after all nodes it leads to (as far as there are no circles)."""
    order: list[str] = []
    seen: set[str] = set()
    for root in edges:
        waiting = [(root, False)]
        while waiting:
            node, finished = waiting.pop()
            if finished:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                waiting.append((node, True))
                waiting.extend((target, False) for target in edges.get(node, ()))
    return order


def dominators(edges: Edges, root: str) -> dict[str, list[str]]:
    """For every node reached from `root`: the nodes that every way to it passes, from the root down to itself."""
    inside = reached(edges, [root])
    order = list(reversed(finishing_order({node: edges.get(node, ()) for node in inside})))
    bit = {node: 1 << position for position, node in enumerate(order)}
    before, every = reversed_(edges), (1 << len(order)) - 1
    passed = dict.fromkeys(order, every)
    passed[root] = bit[root]
    changed = True
    while changed:
        changed = False
        for node in order:
            if node != root:
                ways = [passed[source] for source in before[node] if source in bit]
                now = reduce(int.__and__, ways, every) | bit[node]
                changed, passed[node] = changed or now != passed[node], now
    chain = {node: [other for other in order if passed[node] & bit[other]] for node in order}
    return {node: sorted(others, key=lambda other: passed[other].bit_count()) for node, others in chain.items()}


def longest_chain(edges: Edges, root: str) -> int:
    """Nodes on the longest way from `root`; ways that go back to an earlier node are not followed."""
    order = [node for node in reversed(finishing_order({root: edges.get(root, ()), **edges})) if node in edges]
    place = {node: position for position, node in enumerate(order)}
    length = {root: 1}
    for node in order:
        if node in length:
            for target in edges[node]:
                if place[target] > place[node]:
                    length[target] = max(length.get(target, 0), length[node] + 1)
    return max(length.values())
