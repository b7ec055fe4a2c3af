"""Rows: a filing to the party working committee, its tasks and papers, and the counter of its numbers."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.filings.rules import Status
from workflows.storage.session import Base, SubdistrictOwned
from workflows.storage.types import UtcDateTime, new_id


class FilingCounter(SubdistrictOwned, Base):
    """The last number given in a year; locked while one is filed."""

    __tablename__ = "filing_counter"

    subdistrict_id: Mapped[str] = mapped_column(String(19), ForeignKey("subdistrict.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(default=0)


class Filing(SubdistrictOwned, Base):
    """One 请示 or 报告.

    ``measured_from`` is when a 重大问题 became known, when a 重要事项 is to be done, the first day of the month that a
    重要工作 is about. ``file_by`` follows from it by ``rule``, the row of the decision table in words; ``in_time`` is
    settled with the filing. ``reply_by`` is when a reply is expected; a 报告 is noted without one after that day.
    """

    __tablename__ = "filing"
    __table_args__ = (
        UniqueConstraint("subdistrict_id", "number"),
        Index(None, "subdistrict_id", "filed_on"),
        Index(None, "subdistrict_id", "category", "measured_from"),
    )

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    number: Mapped[str | None] = mapped_column(String(20))  # None until it is filed
    status: Mapped[str] = mapped_column(String(10), default=Status.CHECKED.value)
    kind: Mapped[str] = mapped_column(String(10))
    category: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    measured_from: Mapped[date] = mapped_column(Date)
    writer_id: Mapped[str] = mapped_column(String(19))
    written_by: Mapped[str] = mapped_column(String(60))
    written_on: Mapped[date] = mapped_column(Date)  # the first draft
    basis: Mapped[str] = mapped_column(String(10), default="")
    file_days: Mapped[int] = mapped_column(default=0)
    rule: Mapped[str] = mapped_column(String(200), default="")
    file_by: Mapped[date | None] = mapped_column(Date)
    reply_days: Mapped[int] = mapped_column(default=0)
    reply_needed: Mapped[bool] = mapped_column(default=True)
    return_note: Mapped[str] = mapped_column(Text, default="")  # why it was sent back the last time
    times_returned: Mapped[int] = mapped_column(default=0)
    checked_by: Mapped[str] = mapped_column(String(60), default="")
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed_by: Mapped[str] = mapped_column(String(60), default="")
    filed_on: Mapped[date | None] = mapped_column(Date)
    in_time: Mapped[bool | None]
    reply_by: Mapped[date | None] = mapped_column(Date)
    decision: Mapped[str | None] = mapped_column(String(20))
    reply_text: Mapped[str] = mapped_column(Text, default="")
    reply_no: Mapped[str] = mapped_column(String(60), default="")
    replied_on: Mapped[date | None] = mapped_column(Date)
    replied_by: Mapped[str] = mapped_column(String(60), default="")  # who entered it
    has_tasks: Mapped[bool] = mapped_column(default=False)  # the reply asks for something to be done
    report_text: Mapped[str] = mapped_column(Text, default="")  # what was reported back about the tasks
    reported_on: Mapped[date | None] = mapped_column(Date)
    withdraw_reason: Mapped[str] = mapped_column(Text, default="")
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FilingTask(SubdistrictOwned, Base):
    """One thing to be done that follows from the reply (domain S106)."""

    __tablename__ = "filing_task"
    __table_args__ = (Index(None, "filing_id"), Index(None, "subdistrict_id", "done_at", "due_on"))

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    filing_id: Mapped[str] = mapped_column(String(19), ForeignKey("filing.id"))
    what: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("org_unit.id"))
    due_on: Mapped[date] = mapped_column(Date)
    outcome: Mapped[str | None] = mapped_column(String(10))
    result: Mapped[str] = mapped_column(Text, default="")
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by: Mapped[str] = mapped_column(String(60), default="")


class FilingFile(SubdistrictOwned, Base):
    """A stored file that belongs to a filing, or to what was done about one of its tasks."""

    __tablename__ = "filing_file"
    __table_args__ = (UniqueConstraint("filing_id", "file_id"), Index(None, "file_id"))

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    filing_id: Mapped[str] = mapped_column(String(19), ForeignKey("filing.id"))
    task_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("filing_task.id"))
    file_id: Mapped[str] = mapped_column(String(70))
