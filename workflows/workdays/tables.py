"""The calendar's rows: years, days, revisions. Days are superseded, never deleted.

National and regional rows belong to the installation (``subdistrict_id`` None); an office's own days to its
sub-district.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from workflows.storage.session import Base
from workflows.storage.types import Json, UtcDateTime, new_id


class CalendarYear(Base):
    """What is known about one year: nothing, a draft, or the official notice."""

    __tablename__ = "calendar_year"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    status: Mapped[str] = mapped_column(String(10))  # draft, official
    title: Mapped[str] = mapped_column(String(120), default="")
    number: Mapped[str] = mapped_column(String(60), default="")
    published_on: Mapped[date | None] = mapped_column(Date)
    url: Mapped[str] = mapped_column(String(200), default="")
    raw_text: Mapped[str] = mapped_column(Text, default="")
    draft: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    imported_by: Mapped[str] = mapped_column(String(60))
    imported_by_id: Mapped[str] = mapped_column(String(19))
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_by: Mapped[str | None] = mapped_column(String(60))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CalendarDay(Base):
    """One day that is not as its weekday says, in one layer."""

    __tablename__ = "calendar_day"
    __table_args__ = (Index("ix_calendar_day_day", "day"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    subdistrict_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("subdistrict.id"))
    layer: Mapped[str] = mapped_column(String(10))
    day: Mapped[date] = mapped_column(Date)
    working: Mapped[bool]
    name: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(160))
    affects_deadline: Mapped[bool] = mapped_column(default=True)
    superseded_by: Mapped[int | None]  # the revision that replaced it


class CalendarRevision(Base):
    """One change of the calendar: who, when, why, what."""

    __tablename__ = "calendar_revision"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subdistrict_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("subdistrict.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(200))
    diff: Mapped[list[dict[str, Any]]] = mapped_column(Json)
