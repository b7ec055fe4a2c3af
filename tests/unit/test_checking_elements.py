"""What a diagram may be drawn with. Every element outside the list is refused by its id, with what to use instead."""

import pytest

from tests.process.checked import changed, faults, line, said
from tests.process.diagram import Process, each, package
from workflows.engine.checking.fault import Fault

BPMN_EXTRA = [
    ('<bpmn:task id="odd" name="随便做"/>', "userTask"),
    ('<bpmn:sendTask id="odd" name="发送"/>', "服务任务"),
    ('<bpmn:transaction id="odd" name="事务"/>', "普通子流程"),
    ('<bpmn:adHocSubProcess id="odd" name="随意"/>', "先后顺序"),
    ('<bpmn:complexGateway id="odd" name="复杂"/>', "排他、并行或包容网关"),
    ('<bpmn:dataObject id="odd"/>', "表单"),
    ('<bpmn:dataObjectReference id="odd" dataObjectRef="d"/>', "表单"),
    ('<bpmn:dataStoreReference id="odd"/>', "业务库"),
    ('<bpmn:ioSpecification id="odd"/>', "参数"),
    ('<bpmn:property id="odd" name="x"/>', "表单"),
    ('<bpmn:frobnicator id="odd"/>', "请删去它"),
]


@pytest.mark.parametrize(("element", "instead"), BPMN_EXTRA)
def test_an_element_outside_the_list_is_refused_by_its_id_and_says_what_to_use(element: str, instead: str) -> None:
    bad = changed(package(line("a")), "<bpmn:userTask", element + "<bpmn:userTask")
    sentence = said(faults(bad), "odd")
    assert "“" in sentence
    assert instead in sentence


IN_A_TASK = [
    ("<bpmn:standardLoopCharacteristics/>", "排他网关画出循环"),
    ('<bpmn:dataInputAssociation id="in"><bpmn:sourceRef>x</bpmn:sourceRef></bpmn:dataInputAssociation>', "数据关联"),
    ("<bpmn:ioSpecification/>", "参数"),
    ("<bpmn:potentialOwner/>", "泳道"),
]


@pytest.mark.parametrize(("inner", "instead"), IN_A_TASK)
def test_what_a_task_may_not_hold_is_refused_at_the_task(inner: str, instead: str) -> None:
    found = faults(Process().start().user("a", inner=inner).end("done").flow("begin", "a", "done"))
    assert instead in "".join(fault.message for fault in found if fault.element in ("a", "in"))


def test_a_completion_condition_of_many_instances_is_refused() -> None:
    """The library evaluates it where the collected answers can not be seen."""
    loop = each("start.people", "person").replace(
        "</bpmn:multi", "<bpmn:completionCondition>1 == 1</bpmn:completionCondition></bpmn:multi"
    )
    found = faults(Process().start().user("a", inner=loop).end("done").flow("begin", "a", "done"))
    assert "提前结束条件" in said(found, "a")


EVENTS = [
    ("signalEventDefinition", "消息事件"),
    ("linkEventDefinition", "连线"),
    ("compensateEventDefinition", "服务任务"),
    ("cancelEventDefinition", "错误事件"),
    ("conditionalEventDefinition", "排他网关"),
]


@pytest.mark.parametrize(("definition", "instead"), EVENTS)
@pytest.mark.parametrize("kind", ["intermediateCatchEvent", "intermediateThrowEvent", "endEvent", "boundaryEvent"])
def test_events_that_never_happen_or_do_nothing_are_refused(kind: str, definition: str, instead: str) -> None:
    process = Process().start().user("a").end("done").flow("begin", "a", "done")
    attributes = ' attachedToRef="a"' if kind == "boundaryEvent" else ""
    process._add(kind, "odd", f"<bpmn:{definition}/>", None, attributes)
    assert instead in said(faults(process), "odd")


def test_an_event_with_two_triggers_and_one_with_none_are_refused() -> None:
    both = "<bpmn:terminateEventDefinition/><bpmn:errorEventDefinition errorRef='e_refused'/>"
    process = Process().start().user("a").end("done", both)._add("intermediateCatchEvent", "wait", "")
    found = faults(process.flow("begin", "a", "wait", "done"))
    assert "几种触发方式" in said(found, "done")
    assert "永远等下去" in said(found, "wait")


