"""Reception days as rows: a station's year, its sessions, who sits there, what came of it, what a month owed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.receptions.rules import Answer, PlanStatus, Status
from workflows.storage.session import Base, SubdistrictOwned
from workflows.storage.types import Json, UtcDateTime, new_id


class ReceptionPlan(SubdistrictOwned, Base):
    """A station's year. ``rows``: the sessions as they were handed in, before the committee confirmed them."""

    __tablename__ = "reception_plan"
    __table_args__ = (UniqueConstraint("subdistrict_id", "station_id", "year"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    station_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))
    year: Mapped[int]
    status: Mapped[str] = mapped_column(String(10), default=PlanStatus.DRAFT.value)
    rows: Mapped[list[Any]] = mapped_column(Json, default=list)
    submitted_by: Mapped[str] = mapped_column(String(60), default="")
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opinion: Mapped[str] = mapped_column(Text, default="")
    confirmed_by: Mapped[str] = mapped_column(String(60), default="")
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ReceptionSession(SubdistrictOwned, Base):
    """One reception of one station.

    ``month`` is the month whose duty it fulfils (domain S81); it stays when the session is postponed into the days in
    which the month may still be made up. ``planned_on`` is the day it was first planned for.
    """

    __tablename__ = "reception_session"
    __table_args__ = (Index(None, "subdistrict_id", "held_on"), Index(None, "subdistrict_id", "station_id", "month"))

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    station_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))
    month: Mapped[str] = mapped_column(String(7))
    kind: Mapped[str] = mapped_column(String(6))
    status: Mapped[str] = mapped_column(String(10), default=Status.PLANNED.value)
    planned_on: Mapped[date] = mapped_column(Date)
    held_on: Mapped[date] = mapped_column(Date)
    starts: Mapped[str] = mapped_column(String(5))
    ends: Mapped[str] = mapped_column(String(5))
    venue: Mapped[str] = mapped_column(String(80))
    venue_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("org_unit.id"))  # when it is one of our units
    reason: Mapped[str] = mapped_column(Text, default="")  # of a make-up, a postponement, a cancellation
    roster_on: Mapped[date | None] = mapped_column(Date)
    notice_on: Mapped[date | None] = mapped_column(Date)
    remind_on: Mapped[date | None] = mapped_column(Date)
    roster_size: Mapped[int | None]
    announced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    posted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    posted_by: Mapped[str] = mapped_column(String(60), default="")
    activity_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("activity.id"))
    opened_by: Mapped[str] = mapped_column(String(60))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RosterEntry(SubdistrictOwned, Base):
    """A deputy on the roster of a session. Whoever was replaced stays, with the reason."""

    __tablename__ = "reception_roster"
    __table_args__ = (UniqueConstraint("session_id", "person_id"), Index(None, "person_id"))

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    session_id: Mapped[str] = mapped_column(String(19), ForeignKey("reception_session.id"))
    person_id: Mapped[str] = mapped_column(String(19), ForeignKey("person.id"))
    level: Mapped[str] = mapped_column(String(6))
    answer: Mapped[str] = mapped_column(String(10), default=Answer.ASKED.value)
    note: Mapped[str] = mapped_column(String(200), default="")
    answered_by: Mapped[str] = mapped_column(String(60), default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replaced_by_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("person.id"))
    attendance: Mapped[str | None] = mapped_column(String(6))


class ReceptionReport(SubdistrictOwned, Base):
    """What came of a session, as it was when it ended: later changes of a case do not change it."""

    __tablename__ = "reception_report"
    __table_args__ = (UniqueConstraint("session_id"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    session_id: Mapped[str] = mapped_column(String(19), ForeignKey("reception_session.id"))
    visits: Mapped[int]
    people: Mapped[int]
    answered: Mapped[int]
    guided: Mapped[int]
    pending: Mapped[int]
    topics: Mapped[dict[str, Any]] = mapped_column(Json)  # topic -> how often
    deputies: Mapped[list[Any]] = mapped_column(Json)  # name, level, attendance
    remarks: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(60))
    noted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    noted_by: Mapped[str] = mapped_column(String(60), default="")
    opinion: Mapped[str] = mapped_column(Text, default="")


class ReceptionDuty(SubdistrictOwned, Base):
    """What became of a station's month: the row that boards and the village index read (domain S81, Q11, Q12)."""

    __tablename__ = "reception_duty"
    __table_args__ = (UniqueConstraint("subdistrict_id", "station_id", "month"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    station_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))
    month: Mapped[str] = mapped_column(String(7))
    state: Mapped[str] = mapped_column(String(10))
    levels_missing: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(Text, default="")  # why it was missed or had to be made up
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DeputyLeave(SubdistrictOwned, Base):
    """Days on which a deputy is not asked."""

    __tablename__ = "deputy_leave"
    __table_args__ = (Index(None, "person_id"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(String(19), ForeignKey("person.id"))
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(120), default="")
    noted_by: Mapped[str] = mapped_column(String(60))
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)
