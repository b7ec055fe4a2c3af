"""A diagram is drawn from its own layout; where the work stands can be read without colours."""

import re
from typing import Any

import pytest
from lxml import etree

from workflows.engine import diagrams, svg
from workflows.errors import Invalid

SVG = "{http://www.w3.org/2000/svg}"

TOP = """<?xml version="1.0" encoding="UTF-8"?>
<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:i="http://www.omg.org/spec/BPMN/20100524/DI"
 xmlns:c="http://www.omg.org/spec/DD/20100524/DC" xmlns:d="http://www.omg.org/spec/DD/20100524/DI">"""

SEMANTICS = """
<b:process id="visit" name="走访群众">
 <b:laneSet><b:lane id="station" name="工作站"/><b:lane id="village" name="村（社区）"/></b:laneSet>
 <b:startEvent id="begin" name="开始走访"/>
 <b:userTask id="plan" name="拟定走访计划"/>
 <b:boundaryEvent id="late" name="超期提醒" attachedToRef="plan" cancelActivity="false">
  <b:timerEventDefinition/></b:boundaryEvent>
 <b:exclusiveGateway id="agreed" name="同意？" default="no"/>
 <b:subProcess id="tour" name="分组走访"><b:multiInstanceLoopCharacteristics/>
  <b:manualTask id="walk" name="上门"/></b:subProcess>
 <b:callActivity id="feedback" name="反馈"/>
 <b:endEvent id="done" name="结束"><b:terminateEventDefinition/></b:endEvent>
 <b:sequenceFlow id="yes" name="同意" sourceRef="agreed" targetRef="tour"/>
 <b:sequenceFlow id="no" name="退回" sourceRef="agreed" targetRef="plan"/>
 <b:textAnnotation id="note"><b:text>每月不少于一次</b:text></b:textAnnotation>
 <b:association id="remark" sourceRef="plan" targetRef="note"/>
</b:process>
<b:process id="called" name="反馈流程"><b:userTask id="tell" name="告知群众"/></b:process>"""

PLACES: dict[str, tuple[int, int, int, int]] = {
    "station": (100, 100, 900, 200),
    "village": (100, 300, 900, 200),
    "begin": (150, 180, 36, 36),
    "plan": (240, 160, 120, 80),
    "late": (300, 222, 36, 36),
    "agreed": (420, 175, 50, 50),
    "tour": (520, 320, 240, 160),
    "walk": (560, 360, 120, 80),
    "feedback": (800, 160, 120, 80),
    "done": (940, 182, 36, 36),
    "note": (240, 110, 120, 30),
}
WAYS = {"yes": [(470, 200), (500, 200), (500, 400), (520, 400)], "no": [(445, 175), (445, 120), (360, 180)]}


def drawing_part() -> str:
    shapes = "".join(
        f'<i:BPMNShape bpmnElement="{key}" isExpanded="{str(key == "tour").lower()}">'
        f'<c:Bounds x="{x}" y="{y}" width="{w}" height="{h}"/></i:BPMNShape>'
        for key, (x, y, w, h) in PLACES.items()
    )
    edges = ""
    for key, way in {**WAYS, "remark": [(300, 160), (300, 140)]}.items():
        points = "".join(f'<d:waypoint x="{x}" y="{y}"/>' for x, y in way)
        edges += f'<i:BPMNEdge bpmnElement="{key}">{points}</i:BPMNEdge>'
    called = '<i:BPMNShape bpmnElement="tell"><c:Bounds x="0" y="0" width="100" height="80"/></i:BPMNShape>'
    return (
        f'<i:BPMNDiagram><i:BPMNPlane bpmnElement="visit">{shapes}{edges}</i:BPMNPlane></i:BPMNDiagram>'
        f'<i:BPMNDiagram><i:BPMNPlane bpmnElement="called">{called}</i:BPMNPlane></i:BPMNDiagram>'
    )


