"""The dispatcher: hints for what is due, again when nothing came of them, nothing lost when the broker is away."""

import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from celery.exceptions import SecurityError
from sqlalchemy import delete, select

from tests.factories import Town, small_town
from tests.process.casework import Desk
from tests.workers.installation import eventually
from workers import functions, outbox, periodic
from workers.app import REDIS_OPTIONS, SETTINGS, create_celery
from workers.dispatcher import Dispatcher, guard_for
from workflows import clock_guard, setup, wiring
from workflows.clock import MovableClock
from workflows.clock_guard import ClockGuard, Uptime
from workflows.engine import jobs
from workflows.engine.tables import Job
from workflows.errors import Conflict
from workflows.notifications import actions
from workflows.notifications.tables import Notice, OutboxMessage
from workflows.storage.session import EVERYWHERE, Database
from workflows.wiring import Workplace

Hint = tuple[str, tuple[str, ...]]


class Wire:
    """Carries hints to nobody; can be cut."""

    def __init__(self) -> None:
        self.hints: list[Hint] = []
        self.tries = 0
        self.cut = False

    def __call__(self, name: str, ids: tuple[str, ...]) -> None:
        self.tries += 1
        if self.cut:
            raise ConnectionError("the broker is away")
        self.hints.append((name, ids))

    def taken(self) -> list[str]:
        """The names of the hints since the last look."""
        names, self.hints = [name for name, _ in self.hints], []
        return names


@pytest.fixture
def town(workplace: Workplace) -> Town:
    return small_town(workplace)


@pytest.fixture
def desk(town: Town, clock: MovableClock) -> Desk:
    desk = Desk(town, clock)
    desk.publish()
    return desk


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def dispatcher(workplace: Workplace, wire: Wire) -> Dispatcher:
    return Dispatcher(workplace, wire)


def message(town: Town, key: str = "case:1:soon", **more: object) -> str:
    """A message to the clerk of the first station; returns its id."""
    with town.workplace.unit_of_work(town.subdistrict_id) as session:
        actions.enqueue(
            session,
            subject_key=key,
            template="general",
            params={"title": "提醒", "text": "请办理"},
            recipients=[town.actor("station1a").id],
            at=town.workplace.engine.clock(),
            **more,  # type: ignore[arg-type]
        )
    with town.workplace.reading(town.subdistrict_id) as session:
        return next(row.id for row in session.query(OutboxMessage) if row.subject_key == key)


def status(town: Town, message_id: str) -> str:
    with town.workplace.reading(town.subdistrict_id) as session:
        return session.get_one(OutboxMessage, message_id).status


def notices(town: Town) -> int:
    with town.workplace.reading(town.subdistrict_id) as session:
        return session.query(Notice).count()


def test_a_worker_says_nothing_of_the_superuser_and_takes_nothing_but_json(workplace: Workplace) -> None:
    app = create_celery(workplace)
    assert app.conf.accept_content == ["json"]
    app.Worker(hostname="test", quiet=True, pool="solo")  # warnings are errors here
    app.conf.accept_content = ["json", "pickle"]
    if os.getuid() == 0:  # as in a container; what is dangerous is still refused
        with pytest.raises(SecurityError):
            app.Worker(hostname="test", quiet=True, pool="solo")


def test_nothing_is_fired_by_a_clock_that_was_set_wrong(desk: Desk, wire: Wire, tmp_path: Path) -> None:
    """SQLite has no clock but the machine's (reliability §3.2, rule 6)."""
    uptime = Uptime("boot", 1000.0)
    guard = ClockGuard(tmp_path, desk.clock, lambda: uptime)
    dispatcher = Dispatcher(desk.workplace, wire, guard=guard)
    case = desk.register()
    outbox.drain(desk.workplace)
    dispatcher.once()
    wire.taken()
    desk.clock.forward(days=60)
    assert dispatcher.once() == 0
    assert wire.taken() == []
    desk.clock.forward(days=-61)
    assert dispatcher.once() == 0
    desk.clock.forward(days=61)
    clock_guard.confirm(tmp_path)
    dispatcher.once()
    assert wire.taken() == [functions.DRAIN_INSTANCE]
    assert desk.waits_at(case) == ["refer"]


def test_only_the_machines_own_clock_is_watched(town: Town) -> None:
    """A moved clock is meant to jump."""
    assert guard_for(town.workplace) is None
    assert guard_for(wiring.build(town.workplace.settings)) is not None


def test_it_first_asks_to_mend_timers_and_then_is_quiet(town: Town, dispatcher: Dispatcher, wire: Wire) -> None:
    dispatcher.once()
    assert wire.taken() == [functions.RECONCILE]
    assert dispatcher.once() == 0
    assert wire.taken() == []


def test_a_due_timer_is_hinted_by_its_instance_alone(desk: Desk, dispatcher: Dispatcher, wire: Wire) -> None:
    case = desk.register()
    desk.refer(case)
    outbox.drain(desk.workplace)
    dispatcher.once()
    wire.taken()
    desk.clock.set(max(desk.timers(case).values()))
    dispatcher.once()
    instance_id = desk.waiting(case)[0].instance_id
    assert wire.hints == [(functions.DRAIN_INSTANCE, (instance_id,))]
    assert jobs.run_due(desk.workplace.engine, desk.workplace.database, instance_id, "test") > 0


