"""The diagram rules: an edit of the shipped package, published by the real command into a house that keeps running.

Each edit changes what the next request does; a request that was already on its way ends on the version it began with.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from lxml import etree
from sqlalchemy import func, select

from service.cli.main import cli
from tests.factories import Town, small_town
from tests.process.casework import DONE, FOLDER, RESULT, TOLD, Desk
from tests.process.conftest import Opened
from workflows.audit import AuditEntry
from workflows.clock import MovableClock
from workflows.engine import definitions, instances
from workflows.engine.tables import Job, ProcessDefinition
from workflows.errors import Invalid
from workflows.wiring import Workplace

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DMN = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
RECEIVED = date(2026, 9, 24)
SEVEN_DAYS, FIVE_DAYS = date(2026, 10, 12), date(2026, 10, 9)
Edit = Callable[[etree._Element], None]


@dataclass
class Editor:
    """Somebody with a copy of the package's folder and a command line."""

    folder: Path
    workplace: Workplace

    def change(self, file: str, edit: Edit) -> None:
        """Edit a diagram or a decision table."""
        path = self.folder / file
        tree = etree.parse(path)
        edit(tree.getroot())
        tree.write(path, encoding="UTF-8", xml_declaration=True)

    def add_field(self, form: str, field: dict[str, Any]) -> None:
        path = self.folder / "forms" / f"{form}.json"
        content = json.loads(path.read_text(encoding="utf-8"))
        content["fields"].append(field)
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    def command(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli, list(arguments), obj=lambda: self.workplace)

    def publish(self) -> str:
        done = self.command("publish", str(self.folder))
        assert done.exit_code == 0, done.output
        return done.stdout.strip()


@pytest.fixture
def desk(opened: Opened, clock: MovableClock) -> Desk:
    return Desk(opened(_seeded), clock)


def _seeded(workplace: Workplace, clock: MovableClock) -> Town:
    clock.set_beijing(RECEIVED)
    return Desk(small_town(workplace), clock).town


@pytest.fixture
def editor(desk: Desk, tmp_path: Path) -> Editor:
    """The shipped package is in force, and its copy is on the editor's disk."""
    folder = tmp_path / "constituent_case"
    shutil.copytree(FOLDER, folder)
    editor = Editor(folder, desk.workplace)
    assert editor.publish() == "constituent_case 第 1 版已生效：来访事项办理"
    return editor


def _by_id(root: etree._Element, identity: str) -> etree._Element:
    found = root.find(f".//*[@id='{identity}']")
    assert found is not None, identity
    return found


def _drop(root: etree._Element, *identities: str) -> None:
    """Take elements out, with their place in the lane and in the drawing."""
    doomed = [each for each in root.iter("*") if each.get("id") in identities or each.get("bpmnElement") in identities]
    doomed += [each for each in root.iter(f"{BPMN}flowNodeRef") if each.text in identities]
    for element in doomed:
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)


def _second_review(root: etree._Element) -> None:
    """The committee looks a request over before it refers it."""
    flow = _by_id(root, "to_committee")
    flow.set("targetRef", "review")
    work = flow.getparent()
    assert work is not None
    etree.SubElement(work, f"{BPMN}userTask", id="review", name="工委复核")
    etree.SubElement(work, f"{BPMN}sequenceFlow", id="reviewed", sourceRef="review", targetRef="refer")
    etree.SubElement(_by_id(root, "handling_steps_lane0"), f"{BPMN}flowNodeRef").text = "review"
    shape = etree.SubElement(
        _by_id(root, "plane_handling_steps"),
        "{http://www.omg.org/spec/BPMN/20100524/DI}BPMNShape",
        id="review_di",
        bpmnElement="review",
    )
    etree.SubElement(
        shape, "{http://www.omg.org/spec/DD/20100524/DC}Bounds", x="1500", y="300", width="120", height="80"
    )


def _five_days(root: etree._Element) -> None:
    text = _by_id(root, "matter_clock_row6_out2").find(f"{DMN}text")
    assert text is not None
    assert text.text == "7"
    text.text = "5"


def _no_early_reminder(root: etree._Element) -> None:
    _drop(root, "soon3", "soon3_notice", "soon3_end", "flow_soon3_soon3_notice", "flow_soon3_notice_soon3_end")


