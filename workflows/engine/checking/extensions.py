"""Settings beside the standard: only those that somebody reads may stand in a diagram."""

from collections.abc import Iterator
from typing import Any

from lxml import etree

from workflows.engine.checking.diagram import BPMN, SPIFF, Diagram, label, tag_of
from workflows.engine.checking.elements import owner
from workflows.engine.checking.fault import Fault, nearest

_PROPERTIES_OF = {
    "userTask": frozenset({"formKey", "assignee", "candidateUnit", "dueOn", "subject", "milestone"}),
    "manualTask": frozenset({"formKey", "assignee", "candidateUnit", "dueOn", "subject", "milestone"}),
    "startEvent": frozenset({"formKey", "milestone"}),
}
_ANY_NODE = frozenset({"milestone"})
_TRIGGERS = frozenset({"boundaryEvent", "intermediateCatchEvent"})
_OF_TRIGGERS = frozenset({"formKey", "candidateUnit", "milestone"})
_EXTENSIONS_OF = {
    "serviceTask": frozenset({"properties", "serviceTaskOperator"}),
    "businessRuleTask": frozenset({"properties", "calledDecisionId"}),
}
_LUJI_INSTEAD = {
    "assignee": "请用 spiffworkflow:property 的 assignee。",
    "candidateGroups": "请把任务放进泳道（泳道名称就是办理的身份）。",
    "candidateUsers": "请把任务放进泳道，或用属性 assignee。",
    "dueDate": "请用属性 dueOn，例如“3个工作日”。",
    "formKey": "请用属性 formKey。",
    "formData": "请把表单放在流程包的 forms 文件夹，用属性 formKey 指明。",
    "class": "请用服务任务的 serviceTaskOperator。",
    "expression": "请用服务任务的 serviceTaskOperator。",
    "delegateExpression": "请用服务任务的 serviceTaskOperator。",
    "topic": "请用服务任务的 serviceTaskOperator。",
    "type": "请用服务任务的 serviceTaskOperator。",
    "taskDefinition": "请用服务任务的 serviceTaskOperator。",
    "decisionRef": "请用 spiffworkflow:calledDecisionId。",
    "calledDecision": "请用 spiffworkflow:calledDecisionId。",
    "collection": "请用多实例的 loopDataInputRef。",
    "elementVariable": "请用多实例的 inputDataItem。",
    "assignmentDefinition": "请用泳道和属性 assignee。",
    "formDefinition": "请用属性 formKey。",
    "in": "被调用的流程能看到全部数据，请删去。",
    "out": "请用业务数据或多实例的输出传递结果。",
    "executionListener": "请改用服务任务。",
    "taskListener": "请改用服务任务。",
    "preScript": "请在它前面加一个脚本任务。",
    "postScript": "请在它后面加一个脚本任务。",
    "messageVariable": "消息内容会放在接收事件自己的编号下，请删去。",
    "instructionsForEndUser": "请写进表单的说明（note）。",
    "retry": "失败的步骤会自动重试，请删去。",
}
_FREE = frozenset({"definitions", "extensionElements", "documentation", "text"})
_DECORATION = ("signavio.com", "/schema/bpmn/biocolor", "omg.org/spec/BPMN/non-normative", "camunda.org/schema/modeler")


def check(diagram: Diagram) -> Iterator[Fault]:
    """Settings that nobody would read, or under names that nobody knows."""
    for element in diagram.root.iter(f"{BPMN}*"):
        for message in (*_foreign_attributes(element), *_foreign_elements(element), *_properties(element)):
            yield Fault(diagram.file, element.get("id") or owner(element), message)


def _foreign_attributes(element: Any) -> Iterator[str]:
    if tag_of(element) == "definitions":
        return
    for name in element.attrib:
        full = etree.QName(name)
        if full.namespace and f"{{{full.namespace}}}" != BPMN and _matters(full.namespace):
            yield _ignored(element, full.localname)


def _matters(namespace: str) -> bool:
    return "XMLSchema" not in namespace and not any(part in namespace for part in _DECORATION)


def _ignored(element: Any, name: str) -> str:
    instead = _LUJI_INSTEAD.get(name, "请删去，或改用 spiffworkflow:properties 里的属性。")
    return f"{label(element)}的设置 {name} 不起作用。{instead}"


def _foreign_elements(element: Any) -> Iterator[str]:
    allowed = _EXTENSIONS_OF.get(tag_of(element), frozenset({"properties"}))
    if tag_of(element) == "message":
        allowed = frozenset({"messagePayload"})
    for child in element:
        if not tag_of(child) and tag_of(element) not in _FREE and _matters(etree.QName(child).namespace or ""):
            yield _ignored(element, etree.QName(child).localname)
    for child in element.findall(f"{BPMN}extensionElements/*"):
        full = etree.QName(child)
        if f"{{{full.namespace}}}" == SPIFF:
            if full.localname not in allowed:
                yield _ignored(element, full.localname)
        elif _matters(full.namespace or ""):
            yield _ignored(element, full.localname)
    if tag_of(element) == "serviceTask" and element.find(f"{BPMN}extensionElements/{SPIFF}serviceTaskOperator") is None:
        yield f"服务任务{label(element)}没有选择要做什么，请在属性里选择一个操作（serviceTaskOperator）。"


def _properties(element: Any) -> Iterator[str]:
    kind = tag_of(element)
    known = _PROPERTIES_OF.get(kind, _ANY_NODE)
    if kind in _TRIGGERS and element.find(f"{BPMN}messageEventDefinition") is not None:
        known = _OF_TRIGGERS
    seen = set()
    for each in element.findall(f"{BPMN}extensionElements/{SPIFF}properties/{SPIFF}property"):
        name = each.get("name") or ""
        if name not in known:
            yield f"{label(element)}的属性“{name}”没有人读，{nearest(name, known)}"
        if name in seen:
            yield f"{label(element)}的属性“{name}”写了两次，请删去一个。"
        if not (each.get("value") or "").strip():
            yield f"{label(element)}的属性“{name}”是空的，请填写或删去。"
        seen.add(name)