def test_a_hint_that_brought_nothing_is_sent_again_but_not_at_every_look(
    town: Town, dispatcher: Dispatcher, wire: Wire
) -> None:
    message(town)
    dispatcher.once()
    assert functions.SEND_MESSAGE in wire.taken()
    for _ in range(5):
        dispatcher.once()
    assert wire.taken() == []
    assert eventually(lambda: dispatcher.once() and wire.taken(), seconds=5) == [functions.SEND_MESSAGE]


def test_a_broker_that_is_away_costs_one_try_per_look_and_loses_nothing(
    town: Town, dispatcher: Dispatcher, wire: Wire
) -> None:
    sent = [message(town, f"case:{number}:soon") for number in range(5)]
    wire.cut = True
    assert dispatcher.once() == 0
    assert wire.tries == 1
    wire.cut = False
    dispatcher.once()
    assert [ids[1] for name, ids in wire.hints if name == functions.SEND_MESSAGE] == sent
    assert functions.RECONCILE in wire.taken()


def test_a_database_that_is_away_does_not_end_the_dispatcher(workplace: Workplace, wire: Wire) -> None:
    away = Workplace(workplace.settings, Database("postgresql://nobody@127.0.0.1:1/none"), workplace.engine)
    looks: list[None] = []
    dispatcher, stop = Dispatcher(away, wire, lambda: looks.append(None)), threading.Event()
    thread = threading.Thread(target=dispatcher.run, args=(stop,))
    thread.start()
    thread.join(timeout=1)
    assert thread.is_alive()
    assert looks == []
    stop.set()
    thread.join(timeout=5)
    assert not thread.is_alive()
    away.database.dispose()


def test_a_message_reaches_the_bell_once_however_often_it_is_hinted(town: Town) -> None:
    identity = message(town)
    message(town)
    assert outbox.send_one(town.workplace, town.subdistrict_id, identity)
    assert not outbox.send_one(town.workplace, town.subdistrict_id, identity)
    assert outbox.drain(town.workplace) == 0
    assert (status(town, identity), notices(town)) == ("sent", 1)


def test_after_an_outage_a_reminder_that_is_too_late_is_recorded_as_skipped(town: Town, clock: MovableClock) -> None:
    identity = message(town, not_after=clock() + timedelta(days=1))
    clock.forward(days=2)
    assert outbox.drain(town.workplace) == 1
    assert (status(town, identity), notices(town)) == ("skipped", 0)


def test_a_carrier_that_fails_leaves_the_message_waiting_and_is_given_up_in_the_end(town: Town) -> None:
    identity = message(town)

    def broken(*_: object, **__: object) -> None:
        raise ConnectionError("no line")

    for _ in range(actions.MOST_ATTEMPTS):
        assert status(town, identity) == "queued"
        assert not outbox.send_one(town.workplace, town.subdistrict_id, identity, broken)
    assert status(town, identity) == "failed"
    assert not outbox.send_one(town.workplace, town.subdistrict_id, identity)


def test_a_busy_database_is_not_counted_against_a_message(town: Town) -> None:
    identity = message(town)

    def busy(*_: object, **__: object) -> None:
        raise Conflict("有人正在处理同一条记录，请稍后再试。")

    for _ in range(actions.MOST_ATTEMPTS + 1):
        assert not outbox.send_one(town.workplace, town.subdistrict_id, identity, busy)
    assert status(town, identity) == "queued"
    assert outbox.send_one(town.workplace, town.subdistrict_id, identity)


def test_a_lost_timer_is_put_back_by_reconciling(desk: Desk) -> None:
    case = desk.register()
    desk.refer(case)
    expected = desk.timers(case)
    assert expected
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        for job in session.query(Job).where(Job.kind == "timer"):
            session.delete(job)
    assert desk.timers(case) == {}
    assert periodic.reconcile(desk.workplace) > 0
    assert desk.timers(case) == expected
    assert periodic.reconcile(desk.workplace) == 0


def test_several_workers_may_reconcile_a_new_street_at_once(each_workplace: Workplace) -> None:
    setup.seed(each_workplace)
    small_town(each_workplace)
    with each_workplace.database.unit_of_work(EVERYWHERE) as session:
        session.execute(delete(Job).where(Job.kind == "start"))
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: periodic.reconcile(each_workplace), range(4))) == [0] * 4
    with each_workplace.reading(None) as session:
        planned = Counter(
            job.payload["key"] for job in session.scalars(select(Job).where(Job.kind == "start")) if job.payload
        )
    assert {"monthly_self_assessment", "quarterly_assessment"} <= planned.keys()
    assert set(planned.values()) == {1}


def test_jobs_that_nobody_does_are_counted(desk: Desk) -> None:
    case = desk.register()
    desk.refer(case)
    assert periodic.overdue_jobs(desk.workplace) == 0
    desk.clock.set(min(desk.timers(case).values()) + timedelta(seconds=59))
    assert periodic.overdue_jobs(desk.workplace) == 0
    desk.clock.forward(seconds=2)
    assert periodic.overdue_jobs(desk.workplace) >= 1


def test_celery_executes_and_remembers_nothing(workplace: Workplace) -> None:
    app = create_celery(workplace)
    assert app.conf.broker_url.startswith("memory://")
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.result_backend is None
    assert not app.conf.worker_deduplicate_successful_tasks
    assert not app.conf.beat_schedule
    # A message may come back only after the longest run of a worker function, or two workers would hold it.
    assert REDIS_OPTIONS["visibility_timeout"] > SETTINGS["task_time_limit"]
