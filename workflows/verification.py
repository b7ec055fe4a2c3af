"""Every invariant of the stored data in one place, for `luji verify` and the nightly check.

Reads only. Each breach names the invariant, the thing it concerns and what is wrong, in a form an engineer can act on.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflows import audit
from workflows.assessment import queries as assessment
from workflows.assessment import year_queries as years
from workflows.cases import queries as cases
from workflows.cases import search
from workflows.engine import agreement
from workflows.engine.engine import Engine
from workflows.engine.tables import History, Incident, Job, UserTask
from workflows.filings import queries as filings
from workflows.receptions import queries as receptions
from workflows.storage.session import EVERYWHERE, scope_of
from workflows.suggestions import queries as suggestions


@dataclass(frozen=True)
class Breach:
    """One invariant that does not hold.

    Attributes:
        invariant: short fixed name: audit-chain, task-agreement, effect-once, ledger-sum, case-process,
            search-index, suggestion-process, filing-process, year-sum.
    """

    invariant: str
    object_key: str
    reason: str


def breaches(engine: Engine, session: Session) -> list[Breach]:
    """Check everything; the session must be open for `EVERYWHERE`."""
    if scope_of(session) != EVERYWHERE:
        raise ValueError("verification looks at the whole installation")
    return [
        *_audit_chain(session),
        *_agreement(engine, session),
        *_completed_once(session),
        *_jobs_stuck(session),
        *(Breach("ledger-sum", key, reason) for key, reason in assessment.ledger_breaches(session)),
        *(Breach("year-sum", key, reason) for key, reason in years.breaches(session)),
        *(Breach("case-process", key, reason) for key, reason in cases.breaches(session)),
        *(Breach("search-index", key, reason) for key, reason in search.breaches(session)),
        *(Breach("suggestion-process", key, reason) for key, reason in suggestions.breaches(session)),
        *(Breach("filing-process", key, reason) for key, reason in filings.breaches(session)),
        *(Breach("reception-day", key, reason) for key, reason in receptions.breaches(session)),
    ]


def _audit_chain(session: Session) -> Iterator[Breach]:
    for breach in audit.verify(session):
        yield Breach("audit-chain", f"{breach.chain}:{breach.seq}", breach.reason)


def _agreement(engine: Engine, session: Session) -> Iterator[Breach]:
    for difference in agreement.differences(engine, session):
        yield Breach("task-agreement", f"process_instance:{difference.instance_id}", difference.reason)


def _completed_once(session: Session) -> Iterator[Breach]:
    """Each completed task has its line in the history, and no step was completed twice under one token."""
    doubled = (
        select(UserTask.instance_id, UserTask.token)
        .where(UserTask.status == "completed")
        .group_by(UserTask.instance_id, UserTask.token)
        .having(func.count() > 1)
    )
    for instance_id, token in session.execute(doubled):
        yield Breach("effect-once", f"process_instance:{instance_id}", f"step {token} was completed twice")
    tasks = _count_by_node(
        session,
        select(UserTask.instance_id, UserTask.node_id, func.count())
        .where(UserTask.status == "completed")
        .group_by(UserTask.instance_id, UserTask.node_id),
    )
    lines = _count_by_node(
        session,
        select(History.instance_id, History.node_id, func.count())
        .where(History.kind == "completed")
        .group_by(History.instance_id, History.node_id),
    )
    for key in sorted(set(tasks) | set(lines)):
        if tasks.get(key, 0) != lines.get(key, 0):
            instance_id, node_id = key
            yield Breach(
                "effect-once",
                f"process_instance:{instance_id}",
                f"{node_id}: {tasks.get(key, 0)} tasks completed, {lines.get(key, 0)} lines of history",
            )


def _count_by_node(session: Session, query) -> dict[tuple[str, str], int]:  # type: ignore[no-untyped-def]
    return {(instance_id, node_id): count for instance_id, node_id, count in session.execute(query)}


def _jobs_stuck(session: Session) -> Iterator[Breach]:
    """A job that gave up must have left an incident for a person."""
    from_incidents = select(Incident.job_id).where(Incident.job_id.is_not(None))
    for job_id in session.scalars(select(Job.id).where(Job.status == "dead", Job.id.not_in(from_incidents))):
        yield Breach("effect-once", f"job:{job_id}", "gave up without an incident")
