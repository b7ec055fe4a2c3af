"""Does what is projected agree with the state it was projected from?

The state says which people, timers and messages an instance waits for; user_task, job and event_wait rows repeat it.
Rows can be lost (a restore, a hand in the database); here they are compared, and timers re-derived.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows.actor import the_clock
from workflows.engine import store
from workflows.engine.engine import Engine
from workflows.engine.runtime import WaitingTimer
from workflows.engine.tables import EventWait, Incident, Job, ProcessInstance, UserTask

LIVE = ("ready", "running")


@dataclass(frozen=True)
class Difference:
    """One disagreement of one instance."""

    instance_id: str
    subdistrict_id: str
    reason: str


def differences(engine: Engine, session: Session) -> Iterator[Difference]:
    """Every disagreement in the session's scope, and every instance that nothing will ever move again."""
    query = select(ProcessInstance.id).order_by(ProcessInstance.id)
    for instance_id in session.scalars(query).all():
        instance = session.get_one(ProcessInstance, instance_id)
        for reason in _differences_of(engine, session, instance):
            yield Difference(instance.id, instance.subdistrict_id, reason)
        session.expunge(instance)


def _differences_of(engine: Engine, session: Session, instance: ProcessInstance) -> Iterator[str]:
    tasks = _open_tokens(session, instance.id)
    timers = live_timers(session, instance.id)
    waits = set(session.scalars(select(EventWait.waiting_token).where(EventWait.instance_id == instance.id)))
    if instance.status != "running":
        if tasks or _live_timer(session, instance.id):
            yield "an ended instance still has open tasks or timers"
        return
    running = store.thaw(engine, session, the_clock(instance.subdistrict_id), instance)
    execution = running.execution
    if execution.completed:
        yield "its state is at an end but it counts as running"
    if tasks != running.before_tasks:
        yield "open user tasks differ from its state"
    if set(timers) != set(running.before_timers):
        yield "timer jobs differ from its state"
    elif timers != running.before_timers:
        yield "a timer job is due at another moment than its state says"
    if waits != {wait.token for wait in execution.messages()}:
        yield "message waits differ from its state"
    if not (tasks or timers or waits) and not _has_incident(session, instance.id):
        yield "nothing will ever move it: no task, timer, message or incident"


def _live_timer(session: Session, instance_id: str) -> bool:
    """Whether a timer of an ended instance would still fire (one that gave up stays as its incident's evidence)."""
    query = select(Job.id).where(Job.instance_id == instance_id, Job.kind == "timer", Job.status.in_(LIVE))
    return session.scalar(query.limit(1)) is not None


def repair_timers(engine: Engine, session: Session, instance_id: str) -> int:
    """Re-derive the timer jobs of an instance from its state; returns how many were made or cancelled."""
    running = store.load(engine, session, the_clock(None), instance_id)
    if running.instance.status != "running":
        return 0
    waiting: dict[str, WaitingTimer] = {f"{t.token}:{t.node.id}": t for t in running.execution.timers()}
    present = live_timers(session, instance_id)
    for key, timer in waiting.items():
        if key not in present:
            session.add(Job(**store.timer_row(running.instance, timer)))
    extra = [key for key in present if key not in waiting]
    for job in session.scalars(_timer_jobs(instance_id)):
        if f"{job.waiting_token}:{job.node_id}" in extra and job.status == "ready":
            job.status, job.ended_at = "cancelled", engine.clock()
    return len(set(waiting) - set(present)) + len(extra)


def live_timers(session: Session, instance_id: str):  # type: ignore[no-untyped-def]
    """Timer jobs that will still fire: ``token:node`` -> due moment."""
    return {f"{job.waiting_token}:{job.node_id}": job.run_at for job in session.scalars(_timer_jobs(instance_id))}


def _timer_jobs(instance_id: str):  # type: ignore[no-untyped-def]
    return select(Job).where(Job.instance_id == instance_id, Job.kind == "timer", Job.status.in_((*LIVE, "dead")))


def _open_tokens(session: Session, instance_id: str) -> set[str]:
    query = select(UserTask.token).where(UserTask.instance_id == instance_id, UserTask.status == "open")
    return set(session.scalars(query))


def _has_incident(session: Session, instance_id: str) -> bool:
    query = select(Incident.id).where(Incident.instance_id == instance_id, Incident.resolved_at.is_(None))
    return session.scalar(query.limit(1)) is not None
