"""A diagram that drops a promised link is refused, however the link is dropped; every other diagram is left alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.process.checked import WORDS, drawn
from tests.process.diagram import Process, each, package
from workflows import wiring
from workflows.cases.delegates import PROMISES
from workflows.engine import packages
from workflows.engine.checking.fault import Fault, Words, words_of
from workflows.engine.checking.package_check import judge
from workflows.engine.packages import Package
from workflows.engine.promises import Promise

FOLDER = Path(__file__).parents[2] / "bpmn" / "constituent_case"
TOLD = Promise("结果有反馈", frozenset({"反馈"}), frozenset({"重办"}))
PROMISING = replace(WORDS, promises={"demo": (TOLD,)})


def refused(*processes: Process) -> list[str]:
    """The ends that are reached without feedback."""
    found = judge(drawn(package(*processes)), PROMISING)
    broken = [fault for fault in found if "结果有反馈 缺失" in fault.message]
    assert found == broken
    return [fault.element for fault in broken]


def words() -> Words:
    known = wiring.vocabulary()
    return words_of(
        known.groups, known.delegates, known.facts.fields, known.panels, known.choices, promises=known.promises
    )


def shipped_without(milestone: str) -> list[Fault]:
    """What is said about the shipped diagram once a milestone's word is gone from all its steps."""
    shipped = packages.read_folder(FOLDER)
    xml = shipped.files["process.bpmn"].decode()
    word = f'name="milestone" value="{milestone}"'
    assert word in xml
    edited = xml.replace(word, 'name="milestone" value="别的"').encode()
    return judge(Package(shipped.key, shipped.name, "", {**shipped.files, "process.bpmn": edited}), words())


def test_the_shipped_diagram_keeps_every_promise() -> None:
    assert judge(packages.read_folder(FOLDER), words()) == []


@pytest.mark.parametrize(
    ("milestone", "sentences"),
    [
        ("登记", {"来访有登记"}),
        ("反映", {"登记有反映"}),
        ("处理", {"反映有处理"}),
        ("结果", {"处理有结果"}),
        ("反馈", {"结果有反馈"}),
        ("当场答复", {"登记有反映", "反映有处理", "处理有结果", "结果有反馈"}),
        ("不予受理", {"登记有反映", "反映有处理", "处理有结果", "结果有反馈"}),
    ],
)
def test_dropping_a_link_is_refused_with_its_sentence(milestone: str, sentences: set[str]) -> None:
    faults = shipped_without(milestone)
    assert {fault.message.partition(" 缺失")[0] for fault in faults} == sentences
    assert all(fault.element and "请在这条路上保留" in fault.message for fault in faults)


def test_a_way_round_the_step_is_found_at_its_end() -> None:
    process = Process().start().gateway("asked", default="no").user("ask", milestone="反馈").end("told").end("silent")
    process.flow("begin", "asked").flow("ask", "told")
    process.flow_if("no", "asked", "silent").flow_if("yes", "asked", "ask", "True")
    assert refused(process) == ["silent"]


def test_a_fork_keeps_the_promise_when_one_branch_does() -> None:
    process = Process().start().gateway("fork", "parallel").user("ask", milestone="反馈").user("file")
    process.gateway("join", "parallel").end("done")
    process.flow("begin", "fork", "ask", "join", "done").flow("fork", "file", "join")
    assert refused(process) == []


@pytest.mark.parametrize(("interrupting", "ends"), [(True, ["late"]), (False, [])])
def test_only_an_event_that_interrupts_can_leave_the_step_out(interrupting: bool, ends: list[str]) -> None:
    process = Process().start().user("ask", milestone="反馈").end("done").end("late")
    process.boundary_timer("too_late", "ask", "3天", interrupting=interrupting)
    assert refused(process.flow("begin", "ask", "done").flow("too_late", "late")) == ends


def test_an_event_beside_it_that_ends_everything_leaves_the_step_out() -> None:
    process = Process().start().user("ask", milestone="反馈").end("done")
    process.end("stop", "<bpmn:terminateEventDefinition/>").boundary_timer("late", "ask", "3天")
    assert refused(process.flow("begin", "ask", "done").flow("late", "stop")) == ["stop"]


@pytest.mark.parametrize(("milestone", "ends"), [("反馈", []), ("别的", ["done"])])
def test_steps_inside_a_sub_process_count(milestone: str, ends: list[str]) -> None:
    inner = Process("work").start("work_begin").user("ask", milestone=milestone).end("work_done")
    process = Process().start().sub("work", inner.flow("work_begin", "ask", "work_done")).end("done")
    assert refused(process.flow("begin", "work", "done")) == ends


def test_steps_of_a_called_process_count_at_each_call() -> None:
    called = Process("telling").start("t_begin").user("ask", milestone="反馈").end("t_done")
    called.flow("t_begin", "ask", "t_done")
    process = Process().start().gateway("which", default="one").call("first", "telling").call("second", "telling")
    process.end("done").flow("begin", "which").flow("first", "done").flow("second", "done")
    process.flow_if("one", "which", "first").flow_if("two", "which", "second", "True")
    assert refused(process, called) == []


def test_a_list_that_may_be_empty_keeps_no_promise() -> None:
    inner = Process("work").start("work_begin").user("ask", milestone="反馈").end("work_done")
    inner.flow("work_begin", "ask", "work_done")
    process = Process().start().script("who", "people = []").sub("work", inner, each("people", "person")).end("done")
    assert refused(process.flow("begin", "who", "work", "done")) == ["done"]


@pytest.mark.parametrize(("back_to", "ends"), [("ask", []), ("done", ["done"])])
def test_what_is_opened_again_must_be_kept_again(back_to: str, ends: list[str]) -> None:
    process = Process().start().user("ask", milestone="反馈").gateway("happy", default="yes").end("done")
    process.user("again", milestone="重办").flow("begin", "ask", "happy").flow("again", back_to)
    process.flow_if("yes", "happy", "done").flow_if("no", "happy", "again", "True")
    assert refused(process) == ends


def test_promises_reach_the_child_that_judges_hostile_packages() -> None:
    assert Words.from_plain(words().plain()) == words()
    assert words().promises["constituent_case"] == PROMISES


def test_other_processes_may_do_as_they_like() -> None:
    other = Process("other").start("o_begin").user("ask").end("done").flow("o_begin", "ask", "done")
    assert judge(drawn(package(other)), PROMISING) == []
