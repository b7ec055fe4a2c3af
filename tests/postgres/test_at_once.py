"""Several at once, on both databases: exactly one succeeds, the others get a clear answer, nothing happens twice."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select, update

from tests.factories import Town, small_town
from tests.process.casework import Desk
from tests.service import small_process
from workflows import audit
from workflows.clock import MovableClock
from workflows.engine import instances, jobs, user_tasks
from workflows.engine.tables import History, Incident, Job, ProcessInstance, UserTask
from workflows.errors import Conflict, WorkError
from workflows.storage.session import EVERYWHERE, database_now
from workflows.wiring import Workplace

ANSWER = {"spot": False}
RACERS = 8


@pytest.fixture
def town(each_workplace: Workplace) -> Town:
    town = small_town(each_workplace)
    small_process.publish(town)
    return town


@pytest.fixture
def desk(each_workplace: Workplace, clock: MovableClock) -> Desk:
    desk = Desk(small_town(each_workplace), clock)
    desk.publish()
    return desk


def begin(town: Town) -> UserTask:
    """A new small request; its waiting task."""
    workplace = town.workplace
    with workplace.unit_of_work(town.subdistrict_id) as session:
        instance = instances.start(
            workplace.engine, session, town.actor("station1a"), key=small_process.KEY, start={"matter": "路灯不亮"}
        )
    with workplace.reading(town.subdistrict_id) as session:
        return session.scalars(select(UserTask).where(UserTask.instance_id == instance.id)).one()


def race(*runners: Callable[[], Any]) -> list[str]:
    """Start all at the same moment; ``done`` or the name of the refusal, for each."""
    line = Barrier(len(runners))

    def run(runner: Callable[[], Any]) -> str:
        line.wait()
        try:
            runner()
        except WorkError as refusal:
            return type(refusal).__name__
        return "done"

    with ThreadPoolExecutor(len(runners)) as pool:
        return list(pool.map(run, runners))


def completes(town: Town, login: str, task: UserTask) -> Callable[[], None]:
    def complete() -> None:
        with town.workplace.unit_of_work(town.subdistrict_id) as session:
            user_tasks.complete(town.workplace.engine, session, town.actor(login), task_id=task.id, answer=dict(ANSWER))

    return complete


def test_two_clerks_complete_one_task(town: Town) -> None:
    task = begin(town)
    outcome = race(*(completes(town, login, task) for login in ("station1a", "station1b")))
    assert Counter(outcome) == {"done": 1, "Conflict": 1}
    with town.workplace.reading(town.subdistrict_id) as session:
        instance = session.get_one(ProcessInstance, task.instance_id)
        waiting = session.scalars(
            select(UserTask.node_id).where(UserTask.instance_id == instance.id, UserTask.status == "open")
        )
        assert list(waiting) == ["approve"]
        done = select(func.count()).where(
            History.instance_id == instance.id, History.node_id == "verify", History.kind == "completed"
        )
        assert session.scalar(done) == 1


def test_of_many_tries_with_one_account_one_counts(town: Town) -> None:
    task = begin(town)
    outcome = race(*(completes(town, "station1a", task) for _ in range(RACERS)))
    assert Counter(outcome) == {"done": 1, "Conflict": RACERS - 1}


@pytest.mark.postgres
def test_fifty_tries_at_one_moment_make_one_step(postgres_workplace: Workplace) -> None:
    town = small_town(postgres_workplace)
    small_process.publish(town)
    task = begin(town)
    outcome = race(*(completes(town, ("station1a", "station1b")[n % 2], task) for n in range(50)))
    assert Counter(outcome) == {"done": 1, "Conflict": 49}


def test_two_clerks_claim_one_task(town: Town) -> None:
    task = begin(town)

    def claims(login: str) -> Callable[[], None]:
        def claim() -> None:
            with town.workplace.unit_of_work(town.subdistrict_id) as session:
                user_tasks.claim(town.workplace.engine, session, town.actor(login), task_id=task.id)

        return claim

    assert Counter(race(claims("station1a"), claims("station1b"))) == {"done": 1, "Conflict": 1}


def test_completing_and_cancelling_at_once_leaves_one_of_them(town: Town) -> None:
    for _ in range(5):
        task = begin(town)

        def cancel(instance_id: str = task.instance_id) -> None:
            with town.workplace.unit_of_work(town.subdistrict_id) as session:
                instances.cancel(
                    town.workplace.engine, session, town.actor("admin"), instance_id=instance_id, reason="重复登记"
                )

        outcome = race(completes(town, "station1a", task), cancel)
        assert outcome[1] == "done", "a running instance can be cancelled before or after a step"
        with town.workplace.reading(town.subdistrict_id) as session:
            assert session.get_one(ProcessInstance, task.instance_id).status == "cancelled"
            open_tasks = select(func.count()).where(UserTask.instance_id == task.instance_id, UserTask.status == "open")
            assert session.scalar(open_tasks) == 0


def test_the_audit_log_holds_after_a_rush(town: Town) -> None:
    tasks = [begin(town) for _ in range(RACERS)]
    assert set(race(*(completes(town, "station1a", task) for task in tasks))) == {"done"}
    with town.workplace.reading(None) as session:
        assert audit.verify(session) == []


def due_case(desk: Desk) -> tuple[str, str]:
    """A referred request whose first reminder is due; its id and its instance's."""
    case = desk.register()
    desk.refer(case)
    desk.clock.set(min(desk.timers(case).values()))
    return case, desk.waiting(case)[0].instance_id


