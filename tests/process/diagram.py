"""Small BPMN diagrams written in Python, for tests of the engine itself."""

from html import escape
from typing import Any

from workflows.engine.packages import Package

_HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="luji">'
)


class Process:
    """One process or sub-process; every method adds an element and returns the process, so calls can be chained."""

    def __init__(self, key: str = "demo", lane: str = "工作站") -> None:
        self.key = key
        self.lane = lane
        self._parts: list[str] = []
        self._lanes: dict[str, list[str]] = {}
        self._flows = 0

    def start(self, node: str = "begin", timer: str | None = None) -> "Process":
        inner = f"<bpmn:timerEventDefinition><bpmn:timeDate>{timer}</bpmn:timeDate></bpmn:timerEventDefinition>"
        return self._add("startEvent", node, inner if timer else "")

    def end(self, node: str, definition: str = "") -> "Process":
        return self._add("endEvent", node, definition)

    def user(self, node: str, *, lane: str | None = None, inner: str = "", **properties: str) -> "Process":
        return self._add("userTask", node, _properties(properties) + inner, lane)

    def service(self, node: str, delegate: str, result: str = "", **parameters: str) -> "Process":
        values = "".join(
            f'<spiffworkflow:parameter id="{k}" type="any" value="{escape(v)}"/>' for k, v in parameters.items()
        )
        named = f' resultVariable="{result}"' if result else ""
        return self._add(
            "serviceTask",
            node,
            f'<bpmn:extensionElements><spiffworkflow:serviceTaskOperator id="{delegate}"{named}>'
            f"<spiffworkflow:parameters>{values}</spiffworkflow:parameters>"
            "</spiffworkflow:serviceTaskOperator></bpmn:extensionElements>",
        )

    def script(self, node: str, text: str) -> "Process":
        return self._add("scriptTask", node, f"<bpmn:script>{escape(text)}</bpmn:script>")

    def gateway(self, node: str, kind: str = "exclusive", default: str | None = None) -> "Process":
        attributes = f' default="{default}"' if default else ""
        return self._add(f"{kind}Gateway", node, "", None, attributes)

    def timer(self, node: str, text: str) -> "Process":
        return self._add("intermediateCatchEvent", node, _timer(text))

    def message(self, node: str, name: str) -> "Process":
        return self._add("intermediateCatchEvent", node, f'<bpmn:messageEventDefinition messageRef="m_{name}"/>')

    def throw(self, node: str, name: str) -> "Process":
        return self._add("intermediateThrowEvent", node, f'<bpmn:messageEventDefinition messageRef="m_{name}"/>')

    def boundary(self, node: str, host: str, inner: str, *, interrupting: bool = True) -> "Process":
        attributes = f' attachedToRef="{host}" cancelActivity="{str(interrupting).lower()}"'
        return self._add("boundaryEvent", node, inner, None, attributes)

    def boundary_timer(self, node: str, host: str, text: str, *, interrupting: bool = False) -> "Process":
        return self.boundary(node, host, _timer(text), interrupting=interrupting)

    def sub(self, node: str, process: "Process", multiple: str = "") -> "Process":
        return self._add("subProcess", node, multiple + process.body())

    def call(self, node: str, called: str, multiple: str = "") -> "Process":
        return self._add("callActivity", node, multiple, None, f' calledElement="{called}"')

    def flow(self, *nodes: str) -> "Process":
        """Flows from each node to the next."""
        for source, target in zip(nodes, nodes[1:], strict=False):
            self._flows += 1
            self._flow(f"{self.key}_flow{self._flows}", source, target, None)
        return self

    def flow_if(self, identity: str, source: str, target: str, condition: str | None = None) -> "Process":
        self._flow(identity, source, target, condition)
        return self

    def body(self) -> str:
        lanes = "".join(
            f'<bpmn:lane id="{self.key}_lane{n}" name="{name}">'
            + "".join(f"<bpmn:flowNodeRef>{node}</bpmn:flowNodeRef>" for node in nodes)
            + "</bpmn:lane>"
            for n, (name, nodes) in enumerate(self._lanes.items())
        )
        return f'<bpmn:laneSet id="{self.key}_lanes">{lanes}</bpmn:laneSet>' + "".join(self._parts)

    def _flow(self, identity: str, source: str, target: str, condition: str | None) -> None:
        inner = f"<bpmn:conditionExpression>{escape(condition)}</bpmn:conditionExpression>" if condition else ""
        self._parts.append(
            f'<bpmn:sequenceFlow id="{identity}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'
        )

    def _add(self, tag: str, node: str, inner: str, lane: str | None = None, attributes: str = "") -> "Process":
        self._lanes.setdefault(lane or self.lane, []).append(node)
        self._parts.append(f'<bpmn:{tag} id="{node}" name="{node}"{attributes}>{inner}</bpmn:{tag}>')
        return self


def package(main: Process, *others: Process, messages: tuple[str, ...] = (), **files: Any) -> Package:
    """A package around a main process, the processes it calls and its messages."""
    declared = "".join(f'<bpmn:message id="m_{name}" name="{name}"/>' for name in messages)
    declared += '<bpmn:error id="e_refused" name="refused" errorCode="refused"/>'
    declared += '<bpmn:escalation id="x_late" name="late" escalationCode="late"/>'
    processes = "".join(
        f'<bpmn:process id="{p.key}" isExecutable="true">{p.body()}</bpmn:process>' for p in (main, *others)
    )
    xml = f"{_HEAD}{declared}{processes}</bpmn:definitions>"
    manifest = f"key: {main.key}\nname: 演示\n".encode()
    return Package(main.key, "演示", "", {"package.yaml": manifest, "process.bpmn": xml.encode(), **files})


def each(collection: str, item: str, *, sequential: bool = False, collect: str = "", into: str = "") -> str:
    """Multi-instance over a list; the expression `collect` of each instance is gathered `into` a variable."""
    output = f"<bpmn:loopDataOutputRef>{into}</bpmn:loopDataOutputRef>" if into else ""
    item_out = f'<bpmn:outputDataItem id="item_out" name="{collect}"/>' if collect else ""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"<bpmn:loopDataInputRef>{collection}</bpmn:loopDataInputRef>{output}"
        f'<bpmn:inputDataItem id="{item}" name="{item}"/>{item_out}'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )


def _timer(text: str) -> str:
    return (
        f"<bpmn:timerEventDefinition><bpmn:timeDuration>{escape(text)}</bpmn:timeDuration></bpmn:timerEventDefinition>"
    )


def _properties(properties: dict[str, str]) -> str:
    if not properties:
        return ""
    values = "".join(f'<spiffworkflow:property name="{k}" value="{escape(v)}"/>' for k, v in properties.items())
    inside = f"<spiffworkflow:properties>{values}</spiffworkflow:properties>"
    return f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>"
