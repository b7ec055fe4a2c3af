"""Jobs: timers that fire, messages that are delivered, processes that start on schedule.

The database is the only promise. A worker takes a job in a short transaction of its own (so that an attempt that
kills the worker is counted), then does the work in a second one that proves, under the row lock, that the job is
still its own. A job whose worker died comes back when its lease ends. Everything here is safe to do twice.
"""

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from workflows import audit
from workflows.actor import the_clock
from workflows.clock import beijing_date, system_clock
from workflows.engine import agreement, definitions, instances, schedules, store
from workflows.engine.engine import Engine
from workflows.engine.runtime import ProcessFault
from workflows.engine.tables import IS_LIVE, Incident, Job
from workflows.errors import Conflict
from workflows.storage.session import EVERYWHERE, Database, database_now

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 6
BACK_OFF_S = (10, 60, 300, 1800, 7200)
JITTER = 0.2
BATCH = 50


class LostLease(Exception):
    """Somebody else has this job by now; what was done is rolled back."""


@dataclass(frozen=True)
class Claimed:
    job_id: str
    subdistrict_id: str
    token: str
    attempts: int


def due_instances(session: Session, now: datetime, limit: int = 200) -> list[tuple[str, str]]:
    """Sub-district and instance of everything that is due, longest overdue first."""
    query = (
        select(Job.subdistrict_id, Job.instance_id)
        .where(_due(now, database_now(session)), Job.instance_id.is_not(None))
        .order_by(Job.run_at)
        .limit(limit)
    )
    return list(dict.fromkeys((row[0], str(row[1])) for row in session.execute(query)))


def starts_due(session: Session, now: datetime) -> bool:
    """Whether a scheduled process should start."""
    query = select(Job.id).where(_due(now, database_now(session)), Job.kind == "start")
    return session.scalar(query.limit(1)) is not None


def run_due(engine: Engine, database: Database, instance_id: str, worker_id: str) -> int:
    """Do the due jobs of one instance, one after the other in order of their moment; returns how many."""
    done = 0
    for _ in range(BATCH):
        claimed = _claim(engine, database, and_(Job.instance_id == instance_id), worker_id)
        if claimed is None:
            break
        done += _attempt(engine, database, claimed)
    return done


def start_due_schedules(engine: Engine, database: Database, worker_id: str) -> int:
    """Start the processes whose moment has come; returns how many."""
    started = 0
    for _ in range(BATCH):
        claimed = _claim(engine, database, and_(Job.kind == "start"), worker_id)
        if claimed is None:
            break
        started += _attempt(engine, database, claimed)
    return started


def sweep(engine: Engine, database: Database, worker_id: str = "sweep") -> int:
    """Everything that is due, here and now, until nothing is left; returns how many jobs were done."""
    total = 0
    while True:
        done = start_due_schedules(engine, database, worker_id)
        with database.reading(EVERYWHERE) as session:
            due = due_instances(session, due_now(engine, session))
        for _, instance_id in due:
            done += run_due(engine, database, instance_id, worker_id)
        total += done
        if not done:
            return total


def reconcile(engine: Engine, database: Database) -> int:
    """Re-derive timers from instance state and start jobs from definitions; returns how many rows were mended."""
    mended = 0
    with database.reading(EVERYWHERE) as session:
        wrong = {d.instance_id: d.subdistrict_id for d in agreement.differences(engine, session) if "timer" in d.reason}
        subdistricts = list(engine.subdistricts(session))
    for instance_id, subdistrict_id in wrong.items():
        with database.unit_of_work(subdistrict_id) as session:
            mended += agreement.repair_timers(engine, session, instance_id)
    for subdistrict_id in subdistricts:
        with database.unit_of_work(subdistrict_id) as session:
            for definition in definitions.list_latest(session, beijing_date(engine.clock())):
                schedules.plan_for(engine, session, definition, subdistrict_id)
    return mended


def due_now(engine: Engine, session: Session) -> datetime:
    """The moment that due dates are compared with: the database's clock, which all processes share.

    A moved clock (tests, rehearsals) is the engine's own instead.
    """
    return database_now(session) if engine.clock is system_clock else engine.clock()


def _due(now: datetime, lease_now: datetime):  # type: ignore[no-untyped-def]
    return and_(
        IS_LIVE,
        Job.run_at <= now,
        or_(Job.status == "ready", Job.lease_until < lease_now),
    )


def _claim(engine: Engine, database: Database, which, worker_id: str) -> Claimed | None:  # type: ignore[no-untyped-def]
    with database.unit_of_work(EVERYWHERE) as session:
        lease_now = database_now(session)
        query = select(Job).where(_due(due_now(engine, session), lease_now), which)
        job = session.scalar(query.order_by(Job.run_at, Job.id).limit(1).with_for_update(skip_locked=True))
        if job is None:
            return None
        if job.attempts >= MAX_ATTEMPTS:
            _give_up(session, job, "多次执行都没有完成，最后一次连执行它的进程也中断了。", engine.clock())
            return None
        job.status, job.token = "running", uuid.uuid4().hex
        job.attempts += 1
        job.lease_until = lease_now + LEASE
        job.error = f"worker {worker_id}"
        return Claimed(job.id, job.subdistrict_id, job.token, job.attempts)


