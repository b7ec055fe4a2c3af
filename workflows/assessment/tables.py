"""Months, lines, claims, the points ledger, quarters and what they result in.

Amounts of points are whole tenths (`…_tenths`). Ledger entries are only ever added.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.storage.session import Base, SubdistrictOwned
from workflows.storage.types import Json, UtcDateTime, new_id


class MonthlyAssessment(SubdistrictOwned, Base):
    """One deputy's month: self-assessment, station review, archive.

    ``sealed_document`` is the archived month as text, ``sealed_hash`` its SHA-256: both are written once.
    """

    __tablename__ = "monthly_assessment"
    __table_args__ = (
        UniqueConstraint("period", "person_id"),
        Index("ix_monthly_assessment_station", "station_id", "period", "status"),
    )

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    period: Mapped[str] = mapped_column(String(7))
    person_id: Mapped[str] = mapped_column(String(19), ForeignKey("person.id"))
    group_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))
    station_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))
    status: Mapped[str] = mapped_column(String(8))
    self_assessed: Mapped[bool] = mapped_column(default=False)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    submitted_by: Mapped[str] = mapped_column(String(60), default="")
    on_behalf: Mapped[bool] = mapped_column(default=False)
    missing: Mapped[str] = mapped_column(Text, default="")  # what the deputy says was left out
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reviewed_by: Mapped[str] = mapped_column(String(60), default="")
    opinion: Mapped[str] = mapped_column(Text, default="")
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sealed_document: Mapped[str | None] = mapped_column(Text)
    sealed_hash: Mapped[str | None] = mapped_column(String(64))


class AssessmentLine(SubdistrictOwned, Base):
    """One attendance in a month, with its points and the rule row they came from."""

    __tablename__ = "assessment_line"
    __table_args__ = (UniqueConstraint("month_id", "attendance_id"), Index(None, "activity_id"))

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    month_id: Mapped[str] = mapped_column(String(19), ForeignKey("monthly_assessment.id"))
    number: Mapped[int]  # as people call it: 序号 within the month
    attendance_id: Mapped[str] = mapped_column(String(19), ForeignKey("attendance.id"))
    activity_id: Mapped[str] = mapped_column(String(19), ForeignKey("activity.id"))
    group_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))  # of the activity's day
    held_on: Mapped[date] = mapped_column(Date)
    dimension: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(120))
    attendance_state: Mapped[str] = mapped_column(String(6))
    points_tenths: Mapped[int]
    rule: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(4))
    objection: Mapped[str] = mapped_column(String(500), default="")  # the deputy's
    reason: Mapped[str] = mapped_column(String(500), default="")  # why it was struck


class BonusClaim(SubdistrictOwned, Base):
    """Something beyond attendance that a deputy claims points for."""

    __tablename__ = "bonus_claim"
    __table_args__ = (Index(None, "month_id"), Index(None, "person_id", "fact_key"))

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    month_id: Mapped[str] = mapped_column(String(19), ForeignKey("monthly_assessment.id"))
    person_id: Mapped[str] = mapped_column(String(19), ForeignKey("person.id"))
    number: Mapped[int]
    occurred_on: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(40))
    level: Mapped[str] = mapped_column(String(10))
    fact: Mapped[str] = mapped_column(String(200))
    fact_key: Mapped[str] = mapped_column(String(80))
    proof: Mapped[str] = mapped_column(String(500))
    points_tenths: Mapped[int]
    rule: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(4))
    reason: Mapped[str] = mapped_column(String(500), default="")


class LedgerEntry(SubdistrictOwned, Base):
    """Points given or taken back. Never changed, never deleted.

    ``source_key`` names what the entry stands for (``line:<id>``), so that nothing is counted twice.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (Index("ix_ledger_entry_person", "person_id", "quarter"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    source_key: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    period: Mapped[str] = mapped_column(String(7))
    quarter: Mapped[str] = mapped_column(String(6))
    person_id: Mapped[str] = mapped_column(String(19), ForeignKey("person.id"))
    group_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))
    station_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))
    dimension: Mapped[str] = mapped_column(String(12), default="")
    points_tenths: Mapped[int]
    reverses_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("ledger_entry.id"), unique=True)
    trace: Mapped[dict[str, Any]] = mapped_column(Json)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    written_by: Mapped[str] = mapped_column(String(60))


