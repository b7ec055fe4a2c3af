"""Whatever is killed in production, each reminder arrives once. Killed outright: no process may say goodbye."""

import os
import signal
import subprocess
import time as machine_time
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.factories import small_town
from tests.process.casework import Desk
from tests.workers.installation import (
    SERVICES,
    Broker,
    Installation,
    arguments_of,
    delivered,
    eventually,
    start_service,
)
from workflows.engine.tables import Incident, Job, ProcessInstance
from workflows.storage.session import EVERYWHERE, database_now
from workflows.wiring import Workplace

pytestmark = [pytest.mark.postgres, pytest.mark.redis]
OUTAGE_S = 4
CASES = 24


def opened(place: Installation) -> Desk:
    """A migrated installation with a small town, a worker and a dispatcher."""
    migrated = place.run(*arguments_of(SERVICES["migrate"]["command"], {}))
    assert migrated.returncode == 0, migrated.stderr
    return Desk(small_town(place.workplace()), place.clock)


def referred(desk: Desk) -> str:
    case = desk.register()
    desk.refer(case)
    return case


def told_once(desk: Desk, *cases: str) -> bool:
    """Nobody was told the same thing twice, and nothing written was left unsent."""
    counts = delivered(desk.workplace)
    notices = {case: desk.notices(case) for case in cases}
    return all(counts[case] == len(found) == len(set(found)) for case, found in notices.items())


def faults(workplace: Workplace) -> list[str]:
    with workplace.database.reading(EVERYWHERE) as session:
        return list(session.scalars(select(Incident.error)))


def test_redis_is_gone_for_some_seconds_and_forgets_everything(production: Installation, broker: Broker) -> None:
    desk = opened(production)
    worker = start_service(production, "worker")
    start_service(production, "dispatcher")
    first = referred(desk)
    assert eventually(lambda: delivered(desk.workplace)[first] == 1), production.said()

    broker.kill()
    production.clock.set_beijing(date(2026, 10, 8), time(8, 30))
    second = referred(desk)  # the office works on: no page waits for the broker
    machine_time.sleep(OUTAGE_S)
    assert delivered(desk.workplace) == {first: 1}
    broker.start()

    def arrived() -> bool:
        if worker.poll() is not None and len(production.children) == 2:
            start_service(production, "worker")  # as `restart: always` does
        return delivered(desk.workplace) == {first: 2, second: 1}

    assert eventually(arrived), (delivered(desk.workplace), production.said())
    machine_time.sleep(1)  # time for a second copy of a hint to do harm
    assert delivered(desk.workplace) == {first: 2, second: 1}
    assert told_once(desk, first, second)
    assert faults(desk.workplace) == []
    assert desk.breaches() == []
    desk.workplace.database.dispose()


def test_workers_killed_in_the_middle_of_their_work_lose_and_double_nothing(production: Installation) -> None:
    desk = opened(production)
    start_service(production, "dispatcher")
    worker = start_service(production, "worker")
    cases = [referred(desk) for _ in range(CASES)]
    assert eventually(lambda: sum(delivered(desk.workplace).values()) >= CASES), production.said()
    for case in cases:
        assert delivered(desk.workplace)[case] == 1

    production.clock.set_beijing(date(2026, 10, 8), time(8, 30))
    eventually(lambda: done(desk) > 0)
    os.kill(a_child(worker.pid), signal.SIGKILL)  # Celery gives the hint back and forks another child
    eventually(lambda: done(desk) > CASES // 4)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    assert done(desk) < CASES, "it was killed too late to prove anything"
    a_minute_passes(desk)
    start_service(production, "worker")

    everybody = dict.fromkeys(cases, 2)
    assert eventually(lambda: delivered(desk.workplace) == everybody), (delivered(desk.workplace), production.said())
    assert told_once(desk, *cases)
    assert done(desk) == CASES
    assert faults(desk.workplace) == []
    assert desk.breaches() == []
    desk.workplace.database.dispose()


def done(desk: Desk) -> int:
    """How many timers of requests have been fired; what else the shipped processes do on that day is not looked at."""
    query = select(Job.id).join(ProcessInstance, ProcessInstance.id == Job.instance_id)
    query = query.where(Job.kind == "timer", Job.status == "done", ProcessInstance.process_key == "constituent_case")
    with desk.workplace.database.reading(EVERYWHERE) as session:
        return len(session.scalars(query).all())


def a_minute_passes(desk: Desk) -> None:
    """The leases of dead workers end. They are measured by the database's own clock, which no test can move."""
    with desk.workplace.database.unit_of_work(EVERYWHERE) as session:
        past = database_now(session) - timedelta(seconds=1)
        session.execute(update(Job).where(Job.status == "running").values(lease_until=past))


def a_child(parent: int) -> int:
    """One of the processes that a worker has forked."""
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    assert listed, subprocess.run(["ps", "axf"], capture_output=True, text=True, check=False).stdout
    return int(listed.split()[0])