def test_a_repeating_timer_is_refused() -> None:
    process = Process().start().user("a").timer("wait", "3天").end("done").flow("begin", "a", "wait", "done")
    bad = package(process)
    bad = changed(bad, "<bpmn:timeDuration>3天</bpmn:timeDuration>", "<bpmn:timeCycle>R/P1D</bpmn:timeCycle>")
    assert "循环计时" in said(faults(bad), "wait")


def test_an_event_sub_process_is_refused() -> None:
    """It does not interrupt, keeps the instance open and changes what other instances run on."""
    inner = Process("inner").start("i_begin").user("x").end("i_done").flow("i_begin", "x", "i_done")
    process = Process().start().sub("work", inner).end("done").flow("begin", "work", "done")
    bad = changed(package(process), '<bpmn:subProcess id="work"', '<bpmn:subProcess triggeredByEvent="true" id="work"')
    assert "事件子流程" in said(faults(bad), "work")


def test_an_error_can_only_be_caught_where_one_can_come_from() -> None:
    refused = '<bpmn:errorEventDefinition errorRef="e_refused"/>'
    process = Process().start().user("a").boundary("failed", "a", refused).end("done").end("bad")
    assert "永远不会发生" in said(faults(process.flow("begin", "a", "done").flow("failed", "bad")), "failed")


def test_an_error_that_nobody_catches_is_refused() -> None:
    """The library ends the process as if nothing had happened."""
    refused = '<bpmn:errorEventDefinition errorRef="e_refused"/>'
    assert "没有人接" in said(faults(Process().start().end("bad", refused).flow("begin", "bad")), "bad")
    inner = Process("inner").start("i_begin").user("x").end("i_bad", refused).flow("i_begin", "x", "i_bad")
    process = Process().start().sub("work", inner).end("done").flow("begin", "work", "done")
    assert "没有人接" in said(faults(process), "i_bad")
    process.boundary("failed", "work", refused).end("told").flow("failed", "told")
    assert faults(process) == []


def test_an_error_of_a_called_process_must_be_caught_by_its_caller() -> None:
    refused = '<bpmn:errorEventDefinition errorRef="e_refused"/>'
    called = Process("called").start("c_begin").user("x").end("c_bad", refused).flow("c_begin", "x", "c_bad")
    process = Process().start().call("ask", "called").end("done").flow("begin", "ask", "done")
    assert "没有人接" in said(faults(process, called), "c_bad")
    process.boundary("failed", "ask", refused).end("told").flow("failed", "told")
    assert faults(process, called) == []


def test_references_to_messages_and_errors_must_lead_somewhere() -> None:
    process = Process().start().message("hear", "news").end("done").flow("begin", "hear", "done")
    assert "m_news" in said(faults(process), "hear")
    assert faults(process, messages=("news",)) == []
    bad = changed(package(process, messages=("news",)), ' messageRef="m_news"', "")
    assert "没有选消息" in said(faults(bad), "hear")


def test_a_process_does_not_start_by_message() -> None:
    process = Process().start().user("a").end("done").flow("begin", "a", "done")
    bad = changed(
        package(process, messages=("news",)),
        '<bpmn:startEvent id="begin" name="begin">',
        '<bpmn:startEvent id="begin" name="begin"><bpmn:messageEventDefinition messageRef="m_news"/>',
    )
    assert "messageEventDefinition" in said(faults(bad), "begin")


def test_a_condition_that_nobody_looks_at_is_refused() -> None:
    process = Process().start().user("a").end("done").flow("begin", "a").flow_if("odd", "a", "done", "1 == 2")
    assert "条件不会被看" in said(faults(process), "odd")


def test_two_ways_out_of_a_task_are_refused() -> None:
    process = Process().start().user("a").user("b").end("done").flow("begin", "a", "done").flow("a", "b", "done")
    assert "2 条连线" in said(faults(process), "a")


SETTINGS = [
    ('camunda:assignee="demo"', "assignee"),
    ('camunda:candidateGroups="工作站"', "泳道"),
    ('camunda:formKey="f"', "formKey"),
    ('camunda:dueDate="P3D"', "dueOn"),
]


