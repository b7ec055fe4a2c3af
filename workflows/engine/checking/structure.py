"""Whether the parts of a diagram hang together."""

from collections.abc import Iterator, Mapping
from typing import Any

from workflows.engine.checking import graph
from workflows.engine.checking.diagram import BPMN, CHOICES, DI, HUMAN, Diagram, Node, Scope, label
from workflows.engine.checking.fault import Fault, nearest

NODE_LIMIT = 400
CHAIN_LIMIT = 200
_CATCHING = frozenset({"intermediateCatchEvent", "receiveTask"})


def scope(scope: Scope) -> Iterator[Fault]:
    """Faults of one process or sub-process, those below it not included."""
    yield from _starts(scope)
    yield from _flows(scope)
    if len(scope.nodes) > NODE_LIMIT:
        yield Fault(
            scope.file, scope.id, f"{scope.label}有 {len(scope.nodes)} 个步骤，最多 {NODE_LIMIT} 个。请拆成子流程。"
        )
        return
    for node in scope.nodes.values():
        for message in _node(node, scope):
            yield Fault(scope.file, node.id, message)
    yield from _reaching(scope)


def edges_of(scope: Scope) -> dict[str, list[str]]:
    """Which node may follow which."""
    return {node.id: [after.id for after in scope.next_of(node)] for node in scope.nodes.values()}


def _starts(scope: Scope) -> Iterator[Fault]:
    what = "流程" if scope.is_process else "子流程"
    if not scope.starts:
        yield Fault(scope.file, scope.id, f"{what}{scope.label}没有开始事件，请加一个。")
    for extra in scope.starts[1:]:
        yield Fault(scope.file, extra.id, f"{what}{scope.label}有不止一个开始事件，{extra.label}请删去。")


def _flows(scope: Scope) -> Iterator[Fault]:
    for flow in scope.flows:
        for end, what in ((flow.source, "起点"), (flow.target, "终点")):
            if end not in scope.nodes:
                message = f"连线{flow.label}的{what}“{end}”不在{scope.label}里，请重新连接。"
                yield Fault(scope.file, flow.id or scope.id, message)


def _node(node: Node, scope: Scope) -> Iterator[str]:
    yield from _ways(node)
    if node.kind in CHOICES:
        yield from _choice(node)
    if node.kind == "eventBasedGateway":
        yield from _event_gateway(node, scope)
    if node.kind == "boundaryEvent" and node.host not in scope.nodes:
        yield f"边界事件{node.label}没有附着在步骤上，请把它拖到一个任务或子流程的边上。"
    if node.kind in HUMAN and not scope.lane_of(node) and not node.properties.get("assignee"):
        yield f"{node.label}不在泳道里，也没有写属性 assignee，没有人能看到这项任务。请把它放进泳道。"


def _ways(node: Node) -> Iterator[str]:
    if node.kind in ("startEvent", "boundaryEvent") and node.incoming:
        yield f"{node.label}是{'开始' if node.kind == 'startEvent' else '边界'}事件，不能有连线进来，请删去那条连线。"
    if node.kind == "endEvent" and node.outgoing:
        yield f"结束事件{node.label}后面还有连线，请删去。"
    default = node.element.get("default")
    if default and node.kind not in CHOICES:
        yield f"{node.label}设了默认连线，但只有排他和包容网关看默认连线。请在它后面加一个网关。"


def _choice(node: Node) -> Iterator[str]:
    if len(node.outgoing) < 2:
        if node.outgoing and node.outgoing[0].condition is not None:
            yield f"网关{node.label}只有一条出口，上面的条件不成立时流程会停住。请删去条件，或加一条默认连线。"
        return
    default = node.element.get("default")
    if default not in {flow.id for flow in node.outgoing}:
        yield f"网关{node.label}没有默认连线，条件都不成立时流程会停住。请把一条出口设为默认。"
        return
    for flow in node.outgoing:
        if flow.id != default and not flow.condition:
            yield f'网关{node.label}的出口{flow.label}没有写条件。请写条件，例如 refer.handler == "工作站"。'
        if flow.id == default and flow.condition:
            yield f"网关{node.label}的默认出口{flow.label}上写了条件，不会被看。请删去条件，或把别的出口设为默认。"


def _event_gateway(node: Node, scope: Scope) -> Iterator[str]:
    if len(node.outgoing) < 2:
        yield f"事件网关{node.label}后面应当有两个以上的事件，请补上，或删去网关。"
    for after in scope.next_of(node):
        if after.kind not in _CATCHING:
            yield f"事件网关{node.label}后面的{after.label}不是等待事件，请换成定时或消息的中间事件。"
        elif after.kind == "receiveTask":
            yield f"事件网关{node.label}后面的接收任务{after.label}请换成消息中间事件。"
        elif len(after.incoming) > 1:
            yield f"事件网关{node.label}后面的{after.label}还有别的连线进来，请另画一个事件。"


