"""A diagram as the checks see it: processes and sub-processes with their nodes and flows. Reads leniently."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
SPIFF = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"

SUB_PROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
TASKS = frozenset({"userTask", "manualTask", "serviceTask", "businessRuleTask", "scriptTask", "receiveTask"})
OTHER_TASKS = frozenset({"task", "sendTask"})
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"})
EVENTS = frozenset({"startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent"})
NODES = TASKS | OTHER_TASKS | GATEWAYS | EVENTS | SUB_PROCESSES | {"complexGateway", "callActivity"}
CHOICES = frozenset({"exclusiveGateway", "inclusiveGateway"})
HUMAN = frozenset({"userTask", "manualTask"})


def tag_of(element: Any) -> str:
    """Local name of an element of the BPMN namespace, "" for any other."""
    name = etree.QName(element)
    return str(name.localname) if f"{{{name.namespace}}}" == BPMN else ""


def label(element: Any) -> str:
    """How a sentence names an element: its Chinese name and its id."""
    identity, name = element.get("id") or "", (element.get("name") or "").strip()
    return f"“{name}”（{identity}）" if name and name != identity else f"“{identity}”"


@dataclass(frozen=True)
class Flow:
    element: Any
    id: str
    source: str
    target: str
    condition: str | None

    @property
    def label(self) -> str:
        return label(self.element)


@dataclass
class Node:
    """One flow node.

    Attributes:
        lane: the name of its own lane; None when it is in none.
    """

    element: Any
    id: str
    kind: str
    lane: str | None = None
    incoming: list[Flow] = field(default_factory=list)
    outgoing: list[Flow] = field(default_factory=list)
    boundaries: list["Node"] = field(default_factory=list)

    @property
    def label(self) -> str:
        return label(self.element)

    @cached_property
    def properties(self) -> dict[str, str]:
        found = self.element.findall(f"{BPMN}extensionElements/{SPIFF}properties/{SPIFF}property")
        return {p.get("name") or "": p.get("value") or "" for p in found}

    @cached_property
    def definitions(self) -> list[Any]:
        """Its event definitions."""
        return [child for child in self.element if tag_of(child).endswith("EventDefinition")]

    @property
    def event(self) -> str:
        """timer, message, error …; "" for a plain event or no event."""
        return tag_of(self.definitions[0]).removesuffix("EventDefinition") if self.definitions else ""

    @property
    def timers(self) -> list[str]:
        """The texts of its timers."""
        inner = [child for definition in self.definitions for child in definition]
        return [(child.text or "").strip() for child in inner if tag_of(child).startswith("time")]

    @property
    def host(self) -> str | None:
        return self.element.get("attachedToRef") if self.kind == "boundaryEvent" else None

    @property
    def interrupts(self) -> bool:
        return self.kind == "boundaryEvent" and self.element.get("cancelActivity") != "false"

    @cached_property
    def loop(self) -> Any:
        """Its multi-instance element, or None."""
        return self.element.find(f"{BPMN}multiInstanceLoopCharacteristics")


@dataclass
class Scope:
    """A process or an embedded sub-process.

    Attributes:
        process_id: the process it belongs to (itself, for a process).
    """

    file: str
    element: Any
    id: str
    process_id: str
    parent: "Scope | None"
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    children: dict[str, "Scope"] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return label(self.element)

    @property
    def starts(self) -> list[Node]:
        return [node for node in self.nodes.values() if node.kind == "startEvent"]

    @property
    def is_process(self) -> bool:
        return self.parent is None

    def next_of(self, node: Node) -> list[Node]:
        """The nodes that may follow: by a flow, or by an event attached to it."""
        targets = [self.nodes[flow.target] for flow in node.outgoing if flow.target in self.nodes]
        return [*targets, *node.boundaries]

    def all(self) -> Iterator["Scope"]:
        """Itself and every sub-process below."""
        yield self
        for child in self.children.values():
            yield from child.all()

    def lane_of(self, node: Node) -> str | None:
        """Its own lane, or that of the sub-process around it."""
        if node.lane or self.parent is None:
            return node.lane
        return self.parent.lane_of(self.parent.nodes[self.id])


@dataclass
class Diagram:
    """One file."""

    file: str
    root: Any
    processes: list[Scope]

    @property
    def executable(self) -> list[Scope]:
        return [scope for scope in self.processes if scope.element.get("isExecutable") == "true"]


def read(file: str, root: Any) -> Diagram:
    """Every process of a parsed file. Broken references are left out of the graph; `structure` names them."""
    lanes = _lanes(root)
    processes = [
        _scope(file, element, element.get("id") or "", None, lanes) for element in root.findall(f"{BPMN}process")
    ]
    return Diagram(file, root, processes)


def _lanes(root: Any) -> Mapping[str, str]:
    return {
        (reference.text or "").strip(): (lane.get("name") or "").strip()
        for lane in root.iter(f"{BPMN}lane")
        for reference in lane.findall(f"{BPMN}flowNodeRef")
    }


def _scope(file: str, element: Any, process_id: str, parent: Scope | None, lanes: Mapping[str, str]) -> Scope:
    scope = Scope(file, element, element.get("id") or "", process_id, parent)
    for child in element:
        kind, identity = tag_of(child), child.get("id") or ""
        if kind in NODES and identity:
            scope.nodes[identity] = Node(child, identity, kind, lanes.get(identity))
        if kind in SUB_PROCESSES and identity:
            scope.children[identity] = _scope(file, child, process_id, scope, lanes)
    _connect(scope)
    return scope


def _connect(scope: Scope) -> None:
    for element in scope.element.findall(f"{BPMN}sequenceFlow"):
        condition = element.find(f"{BPMN}conditionExpression")
        flow = Flow(
            element,
            element.get("id") or "",
            element.get("sourceRef") or "",
            element.get("targetRef") or "",
            None if condition is None else (condition.text or "").strip(),
        )
        scope.flows.append(flow)
        if flow.source in scope.nodes and flow.target in scope.nodes:
            scope.nodes[flow.source].outgoing.append(flow)
            scope.nodes[flow.target].incoming.append(flow)
    for node in scope.nodes.values():
        if node.host in scope.nodes:
            scope.nodes[str(node.host)].boundaries.append(node)
