"""Whether the parts of a diagram hang together, by name and by line."""

import pytest

from tests.process.checked import WORDS, changed, drawn, faults, line, said
from tests.process.diagram import Process, package
from workflows.engine.checking.package_check import LaneUse, judge, lanes
from workflows.engine.packages import Package


def messages(package: Package) -> str:
    return "\n".join(fault.message for fault in judge(package, WORDS))


def test_a_plain_line_of_steps_has_no_fault() -> None:
    assert faults(line("a", "b")) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<bpmn", "不是完整的 XML"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "DOCTYPE"),
        (b"x" * (1024 * 1024 + 1), "超过 1 MB"),
        (b"<a/>", "不是 BPMN 流程图"),
        (b"", "不是完整的 XML"),
    ],
)
def test_a_file_that_is_no_diagram_is_named(content: bytes, sentence: str) -> None:
    assert sentence in messages(package(line("a")).with_file("process.bpmn", content))


def test_an_id_used_twice_is_refused() -> None:
    bad = changed(package(line("a")), '<bpmn:sequenceFlow id="demo_flow1"', '<bpmn:sequenceFlow id="a"')
    assert "用了两次" in said(faults(bad), "a")


def test_an_id_of_a_setting_that_equals_a_step_is_refused() -> None:
    """The library would take the setting for the step."""
    process = Process().start().service("value", "test.note", value="1").user("a").end("done")
    assert "扩展设置里的编号" in said(faults(process.flow("begin", "value", "a", "done")), "value")


def test_an_id_used_in_two_files_of_a_package_is_refused() -> None:
    both = package(line("a"))
    other = package(Process("other").start("o_begin").user("a").end("o_done").flow("o_begin", "a", "o_done"))
    assert "已经用了" in said(faults(both.with_file("z.bpmn", other.files["process.bpmn"])), "a")


@pytest.mark.parametrize("identity", ["Start", "End", "Root", "demo.EndJoin", "x.BoundaryEventSplit", "a.b"])
def test_an_id_that_the_engine_makes_for_itself_is_refused(identity: str) -> None:
    assert identity in said(faults(line(identity)), identity)


def test_ids_may_be_chinese() -> None:
    process = Process().start().user("登记").script("记", "数 = 1").end("完成").flow("begin", "登记", "记", "完成")
    assert faults(process) == []


@pytest.mark.parametrize("identity", ["case", "start", "true"])
def test_a_step_may_not_hide_what_expressions_speak_of(identity: str) -> None:
    assert "请换一个编号" in said(faults(line(identity)), identity)


def test_the_main_process_carries_the_key_of_the_package_and_is_executable() -> None:
    made = package(line("a"))
    other = Package("demo2", "演示", "", {**made.files, "package.yaml": b"key: demo2\nname: x\n"})
    assert "是不是“demo”" in messages(drawn(other))
    asleep = changed(made, 'isExecutable="true"', 'isExecutable="false"')
    assert "可执行" in said(faults(asleep), "demo")


def test_a_process_has_one_beginning() -> None:
    assert "没有开始事件" in said(faults(Process().user("a").end("done").flow("a", "done")), "demo")
    process = Process().start().start("again").user("a").end("done").flow("begin", "a", "done").flow("again", "a")
    assert "不止一个开始事件" in said(faults(process), "again")


def test_a_flow_to_nowhere_is_refused() -> None:
    assert "ghost" in said(faults(line("a").flow_if("lost", "a", "ghost")), "lost")


def test_a_step_that_is_never_reached_and_one_that_leads_nowhere_are_refused() -> None:
    found = faults(line("a").user("island").flow("island", "done"))
    assert "走不到" in said(found, "island")
    process = Process().start().gateway("split", "parallel").user("a").user("dead").end("done")
    found = faults(process.flow("begin", "split", "a", "done").flow("split", "dead"))
    assert "走不到结束事件" in said(found, "dead")


