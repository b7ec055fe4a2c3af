"""Timer starts: one job per sub-district and scheduled process, moved on each time it has fired."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows.clock import beijing_date
from workflows.engine import timer_rules
from workflows.engine.engine import Engine
from workflows.engine.tables import Job, ProcessDefinition


def plan(engine: Engine, session: Session, definition: ProcessDefinition) -> None:
    """Make the start jobs agree with a newly published version."""
    owner = definition.subdistrict_id
    for subdistrict_id in [owner] if owner else engine.subdistricts(session):
        plan_for(engine, session, definition, subdistrict_id)


def plan_for(engine: Engine, session: Session, definition: ProcessDefinition, subdistrict_id: str) -> None:
    """The start job of one process in one sub-district: made, re-timed, or cancelled."""
    key = dedup_key(subdistrict_id, definition.key)
    job = session.scalar(select(Job).where(Job.dedup == key).with_for_update())
    if definition.schedule is None:
        if job is not None:
            job.status, job.ended_at = "cancelled", engine.clock()
        return
    schedule = timer_rules.compile_schedule(definition.schedule)
    run_at = schedule.next_after(engine.clock(), engine.calendar(session))
    if job is None:
        job = Job(
            subdistrict_id=subdistrict_id,
            kind="start",
            name=definition.name,
            dedup=key,
            payload={"key": definition.key},
            run_at=run_at,
        )
        session.add(job)
    elif job.due_rule == definition.schedule and job.status in ("ready", "running"):
        return
    job.due_rule, job.status, job.attempts = definition.schedule, "ready", 0
    job.run_at = run_at


def move_on(engine: Engine, session: Session, job: Job) -> str:
    """Set a start job to its next occurrence; returns the ISO date of the one that is due now."""
    scheduled_on = beijing_date(job.run_at).isoformat()
    schedule = timer_rules.compile_schedule(job.due_rule)
    job.run_at = schedule.next_after(job.run_at, engine.calendar(session))
    job.status, job.attempts, job.token, job.lease_until = "ready", 0, None, None
    return scheduled_on


def dedup_key(subdistrict_id: str, process_key: str) -> str:
    return f"start:{subdistrict_id}:{process_key}"
