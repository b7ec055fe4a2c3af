"""Diagrams that would hang, multiply or explode. The numbers are those measured on the library."""

import time

import pytest

from tests.process.checked import faults, said
from tests.process.diagram import Process, each

REFUSED = '<bpmn:errorEventDefinition errorRef="e_refused"/>'


def blocks(count: int, ways: int, kind: str = "parallel") -> Process:
    """`count` fork-and-join blocks of `ways` branches, one after the other."""
    process, before = Process().start(), "begin"
    for n in range(count):
        process.gateway(f"split{n}", kind).gateway(f"join{n}", kind).flow(before, f"split{n}")
        for way in range(ways):
            process.user(f"u{n}_{way}").flow(f"split{n}", f"u{n}_{way}", f"join{n}")
        before = f"join{n}"
    return process.end("done").flow(before, "done")


@pytest.mark.parametrize(("count", "ways"), [(8, 2), (6, 3), (5, 5)])
def test_parallel_blocks_in_a_row_that_multiply_are_refused(count: int, ways: int) -> None:
    assert "走法的组合太多" in said(faults(blocks(count, ways)), "demo")


@pytest.mark.parametrize(("count", "ways"), [(1, 40), (3, 2), (5, 2), (2, 8)])
def test_a_few_parallel_blocks_are_allowed(count: int, ways: int) -> None:
    assert faults(blocks(count, ways)) == []


def test_a_ladder_is_refused() -> None:
    process = Process().start().gateway("l0", "parallel").gateway("r0", "parallel").gateway("top", "parallel")
    process.flow("begin", "top", "l0").flow("top", "r0")
    for n in range(22):
        process.gateway(f"l{n + 1}", "parallel").gateway(f"r{n + 1}", "parallel")
        process.flow(f"l{n}", f"l{n + 1}").flow(f"r{n}", f"r{n + 1}")
        process.flow(f"l{n}", f"r{n + 1}").flow(f"r{n}", f"l{n + 1}")
    process.gateway("join", "parallel").end("done").flow("l22", "join", "done").flow("r22", "join")
    assert "走法的组合太多" in said(faults(process), "demo")


def test_choices_in_a_row_do_not_multiply() -> None:
    process, before = Process().start(), "begin"
    for n in range(20):
        process.gateway(f"which{n}", default=f"on{n}").user(f"u{n}").gateway(f"merge{n}").flow(before, f"which{n}")
        process.flow_if(f"yes{n}", f"which{n}", f"u{n}", "start.n > 1").flow_if(f"on{n}", f"which{n}", f"merge{n}")
        process.flow(f"u{n}", f"merge{n}")
        before = f"merge{n}"
    assert faults(process.end("done").flow(before, "done")) == []


def looping(*middle: str) -> Process:
    """begin → first … which → back to first, or done; the steps between are made by the caller."""
    process = Process().start().gateway("which", default="on").end("done").flow("begin", *middle, "which")
    return process.flow_if("back", "which", middle[0], "start.n > 1").flow_if("on", "which", "done")


def test_a_loop_that_waits_for_nobody_is_refused_and_its_steps_named() -> None:
    found = faults(looping("count", "keep").script("count", "n = 1").service("keep", "test.note", value="n"))
    sentence = "".join(fault.message for fault in found)
    assert len(found) == 1
    assert "自动循环" in sentence
    assert all(f"“{step}”" in sentence for step in ("count", "keep", "which"))


def test_a_loop_that_waits_is_allowed() -> None:
    assert faults(looping("count", "ask").script("count", "n = 1").user("ask")) == []
    assert faults(looping("count", "wait").script("count", "n = 1").timer("wait", "1天")) == []


def test_a_loop_around_a_sub_process_is_allowed_only_if_that_always_waits() -> None:
    waits = Process("inner").start("i_begin").user("x").end("i_done").flow("i_begin", "x", "i_done")
    assert faults(looping("work").sub("work", waits)) == []
    assert faults(looping("ask").call("ask", "inner"), waits) == []
    hurries = Process("inner").start("i_begin").gateway("i_which", default="i_on").user("x").end("i_done")
    hurries.flow("i_begin", "i_which").flow_if("i_on", "i_which", "i_done").flow("x", "i_done")
    hurries.flow_if("i_ask", "i_which", "x", "start.n > 1")
    assert "自动循环" in said(faults(looping("work").sub("work", hurries)), "work") + said(
        faults(looping("work").sub("work", hurries)), "which"
    )


def test_a_loop_without_a_choice_is_refused() -> None:
    """The library lays out the way ahead for ever."""
    process = Process().start().user("a").gateway("split", "parallel").end("done").flow("begin", "a", "split", "done")
    assert "没有排他网关" in said(faults(process.flow("split", "a")), "a")


