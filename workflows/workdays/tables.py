"""The calendar's rows: years, days, revisions. Days are superseded, never deleted.

National and regional rows belong to the installation (``subdistrict_id`` None); an office's own days to its
sub-district.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from workflows.storage.session import Base
from workflows.storage.types import Json, UtcDateTime, new_id
from workflows.workdays.rules import Layer


class CalendarYear(Base):
    """What is known about one year. A year without a row is not published.

    ``draft`` holds a whole import until it is confirmed, so that a draft over an official year changes nothing yet.
    """

    __tablename__ = "calendar_year"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    status: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(120), default="")
    number: Mapped[str] = mapped_column(String(60), default="")  # 文号
    published_on: Mapped[date | None] = mapped_column(Date)
    url: Mapped[str] = mapped_column(String(200), default="")
    raw_text: Mapped[str] = mapped_column(Text, default="")
    imported_by: Mapped[str] = mapped_column(String(60), default="")
    imported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_by: Mapped[str] = mapped_column(String(60), default="")
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    draft: Mapped[dict[str, Any] | None] = mapped_column(Json)


class CalendarDay(Base):
    """One day that is not as its weekday says, in one layer.

    ``notice_year``: the year of the national notice that says so; the last days of December may be in next year's.
    ``superseded_by``: the revision that replaced it.
    """

    __tablename__ = "calendar_day"
    __table_args__ = (
        Index(None, "notice_year"),
        Index(None, "subdistrict_id", "day"),
        CheckConstraint(f"(layer = '{Layer.OFFICE}') = (subdistrict_id IS NOT NULL)", name="owner"),
        CheckConstraint(f"(layer = '{Layer.NATIONAL}') = (notice_year IS NOT NULL)", name="notice"),
    )

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    subdistrict_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("subdistrict.id"))
    layer: Mapped[str] = mapped_column(String(10))
    notice_year: Mapped[int | None] = mapped_column(ForeignKey("calendar_year.year"))
    day: Mapped[date] = mapped_column(Date)
    working: Mapped[bool]
    name: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(160))
    affects_deadline: Mapped[bool] = mapped_column(default=True)
    superseded_by: Mapped[int | None]


class CalendarRevision(Base):
    """One change of the calendar: who, when, why, what.

    ``stamp``: tells apart two changes that got the same number because the first was rolled back.
    """

    __tablename__ = "calendar_revision"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stamp: Mapped[str] = mapped_column(String(19), default=new_id)
    subdistrict_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("subdistrict.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(200))
    diff: Mapped[list[dict[str, Any]]] = mapped_column(Json)
