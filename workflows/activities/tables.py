"""Activities, who took part, and what proves it. Recorded once, by the organiser."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.storage.session import Base, SubdistrictOwned
from workflows.storage.types import UtcDateTime, new_id


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
    """A stored file that proves an activity: one for everybody who took part (domain D7)."""

    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("activity_id", "file_id"), Index("ix_evidence_sha256", "sha256"))

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    activity_id: Mapped[str] = mapped_column(String(19), ForeignKey("activity.id"))
    file_id: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(8))
    caption: Mapped[str] = mapped_column(String(120), default="")
    added_by: Mapped[str] = mapped_column(String(60))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # then the file is destroyed; its hash stays
