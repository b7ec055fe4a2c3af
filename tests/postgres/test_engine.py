"""The engine on PostgreSQL. Its elements are tested one by one on SQLite; here what each kind of row does there."""

from collections.abc import Iterator
from datetime import date, datetime

import pytest

from tests.process.diagram import Process, each, package
from tests.process.house import House
from workflows.actor import the_clock
from workflows.clock import BEIJING, MovableClock
from workflows.engine import agreement, definitions, instances, schedules
from workflows.storage.session import Database

pytestmark = pytest.mark.postgres


@pytest.fixture
def house(postgres_url: str) -> Iterator[House]:
    """The engine alone, on Monday 2 March 2026, 9:00 in Beijing."""
    database = Database(postgres_url)
    yield House(database, MovableClock(datetime(2026, 3, 2, 9, tzinfo=BEIJING)))
    database.dispose()


def agrees(house: House) -> bool:
    with house.database.reading("luji") as session:
        return list(agreement.differences(house.engine, session)) == []


def test_branches_reminders_and_a_deadline(house: House) -> None:
    process = (
        Process()
        .start()
        .gateway("split", "parallel")
        .user("report")
        .user("photo")
        .boundary_timer("remind", "report", "1个工作日")
        .service("reminded", "test.note", value="'remind'")
        .end("told")
        .boundary_timer("expire", "report", "3个工作日", interrupting=True)
        .gateway("either")
        .gateway("meet", "parallel")
        .end("done")
        .flow("begin", "split", "report", "either", "meet", "done")
        .flow("split", "photo", "meet")
        .flow("remind", "reminded", "told")
        .flow("expire", "either")
    )
    house.publish(package(process))
    instance = house.start()
    assert house.names(instance) == ["photo", "report"]
    assert len(house.jobs(instance)) == 2
    house.clock.forward(days=2)
    assert house.sweep() == 1
    assert house.sweep() == 0
    assert house.calls == [("reminded", "remind")]
    house.clock.forward(days=3)
    assert house.sweep() == 1
    assert house.names(instance) == ["photo"]
    assert agrees(house)
    house.complete(instance, "photo", taken=True)
    assert house.status(instance) == "completed"
    assert house.jobs(instance) == []


def test_a_called_process_for_each_deputy(house: House) -> None:
    one = Process("one", lane="代表").start("b1").user("answer", assignee="who").end("e1").flow("b1", "answer", "e1")
    process = Process().start().call("each_one", "one", each("start.people", "who")).end("done")
    house.publish(package(process.flow("begin", "each_one", "done"), one))
    instance = house.start(people=["u1", "u2", "u3"])
    assert [task.assignee for task in house.open(instance)] == ["u1", "u2", "u3"]
    for task in house.open(instance):
        assert agrees(house)
        house.complete_task(task, said="好")
    assert house.status(instance) == "completed"


def test_a_message_that_comes_early_waits_in_its_table(house: House) -> None:
    process = Process().start().user("first").message("wait", "reply").service("keep", "test.note", value="wait.by")
    process.end("done")
    house.publish(package(process.flow("begin", "first", "wait", "keep", "done"), messages=("reply",)))
    instance = house.start(business_key="case:9")
    with house.work() as session:
        instances.send_message(
            house.engine, session, the_clock("luji"), name="reply", business_key="case:9", payload={"by": "电话"}
        )
    assert house.status(instance) == "running"
    house.complete(instance, "first")
    house.sweep()
    assert house.status(instance) == "completed"
    assert house.calls == [("keep", "电话")]


def test_a_step_that_fails_is_undone_and_tried_again_later(house: House) -> None:
    process = Process().start().timer("tomorrow", "1天").service("print_it", "test.fail").end("done")
    house.publish(package(process.flow("begin", "tomorrow", "print_it", "done")))
    instance = house.start()
    house.clock.forward(days=2)
    assert house.sweep() == 0
    assert house.status(instance) == "running"
    assert house.passed(instance) == ["begin"]
    (job,) = house.jobs(instance)
    assert job.run_at > house.clock()
    assert "printer" in str(job.error)
    assert job.attempts == 1


def test_a_schedule_fires_once_for_each_occasion(house: House) -> None:
    process = Process("monthly").start(timer="每月25日").service("keep", "test.note", value="start.scheduled_on")
    house.publish(package(process.end("done").flow("begin", "keep", "done")))
    with house.work() as session:
        schedules.plan(house.engine, session, definitions.latest(session, "monthly", date.max))
    assert house.sweep() == 0
    house.clock.set(datetime(2026, 3, 25, 8, 30, tzinfo=BEIJING))
    assert house.sweep() == 1
    assert house.sweep() == 0
    assert house.calls == [("keep", "2026-03-25")]
