"""The engine's nouns as rows: definitions, instances, user tasks, jobs, waits, history, incidents."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from workflows.storage.session import Base, SubdistrictOwned
from workflows.storage.types import Json, UtcDateTime, new_id

NO_DUE_DATE = date(9999, 12, 31)

# Partial indexes serve a query only when it says their condition word for word: as a bound parameter neither database
# can tell that the index covers it, and a sweep of 100,000 waiting timers reads them all.
IS_OPEN = text("user_task.status = 'open'")
IS_LIVE = text("job.status IN ('ready', 'running')")


class ProcessDefinition(Base):
    """One published version of a process package: diagram, forms and decision tables. Never changed.

    ``subdistrict_id`` None means shared by every sub-district; a sub-district's own version goes before a
    shared one of the same key.
    """

    __tablename__ = "process_definition"
    __table_args__ = (UniqueConstraint("subdistrict_id", "key", "version"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    subdistrict_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("subdistrict.id"))
    key: Mapped[str] = mapped_column(String(60), index=True)
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    checksum: Mapped[str] = mapped_column(String(64))
    package: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)  # deterministic zip
    schedule: Mapped[str | None] = mapped_column(String(60))  # text of a timer start event
    effective_on: Mapped[date | None] = mapped_column(Date)  # the first day on which it is in force; None: at once
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_by: Mapped[str] = mapped_column(String(60))


class ProcessInstance(SubdistrictOwned, Base):
    """One running or finished flow, on the version it began with."""

    __tablename__ = "process_instance"
    __table_args__ = (Index(None, "subdistrict_id", "status", "id"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    definition_id: Mapped[str] = mapped_column(String(19), ForeignKey("process_definition.id"))
    process_key: Mapped[str] = mapped_column(String(60))
    business_key: Mapped[str] = mapped_column(String(60), default="", index=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    status: Mapped[str] = mapped_column(String(12), default="running")  # running, completed, cancelled
    state: Mapped[bytes] = mapped_column(LargeBinary)
    revision: Mapped[int] = mapped_column()
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_by: Mapped[str] = mapped_column(String(19))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __mapper_args__ = {"version_id_col": revision}


_OPEN = text("status = 'open'")
_TAKEN = text("status = 'open' AND assignee IS NOT NULL")  # or a walk for one group reads everybody's untaken tasks


class UserTask(SubdistrictOwned, Base):
    """A step that waits, or waited, for a person. Projected from the instance's state."""

    __tablename__ = "user_task"
    __table_args__ = (
        Index("ix_user_task_inbox", "candidate", "sort_on", "id", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_user_task_mine", "assignee", "sort_on", "id", postgresql_where=_TAKEN, sqlite_where=_TAKEN),
        Index("ix_user_task_done", "completed_by", "id"),
        Index("ix_user_task_instance", "instance_id"),
    )

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    instance_id: Mapped[str] = mapped_column(String(19), ForeignKey("process_instance.id"))
    process_key: Mapped[str] = mapped_column(String(60))
    token: Mapped[str] = mapped_column(String(32))  # the engine's id of the waiting step
    node_id: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(80))
    form_key: Mapped[str | None] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(200))
    candidate: Mapped[str | None] = mapped_column(String(60))  # role@unit, see actor.candidate_key
    assignee: Mapped[str | None] = mapped_column(String(19))
    status: Mapped[str] = mapped_column(String(10), default="open")  # open, completed, cancelled
    due_on: Mapped[date | None] = mapped_column(Date)
    sort_on: Mapped[date] = mapped_column(Date, default=NO_DUE_DATE)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_by: Mapped[str | None] = mapped_column(String(19))
    draft: Mapped[dict[str, Any] | None] = mapped_column(Json)


_LIVE = text("status IN ('ready', 'running')")


class Job(SubdistrictOwned, Base):
    """Something to do at a moment: fire a timer, deliver a message, start a scheduled process.

    ``token`` is the fence of the worker that holds the lease; ``due_rule`` says in the diagram's own words why
    it is due then.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_due", "run_at", postgresql_where=_LIVE, sqlite_where=_LIVE),
        Index("ix_job_instance", "instance_id"),
    )

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(10))  # timer, message, start
    instance_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("process_instance.id"))
    waiting_token: Mapped[str | None] = mapped_column(String(32))  # timer: the engine's id of the waiting event
    node_id: Mapped[str | None] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(80), default="")
    due_rule: Mapped[str] = mapped_column(String(200), default="")
    payload: Mapped[dict[str, Any] | None] = mapped_column(Json)
    dedup: Mapped[str | None] = mapped_column(String(120), unique=True)
    run_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(10), default="ready")  # ready, running, done, cancelled, dead
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    token: Mapped[str | None] = mapped_column(String(32))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(Text)


class EventWait(SubdistrictOwned, Base):
    """An instance waits for a message of this name."""

    __tablename__ = "event_wait"
    __table_args__ = (Index("ix_event_wait_instance", "instance_id"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    instance_id: Mapped[str] = mapped_column(String(19), ForeignKey("process_instance.id"))
    waiting_token: Mapped[str] = mapped_column(String(32))
    node_id: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(80))


class EventInbox(SubdistrictOwned, Base):
    """A message that came before anybody waited for it; kept until an instance does."""

    __tablename__ = "event_inbox"
    __table_args__ = (Index("ix_event_inbox_waiting", "business_key", "name"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    business_key: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    arrived_at: Mapped[datetime] = mapped_column(UtcDateTime)


class History(SubdistrictOwned, Base):
    """What happened in an instance, in order of id. Written once."""

    __tablename__ = "history"
    __table_args__ = (Index("ix_history_instance", "instance_id", "id"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    instance_id: Mapped[str] = mapped_column(String(19), ForeignKey("process_instance.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[str] = mapped_column(String(19))
    actor_name: Mapped[str] = mapped_column(String(60))
    node_id: Mapped[str] = mapped_column(String(60))
    node_name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(12))
    milestone: Mapped[str | None] = mapped_column(String(20))
    data: Mapped[dict[str, Any] | None] = mapped_column(Json)


class Incident(SubdistrictOwned, Base):
    """Something a person must look at: a job without attempts left, or a step that failed."""

    __tablename__ = "incident"
    __table_args__ = (Index("ix_incident_instance", "instance_id"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    instance_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("process_instance.id"))
    job_id: Mapped[str | None] = mapped_column(String(19))
    node_id: Mapped[str | None] = mapped_column(String(60))
    error: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_by: Mapped[str | None] = mapped_column(String(19))