class QuarterAssessment(SubdistrictOwned, Base):
    """A sub-district's quarter from roll-up to receipt."""

    __tablename__ = "quarter_assessment"
    __table_args__ = (UniqueConstraint("subdistrict_id", "period"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    period: Mapped[str] = mapped_column(String(6))
    status: Mapped[str] = mapped_column(String(6))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sample_seed: Mapped[str] = mapped_column(String(32), default="")
    sample_rule: Mapped[dict[str, Any] | None] = mapped_column(Json)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verified_by: Mapped[str] = mapped_column(String(60), default="")
    verified_by_id: Mapped[str | None] = mapped_column(String(19))
    opinion: Mapped[str] = mapped_column(Text, default="")
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_by: Mapped[str] = mapped_column(String(60), default="")
    received_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    received_by: Mapped[str] = mapped_column(String(60), default="")
    receipt: Mapped[dict[str, Any] | None] = mapped_column(Json)
    sealed_document: Mapped[str | None] = mapped_column(Text)
    sealed_hash: Mapped[str | None] = mapped_column(String(64))


class StationRollup(SubdistrictOwned, Base):
    """What one station handed in for a quarter."""

    __tablename__ = "station_rollup"
    __table_args__ = (UniqueConstraint("quarter_id", "station_id"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    quarter_id: Mapped[str] = mapped_column(String(19), ForeignKey("quarter_assessment.id"))
    station_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))
    due_on: Mapped[date | None] = mapped_column(Date)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    submitted_on: Mapped[date | None] = mapped_column(Date)
    submitted_by: Mapped[str] = mapped_column(String(60), default="")
    letter: Mapped[str] = mapped_column(Text, default="")
    deputies: Mapped[int] = mapped_column(default=0)
    points_tenths: Mapped[int] = mapped_column(default=0)


class Verification(SubdistrictOwned, Base):
    """One line or claim that the committee checks against attendance and photos."""

    __tablename__ = "verification"
    __table_args__ = (UniqueConstraint("quarter_id", "number"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    quarter_id: Mapped[str] = mapped_column(String(19), ForeignKey("quarter_assessment.id"))
    number: Mapped[int]
    station_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))
    line_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("assessment_line.id"))
    claim_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("bonus_claim.id"))
    why: Mapped[str] = mapped_column(String(200))  # 抽查, 加分, or the anomalies
    verdict: Mapped[str] = mapped_column(String(4))
    reason: Mapped[str] = mapped_column(String(500), default="")
    decided_by: Mapped[str] = mapped_column(String(60), default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DeputyQuarterResult(SubdistrictOwned, Base):
    """One deputy's quarter; provisional until the quarter is final."""

    __tablename__ = "deputy_quarter_result"
    __table_args__ = (UniqueConstraint("quarter_id", "person_id"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    quarter_id: Mapped[str] = mapped_column(String(19), ForeignKey("quarter_assessment.id"))
    person_id: Mapped[str] = mapped_column(String(19), ForeignKey("person.id"))
    group_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))
    station_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))
    base_tenths: Mapped[int]
    bonus_tenths: Mapped[int]
    bonus_counted_tenths: Mapped[int]
    total_tenths: Mapped[int]
    target_tenths: Mapped[int]
    index_tenths: Mapped[int]
    rule: Mapped[dict[str, Any]] = mapped_column(Json)


class VillageIndex(SubdistrictOwned, Base):
    """One village's quarterly index with its four parts and the facts behind them."""

    __tablename__ = "village_index"
    __table_args__ = (UniqueConstraint("quarter_id", "village_id"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    quarter_id: Mapped[str] = mapped_column(String(19), ForeignKey("quarter_assessment.id"))
    village_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))
    average_points_tenths: Mapped[int]
    average_tenths: Mapped[int]
    replies_tenths: Mapped[int]
    receptions_tenths: Mapped[int]
    rollup_tenths: Mapped[int]
    index_tenths: Mapped[int]
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    rule: Mapped[dict[str, Any]] = mapped_column(Json)