def _reaching(scope: Scope) -> Iterator[Fault]:
    edges = edges_of(scope)
    if not scope.starts:
        return
    forward = graph.reached(edges, [start.id for start in scope.starts])
    for node in scope.nodes.values():
        if node.id not in forward:
            yield Fault(scope.file, node.id, f"{node.label}从开始事件走不到，请用连线接上或删去。")
    ends = [node.id for node in scope.nodes.values() if node.kind == "endEvent"]
    backward = graph.reached(graph.reversed_(edges), ends)
    for node in scope.nodes.values():
        if node.id in forward and node.id not in backward:
            yield Fault(scope.file, node.id, f"{node.label}走不到结束事件，流程会停在这里。请用连线接到后面的步骤。")
    if graph.longest_chain(edges, scope.starts[0].id) > CHAIN_LIMIT:
        message = f"{scope.label}里有连续超过 {CHAIN_LIMIT} 个步骤的一串，引擎走不完。请分成几个子流程。"
        yield Fault(scope.file, scope.id, message)


def lanes(diagram: Diagram, groups: frozenset[str]) -> Iterator[Fault]:
    """Lanes that nobody belongs to, nodes in two lanes."""
    seen: dict[str, str] = {}
    for lane in diagram.root.iter(f"{BPMN}lane"):
        members = [(reference.text or "").strip() for reference in lane.findall(f"{BPMN}flowNodeRef")]
        name = (lane.get("name") or "").strip()
        if members and name not in groups:
            what = f"泳道{label(lane)}的名称不是已知的身份" if name else f"泳道“{lane.get('id')}”没有名称"
            yield Fault(
                diagram.file, lane.get("id") or "", f"{what}，放在里面的任务没有人能办。{nearest(name, groups)}"
            )
        for member in members:
            if member in seen:
                message = f"“{member}”同时在泳道“{seen[member]}”和“{name}”里，只能属于一条。请从其中一条移出。"
                yield Fault(diagram.file, member, message)
            seen[member] = name


def calls(processes: Mapping[str, Scope], main: str) -> Iterator[Fault]:
    """Called processes that are missing, that call each other in a circle, or that nobody calls."""
    edges: dict[str, list[str]] = {}
    for process in processes.values():
        edges[process.id] = []
        for scope, node in _call_activities(process):
            called = node.element.get("calledElement") or ""
            if called in processes:
                edges[process.id].append(called)
            else:
                message = f"调用活动{node.label}要调用的流程“{called}”不在流程包里。{nearest(called, processes)}"
                yield Fault(scope.file, node.id, message)
    for group in graph.cycles(edges):
        names = "、".join(sorted(processes[key].label for key in group))
        first = processes[min(group)]
        yield Fault(first.file, first.id, f"流程{names}互相调用，永远不会结束。请改掉其中一个调用。")
    used = graph.reached(edges, [main])
    for process in processes.values():
        if process.id not in used and process.element.get("isExecutable") == "true" and main in processes:
            message = f"流程{process.label}没有被主流程“{main}”调用，不会执行。请用调用活动调用它，或另建一个流程包。"
            yield Fault(process.file, process.id, message)
        if process.id in used and process.id != main and process.element.get("isExecutable") == "false":
            yield Fault(process.file, process.id, f"被调用的流程{process.label}没有勾选“可执行”，请勾选。")


def _call_activities(process: Scope) -> Iterator[tuple[Scope, Node]]:
    for scope in process.all():
        for node in scope.nodes.values():
            if node.kind == "callActivity":
                yield scope, node


def drawing(diagram: Diagram, process: Scope, *, required: bool) -> Iterator[Fault]:
    """Shapes with impossible numbers, and (in a package) no picture at all."""
    for element in diagram.root.iter():
        for name in ("x", "y", "width", "height"):
            if element.get(name) is not None and "omg.org/spec/D" in element.tag and not _is_number(element.get(name)):
                owner = _shape_of(element)
                yield Fault(
                    diagram.file, owner, f"“{owner}”的图形位置不是数字（{name}），请在流程编辑器里移动它再保存。"
                )
    drawn = {shape.get("bpmnElement") for shape in diagram.root.iter(f"{DI}BPMNShape")}
    missing = [node for scope in process.all() for node in scope.nodes.values() if node.id not in drawn]
    if required and missing and len(missing) == sum(len(scope.nodes) for scope in process.all()):
        yield Fault(
            diagram.file, process.id, f"流程{process.label}没有图形，办事的人看不到走到哪一步。请画出图形再保存。"
        )
    elif required:
        for node in missing:
            yield Fault(diagram.file, node.id, f"{node.label}没有图形，请在流程编辑器里重新画它。")


def _shape_of(element: Any) -> str:
    while element is not None and element.get("bpmnElement") is None:
        element = element.getparent()
    return "" if element is None else str(element.get("bpmnElement"))


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < 1_000_000
    except ValueError:
        return False
