"""Activities, who took part, and what proves it. Recorded once, by the organiser."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.activities.plan_rules import Answer, PlanStatus
from workflows.storage.session import Base, SubdistrictOwned
from workflows.storage.types import Json, UtcDateTime, new_id


class ActivityPlan(SubdistrictOwned, Base):
    """Something that is to take place, from the plan to its file. What took place is the `Activity` it becomes.

    ``station_id`` None: of the whole sub-district. ``term`` and ``number``: 届 and 次 of a deputies' meeting (S54).
    ``notice_due``: the last day on which the notice is in time (domain R12).
    """

    __tablename__ = "activity_plan"
    __table_args__ = (
        Index(None, "subdistrict_id", "held_on"),
        UniqueConstraint("subdistrict_id", "term", "number"),
    )

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(20))
    dimension: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(120))
    held_on: Mapped[date] = mapped_column(Date)
    planned_on: Mapped[date] = mapped_column(Date)  # the day it was first planned for
    starts: Mapped[str] = mapped_column(String(5), default="")
    ends: Mapped[str] = mapped_column(String(5), default="")
    place: Mapped[str] = mapped_column(String(120))
    station_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("org_unit.id"))
    term: Mapped[str | None] = mapped_column(String(20))
    number: Mapped[int | None]
    topic: Mapped[str] = mapped_column(String(40), default="")
    is_duty: Mapped[bool] = mapped_column(default=True)  # everybody who is asked must come (S55)
    contact: Mapped[str] = mapped_column(String(60), default="")
    text: Mapped[str] = mapped_column(Text, default="")  # what the notice says besides
    materials: Mapped[list[Any]] = mapped_column(Json, default=list)  # ids of stored files, of this activity alone
    reading: Mapped[list[Any]] = mapped_column(Json, default=list)  # ids of materials of the library
    status: Mapped[str] = mapped_column(String(6), default=PlanStatus.PLANNED.value)
    reason: Mapped[str] = mapped_column(Text, default="")  # of a postponement or a cancellation
    notice_on: Mapped[date | None] = mapped_column(Date)
    notice_due: Mapped[date | None] = mapped_column(Date)
    remind_on: Mapped[date | None] = mapped_column(Date)
    announced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    minutes: Mapped[str] = mapped_column(Text, default="")
    no_proof: Mapped[str] = mapped_column(String(200), default="")  # why nothing proves it
    activity_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("activity.id"))
    planned_by: Mapped[str] = mapped_column(String(60))
    planned_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Invitation(SubdistrictOwned, Base):
    """A deputy who is asked to come: what was said and how, leave, and what the sheet at the door says.

    ``told_by``: 本人, 电话. ``signed``: the state on the sheet; it becomes attendance when the activity is written up.
    """

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("plan_id", "person_id"), Index(None, "person_id"))

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    plan_id: Mapped[str] = mapped_column(String(19), ForeignKey("activity_plan.id"))
    person_id: Mapped[str] = mapped_column(String(19), ForeignKey("person.id"))
    answer: Mapped[str] = mapped_column(String(8), default=Answer.ASKED.value)
    told_by: Mapped[str] = mapped_column(String(4), default="")
    answered_by: Mapped[str] = mapped_column(String(60), default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(200), default="")
    opinion: Mapped[str] = mapped_column(String(200), default="")  # of who decided on the leave
    decided_by: Mapped[str] = mapped_column(String(60), default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed: Mapped[str] = mapped_column(String(6), default="")
    signed_by: Mapped[str] = mapped_column(String(60), default="")
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AgendaItem(SubdistrictOwned, Base):
    """One item of a meeting, in its order (domain S57)."""

    __tablename__ = "agenda_item"
    __table_args__ = (UniqueConstraint("plan_id", "number"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    plan_id: Mapped[str] = mapped_column(String(19), ForeignKey("activity_plan.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(120))
    reporter: Mapped[str] = mapped_column(String(60), default="")
    result: Mapped[str] = mapped_column(String(200), default="")


class DeliberationOpinion(SubdistrictOwned, Base):
    """What was said on an item and who is to answer it (domain S57: passed to the responsible unit)."""

    __tablename__ = "deliberation_opinion"
    __table_args__ = (Index(None, "plan_id"), Index(None, "department_id"))

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    plan_id: Mapped[str] = mapped_column(String(19), ForeignKey("activity_plan.id"))
    item_number: Mapped[int | None]
    text: Mapped[str] = mapped_column(Text)
    department_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("org_unit.id"))
    reply: Mapped[str] = mapped_column(Text, default="")
    replied_by: Mapped[str] = mapped_column(String(60), default="")
    replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Activity(SubdistrictOwned, Base):
    """One thing that took place on one day.

    ``station_id`` None: held by the committee for the whole sub-district. ``source_key`` names what it records when
    that is kept elsewhere (``suggestion:<id>``), so that it is recorded once.
    """

    __tablename__ = "activity"
    __table_args__ = (
        Index("ix_activity_day", "subdistrict_id", "held_on"),
        Index("uq_activity_source", "subdistrict_id", "source_key", unique=True),
    )

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    held_on: Mapped[date] = mapped_column(Date)
    dimension: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(120))
    place: Mapped[str] = mapped_column(String(120), default="")
    organiser_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("org_unit.id"))
    station_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("org_unit.id"))
    source_key: Mapped[str | None] = mapped_column(String(60))
    recorded_by: Mapped[str] = mapped_column(String(60))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Attendance(SubdistrictOwned, Base):
    """How one deputy took part. ``group_id``: their village on that day (domain Q42)."""

    __tablename__ = "attendance"
    __table_args__ = (
        UniqueConstraint("activity_id", "person_id"),
        Index("ix_attendance_person", "person_id"),
    )

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    activity_id: Mapped[str] = mapped_column(String(19), ForeignKey("activity.id"))
    person_id: Mapped[str] = mapped_column(String(19), ForeignKey("person.id"))
    group_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))
    state: Mapped[str] = mapped_column(String(6))
    recorded_by: Mapped[str] = mapped_column(String(60))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Evidence(SubdistrictOwned, Base):
    """A stored file that proves an activity: one for everybody who took part (domain D7).

    ``same_as_id``: an earlier picture that this one shows again. ``taken_on``: the day its camera noted.
    """

    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("activity_id", "file_id"), Index("ix_evidence_sha256", "sha256"))

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    activity_id: Mapped[str] = mapped_column(String(19), ForeignKey("activity.id"))
    file_id: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(8))
    caption: Mapped[str] = mapped_column(String(120), default="")
    print_of_picture: Mapped[str] = mapped_column(Text, default="", deferred=True)  # 7 kB, see storage/pictures.py
    same_as_id: Mapped[str | None] = mapped_column(String(19))
    taken_on: Mapped[date | None] = mapped_column(Date)
    added_by: Mapped[str] = mapped_column(String(60))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # then the file is destroyed; its hash stays


class Material(SubdistrictOwned, Base):
    """Something to read before a training or a meeting (domain S60). What was taken out stays, for old notices."""

    __tablename__ = "material"
    __table_args__ = (Index(None, "subdistrict_id", "subject"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    title: Mapped[str] = mapped_column(String(120))
    subject: Mapped[str] = mapped_column(String(10))
    file_id: Mapped[str] = mapped_column(String(64))
    added_by: Mapped[str] = mapped_column(String(60))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
