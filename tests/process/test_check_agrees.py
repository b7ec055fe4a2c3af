"""What the checks allow runs, and what they call a trap is one: the same diagram, judged and then run."""

import pytest

from tests.process.checked import drawn, faults, said
from tests.process.diagram import Process, package
from tests.process.house import House
from workflows.actor import the_clock
from workflows.engine import instances
from workflows.engine.runtime import ProcessFault

LATE = '<bpmn:escalationEventDefinition escalationRef="x_late"/>'
REFUSED = '<bpmn:errorEventDefinition errorRef="e_refused"/>'
NEWS = '<bpmn:messageEventDefinition messageRef="m_news"/>'


def begun(house: House, process: Process, *others: Process, **start: object) -> str:
    """An instance of a process that the checks let through."""
    whole = drawn(package(process, *others, messages=("news",)))
    assert faults(package(process, *others, messages=("news",))) == []
    house.publish(whole)
    return house.start(business_key="case:1", **start)


def tell(house: House, name: str) -> int:
    with house.work() as session:
        return instances.send_message(
            house.engine, session, the_clock("luji"), name=name, business_key="case:1", payload={"n": 1}
        )


def test_an_escalation_thrown_on_the_way_is_caught_around_it(house: House) -> None:
    inner = Process("inner").start("i_begin")._add("intermediateThrowEvent", "shout", LATE).user("x").end("i_done")
    inner.flow("i_begin", "shout", "x", "i_done")
    process = Process().start().sub("work", inner).boundary("told", "work", LATE, interrupting=False).user("chief")
    process.end("done").end("told_end").flow("begin", "work", "done").flow("told", "chief", "told_end")
    assert house.names(begun(house, process)) == ["chief", "x"]


def test_an_error_of_a_called_process_reaches_its_caller(house: House) -> None:
    called = Process("called").start("c_begin").user("x").end("c_bad", REFUSED).flow("c_begin", "x", "c_bad")
    process = Process().start().call("ask", "called").boundary("failed", "ask", REFUSED).user("repair").end("done")
    instance = begun(house, process.end("bad").flow("begin", "ask", "done").flow("failed", "repair", "bad"), called)
    house.complete(instance, "x")
    assert house.names(instance) == ["repair"]


@pytest.mark.parametrize("interrupting", [True, False])
def test_a_message_at_a_step_opens_its_branch(house: House, interrupting: bool) -> None:
    process = Process().start().user("a").boundary("heard", "a", NEWS, interrupting=interrupting).user("b").end("done")
    process.service("keep", "test.note", value="heard.n").end("told").flow("begin", "a", "done")
    instance = begun(house, process.flow("heard", "keep", "b", "told"))
    assert tell(house, "news") == 1
    assert house.names(instance) == (["b"] if interrupting else ["a", "b"])
    assert house.calls == [("keep", 1)]


def test_a_receive_task_waits_for_its_message(house: House) -> None:
    process = Process().start()._add("receiveTask", "hear", "", None, ' messageRef="m_news"').end("done")
    instance = begun(house, process.service("keep", "test.note", value="hear.n").flow("begin", "hear", "keep", "done"))
    assert tell(house, "news") == 1
    assert (house.calls, house.status(instance)) == ([("keep", 1)], "completed")


def test_a_message_at_the_end_reaches_the_other_process(house: House) -> None:
    waiting = begun(house, Process().start().message("hear", "news").end("done").flow("begin", "hear", "done"))
    thrower = Process("thrower").start("t_begin").end("t_done", NEWS).flow("t_begin", "t_done")
    house.publish(drawn(package(thrower, messages=("news",))))
    house.start("thrower", business_key="case:1")
    house.sweep()
    assert house.status(waiting) == "completed"


def test_a_manual_step_and_a_number_of_equal_steps(house: House) -> None:
    loop = (
        '<bpmn:multiInstanceLoopCharacteristics isSequential="false">'
        "<bpmn:loopCardinality>start.n</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    )
    process = Process().start()._add("manualTask", "look", "").user("each", inner=loop).end("done")
    instance = begun(house, process.flow("begin", "look", "each", "done"), n=3)
    house.complete(instance, "look")
    assert house.names(instance) == ["each"] * 3


def test_chinese_ids_are_names_in_expressions(house: House) -> None:
    process = Process().start().user("登记").script("记", "数 = len(登记) + 1").user("看").end("完成")
    process.service("keep", "test.note", value="数").flow("begin", "登记", "记", "keep", "看", "完成")
    instance = begun(house, process)
    house.complete(instance, "登记")
    assert house.calls == [("keep", 1)]
    assert house.names(instance) == ["看"]


def test_an_inclusive_fork_in_a_row_runs(house: House) -> None:
    process, before = Process().start(), "begin"
    for n in range(8):
        process.gateway(f"s{n}", "inclusive", default=f"d{n}").user(f"a{n}").user(f"b{n}").gateway(f"j{n}", "inclusive")
        process.flow(before, f"s{n}").flow_if(f"c{n}", f"s{n}", f"a{n}", "start.n > 1").flow(f"a{n}", f"j{n}")
        process.flow_if(f"d{n}", f"s{n}", f"b{n}").flow(f"b{n}", f"j{n}")
        before = f"j{n}"
    instance = begun(house, process.end("done").flow(before, "done"), n=2)
    for n in range(8):
        assert house.names(instance) == [f"a{n}"]
        house.complete(instance, f"a{n}")
    assert house.status(instance) == "completed"


# Traps: refused, and here is what would have happened.


def test_a_join_of_ways_that_exclude_each_other_never_fills(house: House) -> None:
    process = Process().start().gateway("which", default="on").user("a").user("b").gateway("join", "parallel")
    process.user("after").end("done").flow("begin", "which").flow_if("on", "which", "a").flow("a", "join", "after")
    process.flow("after", "done").flow_if("yes", "which", "b", "start.n > 1").flow("b", "join")
    assert "永远等不齐" in said(faults(process), "join")
    house.publish(package(process))
    instance = house.start(n=1)
    house.complete(instance, "a")
    assert (house.names(instance), house.status(instance)) == ([], "running")


def test_a_step_that_can_not_go_on_to_a_gateway_without_default_stops_there(house: House) -> None:
    process = Process().start().user("a").gateway("which").user("b").user("c").end("done").flow("begin", "a", "which")
    process.flow_if("x", "which", "b", "start.n > 1").flow_if("y", "which", "c", "start.n > 2")
    process.flow("b", "done").flow("c", "done")
    assert "没有默认连线" in said(faults(process), "which")
    house.publish(package(process))
    instance = house.start(n=1)
    with pytest.raises(ProcessFault):
        house.complete(instance, "a")