def one_task(name: str = "办理", x: str = "0") -> bytes:
    """A diagram with one task."""
    return (
        f'{TOP}<b:process id="p"><b:task id="t" name="{name}"/></b:process><i:BPMNDiagram><i:BPMNPlane '
        f'bpmnElement="p"><i:BPMNShape bpmnElement="t"><c:Bounds x="{x}" y="0" width="120" height="80"/>'
        f"</i:BPMNShape></i:BPMNPlane></i:BPMNDiagram></b:definitions>"
    ).encode()


VISIT = f"{TOP}{SEMANTICS}{drawing_part()}</b:definitions>".encode()


def drawn(bpmn: bytes = VISIT, **settings: Any) -> Any:
    return etree.fromstring(diagrams.render(bpmn, **settings))


def element(drawing: Any, identity: str) -> Any:
    (found,) = drawing.findall(f".//{SVG}g[@data-element-id='{identity}']")
    return found


def title(drawing: Any, identity: str) -> str:
    return str(element(drawing, identity).findtext(f"{SVG}title"))


def texts(drawing: Any) -> list[str]:
    return [text.text for text in drawing.iter(f"{SVG}text")]


def test_every_element_is_drawn_and_named_for_people_who_can_not_see_it() -> None:
    drawing = drawn()
    assert (drawing.get("role"), drawing.get("aria-label")) == ("img", "走访群众")
    assert {group.get("data-element-id") for group in drawing.iter(f"{SVG}g")} >= {*PLACES, *WAYS}
    assert title(drawing, "plan") == "拟定走访计划（人工任务）"
    assert title(drawing, "late") == "超期提醒（边界事件·定时）"
    assert title(drawing, "done") == "结束（结束·终止）"
    assert {"拟定走访计划", "同意？", "退回", "每月不少于一次", "工", "作", "站"} <= set(texts(drawing))


def test_everything_lies_inside_the_picture() -> None:
    drawing = drawn()
    left, top, width, height = map(float, drawing.get("viewBox").split())
    assert (left, top, left + width, top + height) == (84, 84, 1016, 516)
    assert (float(drawing.get("width")), float(drawing.get("height"))) == (width, height)


def test_another_process_of_the_file_has_its_own_picture() -> None:
    assert diagrams.planes(VISIT) == [("visit", "走访群众"), ("called", "反馈流程")]
    drawing = drawn(plane="called")
    assert drawing.get("aria-label") == "反馈流程"
    assert "告知群众" in texts(drawing)
    assert "拟定走访计划" not in texts(drawing)


def test_states_differ_in_shape_not_only_in_colour() -> None:
    signs = set()
    for state in ("done", "current", "overdue", "error", "added", "removed", "changed"):
        drawing = drawn(marks={"plan": state})
        assert element(drawing, "plan").get("class") == f"node userTask is-{state}"
        (badge,) = drawing.findall(f"{SVG}g[@class='badge {state}']")
        signs.add(tuple((part.tag, part.get("d"), part.get("r")) for part in badge))
    assert len(signs) == 7


def test_a_state_is_said_in_words() -> None:
    drawing = drawn(marks={"plan": "overdue", "begin": "done", "tour": "current", "gone": "done", "done": "strange"})
    assert title(drawing, "plan") == "拟定走访计划（人工任务）：已超期"
    assert title(drawing, "begin") == "开始走访（开始）：已完成"
    assert title(drawing, "tour") == "分组走访（子流程）：正在办理"
    assert title(drawing, "done") == "结束（结束·终止）"


def test_a_flow_that_was_taken_is_marked() -> None:
    plain, taken = element(drawn(), "yes"), element(drawn(marks={"yes": "done"}), "yes")
    assert taken.get("class") == "flow sequenceFlow is-done"
    assert plain[1].get("stroke") != taken[1].get("stroke")


def test_numbers_are_shown_and_the_largest_is_the_hottest() -> None:
    drawing = drawn(counts={"plan": 40, "tour": 5, "feedback": 20, "begin": 0})
    assert sorted(text for text in texts(drawing) if text.isdigit()) == ["20", "40", "5"]
    assert title(drawing, "plan") == "拟定走访计划（人工任务），40 次"

    def ground(identity: str) -> str:
        return str(element(drawing, identity).find(f"{SVG}rect").get("fill"))

    blue = [int(ground(identity)[5:], 16) for identity in ("plan", "feedback")]
    assert blue[0] < blue[1] < 255


