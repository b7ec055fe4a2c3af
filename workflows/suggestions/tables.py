"""Suggestions as rows: the paper, who signed it, who handles it, every answer and what the deputy says about it."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.storage.session import Base, SubdistrictOwned
from workflows.storage.types import UtcDateTime, new_id
from workflows.suggestions.rules import SignerState, Status


class SuggestionCounter(SubdistrictOwned, Base):
    """The last number of a kind given in a year; locked while one is registered."""

    __tablename__ = "suggestion_counter"

    subdistrict_id: Mapped[str] = mapped_column(String(19), ForeignKey("subdistrict.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(default=0)


class Suggestion(SubdistrictOwned, Base):
    """One paper about one matter.

    ``answer_by`` is the last day for the answer, ``months`` after ``handed_over_on`` (day zero); the original date of
    the first hand-over never changes. ``round`` is 1, and 2 when it is handled again.
    """

    __tablename__ = "suggestion"
    __table_args__ = (
        UniqueConstraint("subdistrict_id", "number"),
        Index(None, "subdistrict_id", "status", "answer_by"),
        Index(None, "subdistrict_id", "source_id"),
    )

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    number: Mapped[str | None] = mapped_column(String(16))  # None until it is registered
    submission: Mapped[str | None] = mapped_column(String(40), unique=True)  # names the page that began it
    kind: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10), default=Status.DRAFT.value)
    title: Mapped[str] = mapped_column(String(80), default="")
    situation: Mapped[str] = mapped_column(Text, default="")
    proposal: Mapped[str] = mapped_column(Text, default="")
    topic: Mapped[str] = mapped_column(String(20), default="")
    addressee: Mapped[str] = mapped_column(String(60), default="")
    source_kind: Mapped[str] = mapped_column(String(10))
    source_id: Mapped[str | None] = mapped_column(String(19))
    lead_id: Mapped[str] = mapped_column(String(19), ForeignKey("person.id"), index=True)
    station_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))  # the lead's on that day
    writer_role: Mapped[str] = mapped_column(String(20))
    writer_id: Mapped[str] = mapped_column(String(19))
    written_by: Mapped[str] = mapped_column(String(60))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decision_note: Mapped[str] = mapped_column(Text, default="")  # why it was sent back or not taken
    registered_on: Mapped[date | None] = mapped_column(Date)
    round: Mapped[int] = mapped_column(default=1)
    broad: Mapped[bool] = mapped_column(default=False)  # touches many or is hard: six months instead of three
    handed_over_on: Mapped[date | None] = mapped_column(Date)
    months: Mapped[int | None]
    answer_by: Mapped[date | None] = mapped_column(Date)
    answer_by_final: Mapped[bool] = mapped_column(default=True)
    original_answer_by: Mapped[date | None] = mapped_column(Date)
    part_by: Mapped[date | None] = mapped_column(Date)  # joint units give their part to the lead unit by then
    return_by: Mapped[date | None] = mapped_column(Date)  # a wrong hand-over comes back by then or not at all
    overdue_noted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_on: Mapped[date | None] = mapped_column(Date)
    opinion_by: Mapped[date | None] = mapped_column(Date)
    satisfaction: Mapped[str | None] = mapped_column(String(10))
    letter_no: Mapped[str] = mapped_column(String(60), default="")
    sent_on: Mapped[date | None] = mapped_column(Date)
    public: Mapped[bool] = mapped_column(default=False)  # the committee lets the paper and its answer be published
    last_word: Mapped[str] = mapped_column(String(20), default="")  # what the committee decided when still dissatisfied
    last_note: Mapped[str] = mapped_column(Text, default="")
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SuggestionSigner(SubdistrictOwned, Base):
    """One deputy on the paper."""

    __tablename__ = "suggestion_signer"
    __table_args__ = (UniqueConstraint("suggestion_id", "person_id"), Index(None, "person_id"))

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    suggestion_id: Mapped[str] = mapped_column(String(19), ForeignKey("suggestion.id"))
    person_id: Mapped[str] = mapped_column(String(19), ForeignKey("person.id"))
    station_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))  # theirs on the day they were asked
    is_lead: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(10), default=SignerState.ASKED.value)
    note: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(60), default="")


class SuggestionUnit(SubdistrictOwned, Base):
    """A unit it was handed to in one round, and how a wrong hand-over came back."""

    __tablename__ = "suggestion_unit"
    __table_args__ = (Index(None, "suggestion_id"), Index(None, "unit_id"))

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    suggestion_id: Mapped[str] = mapped_column(String(19), ForeignKey("suggestion.id"))
    round: Mapped[int]
    unit_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))
    is_lead: Mapped[bool]
    handed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(60))
    note: Mapped[str] = mapped_column(Text, default="")
    part: Mapped[str] = mapped_column(Text, default="")  # what a joint unit gave to the lead unit
    part_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    return_reason: Mapped[str] = mapped_column(Text, default="")


class SuggestionAnswer(SubdistrictOwned, Base):
    """An answer as it was given; one that the committee sent back stays readable."""

    __tablename__ = "suggestion_answer"
    __table_args__ = (Index(None, "suggestion_id"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    suggestion_id: Mapped[str] = mapped_column(String(19), ForeignKey("suggestion.id"))
    round: Mapped[int]
    unit_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("org_unit.id"))  # None: of a letter
    result_class: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    contacted: Mapped[bool] = mapped_column(default=False)  # the unit talked with the deputy (代表法 51)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(60))
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_by: Mapped[str] = mapped_column(String(60), default="")
    agreed: Mapped[bool | None]
    check_note: Mapped[str] = mapped_column(Text, default="")


class SuggestionOpinion(SubdistrictOwned, Base):
    """What the deputy says about handling and answer; left out of the base when there was no word (domain §3.2)."""

    __tablename__ = "suggestion_opinion"
    __table_args__ = (UniqueConstraint("suggestion_id", "round"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    suggestion_id: Mapped[str] = mapped_column(String(19), ForeignKey("suggestion.id"))
    round: Mapped[int]
    process: Mapped[str | None] = mapped_column(String(10))  # about how it was handled
    result: Mapped[str | None] = mapped_column(String(10))  # about what came of it; None: no word
    comment: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(60))