def test_a_loop_without_a_way_out_is_refused_unless_something_ends_it() -> None:
    def reminding(end: str) -> Process:
        process = Process().start().user("a").gateway("fork", "parallel").gateway("again").timer("week", "7天")
        process.service("remind", "test.note", value="1").end("done", end).flow("begin", "fork", "a", "done")
        return process.flow("fork", "again", "week", "remind", "again")

    assert "走不到结束" in said(faults(reminding("")), "week")
    process = reminding("").gateway("both", "parallel").end("told")
    process._parts = [part.replace('sourceRef="remind"', 'sourceRef="both"') for part in process._parts]
    assert "没有出口" in said(faults(process.flow("remind", "both", "told")), "again")
    process = reminding("<bpmn:terminateEventDefinition/>").gateway("both", "parallel").end("told")
    process._parts = [part.replace('sourceRef="remind"', 'sourceRef="both"') for part in process._parts]
    assert faults(process.flow("remind", "both", "told")) == []


def test_a_fork_whose_branches_all_go_round_is_refused() -> None:
    process = Process().start().gateway("fork", "parallel").user("a").user("b").gateway("merge")
    process.gateway("which", default="on").end("done").flow("begin", "fork", "a", "merge", "which")
    process.flow("fork", "b", "merge").flow_if("back", "which", "fork", "start.n > 1").flow_if("on", "which", "done")
    assert "多出几倍" in said(faults(process), "fork")


def test_a_fork_that_is_joined_before_it_goes_round_is_allowed() -> None:
    process = Process().start().gateway("fork", "parallel").user("a").user("b").gateway("join", "parallel")
    process.gateway("again").gateway("which", default="on").end("done").flow("begin", "again", "fork", "a", "join")
    process.flow("fork", "b", "join", "which").flow_if("on", "which", "done")
    assert faults(process.flow_if("back", "which", "again", "start.n > 1")) == []


def test_a_join_that_can_never_be_complete_is_refused() -> None:
    process = Process().start().gateway("which", default="on").user("a").user("b").gateway("join", "parallel")
    process.end("done").flow("begin", "which").flow_if("on", "which", "a").flow("a", "join", "done")
    process.flow_if("yes", "which", "b", "start.n > 1").flow("b", "join")
    assert "“which”不一定都走" in said(faults(process), "join")


def test_a_join_that_waits_for_a_step_and_for_its_own_time_out_is_refused() -> None:
    process = Process().start().user("a").boundary_timer("late", "a", "1天", interrupting=True).user("x")
    process.gateway("join", "parallel").end("done").flow("begin", "a", "join", "done").flow("late", "x", "join")
    assert "永远等不齐" in said(faults(process), "join")


def test_a_join_that_waits_for_its_own_successor_is_refused() -> None:
    process = Process().start().gateway("join", "parallel").user("a").gateway("which", default="on").end("done")
    process.flow("begin", "join", "a", "which").flow_if("on", "which", "done")
    assert "绕回来" in said(faults(process.flow_if("back", "which", "join", "start.n > 1")), "join")


def test_a_parallel_join_of_parallel_branches_with_choices_inside_is_allowed() -> None:
    process = Process().start().gateway("fork", "parallel").gateway("which", default="on").user("a").user("b").user("c")
    process.gateway("merge").gateway("join", "parallel").end("done").flow("begin", "fork", "which")
    process.flow_if("on", "which", "a").flow_if("yes", "which", "b", "start.n > 1").flow("a", "merge", "join", "done")
    assert faults(process.flow("b", "merge").flow("fork", "c", "join")) == []


def test_a_reminder_beside_a_step_does_not_disturb() -> None:
    process = Process().start().user("a", inner=each("start.people", "person")).end("done").end("told")
    process.boundary_timer("soon", "a", "1天").service("tell", "test.note", value="1")
    assert faults(process.flow("begin", "a", "done").flow("soon", "tell", "told")) == []


def forked(*, end: str = "") -> Process:
    """begin → fork → a and b → join → done; the caller gives b another way out, to `elsewhere`."""
    process = Process().start().gateway("fork", "parallel").user("a").user("b").gateway("join", "parallel")
    process.end("done").end("elsewhere", end).flow("begin", "fork", "a", "join", "done")
    return process.flow("fork", "b")


@pytest.mark.parametrize("kind", ["exclusive", "inclusive"])
def test_a_join_that_misses_a_branch_which_may_end_elsewhere_is_refused(kind: str) -> None:
    process = forked().gateway("which", kind, default="on").flow("b", "which").flow_if("on", "which", "join")
    assert "从“which”走到别处" in said(faults(process.flow_if("off", "which", "elsewhere", "start.n > 1")), "join")