def test_what_a_step_is_can_be_seen() -> None:
    drawing = drawn()
    assert element(drawing, "plan").find(f"{SVG}g[@class='icon']") is not None
    dashed = [circle.get("stroke-dasharray") for circle in element(drawing, "late").findall(f"{SVG}circle")]
    assert dashed == ["5 3.5", "5 3.5"]
    assert len(element(drawing, "begin").findall(f"{SVG}circle")) == 1
    assert float(element(drawing, "feedback").find(f"{SVG}rect").get("stroke-width")) == 4
    assert len(element(drawing, "feedback").findall(f"{SVG}g[@class='mark']")) == 1
    assert len(element(drawing, "tour").findall(f"{SVG}g[@class='mark']")) == 1
    assert len(element(drawing, "no")) == len(element(drawing, "yes")) + 1  # the slash of a default flow


def test_the_open_subprocess_lies_under_what_is_in_it_and_the_event_on_its_host() -> None:
    order = [group.get("data-element-id") for group in drawn().iter(f"{SVG}g") if group.get("data-element-id")]
    assert order.index("village") < order.index("tour") < order.index("walk")
    assert order.index("plan") < order.index("late")


def test_a_strict_content_security_policy_is_kept() -> None:
    text = diagrams.render(VISIT, marks={"plan": "current"}, counts={"plan": 3})
    assert not re.search(r"\sstyle=|<style|<script|\son\w+=|href", text)
    assert not re.search(r'\sid="', text)  # two drawings on a page can not disturb each other


def test_names_can_not_smuggle_markup_into_a_page() -> None:
    evil = "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&apos;&amp;"
    text = diagrams.render(one_task(evil), title='"><script>', marks={"t": '"><script>'})
    assert "<script" not in text
    assert etree.fromstring(text).get("aria-label") == '"><script>'


def test_control_characters_in_a_title_do_not_break_the_picture() -> None:
    assert drawn(one_task(), title="办\x00理\n中").get("aria-label") == "办理 中"


@pytest.mark.parametrize("name", ["a", "很" * 200, "one two three", "（" * 40, "", "supercalifragilistic" * 5])
def test_any_name_is_drawn_inside_its_task(name: str) -> None:
    for text in drawn(one_task(name)).iter(f"{SVG}text"):
        assert 0 < float(text.get("y")) < 80


@pytest.mark.parametrize(
    "bpmn",
    [
        f"{TOP}{SEMANTICS}</b:definitions>".encode(),
        f'{TOP}{SEMANTICS}<i:BPMNDiagram><i:BPMNPlane bpmnElement="visit"/></i:BPMNDiagram></b:definitions>'.encode(),
    ],
)
def test_without_a_layout_there_is_a_sentence(bpmn: bytes) -> None:
    with pytest.raises(Invalid, match="没有图形信息"):
        diagrams.render(bpmn)


def test_an_unknown_plane_is_refused() -> None:
    with pytest.raises(Invalid, match="没有图形信息"):
        diagrams.render(VISIT, plane="nowhere")


@pytest.mark.parametrize("x", ["left", "nan", "inf", "1e9", ""])
def test_a_strange_coordinate_is_refused(x: str) -> None:
    with pytest.raises(Invalid, match="坐标"):
        diagrams.render(one_task(x=x))


def test_a_shape_of_something_that_has_gone_is_left_out() -> None:
    assert "告知群众" not in texts(drawn(VISIT.replace(b'bpmnElement="walk"', b'bpmnElement="gone"')))


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("登记立案", 100, ["登记立案"]),
        ("转交承办单位并说明要求", 100, ["转交承办单位", "并说明要求"]),
        ("核实（再次）结果", 48, ["核实", "（再次）", "结果"]),
        ("二〇二六年，三月。", 48, ["二〇二", "六年，", "三月。"]),
        ("send back home", 70, ["send back", "home"]),
        ("", 60, []),
    ],
)
def test_chinese_text_wraps_in_balance(text: str, width: float, lines: list[str]) -> None:
    assert svg.wrap(text, width, 13.0) == lines