def _again_even_when_mostly_satisfied(root: etree._Element) -> None:
    condition = _by_id(root, "again").find(f"{BPMN}conditionExpression")
    assert condition is not None
    condition.text = 'case.satisfaction in ["不满意", "基本满意"] and case.times_reopened == 0'


def _complaints_in_two_days(root: etree._Element) -> None:
    """A new row before the last: complaints are answered within two working days."""
    last = _by_id(root, "matter_clock_row6")
    row = etree.fromstring(
        etree.tostring(last).decode().replace("matter_clock_row6", "matter_clock_row7"),
    )
    for identity, text in (("in1", '"投诉反映"'), ("out2", "2")):
        cell = _by_id(row, f"matter_clock_row7_{identity}").find(f"{DMN}text")
        assert cell is not None
        cell.text = text
    last.addprevious(row)


def _finish(desk: Desk, case: str, **reply: Any) -> None:
    """From the department's desk to the archive."""
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", {**TOLD, **reply})
    desk.do(case, "feedback", {"satisfaction": "满意"})
    assert desk.ended_at(case) == "closed"


def _row_counts(desk: Desk) -> list[int]:
    tables = (ProcessDefinition, AuditEntry, Job)
    with desk.workplace.reading(None) as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


# ------------------------------------------------------------------------------------------------ the six edits


def test_a_second_review_between_station_and_committee(desk: Desk, editor: Editor) -> None:
    running = desk.register()
    editor.change("process.bpmn", _second_review)
    assert editor.publish() == "constituent_case 第 2 版已生效：来访事项办理"
    following = desk.register()
    assert (desk.waits_at(running), desk.waits_at(following)) == (["refer"], ["review"])
    assert desk.login_for(desk.waiting(following)[0]).startswith("committee")
    desk.do(following, "review", {})
    assert desk.waits_at(following) == ["refer"]
    for case in (running, following):
        desk.refer(case)
        _finish(desk, case)
    assert ["review" in {row.node_id for row in desk.history(case)} for case in (running, following)] == [False, True]


def test_seven_working_days_become_five(desk: Desk, editor: Editor) -> None:
    running = desk.register()
    editor.change("decisions/matter_clock.dmn", _five_days)
    editor.publish()
    following = desk.register()
    assert desk.case(running).respond_by == SEVEN_DAYS
    assert desk.case(following).respond_by == FIVE_DAYS
    first, second = desk.timers(running)["today"], desk.timers(following)["today"]
    assert (first.date(), second.date()) == (SEVEN_DAYS, FIVE_DAYS)
    desk.refer(running)
    _finish(desk, running)
    assert desk.case(running).respond_by == SEVEN_DAYS


def test_a_reminder_that_is_taken_out_does_not_come(desk: Desk, editor: Editor) -> None:
    running = desk.register()
    editor.change("process.bpmn", _no_early_reminder)
    editor.publish()
    following = desk.register()
    for day in (date(2026, 10, 8), date(2026, 10, 10), SEVEN_DAYS):
        desk.pass_time_to(day)
    steps = [list(dict.fromkeys(step for step, _, _ in desk.notices(case))) for case in (running, following)]
    assert steps == [["soon3_notice", "soon1_notice", "today_notice"], ["soon1_notice", "today_notice"]]


def test_a_new_required_field_must_be_filled_in(desk: Desk, editor: Editor) -> None:
    running = desk.register(solvable="本站")
    editor.add_field("reply", {"key": "minutes", "type": "number", "label": "通话分钟数", "required": True, "min": 1})
    editor.publish()
    following = desk.register(solvable="本站")
    for case in (running, following):
        desk.do(case, "station_handle", RESULT)
    with pytest.raises(Invalid) as refusal:
        desk.do(following, "reply", TOLD)
    assert set(refusal.value.fields) == {"minutes"}
    desk.do(running, "reply", TOLD)
    desk.do(following, "reply", {**TOLD, "minutes": 4})
    assert desk.waits_at(running) == desk.waits_at(following) == ["feedback"]


def test_a_changed_condition_of_a_gateway_leads_elsewhere(desk: Desk, editor: Editor) -> None:
    running = desk.register()
    editor.change("process.bpmn", _again_even_when_mostly_satisfied)
    editor.publish()
    following = desk.register()
    for case in (running, following):
        desk.refer(case)
        desk.do(case, "handle", DONE)
        desk.do(case, "reply", {**TOLD, "satisfaction": "基本满意"})
    assert desk.ended_at(running) == "closed"
    assert desk.waits_at(following) == ["refer"]
    assert desk.case(following).times_reopened == 1