@pytest.mark.parametrize(("attribute", "instead"), SETTINGS)
def test_settings_of_another_product_would_be_ignored_and_are_refused(attribute: str, instead: str) -> None:
    namespace = 'xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    bad = changed(package(line("a")), '<bpmn:userTask id="a"', f'<bpmn:userTask {namespace} {attribute} id="a"')
    assert instead in said(faults(bad), "a")


@pytest.mark.parametrize(
    "inner",
    [
        '<zeebe:taskDefinition xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" type="x"/>',
        '<flowable:formProperty xmlns:flowable="http://flowable.org/bpmn"/>',
        "<spiffworkflow:preScript>x = 1</spiffworkflow:preScript>",
        "<spiffworkflow:postScript>x = 1</spiffworkflow:postScript>",
    ],
)
def test_extension_elements_that_nobody_reads_are_refused(inner: str) -> None:
    process = line()
    process.user("b", inner=f"<bpmn:extensionElements>{inner}</bpmn:extensionElements>")
    process = Process().start().user("a", inner=f"<bpmn:extensionElements>{inner}</bpmn:extensionElements>").end("done")
    assert "不起作用" in said(faults(process.flow("begin", "a", "done")), "a")


def test_a_misspelt_property_is_refused_with_the_right_spelling() -> None:
    process = Process().start().user("a", asignee="start.who").end("done").flow("begin", "a", "done")
    assert "是不是“assignee”" in said(faults(process), "a")


def test_a_service_task_without_an_operation_is_refused() -> None:
    process = Process().start()._add("serviceTask", "a", "").end("done").flow("begin", "a", "done")
    assert "没有选择要做什么" in said(faults(process), "a")


def test_everything_is_said_at_once() -> None:
    process = Process().start().user("a", asignee="x", dueOn="P7").script("b", "x = nobody.n").end("done")
    found = faults(process.flow("begin", "a", "b", "done"))
    assert {fault.element for fault in found} == {"a", "b"}
    assert len(found) == 3


def test_what_the_engine_can_do_is_allowed() -> None:
    inner = Process("inner").start("i_begin").user("x").end("i_done").flow("i_begin", "x", "i_done")
    called = Process("called", lane="代表").start("c_begin").user("y", assignee="person").end("c_done")
    called.flow("c_begin", "y", "c_done").boundary_timer("soon", "y", "1天").end("soon_end").flow("soon", "soon_end")
    process = Process().start().gateway("split", "parallel").sub("work", inner).boundary_timer("late", "work", "9天")
    process.call("all", "called", each("start.people", "person")).gateway("join", "parallel").end("late_end")
    process.gateway("which", "eventBased").timer("t", "case.respond_by前1个工作日").message("m", "reply")
    process.gateway("merge").service("keep", "test.note", value="get(m, 'text', '') if exists(m) else ''").end("done")
    process.flow("begin", "split", "work", "join", "which", "t", "merge", "keep", "done")
    process.flow("split", "all", "join").flow("which", "m", "merge").flow("late", "late_end")
    assert faults(process, called, messages=("reply",)) == []


def test_the_names_of_a_fault_are_what_the_pages_need() -> None:
    found = faults(Process().start().user("a", asignee="x").end("done").flow("begin", "a", "done"))
    assert isinstance(found[0], Fault)
    assert (found[0].file, found[0].element) == ("process.bpmn", "a")


@pytest.mark.parametrize("where", ['name="a">', 'name="demo_only">'])
def test_an_element_of_another_product_in_the_diagram_itself_is_refused(where: str) -> None:
    """The library steps over it in silence."""
    process = package(line("a"))
    if where == 'name="demo_only">':
        process = changed(process, '<bpmn:process id="demo" isExecutable="true">', f'<bpmn:process id="demo" {where}')
    foreign = '<camunda:formData xmlns:camunda="http://camunda.org/schema/1.0/bpmn"/>'
    sentences = "".join(fault.message for fault in faults(changed(process, where, where + foreign)))
    assert "formData 不起作用" in sentences


def many(inner: str) -> Process:
    """A step done several times, and nothing else."""
    return Process().start().user("a", inner=inner).end("done").flow("begin", "a", "done")


