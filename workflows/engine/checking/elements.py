"""Which BPMN elements may be used, and where. Everything else is refused: the library would drop it in silence,
stop at run time, or wait for ever.
"""

from collections.abc import Iterator
from typing import Any

from workflows.engine.checking.diagram import (
    BPMN,
    CHOICES,
    EVENTS,
    GATEWAYS,
    HUMAN,
    TASKS,
    Diagram,
    Node,
    Scope,
    label,
    tag_of,
)
from workflows.engine.checking.fault import Fault

Found = Iterator[tuple[Any, str]]

_AT_TOP = frozenset(
    [
        "process",
        "message",
        "error",
        "escalation",
        "signal",
        "itemDefinition",
        "collaboration",
        "documentation",
        "extensionElements",
        "category",
    ]
)
_IN_COLLABORATION = frozenset(
    ["participant", "messageFlow", "documentation", "extensionElements", "textAnnotation", "association", "group"]
)
_IN_SCOPE = (
    TASKS
    | GATEWAYS
    | EVENTS
    | frozenset(
        [
            "subProcess",
            "callActivity",
            "laneSet",
            "sequenceFlow",
            "documentation",
            "extensionElements",
            "textAnnotation",
            "association",
            "group",
            "incoming",
            "outgoing",
        ]
    )
)
_IN_NODE = frozenset(["documentation", "extensionElements", "incoming", "outgoing"])
_LOOP = "multiInstanceLoopCharacteristics"
_IN_PARTICIPANT = frozenset(["documentation", "extensionElements"])
_HOSTS = HUMAN | {
    "receiveTask",
    "subProcess",
    "callActivity",
}  # what takes time, so that an event may come before its end
_QUANTITIES = ("startQuantity", "completionQuantity")
_ACTIVITIES = TASKS | {"callActivity", "subProcess"}
_IN_LOOP = frozenset(
    ["loopDataInputRef", "loopDataOutputRef", "inputDataItem", "outputDataItem", "loopCardinality", "documentation"]
)

_FORKS = frozenset({"parallelGateway", "inclusiveGateway"})
_INSTEAD = {
    "task": "请改成“人工任务”（userTask）或“服务任务”，普通任务没有说明由谁做。",
    "sendTask": "请改用服务任务，选择“通知”。",
    "transaction": "请改用普通子流程。",
    "adHocSubProcess": "请改用普通子流程，画出先后顺序。",
    "complexGateway": "请改用排他、并行或包容网关。",
    "eventSubProcess": "请改用附着在子流程上的边界事件。",
    "dataObject": "数据由表单和任务编号（如 refer.department）传递，请删去它。",
    "dataObjectReference": "数据由表单和任务编号传递，请删去它。",
    "dataStore": "数据由业务库保存，请删去它。",
    "dataStoreReference": "数据由业务库保存，请删去它。",
    "dataInputAssociation": "数据由表单和任务编号传递，请删去这条数据关联。",
    "dataOutputAssociation": "数据由表单和任务编号传递，请删去这条数据关联。",
    "ioSpecification": "请用服务任务的参数，或直接写任务编号（如 refer.department）。",
    "standardLoopCharacteristics": "请用排他网关画出循环，或用多实例逐个办理一个列表。",
    "completionCondition": "引擎看不到已办结的部分，请去掉提前结束条件，改用任务后面的网关判断。",
    "property": "数据由表单和任务编号传递，请删去它。",
    "potentialOwner": "由谁办理请用泳道和属性 assignee、candidateUnit 表示。",
    "humanPerformer": "由谁办理请用泳道和属性 assignee、candidateUnit 表示。",
    "performer": "由谁办理请用泳道和属性 assignee、candidateUnit 表示。",
    "resourceRole": "由谁办理请用泳道和属性 assignee、candidateUnit 表示。",
    "compensateEventDefinition": "请用服务任务写明怎样撤销。",
    "linkEventDefinition": "请直接用连线连到目标。",
    "signalEventDefinition": "请改用消息事件。",
    "cancelEventDefinition": "请改用错误事件。",
    "conditionalEventDefinition": "请改用排他网关，或由业务操作发消息。",
    "timeCycle": "请用几个一次性的计时，或把流程设为定时启动。",
    "correlationProperty": "消息按业务编号送达，请删去关联属性。",
    "correlationKey": "消息按业务编号送达，请删去关联属性。",
    "subConversation": "请删去对话图，只画协作图。",
}
_NO_INSTEAD = "请删去它，或换成流程编辑器左侧提供的图形。"

_EVENTS_OF = {
    "startEvent": frozenset({"timer"}),
    "endEvent": frozenset({"terminate", "error", "escalation", "message"}),
    "boundaryEvent": frozenset({"timer", "message", "error", "escalation"}),
    "intermediateCatchEvent": frozenset({"timer", "message"}),
    "intermediateThrowEvent": frozenset({"message", "escalation"}),
}
_REFERENCE = {"message": "messageRef", "error": "errorRef", "escalation": "escalationRef"}
_CHINESE = {"timer": "定时", "message": "消息", "error": "错误", "escalation": "升级"}