def test_a_choice_needs_a_default_and_conditions_on_all_other_ways() -> None:
    process = Process().start().gateway("which").user("a").user("b").end("done").flow("begin", "which")
    process.flow_if("x", "which", "a", "1 == 1").flow_if("y", "which", "b").flow("a", "done").flow("b", "done")
    assert "没有默认连线" in said(faults(process), "which")
    with_default = changed(
        package(process), '<bpmn:exclusiveGateway id="which"', '<bpmn:exclusiveGateway default="y" id="which"'
    )
    assert faults(with_default) == []
    wrong = changed(
        package(process), '<bpmn:exclusiveGateway id="which"', '<bpmn:exclusiveGateway default="x" id="which"'
    )
    assert "没有写条件" in said(faults(wrong), "which")
    assert "默认出口" in said(faults(wrong), "which")


def test_an_event_gateway_is_followed_by_events() -> None:
    process = Process().start().gateway("wait", "eventBased").timer("t", "1天").user("a").end("done")
    process.flow("begin", "wait", "t", "done").flow("wait", "a", "done")
    assert "不是等待事件" in said(faults(process), "wait")


def test_a_step_stands_in_one_lane_and_every_lane_is_somebody() -> None:
    bad = changed(
        package(line("a")),
        "<bpmn:laneSet",
        '<bpmn:laneSet id="second"><bpmn:lane id="l2" name="代表">'
        "<bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet><bpmn:laneSet",
    )
    assert "同时在泳道" in said(faults(bad), "a")
    assert "是不是“工作站”" in said(faults(changed(package(line("a")), 'name="工作站"', 'name="工作占"')), "demo_lane0")


def test_a_task_that_nobody_would_see_is_refused() -> None:
    bare = changed(package(line("a")), "<bpmn:flowNodeRef>a</bpmn:flowNodeRef>", "")
    assert "没有人能看到" in said(faults(bare), "a")
    process = Process().start().user("a", assignee="case.title").end("done").flow("begin", "a", "done")
    assert faults(changed(package(process), "<bpmn:flowNodeRef>a</bpmn:flowNodeRef>", "")) == []


def test_a_called_process_must_be_there_and_must_not_call_back() -> None:
    process = Process().start().call("ask", "helpr").end("done").flow("begin", "ask", "done")
    helper = Process("helper").start("h_begin").user("x").end("h_done").flow("h_begin", "x", "h_done")
    assert "是不是“helper”" in said(faults(process, helper), "ask")
    again = Process("helpr").start("h_begin").user("x").call("back", "demo").end("h_done")
    again.flow("h_begin", "x", "back", "h_done")
    assert "互相调用" in said(faults(process, again), "demo")


def test_a_second_pool_that_nothing_calls_is_refused() -> None:
    second = Process("second").start("s_begin").user("x").end("s_done").flow("s_begin", "x", "s_done")
    assert "不会执行" in said(faults(line("a"), second), "second")


def test_a_diagram_stays_small() -> None:
    assert "连续超过 200" in said(faults(line(*(f"n{n}" for n in range(220)))), "demo")
    process = Process().start().gateway("split", "parallel").end("done").flow("begin", "split")
    for n in range(401):
        process.user(f"n{n}").flow("split", f"n{n}", "done")
    assert "最多 400" in said(faults(process), "demo")


def test_a_chain_beside_a_short_cut_is_still_a_chain() -> None:
    process = line(*(f"n{n}" for n in range(220))).gateway("which", default="on").flow_if("on", "which", "n0")
    assert "连续超过 200" in said(faults(process), "demo")


def test_a_package_has_a_picture_with_numbers_in_it() -> None:
    assert "没有图形" in messages(package(line("a")))
    crooked = drawn(package(line("a")))
    assert "不是数字" in messages(changed(crooked, 'x="0"', 'x="left"'))
    missing = changed(crooked, 'bpmnElement="a"', 'bpmnElement="begin"')
    assert "“a”没有图形" in messages(missing)


def test_a_single_file_needs_no_picture() -> None:
    alone = package(line("a"))
    assert judge(Package("demo", "x", "", {"x.bpmn": alone.files["process.bpmn"]}), WORDS) == []


def test_a_package_without_a_diagram_is_refused() -> None:
    assert "没有流程图" in messages(Package("demo", "x", "", {"package.yaml": b"key: demo\nname: x\n"}))


def test_the_lanes_that_hold_steps_are_listed_once() -> None:
    assert lanes(package(line("a", "b"))) == [LaneUse("process.bpmn", "demo_lane0", "工作站")]
