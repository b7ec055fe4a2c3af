"""Events that do not interrupt their step: as often as people need them, and reminders that move with their date."""

from datetime import date

from tests.process.diagram import Process, package
from tests.process.house import CHIEF, House
from workflows.clock import beijing_date
from workflows.engine import agreement, instances

MESSAGE = '<bpmn:messageEventDefinition messageRef="m_urge"/>'


def _urged(inner: str = "") -> Process:
    process = Process().start().user("work").end("done").user("look").end("looked")
    process.boundary("urge", "work", MESSAGE, interrupting=False)
    process.service("note", "test.note", value="urge.text")
    return process.flow("begin", "work", "done").flow("urge", "note", "look", "looked")


def _urge(house: House, text: str) -> None:
    with house.work() as session:
        taken = instances.send_message(
            house.engine, session, CHIEF, name="urge", business_key="k", payload={"text": text}
        )
        assert taken == 1


def _agrees(house: House) -> bool:
    with house.database.reading("luji") as session:
        return list(agreement.differences(house.engine, session)) == []


def test_a_message_that_does_not_interrupt_may_come_again_and_again(house: House) -> None:
    house.publish(package(_urged(), messages=("urge",)))
    instance = house.start(business_key="k")
    for n in range(3):
        _urge(house, f"第{n}次")
        assert _agrees(house)
    assert house.calls == [("note", "第0次"), ("note", "第1次"), ("note", "第2次")]
    assert house.names(instance) == ["look", "look", "look", "work"]
    house.complete(instance, "look")
    house.complete(instance, "work")
    assert house.names(instance) == ["look", "look"]
    assert house.status(instance) == "running"
    house.complete(instance, "look")
    house.complete(instance, "look")
    assert house.status(instance) == "completed"
    assert _agrees(house)


def test_200_urgings_leave_a_state_as_small_as_one(house: House) -> None:
    process = Process().start().user("work").end("done").end("told")
    process.boundary("urge", "work", MESSAGE, interrupting=False).service("note", "test.note", value="urge.text")
    house.publish(package(process.flow("begin", "work", "done").flow("urge", "note", "told"), messages=("urge",)))
    instance = house.start(business_key="k")
    sizes = []
    for n in range(200):
        _urge(house, f"第{n}次")
        sizes.append(len(house.row(instance).state))
    assert len(house.calls) == 200
    assert max(sizes) - sizes[1] < 200
    assert _agrees(house)
    house.complete(instance, "work")
    assert house.status(instance) == "completed"


def test_urging_works_in_a_called_process_too(house: House) -> None:
    inner = (
        Process("inner").start("b").user("work").end("e").end("told").service("note", "test.note", value="urge.text")
    )
    inner.boundary("urge", "work", MESSAGE, interrupting=False).flow("b", "work", "e").flow("urge", "note", "told")
    process = Process().start().call("call", "inner").end("done").flow("begin", "call", "done")
    house.publish(package(process, inner, messages=("urge",)))
    instance = house.start(business_key="k")
    for n in range(3):
        _urge(house, f"第{n}次")
        assert _agrees(house)
    assert [text for _, text in house.calls] == ["第0次", "第1次", "第2次"]
    house.complete(instance, "work")
    assert house.status(instance) == "completed"


def test_a_message_that_interrupts_still_comes_once(house: House) -> None:
    process = Process().start().user("work").end("done").user("look").end("looked")
    process.boundary("urge", "work", MESSAGE)
    house.publish(package(process.flow("begin", "work", "done").flow("urge", "look", "looked"), messages=("urge",)))
    instance = house.start(business_key="k")
    _urge(house, "一次")
    assert house.names(instance) == ["look"]
    with house.work() as session:
        sent = instances.send_message(house.engine, session, CHIEF, name="urge", business_key="k", payload={})
    assert sent == 0


def _due(house: House, days: dict[str, str]) -> None:
    house.engine.facts.add("thing", lambda session, key: dict(days), fields={"due": "期限"})


def test_a_reminder_comes_again_when_its_day_moves_to_one_that_is_still_to_come(house: House) -> None:
    days = {"due": "2026-03-11"}
    _due(house, days)
    process = Process().start().user("work").end("done").service("tell", "test.note", value="thing.due").end("told")
    process.boundary_timer("soon", "work", "thing.due前3个工作日").boundary_timer("once", "work", "1天").end("later")
    house.publish(package(process.flow("begin", "work", "done").flow("soon", "tell", "told").flow("once", "later")))
    instance = house.start(business_key="thing:1")
    assert [beijing_date(job.run_at) for job in house.jobs(instance) if job.node_id == "soon"] == [date(2026, 3, 6)]
    house.clock.set_beijing(date(2026, 3, 9))
    house.sweep()
    assert house.calls == [("tell", "2026-03-11")]
    assert house.jobs(instance) == []

    _refresh(house)  # nothing has moved
    days["due"] = "2026-03-10"
    _refresh(house)  # its day would be gone by
    assert house.jobs(instance) == []
    assert _agrees(house)

    days["due"] = "2026-03-18"
    _refresh(house)
    assert [(job.node_id, beijing_date(job.run_at)) for job in house.jobs(instance)] == [("soon", date(2026, 3, 13))]
    assert _agrees(house)
    days["due"] = "2026-03-11"
    _refresh(house)  # back again: that day was announced already
    assert house.jobs(instance) == []
    days["due"] = "2026-03-18"
    _refresh(house)
    house.clock.set_beijing(date(2026, 3, 13))
    house.sweep()
    assert house.calls == [("tell", "2026-03-11"), ("tell", "2026-03-18")]
    house.complete(instance, "work")
    assert house.status(instance) == "completed"
    assert _agrees(house)


def _refresh(house: House) -> None:
    with house.work() as session:
        instances.refresh_timers(house.engine, session, CHIEF, business_key="thing:1")


def test_a_message_that_interrupts_and_leads_back_is_taken_as_it_is_each_time(house: House) -> None:
    """The library gives a passed event the data of the step before, and with it the message of an earlier passing."""
    process = Process().start().user("work").end("done")
    process.boundary("urge", "work", MESSAGE).service("note", "test.note", value="urge.text")
    process.flow("begin", "work", "done").flow("urge", "note", "work")
    house.publish(package(process, messages=("urge",)))
    instance = house.start(business_key="k")
    for n in range(3):
        _urge(house, f"第{n}次")
        assert _agrees(house)
    assert house.calls == [("note", "第0次"), ("note", "第1次"), ("note", "第2次")]
    house.complete(instance, "work")
    assert house.status(instance) == "completed"