def test_workers_that_get_the_same_hint_fire_a_timer_once(desk: Desk) -> None:
    case, instance_id = due_case(desk)
    before = len(desk.notices(case))
    engine, database = desk.workplace.engine, desk.workplace.database

    def drain(worker: int) -> int:
        return jobs.run_due(engine, database, instance_id, f"worker{worker}")

    with ThreadPoolExecutor(RACERS) as pool:
        assert sum(pool.map(drain, range(RACERS))) >= 1
    assert jobs.run_due(engine, database, instance_id, "late") == 0
    told = desk.notices(case)
    assert len(told) > before
    assert len(told) == len(set(told))


def take(desk: Desk, instance_id: str, *, lease_s: int, attempts: int) -> None:
    """As if a worker had taken the due timer `lease_s` before its lease ends, for the `attempts`-th time."""
    now = desk.clock()
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        until = database_now(session) + timedelta(seconds=lease_s)
        session.execute(
            update(Job)
            .where(Job.instance_id == instance_id, Job.status == "ready", Job.run_at <= now)
            .values(status="running", token="somebody", lease_until=until, attempts=attempts)
        )


def test_a_job_whose_worker_works_is_left_alone(desk: Desk) -> None:
    _, instance_id = due_case(desk)
    take(desk, instance_id, lease_s=60, attempts=1)
    assert jobs.run_due(desk.workplace.engine, desk.workplace.database, instance_id, "second") == 0


def test_a_job_whose_worker_died_comes_back_when_its_lease_ends(desk: Desk) -> None:
    case, instance_id = due_case(desk)
    before = len(desk.notices(case))
    take(desk, instance_id, lease_s=-1, attempts=1)
    assert jobs.run_due(desk.workplace.engine, desk.workplace.database, instance_id, "second") >= 1
    assert len(desk.notices(case)) > before


def test_a_job_that_kills_every_worker_becomes_an_incident_and_blocks_nobody_else(desk: Desk) -> None:
    _, instance_id = due_case(desk)
    take(desk, instance_id, lease_s=-1, attempts=jobs.MAX_ATTEMPTS)
    assert jobs.run_due(desk.workplace.engine, desk.workplace.database, instance_id, "next") == 0
    with desk.workplace.database.reading(EVERYWHERE) as session:
        incident = session.scalars(select(Incident)).one()
        assert incident.instance_id == instance_id
        assert session.get_one(Job, incident.job_id).status == "dead"
        assert jobs.due_instances(session, desk.clock()) == []


def test_a_refusal_is_a_sentence_for_a_person(town: Town) -> None:
    task = begin(town)
    completes(town, "station1a", task)()
    with pytest.raises(Conflict, match="[\u4e00-\u9fff]"):
        completes(town, "station1b", task)()
