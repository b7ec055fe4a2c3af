"""A process of three steps with every kind of field, for tests of the pages themselves."""

import json

from tests.factories import Town
from workflows.engine import definitions
from workflows.engine.packages import Package

KEY = "small_request"
_SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"


def _node(tag: str, identity: str, name: str, properties: dict[str, str] | None = None) -> str:
    inner = "".join(
        f'<spiffworkflow:property name="{key}" value="{value}"/>' for key, value in (properties or {}).items()
    )
    extension = (
        f"<bpmn:extensionElements><spiffworkflow:properties>{inner}</spiffworkflow:properties></bpmn:extensionElements>"
        if inner
        else ""
    )
    return f'<bpmn:{tag} id="{identity}" name="{name}">{extension}</bpmn:{tag}>'


def _shape(identity: str, x: int, y: int, width: int, height: int, more: str = "") -> str:
    return (
        f'<bpmndi:BPMNShape id="{identity}_di" bpmnElement="{identity}"{more}>'
        f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/></bpmndi:BPMNShape>'
    )


def _edge(identity: str, start: int, end: int, y: int, end_y: int) -> str:
    return (
        f'<bpmndi:BPMNEdge id="{identity}_di" bpmnElement="{identity}"><di:waypoint x="{start}" y="{y}"/>'
        f'<di:waypoint x="{end}" y="{end_y}"/></bpmndi:BPMNEdge>'
    )


_STEPS = ("arrived", "verify", "approve", "settled")
_BPMN = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    f'xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:spiffworkflow="{_SPIFF}" targetNamespace="luji">'
    f'<bpmn:process id="{KEY}" name="小事办理" isExecutable="true"><bpmn:laneSet id="lanes">'
    '<bpmn:lane id="lane_station" name="工作站"><bpmn:flowNodeRef>arrived</bpmn:flowNodeRef>'
    "<bpmn:flowNodeRef>verify</bpmn:flowNodeRef></bpmn:lane>"
    '<bpmn:lane id="lane_committee" name="街道人大工委"><bpmn:flowNodeRef>approve</bpmn:flowNodeRef>'
    "<bpmn:flowNodeRef>settled</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
    + _node("startEvent", "arrived", "来访", {"formKey": "arrival", "milestone": "登记"})
    + _node(
        "userTask",
        "verify",
        "核实并回复",
        {"formKey": "verification", "dueOn": "3个工作日", "subject": "start.matter", "milestone": "处理"},
    )
    + _node("userTask", "approve", "工委确认")
    + _node("endEvent", "settled", "办结")
    + "".join(
        f'<bpmn:sequenceFlow id="f{n}" sourceRef="{a}" targetRef="{b}"/>'
        for n, (a, b) in enumerate(zip(_STEPS, _STEPS[1:], strict=False))
    )
    + f'</bpmn:process><bpmndi:BPMNDiagram id="sheet"><bpmndi:BPMNPlane id="plane" bpmnElement="{KEY}">'
    + _shape("lane_station", 100, 60, 700, 160, ' isHorizontal="true"')
    + _shape("lane_committee", 100, 220, 700, 160, ' isHorizontal="true"')
    + _shape("arrived", 170, 122, 36, 36)
    + _shape("verify", 270, 100, 120, 80)
    + _shape("approve", 460, 260, 120, 80)
    + _shape("settled", 660, 282, 36, 36)
    + _edge("f0", 206, 270, 140, 140)
    + _edge("f1", 390, 460, 140, 300)
    + _edge("f2", 580, 660, 300, 300)
    + "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>"
)
_ARRIVAL = {
    "key": "arrival",
    "title": "登记来访",
    "fields": [
        {"key": "matter", "type": "text", "label": "事项", "required": True, "maxlen": 60},
        {"key": "village", "type": "org", "label": "所在村", "options_from": "people.villages"},
    ],
}
_VERIFICATION = {
    "key": "verification",
    "title": "核实并回复",
    "fields": [
        {"key": "advice", "type": "note", "label": "办理提示", "help": "七个工作日内以电话或书面形式回复。"},
        {"key": "spot", "type": "yesno", "label": "能否当场答复", "required": True},
        {
            "key": "reply",
            "type": "textarea",
            "label": "答复内容",
            "required": True,
            "help": "请写清楚怎么答复的。",
            "show_if": {"field": "spot", "op": "==", "value": True},
        },
        {
            "key": "kind",
            "type": "select",
            "label": "事项类别",
            "options": [{"value": "a", "label": "咨询"}, {"value": "b", "label": "求助"}],
        },
        {
            "key": "ways",
            "type": "checks",
            "label": "回复方式",
            "options": [{"value": "p", "label": "电话"}, {"value": "w", "label": "书面"}],
        },
        {"key": "phone", "type": "phone", "label": "联系电话"},
        {"key": "visited_on", "type": "date", "label": "走访日期"},
        {"key": "households", "type": "number", "label": "涉及户数", "min": 1, "max": 500},
        {"key": "photos", "type": "files", "label": "现场照片"},
        {"key": "satisfied", "type": "rating", "label": "满意度"},
        {
            "key": "people",
            "type": "list",
            "label": "同来人员",
            "fields": [
                {"key": "name", "type": "text", "label": "姓名", "required": True},
                {"key": "age", "type": "number", "label": "年龄", "min": 0},
            ],
        },
    ],
}


def package() -> Package:
    return Package(
        KEY,
        "小事办理",
        "",
        {
            "package.yaml": f"key: {KEY}\nname: 小事办理\n".encode(),
            "process.bpmn": _BPMN.encode(),
            "forms/arrival.json": json.dumps(_ARRIVAL).encode(),
            "forms/verification.json": json.dumps(_VERIFICATION).encode(),
        },
    )


def publish(town: Town) -> None:
    """Publish the process for a town."""
    workplace = town.workplace
    with workplace.unit_of_work(town.subdistrict_id) as session:
        definitions.publish(workplace.engine, session, town.actor("admin"), package=package())
