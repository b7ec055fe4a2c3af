"""What people may do about an instance besides its tasks: message events with a form."""

from typing import Any

import pytest
from sqlalchemy import select

from tests.process.checked import changed, faults, said
from tests.process.diagram import Process, package
from tests.process.house import CHIEF, CLERK, House
from workflows import audit
from workflows.actor import Actor, Membership
from workflows.engine import agreement, triggers
from workflows.engine.packages import Package
from workflows.engine.tables import History
from workflows.errors import Conflict, Invalid, NotFound

FORM = b"""{"key": "urge", "title": "\xe5\x82\xac\xe5\x8a\x9e", "fields": [
  {"key": "text", "type": "text", "label": "\xe8\xaf\xb4\xe6\x98\x8e", "required": true, "maxlen": 20,
   "default": "start.word"}]}"""
STRANGER = Actor("other", "外站", "luji", frozenset({Membership("工作站", "s2")}))


def _event(**properties: str) -> str:
    inside = "".join(f'<spiffworkflow:property name="{k}" value="{v}"/>' for k, v in properties.items())
    return (
        f"<bpmn:extensionElements><spiffworkflow:properties>{inside}</spiffworkflow:properties></bpmn:extensionElements>"
        '<bpmn:messageEventDefinition messageRef="m_urge"/>'
    )


def urged(**properties: str) -> Package:
    properties = {"formKey": "urge", "candidateUnit": "start.unit", **properties}
    process = Process().start().user("work").end("done").end("told").service("note", "test.note", value="urge.text")
    process.boundary("urge", "work", _event(**properties), interrupting=False)
    process.flow("begin", "work", "done").flow("urge", "note", "told")
    return package(process, messages=("urge",), **{"forms/urge.json": FORM})


@pytest.fixture
def instance(house: House) -> str:
    house.publish(urged())
    return house.start(unit="s1", word="请抓紧")


def offered(house: House, instance: str, actor: Actor = CLERK) -> list[triggers.Trigger]:
    with house.database.reading("luji") as session:
        return triggers.open_for(house.engine, session, actor, instance)


def hand_in(house: House, wait_id: str, actor: Actor = CLERK, **answer: Any) -> None:
    with house.work() as session:
        triggers.hand_in(house.engine, session, actor, wait_id=wait_id, answer=answer)


def test_behind_an_event_gateway_it_is_offered_beside_another_message(house: House) -> None:
    """All events of such a gateway wait with one token."""
    process = Process().start().gateway("which", "eventBased").message("answer", "answer").end("answered")
    process._add("intermediateCatchEvent", "urge", _event(formKey="urge"))
    process.service("note", "test.note", value="urge.text").end("told")
    process.flow("begin", "which", "answer", "answered").flow("which", "urge", "note", "told")
    house.publish(package(process, messages=("urge", "answer"), **{"forms/urge.json": FORM}))
    instance = house.start(unit="s1", word="请抓紧")
    found = offered(house, instance)
    assert [trigger.node_id for trigger in found] == ["urge"]
    hand_in(house, found[0].wait_id, text="快一点")
    assert house.calls == [("note", "快一点")]
    assert house.status(instance) == "completed"


def test_it_is_offered_to_the_people_of_its_lane_and_unit_only(house: House, instance: str) -> None:
    assert [(t.node_id, t.name, t.form_key) for t in offered(house, instance)] == [("urge", "urge", "urge")]
    assert offered(house, instance, STRANGER) == []
    assert offered(house, instance, CHIEF) == []
    wait_id = offered(house, instance)[0].wait_id
    with house.database.reading("luji") as session:
        view = triggers.view(house.engine, session, CLERK, wait_id)
        assert (view.values, view.form.key, view.instance.id) == ({"text": "请抓紧"}, "urge", instance)
        with pytest.raises(NotFound):
            triggers.view(house.engine, session, STRANGER, wait_id)
    with pytest.raises(NotFound):
        hand_in(house, wait_id, STRANGER, text="x")
    assert house.calls == []


def test_what_is_handed_in_is_data_history_and_audit_and_it_may_be_done_again(house: House, instance: str) -> None:
    for n in range(3):
        hand_in(house, offered(house, instance)[0].wait_id, text=f"第{n}次")
    assert house.calls == [("note", "第0次"), ("note", "第1次"), ("note", "第2次")]
    with house.database.reading("luji") as session:
        query = select(History).where(History.node_id == "urge").order_by(History.id)
        lines = [(line.kind, line.actor_name, line.data) for line in session.scalars(query)]
        assert list(agreement.differences(house.engine, session)) == []
        noted = session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.action == "trigger.handed_in")).all()
    assert lines == [("event", "小陆", {"text": f"第{n}次"}) for n in range(3)]
    assert len(noted) == 3


def test_an_answer_that_does_not_fit_is_refused_at_its_field(house: House, instance: str) -> None:
    with pytest.raises(Invalid) as refusal:
        hand_in(house, offered(house, instance)[0].wait_id, text="")
    assert set(refusal.value.fields) == {"text"}
    assert len(offered(house, instance)) == 1


def test_of_two_who_press_at_once_the_second_is_told(house: House, instance: str) -> None:
    wait_id = offered(house, instance)[0].wait_id
    hand_in(house, wait_id, text="一次")
    with pytest.raises(Conflict, match="刚刚"):
        hand_in(house, wait_id, text="一次")
    assert house.calls == [("note", "一次")]


def test_when_the_step_is_done_nothing_is_offered_any_more(house: House, instance: str) -> None:
    wait_id = offered(house, instance)[0].wait_id
    house.complete(instance, "work")
    assert offered(house, instance) == []
    with pytest.raises(Conflict):
        hand_in(house, wait_id, text="一次")


def test_a_wait_without_a_form_is_for_machines(house: House) -> None:
    process = Process().start().user("work").end("done").end("told")
    process.boundary("urge", "work", '<bpmn:messageEventDefinition messageRef="m_urge"/>', interrupting=False)
    house.publish(package(process.flow("begin", "work", "done").flow("urge", "told"), messages=("urge",)))
    assert offered(house, house.start()) == []


def _says(package: Package) -> str:
    return said(faults(package), "urge")


def test_publishing_knows_the_settings_of_such_an_event() -> None:
    assert _says(urged()) == ""
    assert "没有人读" in _says(urged(dueOn="3天"))
    assert "不在流程包" in _says(urged(formKey="urgent"))
    assert "没有人填写过" in _says(urged(candidateUnit="begun.unit"))
    assert "没有表单" in _says(changed(urged(), '<spiffworkflow:property name="formKey" value="urge"/>', ""))
    assert "泳道" in _says(changed(urged(), "<bpmn:flowNodeRef>urge</bpmn:flowNodeRef>", ""))
    timer = changed(urged(), '<bpmn:messageEventDefinition messageRef="m_urge"/>', "<bpmn:timerEventDefinition/>")
    assert "没有人读" in _says(timer)


def test_what_was_handed_in_is_known_behind_the_event() -> None:
    wrong = changed(urged(), 'value="urge.text"', 'value="urge.words"')
    assert "里没有“words”" in said(faults(wrong), "note")