def _attempt(engine: Engine, database: Database, claimed: Claimed) -> int:
    try:
        with database.unit_of_work(claimed.subdistrict_id) as session:
            return _do(engine, session, claimed)
    except LostLease:
        return 0
    except Conflict:
        _put_back(database, claimed)
        return 0
    except ProcessFault as fault:
        _fail(engine, database, claimed, fault.reason, fault)
        return 0
    except Exception as error:  # whatever a delegate raises must not stop the other jobs
        _fail(engine, database, claimed, f"{type(error).__name__}: {error}", None)
        return 0


def _do(engine: Engine, session: Session, claimed: Claimed) -> int:
    job = session.get_one(Job, claimed.job_id)
    actor = the_clock(claimed.subdistrict_id)
    if job.kind == "timer":
        outcome = _fire(engine, session, actor, job, claimed)
    else:
        _hold(session, claimed)
        outcome = _start(engine, session, actor, job) if job.kind == "start" else _deliver(engine, session, actor, job)
    if outcome == "again":
        return 1
    finished = session.execute(
        update(Job)
        .where(Job.id == job.id, Job.token == claimed.token)
        .values(status=outcome, ended_at=engine.clock(), lease_until=None, error=None)
        .execution_options(synchronize_session=False)
    )
    if finished.rowcount != 1:  # type: ignore[attr-defined]
        raise LostLease
    return 1


def _hold(session: Session, claimed: Claimed) -> None:
    """The fence: our token, read under the row's lock (without the lock two workers can both pass)."""
    query = select(Job.token, Job.status).where(Job.id == claimed.job_id).with_for_update()
    row = session.execute(query).one()
    if row.token != claimed.token or row.status != "running":
        raise LostLease


def _fire(engine: Engine, session: Session, actor, job: Job, claimed: Claimed) -> str:  # type: ignore[no-untyped-def]
    instance_id, token, node_id = job.instance_id or "", job.waiting_token or "", job.node_id or ""
    running = store.load(engine, session, actor, instance_id)
    _hold(session, claimed)
    try:
        if running.instance.status != "running" or not running.execution.fire(token, node_id):
            return "cancelled"
        store.save(engine, session, running)
    except ProcessFault as fault:
        fault.instance_id = instance_id
        raise
    audit.record(session, actor, "timer.fired", f"process_instance:{instance_id}", at=engine.clock(), node=node_id)
    return "done"


def _start(engine: Engine, session: Session, actor, job: Job) -> str:  # type: ignore[no-untyped-def]
    key = (job.payload or {})["key"]
    due_on = beijing_date(job.run_at)
    if definitions.latest(session, key, due_on).schedule is None:
        return "cancelled"
    scheduled_on = schedules.move_on(engine, session, job)
    instances.start(engine, session, actor, key=key, start={"scheduled_on": scheduled_on}, on=due_on)
    return "again"


def _deliver(engine: Engine, session: Session, actor, job: Job) -> str:  # type: ignore[no-untyped-def]
    payload = job.payload or {}
    instances.send_message(
        engine,
        session,
        actor,
        name=job.name,
        business_key=payload["business_key"],
        payload=payload["payload"],
    )
    return "done"


def _put_back(database: Database, claimed: Claimed) -> None:
    """The instance was busy: not the job's fault, so the attempt does not count."""
    with database.unit_of_work(claimed.subdistrict_id) as session:
        job = session.get_one(Job, claimed.job_id, with_for_update=True)
        if job.token == claimed.token:
            job.status, job.token, job.lease_until = "ready", None, None
            job.attempts -= 1


def _fail(engine: Engine, database: Database, claimed: Claimed, reason: str, fault: ProcessFault | None) -> None:
    """Record a failure in a unit of work of its own: again later, or an incident."""
    with database.unit_of_work(claimed.subdistrict_id) as session:
        job = session.get_one(Job, claimed.job_id, with_for_update=True)
        if job.token != claimed.token:
            return
        if fault is not None or job.attempts >= MAX_ATTEMPTS:
            _give_up(session, job, reason, engine.clock(), node_id=fault.node_id if fault else None)
            return
        wait: float = BACK_OFF_S[min(job.attempts, len(BACK_OFF_S)) - 1]
        wait *= 1 + random.uniform(-JITTER, JITTER)  # noqa: S311  # spreads retries, hides nothing
        job.status, job.token, job.error = "ready", None, reason
        job.run_at = due_now(engine, session) + timedelta(seconds=wait)


def _give_up(session: Session, job: Job, reason: str, now: datetime, node_id: str | None = None) -> None:
    job.status, job.error, job.ended_at = "dead", reason, now
    session.add(
        Incident(
            subdistrict_id=job.subdistrict_id,
            instance_id=job.instance_id,
            job_id=job.id,
            node_id=node_id or job.node_id,
            error=reason,
            opened_at=now,
        )
    )