def test_a_new_row_of_a_decision_table_decides(desk: Desk, editor: Editor) -> None:
    running = desk.register(matter_class="投诉反映")
    editor.change("decisions/matter_clock.dmn", _complaints_in_two_days)
    editor.publish()
    complaint, request = desk.register(matter_class="投诉反映"), desk.register()
    assert desk.case(running).respond_by == SEVEN_DAYS
    assert desk.case(complaint).respond_by == date(2026, 9, 29)  # Friday the 25th is Mid-Autumn
    assert desk.case(request).respond_by == SEVEN_DAYS


# -------------------------------------------------------------------------------------------- versions, refusals


def test_each_of_three_running_requests_ends_on_its_own_version(desk: Desk, editor: Editor) -> None:
    first = desk.register()
    editor.change("process.bpmn", _second_review)
    editor.publish()
    second = desk.register()
    editor.change("decisions/matter_clock.dmn", _five_days)
    editor.change("process.bpmn", _no_early_reminder)
    editor.publish()
    third = desk.register()
    assert [desk.waits_at(case) for case in (first, second, third)] == [["refer"], ["review"], ["review"]]
    assert [desk.case(case).respond_by for case in (first, second, third)] == [SEVEN_DAYS, SEVEN_DAYS, FIVE_DAYS]
    assert ["soon3" in desk.timers(case) for case in (first, second, third)] == [True, True, False]


def test_the_same_content_again_is_the_same_version(desk: Desk, editor: Editor) -> None:
    before = _row_counts(desk)
    assert editor.publish() == "constituent_case 第 1 版已生效：来访事项办理"
    assert _row_counts(desk) == before


def test_going_back_to_older_content_is_a_version_of_its_own(desk: Desk, editor: Editor) -> None:
    editor.change("decisions/matter_clock.dmn", _five_days)
    editor.publish()
    done = editor.command("publish", str(FOLDER))
    assert done.stdout.strip() == "constituent_case 第 3 版已生效：来访事项办理"
    assert desk.case(desk.register()).respond_by == SEVEN_DAYS


def _lane_of_nobody(root: etree._Element) -> None:
    _by_id(root, "handling_steps_lane2").set("name", "承办部门")


def _missing_form(root: etree._Element) -> None:
    for each in root.iter("*"):
        if each.get("name") == "formKey" and each.get("value") == "reply":
            each.set("value", "answer")


def _impossible_timer(root: etree._Element) -> None:
    duration = _by_id(root, "today_def").find(f"{BPMN}timeDuration")
    assert duration is not None
    duration.text = "case.respond_by前三点五个工作日"


def _broken_condition(root: etree._Element) -> None:
    condition = _by_id(root, "again").find(f"{BPMN}conditionExpression")
    assert condition is not None
    condition.text = "case.satisfaction =="


@pytest.mark.parametrize(
    ("edit", "element"),
    [
        (_lane_of_nobody, "handling_steps_lane2"),
        (_missing_form, "reply"),
        (_impossible_timer, "today"),
        (_broken_condition, "again"),
    ],
)
def test_a_broken_edit_is_refused_by_its_element_and_nothing_changes(
    desk: Desk, editor: Editor, edit: Edit, element: str
) -> None:
    editor.change("process.bpmn", edit)
    before = _row_counts(desk)
    refused = editor.command("publish", str(editor.folder))
    assert refused.exit_code == 1
    named = [line.strip().split(": ")[0] for line in refused.stderr.splitlines()[1:]]
    assert f"process.bpmn#{element}" in named, refused.stderr
    assert "没有发布" in refused.stderr
    assert _row_counts(desk) == before
    assert desk.waits_at(desk.register()) == ["refer"]


def test_a_version_that_was_replaced_can_still_be_read_as_it_was_published(desk: Desk, editor: Editor) -> None:
    with desk.workplace.reading(None) as session:
        first = definitions.latest(session, "constituent_case", date.max)
    editor.change("decisions/matter_clock.dmn", _five_days)
    editor.publish()
    with desk.workplace.reading(None) as session:
        assert definitions.package_of(session, first.id).checksum == first.checksum
        assert definitions.latest(session, "constituent_case", date.max).version == 2
        form, newest = instances.start_form(desk.workplace.engine, session, "constituent_case")
    assert (form is not None, newest.version) == (True, 2)