COUNT = "<bpmn:loopCardinality>{}</bpmn:loopCardinality>"


def times(count: str) -> str:
    return f"<bpmn:multiInstanceLoopCharacteristics>{COUNT.format(count)}</bpmn:multiInstanceLoopCharacteristics>"


@pytest.mark.parametrize(
    ("inner", "sentence"),
    [
        (times("501"), "1 到 500"),
        (times("0"), "1 到 500"),
        (times("'x'"), "1 到 500"),
        (each("'x'", "person"), "不是列表"),
        (each("start.people", "person") + each("start.people", "other"), "几次多实例"),
        (each("start.people", "person").replace("isSequential", 'behavior="One" isSequential'), "behavior"),
        (each("start.people", "person").replace("</bpmn:multi", COUNT.format(3) + "</bpmn:multi"), "只能写一个"),
    ],
)
def test_how_often_a_step_is_done_is_said_once_and_within_limits(inner: str, sentence: str) -> None:
    assert sentence in said(faults(many(inner)), "a")


def test_a_fixed_number_within_the_limit_is_allowed() -> None:
    assert faults(many(times("500"))) == []


@pytest.mark.parametrize("setting", ["startQuantity", "completionQuantity"])
def test_quantities_that_nobody_counts_are_refused(setting: str) -> None:
    bad = changed(package(line("a")), '<bpmn:userTask id="a"', f'<bpmn:userTask {setting}="3" id="a"')
    assert setting in said(faults(bad), "a")
    one = changed(package(line("a")), '<bpmn:userTask id="a"', f'<bpmn:userTask {setting}="1" id="a"')
    assert faults(one) == []


def test_a_second_script_would_be_dropped_and_is_refused() -> None:
    process = Process().start().script("a", "x = 1").end("done").flow("begin", "a", "done")
    both = changed(package(process), "</bpmn:script>", "</bpmn:script><bpmn:script>y = 1</bpmn:script>")
    assert "几段脚本" in said(faults(both), "a")


def test_an_event_at_a_step_that_does_not_wait_is_refused() -> None:
    def beside(process: Process) -> str:
        process.boundary_timer("late", "x", "1天").user("a").end("done").end("told")
        return said(faults(process.flow("begin", "x", "a", "done").flow("late", "told")), "late")

    assert "永远不会发生" in beside(Process().start().script("x", "y = 1"))
    assert "永远不会发生" in beside(Process().start().service("x", "test.note", value="1"))
    assert "永远不会发生" in beside(Process().start().gateway("x"))
    assert "永远不会发生" in beside(Process().start().timer("x", "3天"))
    assert beside(Process().start().user("x")) == ""


@pytest.mark.parametrize("kind", ["parallel", "inclusive"])
def test_two_ways_to_one_step_that_would_do_it_twice_are_refused(kind: str) -> None:
    process = Process().start().gateway("fork", kind, default="on" if kind == "inclusive" else None).user("a")
    process.end("done").flow("begin", "fork").flow("a", "done")
    condition = "start.n > 1" if kind == "inclusive" else None
    process.flow_if("on", "fork", "a").flow_if("also", "fork", "a", condition)
    assert "做几遍" in said(faults(process), "fork")


def test_two_conditions_may_choose_one_step() -> None:
    process = Process().start().gateway("which", default="on").user("a").user("b").end("done").flow("begin", "which")
    process.flow_if("on", "which", "b").flow_if("x", "which", "a", "start.n == 1")
    assert faults(process.flow_if("y", "which", "a", "start.n == 3").flow("a", "done").flow("b", "done")) == []


def test_a_pool_that_stands_for_several_is_refused() -> None:
    pool = (
        '<bpmn:collaboration id="c"><bpmn:participant id="pool" processRef="demo">{}</bpmn:participant>'
        "</bpmn:collaboration><bpmn:process"
    )
    several = '<bpmn:participantMultiplicity minimum="2"/>'
    assert "participantMultiplicity" in said(
        faults(changed(package(line("a")), "<bpmn:process", pool.format(several))), "pool"
    )
    assert faults(changed(package(line("a")), "<bpmn:process", pool.format(""))) == []