class PublicityPeriod(SubdistrictOwned, Base):
    """The days in which provisional results hang out for objections."""

    __tablename__ = "publicity_period"
    __table_args__ = (Index(None, "quarter_id"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    quarter_id: Mapped[str] = mapped_column(String(19), ForeignKey("quarter_assessment.id"))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    notice: Mapped[str] = mapped_column(Text, default="")
    published_by: Mapped[str] = mapped_column(String(60))


class Objection(SubdistrictOwned, Base):
    """What a deputy holds against a line of a published quarter, the station's answer, the committee's decision.

    ``should_tenths``: what the committee says it counts; the difference is an entry of its own in the ledger.
    """

    __tablename__ = "objection"
    __table_args__ = (Index(None, "quarter_id"), Index(None, "person_id"))

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    quarter_id: Mapped[str] = mapped_column(String(19), ForeignKey("quarter_assessment.id"))
    person_id: Mapped[str] = mapped_column(String(19), ForeignKey("person.id"))
    station_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))
    month_id: Mapped[str] = mapped_column(String(19), ForeignKey("monthly_assessment.id"))
    number: Mapped[int | None]  # of the line or claim in its month; None: something was left out
    dimension: Mapped[str] = mapped_column(String(12))  # empty: a bonus
    title: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    raised_by: Mapped[str] = mapped_column(String(60))
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by: Mapped[str] = mapped_column(String(60), default="")
    upheld: Mapped[bool | None]
    counted_tenths: Mapped[int]  # when it was raised
    should_tenths: Mapped[int | None]
    opinion: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(String(60), default="")


class BoardEntry(SubdistrictOwned, Base):
    """A village on the board (domain R8): what the tables propose, what it says, what the committee decides."""

    __tablename__ = "board_entry"
    __table_args__ = (UniqueConstraint("quarter_id", "village_id"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    quarter_id: Mapped[str] = mapped_column(String(19), ForeignKey("quarter_assessment.id"))
    village_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))
    rank: Mapped[int]
    index_tenths: Mapped[int]
    proposed: Mapped[str] = mapped_column(String(4))
    colour: Mapped[str] = mapped_column(String(4))
    reasons: Mapped[list[Any]] = mapped_column(Json)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    rule: Mapped[dict[str, Any]] = mapped_column(Json)
    explanation: Mapped[str] = mapped_column(Text, default="")
    explained_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    explained_by: Mapped[str] = mapped_column(String(60), default="")
    waived: Mapped[str] = mapped_column(String(300), default="")  # why a proposed black entry is left out
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_by: Mapped[str] = mapped_column(String(60), default="")


class YearAssessment(SubdistrictOwned, Base):
    """A sub-district's year: four quarters together, grades, the list of those to be commended, the receipt."""

    __tablename__ = "year_assessment"
    __table_args__ = (UniqueConstraint("subdistrict_id", "year"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    year: Mapped[int]
    status: Mapped[str] = mapped_column(String(6))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by: Mapped[str] = mapped_column(String(60), default="")
    settled_by_id: Mapped[str | None] = mapped_column(String(19))
    opinion: Mapped[str] = mapped_column(Text, default="")
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_by: Mapped[str] = mapped_column(String(60), default="")
    received_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    received_by: Mapped[str] = mapped_column(String(60), default="")
    receipt: Mapped[dict[str, Any] | None] = mapped_column(Json)
    sealed_document: Mapped[str | None] = mapped_column(Text)
    sealed_hash: Mapped[str | None] = mapped_column(String(64))


class DeputyYearResult(SubdistrictOwned, Base):
    """One deputy's year: the sum of the quarters they served, their average, place and grade (domain Q39, Q40)."""

    __tablename__ = "deputy_year_result"
    __table_args__ = (UniqueConstraint("year_id", "person_id"), Index(None, "person_id"))

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    year_id: Mapped[str] = mapped_column(String(19), ForeignKey("year_assessment.id"))
    person_id: Mapped[str] = mapped_column(String(19), ForeignKey("person.id"))
    group_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))
    station_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))
    parts: Mapped[dict[str, Any]] = mapped_column(Json)  # quarter -> tenths
    quarters: Mapped[int]
    total_tenths: Mapped[int]
    average_tenths: Mapped[int]
    target_tenths: Mapped[int]
    rate_tenths: Mapped[int]
    place: Mapped[int]
    grade: Mapped[str] = mapped_column(String(12))
    commended: Mapped[bool]
    left_out: Mapped[str] = mapped_column(String(300), default="")  # why somebody proposed is not commended
    rule: Mapped[dict[str, Any]] = mapped_column(Json)