def check(diagram: Diagram) -> Iterator[Fault]:
    """Everything in a file that is not on the list."""
    for element, message in _found(diagram):
        yield Fault(diagram.file, element.get("id") or owner(element), message)


def owner(element: Any) -> str:
    """The id of the nearest element around it that has one."""
    around = element.getparent()
    while around is not None and not around.get("id"):
        around = around.getparent()
    return "" if around is None else str(around.get("id"))


def _found(diagram: Diagram) -> Found:
    root = diagram.root
    if tag_of(root) != "definitions":
        yield root, "这不是 BPMN 流程图，请用流程编辑器保存的 .bpmn 文件。"
        return
    yield from _children(root, _AT_TOP)
    for collaboration in root.findall(f"{BPMN}collaboration"):
        yield from _children(collaboration, _IN_COLLABORATION)
        for participant in collaboration.findall(f"{BPMN}participant"):
            yield from _children(participant, _IN_PARTICIPANT)
    for process in diagram.processes:
        for scope in process.all():
            yield from _scope(scope, root)


def _scope(scope: Scope, root: Any) -> Found:
    if scope.is_process:
        yield from _children(scope.element, _IN_SCOPE)
        yield from _lanes_in_lanes(scope)
    for node in scope.nodes.values():
        yield from _node(node, scope, root)
    for flow in scope.flows:
        yield from _children(flow.element, _IN_NODE | {"conditionExpression"})


def _lanes_in_lanes(scope: Scope) -> Found:
    for lane in scope.element.iter(f"{BPMN}lane"):
        if lane.find(f"{BPMN}childLaneSet") is not None:
            yield lane, f"泳道{label(lane)}里又分了泳道，引擎认不出任务属于哪一条。请改成并列的泳道。"


def _children(parent: Any, allowed: frozenset[str]) -> Found:
    for child in parent:
        tag = tag_of(child)
        if tag and tag not in allowed:
            yield child, refused(child, tag)


def refused(element: Any, tag: str) -> str:
    """The sentence for an element that is not allowed."""
    return f"{label(element) if element.get('id') else '这里'}用了不支持的元素 {tag}。{_INSTEAD.get(tag, _NO_INSTEAD)}"


def _node(node: Node, scope: Scope, root: Any) -> Found:
    if node.kind in ("task", "sendTask", "complexGateway", "transaction", "adHocSubProcess"):
        return  # already refused as a whole
    allowed = _IN_NODE
    if node.kind in _ACTIVITIES:
        allowed |= {_LOOP}
    if node.kind == "subProcess":
        allowed |= _IN_SCOPE
    if node.kind == "scriptTask":
        allowed |= {"script"}
    if node.kind in EVENTS:
        allowed |= {tag_of(child) for child in node.definitions}  # judged below, with better sentences
    yield from _children(node.element, allowed)
    if node.kind == "subProcess" and node.element.get("triggeredByEvent") == "true":
        yield node.element, f"{node.label}是事件子流程，不支持。{_INSTEAD['eventSubProcess']}"
    yield from _without_effect(node)
    if node.element.get("isForCompensation") == "true":
        yield node.element, f"{node.label}设为补偿任务，不支持。{_INSTEAD['compensateEventDefinition']}"
    if node.loop is not None:
        yield from _loop(node)
    yield from _event(node, scope, root)
    yield from _instantiates(node)


def _without_effect(node: Node) -> Found:
    for quantity in _QUANTITIES:
        if node.element.get(quantity) not in (None, "1"):
            yield node.element, f"{node.label}的设置 {quantity} 不起作用，请删去，或改用多实例。"
    if len(node.element.findall(f"{BPMN}script")) > 1:
        yield node.element, f"{node.label}写了几段脚本，只会运行一段。请合成一段。"


def _instantiates(node: Node) -> Found:
    if node.kind in ("receiveTask", "eventBasedGateway") and node.element.get("instantiate") == "true":
        yield node.element, f"{node.label}设为启动流程，不支持。请用消息开始事件。"
    if node.kind == "receiveTask" and not node.element.get("messageRef"):
        yield node.element, f"接收任务{node.label}没有选消息，会永远等下去。请选择要等的消息。"


def _loop(node: Node) -> Found:
    yield from _children(node.loop, _IN_LOOP)
    tags = {tag_of(child) for child in node.loop}
    if len(node.element.findall(f"{BPMN}{_LOOP}")) > 1:
        yield node.element, f"{node.label}写了几次多实例，只有一次起作用。请删去多余的。"
    if node.loop.get("behavior") not in (None, "All"):
        yield node.element, f"{node.label}的多实例设置 behavior 不起作用，总是等全部办完。请删去。"
    if not tags & {"loopDataInputRef", "loopCardinality"}:
        yield node.element, f"{node.label}的多实例没有写按哪个列表逐个办理，请填写“集合”（loopDataInputRef）。"
    if {"loopDataInputRef", "loopCardinality"} <= tags:
        yield node.element, f"{node.label}的多实例同时写了集合和份数，只能写一个。请删去一个。"
    if "loopDataInputRef" in tags and "inputDataItem" not in tags:
        yield node.element, f"{node.label}的多实例没有写“元素变量”（inputDataItem），每一份无法知道办的是哪一个。"
    if ("loopDataOutputRef" in tags) != ("outputDataItem" in tags):
        yield (
            node.element,
            f"{node.label}的多实例输出要同时写“输出列表”（loopDataOutputRef）和“输出元素”（outputDataItem）。",
        )