def test_a_join_that_misses_a_branch_which_may_time_out_is_refused() -> None:
    process = forked().flow("b", "join").boundary_timer("late", "b", "1天", interrupting=True).flow("late", "elsewhere")
    assert "从“b”走到别处" in said(faults(process), "join")


def test_a_join_that_misses_a_branch_which_may_go_back_before_the_fork_is_refused() -> None:
    process = Process().start().gateway("again").gateway("fork", "parallel").user("a").user("b")
    process.gateway("which", default="on").gateway("join", "parallel").end("done")
    process.flow("begin", "again", "fork", "a", "join", "done").flow("fork", "b", "which")
    process.flow_if("on", "which", "join").flow_if("back", "which", "again", "start.n > 1")
    assert "从“which”走到别处" in said(faults(process), "join")


def test_a_branch_may_end_everything_or_time_out_into_its_own_join() -> None:
    ending = forked(end="<bpmn:terminateEventDefinition/>").gateway("which", default="on").flow("b", "which")
    assert faults(ending.flow_if("on", "which", "join").flow_if("off", "which", "elsewhere", "start.n > 1")) == []
    process = Process().start().gateway("fork", "parallel").user("a").user("b").user("chief").gateway("merge")
    process.gateway("join", "parallel").end("done").boundary_timer("late", "b", "1天", interrupting=True)
    process.flow("begin", "fork", "a", "join", "done").flow("fork", "b", "merge", "join")
    assert faults(process.flow("late", "chief", "merge")) == []


def test_a_join_of_an_inclusive_fork_or_of_a_reminder_is_refused() -> None:
    process = Process().start().gateway("which", "inclusive", default="on").user("a").user("b")
    process.gateway("join", "parallel").end("done").flow("begin", "which").flow_if("on", "which", "a")
    process.flow("a", "join", "done").flow_if("yes", "which", "b", "start.n > 1").flow("b", "join")
    assert "“which”" in said(faults(process), "join")
    process = Process().start().user("a").boundary_timer("soon", "a", "1天").gateway("join", "parallel").end("done")
    assert "“a”" in said(faults(process.flow("begin", "a", "join", "done").flow("soon", "join")), "join")


@pytest.mark.parametrize("text", ["2026-10-08", "case.respond_by前1个工作日", "case.respond_by"])
def test_a_date_does_not_hold_up_a_loop_once_it_has_passed(text: str) -> None:
    sentence = said(faults(looping("begin_again", "wait").gateway("begin_again").timer("wait", text)), "which")
    assert "自动循环" in sentence
    assert "写时长" in sentence


@pytest.mark.parametrize("text", ["3天", "7个工作日", "PT30M", "workdays_after(today(), 3)"])
def test_a_length_of_time_holds_up_a_loop(text: str) -> None:
    assert faults(looping("begin_again", "wait").gateway("begin_again").timer("wait", text)) == []


def test_a_date_at_a_step_does_not_hold_up_the_way_back_to_it() -> None:
    def returning(text: str) -> Process:
        process = Process().start().gateway("again").user("a").end("done").flow("begin", "again", "a", "done")
        return process.boundary_timer("late", "a", text, interrupting=True).flow("late", "again")

    assert "自动循环" in "".join(fault.message for fault in faults(returning("case.respond_by")))
    assert faults(returning("3天")) == []


def test_a_step_for_each_of_a_list_does_not_hold_up_a_loop_because_the_list_may_be_empty() -> None:
    loop = each("start.people", "person")
    sentence = "".join(f.message for f in faults(looping("again", "a").gateway("again").user("a", inner=loop)))
    assert "列表可能是空的" in sentence
    assert faults(looping("a", "b").user("a", inner=loop).user("b")) == []


def test_processes_that_call_each_other_many_times_are_judged_in_good_time() -> None:
    """Every way through 25 floors of 6 calls each would be 6 to the power of 25."""
    floors = []
    for floor in range(25):
        process = Process(f"f{floor}").start(f"f{floor}_begin").end(f"f{floor}_done", REFUSED if floor == 0 else "")
        steps = [f"f{floor}_{n}" for n in range(6)]
        for step in steps:
            process = process.user(step) if floor == 0 else process.call(step, f"f{floor - 1}")
        floors.append(process.flow(f"f{floor}_begin", *steps, f"f{floor}_done"))
    top = Process().start().call("top", "f24").boundary("failed", "top", REFUSED).end("done").end("bad")
    began = time.process_time()
    assert faults(top.flow("begin", "top", "done").flow("failed", "bad"), *floors) == []
    assert time.process_time() - began < 5
