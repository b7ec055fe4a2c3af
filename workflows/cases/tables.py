"""A constituent's request as rows: the case, who came, hand-overs, attempts to reach them, moved deadlines."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.cases.rules import Status
from workflows.storage.session import Base, SubdistrictOwned
from workflows.storage.types import UtcDateTime, new_id


class CaseCounter(SubdistrictOwned, Base):
    """The last number given in a year; locked while a case is opened."""

    __tablename__ = "case_counter"

    subdistrict_id: Mapped[str] = mapped_column(String(19), ForeignKey("subdistrict.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(default=0)


class Case(SubdistrictOwned, Base):
    """One request: a lasting record apart from the process that handles it.

    ``respond_by`` is the last day for the reply, counted from ``clock_started_on`` (day zero); ``settle_by`` the last
    day for the handling, counted from ``handling_started_on``. The original dates never change.
    ``sensitive``: tells of health, a child or the like, with the visitor's own consent (PIPL 28-31); in registers it
    stands by its topic only.
    """

    __tablename__ = "constituent_case"
    __table_args__ = (
        UniqueConstraint("subdistrict_id", "number"),
        Index(None, "subdistrict_id", "status", "respond_by"),
        Index(None, "subdistrict_id", "station_id"),
    )

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(12))
    tracking_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    submission: Mapped[str | None] = mapped_column(String(40), unique=True)  # names the page that registered it
    station_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))
    session_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("reception_session.id"), index=True)
    matter_class: Mapped[str] = mapped_column(String(20))
    topic: Mapped[str] = mapped_column(String(20))
    place: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(Text)
    received_on: Mapped[date] = mapped_column(Date)
    anonymous: Mapped[bool] = mapped_column(default=False)
    sensitive: Mapped[bool] = mapped_column(default=False)
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    registered_by: Mapped[str] = mapped_column(String(60))
    status: Mapped[str] = mapped_column(String(10), default=Status.OPEN.value)
    spot_answer: Mapped[str] = mapped_column(Text, default="")
    clock_started_on: Mapped[date | None] = mapped_column(Date)
    reply_working_days: Mapped[int | None]
    respond_by: Mapped[date | None] = mapped_column(Date)
    respond_by_final: Mapped[bool] = mapped_column(default=True)
    original_respond_by: Mapped[date | None] = mapped_column(Date)
    calendar_moved: Mapped[bool] = mapped_column(default=False)  # 日历调整: moved to a day that is past or all but
    protected_until: Mapped[date | None] = mapped_column(Date)  # then it counts as overdue only after this day
    calendar_revision: Mapped[int | None]
    interim_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # an interim reply has stopped the reply clock
    promised_on: Mapped[date | None] = mapped_column(Date)  # the day the visitor was promised then
    handling_started_on: Mapped[date | None] = mapped_column(Date)
    handling_working_days: Mapped[int | None]
    settle_by: Mapped[date | None] = mapped_column(Date)
    settle_by_final: Mapped[bool] = mapped_column(default=True)
    original_settle_by: Mapped[date | None] = mapped_column(Date)
    handler: Mapped[str] = mapped_column(String(20), default="")  # the role it was handed to, "" while it waits
    department_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("org_unit.id"), index=True)
    handle_by: Mapped[date | None] = mapped_column(Date)
    merged_into_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("constituent_case.id"), index=True)
    result_class: Mapped[str | None] = mapped_column(String(1))
    result_text: Mapped[str] = mapped_column(Text, default="")
    replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reply_channel: Mapped[str | None] = mapped_column(String(10))
    reply_text: Mapped[str] = mapped_column(Text, default="")
    overdue_noted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    board_noted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # so long overdue that the board shows it
    satisfaction: Mapped[str | None] = mapped_column(String(10))
    feedback_comment: Mapped[str] = mapped_column(Text, default="")
    times_reopened: Mapped[int] = mapped_column(default=0)
    last_word: Mapped[str] = mapped_column(String(20), default="")  # what the committee decided when still dissatisfied
    last_note: Mapped[str] = mapped_column(Text, default="")
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def listed_title(self) -> str:
        """What registers and lists that leave the office call it."""
        return (self.topic or self.matter_class) if self.sensitive else self.title


class CaseAttachment(SubdistrictOwned, Base):
    """A stored file of a case: a paper the visitor brought, the place before and after. `kind`: see `record.KINDS`."""

    __tablename__ = "case_attachment"
    __table_args__ = (UniqueConstraint("case_id", "file_id"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(String(19), ForeignKey("constituent_case.id"))
    file_id: Mapped[str] = mapped_column(String(70), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(60))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # then the file is destroyed (domain Q46)


class CaseParty(SubdistrictOwned, Base):
    """Who came. None for an anonymous visit."""

    __tablename__ = "case_party"
    __table_args__ = (Index(None, "case_id"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(String(19), ForeignKey("constituent_case.id"))
    name: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(80))
    channel: Mapped[str] = mapped_column(String(10), default="")  # how they want to be told
    masked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # only the committee sees it in full now
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # then name, telephone and address are empty


class CaseReferral(SubdistrictOwned, Base):
    """A hand-over to whoever handles the matter, and how it came back when it was the wrong one."""

    __tablename__ = "case_referral"
    __table_args__ = (Index(None, "case_id"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(String(19), ForeignKey("constituent_case.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(60))
    handler: Mapped[str] = mapped_column(String(20))
    department_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("org_unit.id"))
    handle_days: Mapped[int | None]  # as given with the hand-over; None: a working day before the reply falls due
    handle_by: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str] = mapped_column(Text, default="")
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    return_reason: Mapped[str] = mapped_column(Text, default="")


class ContactAttempt(SubdistrictOwned, Base):
    """One try to tell the visitor the answer (domain Q03, Q04)."""

    __tablename__ = "contact_attempt"
    __table_args__ = (Index(None, "case_id"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(String(19), ForeignKey("constituent_case.id"))
    round: Mapped[int]  # how often the case had been reopened by then
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(60))
    channel: Mapped[str] = mapped_column(String(10))
    reached: Mapped[bool]
    note: Mapped[str] = mapped_column(Text)
    proof: Mapped[str] = mapped_column(String(120), default="")  # who signed for a letter, or its post number


class CaseRequest(SubdistrictOwned, Base):
    """Something about the clocks that somebody asked for and the committee decides: 延期, 暂停, 阶段性答复."""

    __tablename__ = "case_request"
    __table_args__ = (Index(None, "case_id"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(String(19), ForeignKey("constituent_case.id"))
    kind: Mapped[str] = mapped_column(String(10))
    round: Mapped[int]  # how often the case had been reopened by then
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by: Mapped[str] = mapped_column(String(60))
    asked_by_id: Mapped[str] = mapped_column(String(19))
    reason: Mapped[str] = mapped_column(Text)  # of an interim reply: what the visitor is told
    days: Mapped[int | None]
    promised_on: Mapped[date | None] = mapped_column(Date)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(String(60), default="")
    agreed: Mapped[bool | None]
    opinion: Mapped[str] = mapped_column(Text, default="")


class CasePause(SubdistrictOwned, Base):
    """A time in which no day counts, on either clock (domain Q08)."""

    __tablename__ = "case_pause"
    __table_args__ = (Index(None, "case_id"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(String(19), ForeignKey("constituent_case.id"))
    round: Mapped[int]
    started_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)  # None while it goes on
    limit_days: Mapped[int]  # working days that all pauses of the round together may take
    reason: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(Text, default="")  # what ended it


class DeadlineChange(SubdistrictOwned, Base):
    """Why a deadline is what it is, each time it was set or moved."""

    __tablename__ = "deadline_change"
    __table_args__ = (Index(None, "case_id"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(String(19), ForeignKey("constituent_case.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(60))
    clock: Mapped[str] = mapped_column(String(10), default="答复")
    old: Mapped[date | None] = mapped_column(Date)
    new: Mapped[date] = mapped_column(Date)
    final: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(200))
    flagged: Mapped[bool] = mapped_column(default=False)  # 日历调整
    calendar_revision: Mapped[int | None]