def _event(node: Node, scope: Scope, root: Any) -> Found:
    allowed = _EVENTS_OF.get(node.kind)
    if allowed is None:
        return
    if len(node.definitions) > 1 or node.element.get("parallelMultiple") == "true":
        yield node.element, f"事件{node.label}写了几种触发方式，只支持一种。请拆成几个事件。"
        return
    if not node.definitions:
        if node.kind in ("boundaryEvent", "intermediateCatchEvent"):
            yield node.element, f"事件{node.label}没有写等什么，会永远等下去。请选定时或消息。"
        return
    if node.event not in allowed:
        tag = tag_of(node.definitions[0])
        fallback = f"这个位置可以用：{'、'.join(_CHINESE.get(name, '终止') for name in sorted(allowed))}。"
        yield node.element, f"事件{node.label}用了不支持的 {tag}。{_INSTEAD.get(tag, fallback)}"
        return
    if node.kind == "startEvent" and not scope.is_process:
        yield node.element, f"子流程里的开始事件{node.label}不能带触发条件，子流程轮到时就开始。请改成普通开始事件。"
    yield from _place(node, scope)
    yield from _reference(node, root)


def _place(node: Node, scope: Scope) -> Found:
    if node.kind != "boundaryEvent":
        return
    host = scope.nodes.get(node.host or "")
    if host is not None and host.kind not in _HOSTS:
        yield (
            node.element,
            f"边界事件{node.label}附着在{host.label}上，这一步不等待，事件永远不会发生。"
            "请删去，或附着到人工任务、接收任务、子流程或调用活动上。",
        )
    elif node.event in ("error", "escalation") and host is not None and host.kind not in ("subProcess", "callActivity"):
        yield (
            node.element,
            f"边界事件{node.label}附着在{host.label}上，但只有子流程和调用活动会发出错误或升级，它永远不会发生。"
            "请删去，或改用排他网关判断结果。",
        )
    if node.event == "error" and not node.interrupts:
        yield node.element, f"错误边界事件{node.label}必须中断所附着的步骤，请设为中断。"


def _reference(node: Node, root: Any) -> Found:
    attribute = _REFERENCE.get(node.event)
    if attribute is None:
        return
    named, kind = node.definitions[0].get(attribute), _CHINESE[node.event]
    if not named:
        yield node.element, f"{kind}事件{node.label}没有选{kind}，请选择一个{kind}。"
        return
    target = root.find(f"{BPMN}{node.event}[@id='{named}']") if "'" not in named else None
    if target is None:
        yield node.element, f"{kind}事件{node.label}用的{kind}“{named}”没有定义，请重新选择。"
    elif node.event in ("error", "escalation") and not target.get(f"{node.event}Code"):
        yield node.element, f"{kind}事件{node.label}用的{kind}{label(target)}没有写代码（{node.event}Code），请填写。"
    elif node.event == "message" and not (target.get("name") or "").strip():
        yield node.element, f"消息事件{node.label}用的消息“{named}”没有名称，别的流程无法发送。请填写消息名称。"


def flows(scope: Scope) -> Found:
    """Conditions and several ways out where the library would not look."""
    for flow in scope.flows:
        source = scope.nodes.get(flow.source)
        if flow.condition is not None and source is not None and source.kind not in CHOICES:
            yield (
                flow.element,
                f"连线{flow.label}上写了条件，但它从{source.label}出来，条件不会被看。"
                "请在中间加一个排他网关，把条件写在网关出来的连线上。",
            )
    for node in scope.nodes.values():
        if len(node.outgoing) > 1 and node.kind not in GATEWAYS | {"complexGateway"}:
            yield (
                node.element,
                f"{node.label}后面有 {len(node.outgoing)} 条连线，不清楚走哪一条。"
                "请在它后面加一个网关：同时走用并行网关，择一走用排他网关。",
            )
        for target in sorted({flow.target for flow in node.outgoing if node.kind in _FORKS}):
            if sum(flow.target == target for flow in node.outgoing) > 1:
                yield (
                    node.element,
                    f"网关{node.label}有几条连线都到“{target}”，那一步会做几遍。请只留一条（条件用 or 合在一起）。",
                )
        if node.kind in HUMAN and node.element.get("implementation") not in (None, "", "##unspecified", "##WebService"):
            yield node.element, f"{node.label}的 implementation 不起作用，请删去。"
