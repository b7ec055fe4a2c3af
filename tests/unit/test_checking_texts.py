"""Every text that is computed later: readable now, and only about what somebody fills in."""

import json
from typing import Any

import pytest

from tests.process.checked import WORDS, changed, drawn, faults, said
from tests.process.diagram import Process, each, package
from workflows.engine.checking.fault import Fault
from workflows.engine.checking.package_check import judge
from workflows.engine.packages import Package

HANDLE = {
    "key": "handle",
    "title": "办理",
    "fields": [
        {"key": "result", "type": "text", "label": "结果"},
        {"key": "days", "type": "number", "label": "天数"},
    ],
}
DECISION = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="luji">
<decision id="clock" name="几天答复"><decisionTable id="t" hitPolicy="FIRST">
<input id="i"><inputExpression id="e"><text>{reads}</text></inputExpression></input>
<output id="o" name="days"/>
<rule id="r1"><inputEntry id="c1"><text>{cell}</text></inputEntry>
<outputEntry id="v1"><text>7</text></outputEntry></rule>
<rule id="r2"><inputEntry id="c2"><text>-</text></inputEntry><outputEntry id="v2"><text>15</text></outputEntry></rule>
</decisionTable></decision></definitions>"""


def form(**changes: Any) -> bytes:
    return json.dumps({**HANDLE, **changes}, ensure_ascii=False).encode()


def with_form(process: Process, **changes: Any) -> Package:
    """The process of a package that holds the form `handle`."""
    return package(process, **{"forms/handle.json": form(**changes)})


def handled(condition: str = "handle.result == '好'", **properties: str) -> Process:
    """begin → handle (with its form) → which → done, the condition on one way."""
    process = Process().start().user("handle", formKey="handle", **properties).gateway("which", default="on")
    process.user("more").end("done").flow("begin", "handle", "which").flow("more", "done")
    return process.flow_if("odd", "which", "more", condition).flow_if("on", "which", "done")


def deciding(reads: str = "handle.result", cell: str = '"好"', after: str = "clock_days.days > 7") -> Package:
    process = handled(after)
    process._parts = [part.replace('sourceRef="handle"', 'sourceRef="clock_days"') for part in process._parts]
    process._add(
        "businessRuleTask",
        "clock_days",
        "<bpmn:extensionElements><spiffworkflow:calledDecisionId>clock</spiffworkflow:calledDecisionId>"
        "</bpmn:extensionElements>",
    ).flow_if("first", "handle", "clock_days")
    made = with_form(process)
    return made.with_file("decisions/clock.dmn", DECISION.format(reads=reads, cell=cell).encode())


def test_a_condition_on_a_field_of_an_earlier_form_is_fine() -> None:
    assert faults(with_form(handled())) == []


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ("handel.result == '好'", "是不是“handle”"),
        ("handle.reslt == '好'", "是不是“result”"),
        ("handle['reslt'] == '好'", "是不是“result”"),
        ("handle.result = '好'", "两个等号"),
        ("handle.result == “好”", "中文标点"),
        ("case.respond_bye == ''", "是不是“respond_by”"),
        ("open('x')", "open"),
        ("().__class__", "_"),
        ("more.anything == 1", "“more”到这里还没有值"),
    ],
)
def test_a_condition_that_would_fail_is_refused_at_its_flow_with_the_nearest_name(
    condition: str, sentence: str
) -> None:
    found = faults(with_form(handled(condition)))
    assert sentence in said(found, "odd")
    assert {fault.element for fault in found} == {"odd"}


@pytest.mark.parametrize("name", ["assignee", "candidateUnit", "subject"])
def test_the_properties_of_a_task_are_read_now(name: str) -> None:
    found = faults(with_form(handled(**{name: "start.who + nobody"})))
    assert f"属性 {name}：名称“nobody”" in said(found, "handle")


@pytest.mark.parametrize(
    "due",
    ["3个工作日", "case.respond_by", "case.respond_by（没有日期不计时）", "case.respond_by前3个工作日", "start.days"],
)
def test_a_due_date_is_a_timer_rule(due: str) -> None:
    assert faults(with_form(handled(dueOn=due))) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("P99999999999D", "太长"),
        ("tomorrow", "没有人填写过"),
        ("2026-10-08T09:00:00", "时区"),
        ("P7", "看不懂"),
        ("0天", "大于0"),
        ("R3/P1D", "循环"),
        ("case.respond_bye前1天", "respond_by"),
        ("", "要写并且只写一个时间"),
        ("3000个工作日", "太长"),
    ],
)
def test_a_timer_that_can_never_fire_is_refused_at_its_event(text: str, sentence: str) -> None:
    process = Process().start().user("a").boundary_timer("soon", "a", text).timer("wait", text).end("done").end("told")
    found = faults(process.flow("begin", "a", "wait", "done").flow("soon", "told"))
    assert sentence in said(found, "soon")
    assert sentence in said(found, "wait")


def test_only_a_boundary_timer_may_be_without_a_date() -> None:
    text = "case.respond_by前3个工作日（没有日期不计时）"
    process = Process().start().user("a").boundary_timer("soon", "a", text).timer("wait", text).end("done").end("told")
    found = faults(process.flow("begin", "a", "wait", "done").flow("soon", "told"))
    assert {fault.element for fault in found} == {"wait"}
    assert "永远停在这里" in said(found, "wait")


def test_a_process_that_starts_by_itself_says_when() -> None:
    def scheduled(text: str, uses: str) -> list[Fault]:
        process = Process().start(timer=text).script("keep", f"x = {uses}").user("a").end("done")
        return faults(process.flow("begin", "keep", "a", "done"))

    assert scheduled("每月倒数第5个工作日", "start.scheduled_on") == []
    assert said(scheduled("每月99日", "start.scheduled_on"), "begin")
    assert "里没有“who”" in said(scheduled("每月25日", "start.who"), "keep")


def test_only_the_main_process_starts_by_itself_or_with_a_form() -> None:
    called = Process("called").start("c_begin", timer="每月25日").user("x").end("c_done").flow("c_begin", "x", "c_done")
    process = Process().start().call("ask", "called").end("done").flow("begin", "ask", "done")
    assert "主流程" in said(faults(process, called), "c_begin")


def test_a_start_form_says_what_start_holds() -> None:
    process = Process()._add(
        "startEvent",
        "begin",
        '<bpmn:extensionElements><spiffworkflow:properties><spiffworkflow:property name="formKey" value="handle"/>'
        "</spiffworkflow:properties></bpmn:extensionElements>",
    )
    process.script("keep", "x = start.result\ny = start.nothing").user("a").end("done")
    found = faults(with_form(process.flow("begin", "keep", "a", "done")))
    assert [fault.message for fault in found if fault.element == "keep"] == [said(found, "keep")]
    assert "“start”里没有“nothing”" in said(found, "keep")


def test_a_script_is_lines_of_names_and_may_use_what_it_set_before() -> None:
    process = Process().start().script("count", "twice = start.n * 2\nbox = {'a': twice}").user("a").end("done")
    process.service("keep", "test.note", value="box.a + box.b").flow("begin", "count", "a", "keep", "done")
    found = faults(process)
    assert "“box”里没有“b”" in said(found, "keep")
    assert {fault.element for fault in found} == {"keep"}
    bad = Process().start().script("count", "import os").user("a").end("done").flow("begin", "count", "a", "done")
    assert "名称 = 表达式" in said(faults(bad), "count")


def test_a_service_task_calls_something_known_with_all_it_needs() -> None:
    def calling(delegate: str, result: str = "", **parameters: str) -> list[Fault]:
        process = Process().start().service("keep", delegate, result, **parameters).user("a").end("done")
        return faults(process.flow("begin", "keep", "a", "done"))

    assert calling("test.note", value="1") == []
    assert calling("test.note", value="1", why="'x'") == []
    assert "是不是“test.note”" in said(calling("test.not", value="1"), "keep")
    assert "缺少参数“value”" in said(calling("test.note"), "keep")
    assert "是不是“value”" in said(calling("test.note", value="1", valu="1"), "keep")
    assert "参数 value：名称“nobody”" in said(calling("test.note", value="nobody.n"), "keep")
    assert "不能用" in said(calling("test.note", "case", value="1"), "keep")
    assert "不能用" in said(calling("test.note", "a-b", value="1"), "keep")


def test_what_a_service_returns_is_known() -> None:
    process = (
        Process().start().service("open", "test.open", "opened").script("x", "n = opened.number\nm = opened.nmber")
    )
    found = faults(process.user("a").end("done").flow("begin", "open", "x", "a", "done"))
    assert "是不是“number”" in said(found, "x")


def test_a_list_that_is_worked_through_and_its_variable_are_known() -> None:
    process = Process().start().user("a", inner=each("nobody.people", "person"), assignee="person.id").end("done")
    found = faults(process.flow("begin", "a", "done"))
    assert "多实例集合：名称“nobody”" in said(found, "a")
    assert len(found) == 1
    clash = Process().start().user("a", inner=each("start.people", "a")).end("done").flow("begin", "a", "done")
    assert "编号相同" in said(faults(clash), "a")
    bare = each("start.people", "person").replace('<bpmn:inputDataItem id="person" name="person"/>', "")
    nameless = Process().start().user("a", inner=bare).end("done").flow("begin", "a", "done")
    assert "元素变量" in said(faults(nameless), "a")


def test_what_is_collected_is_an_expression() -> None:
    loop = each("start.people", "person", collect="vot", into="votes")
    process = Process().start().user("vote", inner=loop).end("done").flow("begin", "vote", "done")
    assert "是不是“vote”" in said(faults(process), "vote")


def test_a_decision_is_there_and_reads_what_somebody_fills_in() -> None:
    assert faults(deciding()) == []
    assert "是不是“days”" in said(faults(deciding(after="clock_days.day > 7")), "odd")
    assert "是不是“result”" in said(faults(deciding(reads="handle.reslt")), "clock")
    assert "名称“nobody”" in said(faults(deciding(cell="nobody.n")), "clock")
    missing = deciding().files
    without = Package("demo", "演示", "", {name: missing[name] for name in missing if name != "decisions/clock.dmn"})
    assert "决策“clock”不在流程包里" in said(faults(without), "clock_days")


def test_a_broken_decision_table_is_named_cell_by_cell() -> None:
    found = faults(deciding(cell="1 2 3"))
    assert ("decisions/clock.dmn", "c1") in {(fault.file, fault.element) for fault in found}


def test_a_form_must_be_there_and_be_sound() -> None:
    process = Process().start().user("handle", formKey="hande").end("done").flow("begin", "handle", "done")
    assert "是不是“handle”" in said(faults(with_form(process)), "handle")
    wrong = faults(with_form(handled("1 == 1"), fields=[{"key": "x", "type": "colour", "label": "x"}]))
    assert ("forms/handle.json", "x") in {(fault.file, fault.element) for fault in wrong}
    renamed = faults(with_form(handled("1 == 1"), key="other"))
    assert "文件名" in "".join(fault.message for fault in renamed)
    panel = faults(
        with_form(handled("1 == 1"), fields=[{"key": "p", "type": "panel", "label": "p", "panel": "cases.sumary"}])
    )
    assert "是不是“cases.summary”" in said(panel, "p")
    chosen = {"key": "d", "type": "select", "label": "单位", "options_from": "people.department"}
    assert "是不是“people.departments”" in said(faults(with_form(handled("1 == 1"), fields=[chosen])), "d")


def test_a_default_of_a_form_speaks_of_known_things() -> None:
    fields = [{"key": "result", "type": "text", "label": "结果", "default": "case.titel"}]
    assert "是不是“title”" in said(faults(with_form(handled(), fields=fields)), "result")


def test_a_scenario_that_is_no_yaml_is_named() -> None:
    made = drawn(package(Process().start().user("a").end("done").flow("begin", "a", "done")))
    found = judge(made.with_file("scenarios/x.yaml", b"a: [1"), WORDS)
    assert [fault.file for fault in found] == ["scenarios/x.yaml"]


def test_a_message_carries_what_is_known() -> None:
    process = Process().start().throw("tell", "news").user("a").end("done").flow("begin", "tell", "a", "done")
    payload = "<bpmn:extensionElements><spiffworkflow:messagePayload>nobody.n</spiffworkflow:messagePayload>"
    loaded = changed(
        package(process, messages=("news",)),
        '<bpmn:message id="m_news" name="news"/>',
        f'<bpmn:message id="m_news" name="news">{payload}</bpmn:extensionElements></bpmn:message>',
    )
    assert "名称“nobody”" in said(faults(loaded), "m_news")


@pytest.mark.parametrize("text", ["date('x')", "days(1) + 'a'", "first([])"])
def test_what_can_never_be_computed_is_refused_wherever_it_stands(text: str) -> None:
    process = Process().start().timer("wait", text).script("keep", f"x = {text}").user("a", assignee=text)
    process.gateway("which", default="on").end("done").flow("begin", "wait", "keep", "a", "which")
    process.flow_if("on", "which", "done").flow_if("off", "which", "done", text)
    assert {fault.element for fault in faults(process)} == {"wait", "keep", "a", "off"}


def test_a_script_may_not_hide_the_facts() -> None:
    process = Process().start().script("keep", "case = 1").user("a").end("done").flow("begin", "keep", "a", "done")
    assert "重名" in said(faults(process), "keep")


LOOP = each("start.people", "person", collect="vote.result", into="votes")


def voting(uses: str, inner: str = LOOP) -> Process:
    """begin → vote (everyone on a list) → keep → more → done; `keep` uses something."""
    process = Process().start().user("vote", inner=inner, formKey="handle", assignee="person.id")
    process.service("keep", "test.note", value=uses).user("more").end("done")
    return process.flow("begin", "vote", "keep", "more", "done")


def test_what_everyone_on_a_list_answers_is_known_only_as_collected() -> None:
    assert faults(with_form(voting("count(votes, 'x', 1) + len(votes)"))) == []
    assert "“vote”到这里还没有值" in said(faults(with_form(voting("vote.result"))), "keep")
    assert "“person”到这里还没有值" in said(faults(with_form(voting("person.id"))), "keep")
    assert "“votes”到这里还没有值" in said(
        faults(with_form(voting("1", each("votes", "person", collect="1", into="votes")))), "vote"
    )


def around(uses: str, multiple: str = "", *, called: bool = False) -> list[Fault]:
    """begin → work (in it: ask, note) → keep → done; `keep` uses something."""
    inner = Process("inner").start("i_begin").user("ask", formKey="handle").script("note", "noted = start.n")
    inner.end("i_done").flow("i_begin", "ask", "note", "i_done")
    process = (
        Process().start().service("keep", "test.note", value=uses).end("done").flow("begin", "work", "keep", "done")
    )
    process = process.call("work", "inner", multiple) if called else process.sub("work", inner, multiple)
    others = {"processes": [inner]} if called else {"processes": []}
    return faults(package(process, *others["processes"], **{"forms/handle.json": form()}))


@pytest.mark.parametrize("called", [False, True])
def test_what_is_set_inside_is_known_outside_unless_it_is_done_several_times(called: bool) -> None:
    assert around("ask.result + noted", called=called) == []
    several = around("ask.result + noted", each("start.people", "person"), called=called)
    assert said(several, "keep").count("到这里还没有值") == 2
    assert "没有“reslt”" in said(around("ask.reslt", called=called), "keep")


def test_an_event_at_a_step_does_not_know_the_answer_of_the_step() -> None:
    process = Process().start().user("a", formKey="handle").boundary_timer("late", "a", "1天", interrupting=True)
    process.service("keep", "test.note", value="a.result").end("told").service("also", "test.note", value="a.result")
    process.end("done").flow("begin", "a", "also", "done").flow("late", "keep", "told")
    found = faults(with_form(process))
    assert {fault.element for fault in found} == {"keep"}
    assert "“a”到这里还没有值" in said(found, "keep")


def test_the_other_branch_is_known_after_the_join() -> None:
    def using(before: str, after: str) -> set[str]:
        process = Process().start().gateway("fork", "parallel").user("a", formKey="handle").user("b")
        process.service("early", "test.note", value=before).gateway("join", "parallel")
        process.service("later", "test.note", value=after).end("done").flow(
            "begin", "fork", "a", "join", "later", "done"
        )
        return {fault.element for fault in faults(with_form(process.flow("fork", "b", "early", "join")))}

    assert using("1", "a.result") == set()
    assert using("a.result", "1") == {"early"}


def again(uses: str) -> list[Fault]:
    """begin → try → a → which, and back to `try`; `try` uses something."""
    process = Process().start().gateway("again").script("try", f"n = {uses}").user("a", formKey="handle")
    process.gateway("which", default="on").end("done").flow("begin", "again", "try", "a", "which")
    process.flow_if("on", "which", "done").flow_if("back", "which", "again", "a.result == ''")
    return faults(with_form(process))


@pytest.mark.parametrize(
    "uses",
    [
        "a.result if exists(a) else ''",
        "exists(a) and a.result == ''",
        "len(a.result) if start.round > 1 else 0",  # whoever asks for a condition has thought of the other case
    ],
)
def test_a_text_that_asks_first_may_use_what_is_there_only_the_second_time(uses: str) -> None:
    assert again(uses) == []


@pytest.mark.parametrize("uses", ["a.result", "get(a, 'result', '')", "coalesce(a.result, '')", "a.result or ''"])
def test_what_is_there_only_the_second_time_can_not_simply_be_used(uses: str) -> None:
    """The first time round the step would fail, and with it whoever completed the one before."""
    assert "不一定有值" in said(again(uses), "try")


def test_what_only_one_way_sets_can_not_simply_be_used_where_the_ways_meet() -> None:
    def meeting(uses: str, both: bool) -> list[Fault]:
        process = Process().start().gateway("which", default="on").gateway("merge").user("more").end("done")
        process.script("one", "x = {'n': 1}").script("two", "x = {'n': 2}" if both else "y = 2")
        process.service("keep", "test.note", value=uses).flow("begin", "which").flow_if("on", "which", "one")
        process.flow_if("yes", "which", "two", "start.n > 1").flow("one", "merge", "keep", "more", "done")
        return faults(process.flow("two", "merge"))

    assert meeting("x.n", both=True) == []
    assert "不一定有值" in said(meeting("x.n", both=False), "keep")
    assert meeting("x.n if exists(x) else 0", both=False) == []


def test_a_called_process_may_only_use_what_every_caller_knows() -> None:
    called = Process("called").start("c_begin").user("x", assignee="who.id").end("c_done")
    called.flow("c_begin", "x", "c_done")
    process = Process().start().call("early", "called").script("find", "who = {'id': start.id}").call("late", "called")
    process.end("done").flow("begin", "early", "find", "late", "done")
    assert "不一定有值" in said(faults(process, called), "x")
    later = Process().start().script("find", "who = {'id': start.id}").call("late", "called").end("done")
    assert faults(later.flow("begin", "find", "late", "done"), called) == []
