"""Reads about months, points and quarters, and whether the ledger still agrees with what was archived."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflows.activities import queries as activities
from workflows.activities.rules import DIMENSIONS, AttendanceState
from workflows.actor import Actor
from workflows.assessment import rules
from workflows.assessment.rules import EntryKind, LineState, MonthStatus, Quarter, QuarterStatus
from workflows.assessment.tables import (
    AssessmentLine,
    BoardEntry,
    BonusClaim,
    DeputyQuarterResult,
    LedgerEntry,
    MonthlyAssessment,
    Objection,
    PublicityPeriod,
    QuarterAssessment,
    StationRollup,
    Verification,
    VillageIndex,
    YearAssessment,
)
from workflows.errors import NotAllowed, NotFound
from workflows.people import queries as people

_COUNTED = frozenset({AttendanceState.PRESENT, AttendanceState.HALF, AttendanceState.LEAD, AttendanceState.COSIGNER})


@dataclass(frozen=True)
class MonthView:
    """One deputy's month with its lines and claims in order of their number."""

    month: MonthlyAssessment
    lines: list[AssessmentLine]
    claims: list[BonusClaim]

    @property
    def items(self) -> list[AssessmentLine | BonusClaim]:
        """Lines and claims, which share one numbering."""
        return [*self.lines, *self.claims]

    @property
    def counted_tenths(self) -> int:
        """Points that stand, or would stand if everything claimed were agreed."""
        return sum(item.points_tenths for item in self.items if item.state != LineState.STRUCK)


@dataclass(frozen=True)
class DimensionSummary:
    """One of the six dimensions in a deputy's file."""

    dimension: str
    times: int
    points_tenths: int


@dataclass(frozen=True)
class PointsFile:
    """A deputy's personal file (个人考核档案) for one quarter."""

    person_id: str
    name: str
    group_id: str
    group_name: str
    station_name: str
    quarter: Quarter
    summary: list[DimensionSummary]
    entries: list[LedgerEntry]
    months: list[MonthView]
    results: list[tuple[QuarterAssessment, DeputyQuarterResult]]
    lines: dict[str, AssessmentLine] = field(default_factory=dict)
    objections: list[Objection] = field(default_factory=list)

    @property
    def numbers(self) -> dict[str, tuple[str, int]]:
        """Source of a ledger entry -> month and number under which its line or claim is known."""
        return {source_key(item): (view.month.period, item.number) for view in self.months for item in view.items}

    @property
    def total_tenths(self) -> int:
        return sum(entry.points_tenths for entry in self.entries)


# ----------------------------------------------------------------------------------------------- months


def month_of(session: Session, period: str, person_id: str) -> MonthlyAssessment:
    """
    Raises:
        NotFound: no such month of this deputy.
    """
    query = select(MonthlyAssessment).where(
        MonthlyAssessment.period == period, MonthlyAssessment.person_id == person_id
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound("没有这位代表这个月的自评表，请刷新页面。")
    return found


def month_by_id(session: Session, month_id: str) -> MonthlyAssessment:
    """
    Raises:
        NotFound: there is none.
    """
    found = session.scalar(select(MonthlyAssessment).where(MonthlyAssessment.id == month_id))
    if found is None:
        raise NotFound("没有这份自评表，请刷新页面。")
    return found


def months_of(session: Session, period: str) -> list[MonthlyAssessment]:
    """Everybody's month, by station and person."""
    query = select(MonthlyAssessment).where(MonthlyAssessment.period == period)
    return list(session.scalars(query.order_by(MonthlyAssessment.station_id, MonthlyAssessment.person_id)))


def months_of_person(session: Session, quarter: Quarter, person_id: str) -> list[MonthlyAssessment]:
    """One deputy's months of a quarter, in order."""
    query = select(MonthlyAssessment).where(
        MonthlyAssessment.person_id == person_id,
        MonthlyAssessment.period.in_([str(month) for month in quarter.months]),
    )
    return list(session.scalars(query.order_by(MonthlyAssessment.period)))


def has_month(session: Session, period: str) -> bool:
    """Whether the month's self-assessments were opened already."""
    query = select(MonthlyAssessment.id).where(MonthlyAssessment.period == period).limit(1)
    return session.scalar(query) is not None


def month_view(session: Session, month: MonthlyAssessment) -> MonthView:
    return month_views(session, [month])[0]


def month_views(session: Session, months: list[MonthlyAssessment]) -> list[MonthView]:
    """Months with their lines and claims, in three statements however many they are."""
    ids = {month.id for month in months}
    lines = select(AssessmentLine).where(AssessmentLine.month_id.in_(ids)).order_by(AssessmentLine.number)
    claims = select(BonusClaim).where(BonusClaim.month_id.in_(ids)).order_by(BonusClaim.number)
    lines_of = _by_month(session.scalars(lines))
    claims_of = _by_month(session.scalars(claims))
    return [MonthView(month, lines_of.get(month.id, []), claims_of.get(month.id, [])) for month in months]


_Row = TypeVar("_Row", AssessmentLine, BonusClaim)


def _by_month(rows: Iterable[_Row]) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.month_id, []).append(row)
    return found


def unarchived(session: Session, quarter: Quarter, station_id: str) -> list[MonthlyAssessment]:
    """The station's months of a quarter that are not archived yet."""
    query = select(MonthlyAssessment).where(
        MonthlyAssessment.period.in_([str(month) for month in quarter.months]),
        MonthlyAssessment.station_id == station_id,
        MonthlyAssessment.status != MonthStatus.ARCHIVED,
    )
    return list(session.scalars(query.order_by(MonthlyAssessment.period, MonthlyAssessment.person_id)))


def earlier_claims(session: Session, person_id: str, key: str) -> list[BonusClaim]:
    """Agreed claims of the same fact, whatever their month."""
    query = select(BonusClaim).where(
        BonusClaim.person_id == person_id, BonusClaim.fact_key == key, BonusClaim.state == LineState.AGREED
    )
    return list(session.scalars(query))


# ----------------------------------------------------------------------------------------------- ledger


def entry_of(session: Session, source_key: str) -> LedgerEntry | None:
    return session.scalar(select(LedgerEntry).where(LedgerEntry.source_key == source_key))


def source_key(item: AssessmentLine | BonusClaim) -> str:
    """Under which name the ledger knows a line or claim."""
    return f"{'line' if isinstance(item, AssessmentLine) else 'bonus'}:{item.id}"


def corrections_of(session: Session, month_id: str, number: int) -> list[str]:
    """Under which names the ledger knows what upheld objections made of a line or claim."""
    return [f"objection:{row.id}" for row in upheld(session, month_id) if row.number == number]


def net_of(session: Session, source_keys: Iterable[str]) -> int:
    """What entries and their reversals come to, tenths."""
    ids = select(LedgerEntry.id).where(LedgerEntry.source_key.in_(set(source_keys)))
    query = select(func.sum(LedgerEntry.points_tenths))
    return int(session.scalar(query.where(LedgerEntry.id.in_(ids) | LedgerEntry.reverses_id.in_(ids))) or 0)


def quarter_entries(session: Session, quarter: Quarter, person_id: str | None = None) -> list[LedgerEntry]:
    """A quarter's ledger in the order it was written."""
    query = select(LedgerEntry).where(LedgerEntry.quarter == str(quarter)).order_by(LedgerEntry.id)
    if person_id is not None:
        query = query.where(LedgerEntry.person_id == person_id)
    return list(session.scalars(query))


def sums(entries: Iterable[LedgerEntry]) -> dict[str, int]:
    """Points by deputy, tenths."""
    totals: dict[str, int] = {}
    for entry in entries:
        totals[entry.person_id] = totals.get(entry.person_id, 0) + entry.points_tenths
    return totals


# --------------------------------------------------------------------------------------------- quarters


def quarter_of(session: Session, period: str) -> QuarterAssessment:
    """
    Raises:
        NotFound: this quarter was never opened.
    """
    found = session.scalar(select(QuarterAssessment).where(QuarterAssessment.period == period))
    if found is None:
        raise NotFound("还没有这个季度的考核，请在季度结束后再看。")
    return found


def quarters(session: Session) -> list[QuarterAssessment]:
    """All quarters, newest first."""
    return list(session.scalars(select(QuarterAssessment).order_by(QuarterAssessment.period.desc())))


def rollups(session: Session, quarter_id: str) -> dict[str, StationRollup]:
    """Station -> its roll-up."""
    query = select(StationRollup).where(StationRollup.quarter_id == quarter_id)
    return {row.station_id: row for row in session.scalars(query)}


def rollup_of(session: Session, quarter_id: str, station_id: str) -> StationRollup:
    """
    Raises:
        NotFound: this station has no part in the quarter.
    """
    found = rollups(session, quarter_id).get(station_id)
    if found is None:
        raise NotFound("这个季度没有本站的汇总任务，请与街道人大工委联系。")
    return found


def owners(session: Session, month_ids: Iterable[str]) -> dict[str, str]:
    """Month -> the deputy it is about."""
    query = select(MonthlyAssessment.id, MonthlyAssessment.person_id)
    rows = session.execute(query.where(MonthlyAssessment.id.in_(set(month_ids))))
    return dict(rows.all())


def verifications(session: Session, quarter_id: str) -> list[Verification]:
    query = select(Verification).where(Verification.quarter_id == quarter_id)
    return list(session.scalars(query.order_by(Verification.number)))


def months_published(session: Session) -> list[tuple[str, str]]:
    """The months of the quarters that hang out now, as choices of a form."""
    query = select(QuarterAssessment.period).where(QuarterAssessment.status == QuarterStatus.PUBLISHED)
    periods = session.scalars(query.order_by(QuarterAssessment.period))
    return [(str(month), month.label) for period in periods for month in Quarter.read(period).months]


def village_indexes(session: Session, quarter_id: str) -> list[VillageIndex]:
    """A quarter's villages, best index first."""
    query = select(VillageIndex).where(VillageIndex.quarter_id == quarter_id)
    return list(session.scalars(query.order_by(VillageIndex.index_tenths.desc(), VillageIndex.village_id)))


def deputy_results(session: Session, quarter_id: str) -> list[DeputyQuarterResult]:
    """A quarter's deputies, most points first."""
    query = select(DeputyQuarterResult).where(DeputyQuarterResult.quarter_id == quarter_id)
    return list(session.scalars(query.order_by(DeputyQuarterResult.total_tenths.desc(), DeputyQuarterResult.person_id)))


def publicity_of(session: Session, quarter_id: str) -> PublicityPeriod | None:
    """The quarter's last publicity period."""
    query = select(PublicityPeriod).where(PublicityPeriod.quarter_id == quarter_id)
    return session.scalars(query.order_by(PublicityPeriod.id.desc())).first()


def objections(session: Session, quarter_id: str) -> list[Objection]:
    """A quarter's objections in the order they were raised."""
    return list(session.scalars(select(Objection).where(Objection.quarter_id == quarter_id).order_by(Objection.id)))


def upheld(session: Session, month_id: str) -> list[Objection]:
    """The objections that changed something in a month."""
    query = select(Objection).where(Objection.month_id == month_id, Objection.upheld.is_(True))
    return list(session.scalars(query.order_by(Objection.id)))


def objection(session: Session, objection_id: str) -> Objection:
    """
    Raises:
        NotFound: there is none.
    """
    found = session.scalar(select(Objection).where(Objection.id == objection_id))
    if found is None:
        raise NotFound("没有这条异议，请刷新页面。")
    return found


def board(session: Session, quarter_id: str) -> list[BoardEntry]:
    """A quarter's board, first place first."""
    query = select(BoardEntry).where(BoardEntry.quarter_id == quarter_id)
    return list(session.scalars(query.order_by(BoardEntry.rank, BoardEntry.village_id)))


def board_entry(session: Session, quarter_id: str, village_id: str) -> BoardEntry:
    """
    Raises:
        NotFound: this village is not on the quarter's board.
    """
    found = next((row for row in board(session, quarter_id) if row.village_id == village_id), None)
    if found is None:
        raise NotFound("这个村（社区）不在本季度的红黑榜里，请刷新页面。")
    return found


def lines_by_id(session: Session, ids: Iterable[str]) -> dict[str, AssessmentLine]:
    query = select(AssessmentLine).where(AssessmentLine.id.in_(set(ids)))
    return {line.id: line for line in session.scalars(query)}


def claims_by_id(session: Session, ids: Iterable[str]) -> dict[str, BonusClaim]:
    query = select(BonusClaim).where(BonusClaim.id.in_(set(ids)))
    return {claim.id: claim for claim in session.scalars(query)}


def agreed_lines(session: Session, quarter: Quarter) -> list[tuple[MonthlyAssessment, AssessmentLine]]:
    """The quarter's archived lines that stand, with their months."""
    query = (
        select(MonthlyAssessment, AssessmentLine)
        .join(AssessmentLine, AssessmentLine.month_id == MonthlyAssessment.id)
        .where(*_archived_in(quarter), AssessmentLine.state == LineState.AGREED)
        .order_by(AssessmentLine.held_on, AssessmentLine.activity_id, AssessmentLine.id)
    )
    return [(month, line) for month, line in session.execute(query)]


def agreed_claims(session: Session, quarter: Quarter) -> list[tuple[MonthlyAssessment, BonusClaim]]:
    """The quarter's archived bonus claims that stand, with their months."""
    query = (
        select(MonthlyAssessment, BonusClaim)
        .join(BonusClaim, BonusClaim.month_id == MonthlyAssessment.id)
        .where(*_archived_in(quarter), BonusClaim.state == LineState.AGREED)
        .order_by(BonusClaim.id)
    )
    return [(month, claim) for month, claim in session.execute(query)]


def _archived_in(quarter: Quarter):  # type: ignore[no-untyped-def]
    return (
        MonthlyAssessment.period.in_([str(month) for month in quarter.months]),
        MonthlyAssessment.status == MonthStatus.ARCHIVED,
    )


# ------------------------------------------------------------------------------------------ points file


def readable_file(session: Session, actor: Actor, person_id: str, quarter: Quarter) -> PointsFile:
    """A deputy's points file, for those who may read it (domain Q37).

    Raises:
        NotFound: no such deputy, or none that this person may know of.
        NotAllowed: the actor has no part in this deputy's file.
    """
    seat = _seat(session, person_id, quarter)
    if not rules.may_read_file(actor, person_id=person_id, group_id=seat.group_id, station_id=seat.station_id):
        raise NotAllowed("您不能查看这位代表的积分档案，请与街道人大工委联系。")
    file = points_file(session, seat, quarter)
    shown = [(row, result) for row, result in file.results if rules.may_see_results(actor, row.status)]
    return replace(file, results=shown)


def file_of(session: Session, person_id: str, quarter: Quarter) -> PointsFile:
    """A deputy's file, for the house itself.

    Raises:
        NotFound: no seat in this quarter.
    """
    return points_file(session, _seat(session, person_id, quarter), quarter)


def points_file(session: Session, seat: people.Deputy, quarter: Quarter) -> PointsFile:
    """One deputy's file: summary by dimension, ledger, months, and the results of all their quarters."""
    entries = quarter_entries(session, quarter, seat.person_id)
    views = month_views(session, months_of_person(session, quarter, seat.person_id))
    return PointsFile(
        person_id=seat.person_id,
        name=seat.name,
        group_id=seat.group_id,
        group_name=seat.group_name,
        station_name=seat.station_name,
        quarter=quarter,
        summary=_summary(views),
        entries=entries,
        months=views,
        results=_results_of(session, seat.person_id),
        lines={line.id: line for view in views for line in view.lines},
        objections=_objections_of(session, seat.person_id, views),
    )


def empty_dimensions(session: Session, person_id: str, quarter: Quarter) -> list[str]:
    """The sides of the duty in which a deputy has done nothing that counts this quarter (domain D11).

    From attendance itself, so that what happened yesterday is seen before the month is opened.
    """
    taken = activities.participation_between(session, quarter.first_day, quarter.last_day, person_id=person_id)
    counted = {each.activity.dimension for each in taken if each.attendance.state in _COUNTED}
    return [dimension.value for dimension in DIMENSIONS if dimension not in counted]


def group_average(session: Session, quarter: Quarter, group_id: str) -> dict[str, int]:
    """Average base points per deputy of a village, by dimension; tenths."""
    members = [seat for seat in people.deputies_on(session, quarter.last_day) if seat.group_id == group_id]
    own = {seat.person_id for seat in members}
    sums: dict[str, int] = {}
    for entry in quarter_entries(session, quarter):
        if entry.person_id in own and entry.dimension:
            sums[entry.dimension] = sums.get(entry.dimension, 0) + entry.points_tenths
    return {dimension: round(total / len(members)) for dimension, total in sums.items()}


def _objections_of(session: Session, person_id: str, views: list[MonthView]) -> list[Objection]:
    months = {view.month.id for view in views}
    query = select(Objection).where(Objection.person_id == person_id).order_by(Objection.id)
    return [row for row in session.scalars(query) if row.month_id in months]


def _summary(views: list[MonthView]) -> list[DimensionSummary]:
    standing = [line for view in views for line in view.lines if line.state != LineState.STRUCK]
    return [
        DimensionSummary(
            dimension.value,
            sum(line.dimension == dimension and line.points_tenths > 0 for line in standing),
            sum(line.points_tenths for line in standing if line.dimension == dimension),
        )
        for dimension in DIMENSIONS
    ]


def _results_of(session: Session, person_id: str) -> list[tuple[QuarterAssessment, DeputyQuarterResult]]:
    query = (
        select(QuarterAssessment, DeputyQuarterResult)
        .join(DeputyQuarterResult, DeputyQuarterResult.quarter_id == QuarterAssessment.id)
        .where(DeputyQuarterResult.person_id == person_id)
        .order_by(QuarterAssessment.period.desc())
    )
    return [(quarter, result) for quarter, result in session.execute(query)]


def _seat(session: Session, person_id: str, quarter: Quarter) -> people.Deputy:
    for day in (quarter.last_day, quarter.first_day):
        for seat in people.deputies_on(session, day):
            if seat.person_id == person_id:
                return seat
    raise NotFound("没有这位代表，请刷新列表。")


def names_of(session: Session, person_ids: Iterable[str], quarter: Quarter) -> dict[str, str]:
    """Deputies' names; of those whose seat began and ended inside the quarter too."""
    seated = {
        seat.person_id: seat.name
        for day in (quarter.first_day, quarter.last_day)
        for seat in people.deputies_on(session, day)
    }
    return {person_id: seated.get(person_id) or people.person(session, person_id).name for person_id in set(person_ids)}


def readable_deputies(session: Session, actor: Actor, quarter: Quarter) -> list[people.Deputy]:
    """The deputies whose files this person may open, by group and name."""
    return [
        seat
        for seat in people.deputies_on(session, quarter.last_day)
        if rules.may_read_file(actor, person_id=seat.person_id, group_id=seat.group_id, station_id=seat.station_id)
    ]


# --------------------------------------------------------------------------------------------- breaches


def ledger_breaches(session: Session) -> list[tuple[str, str]]:
    """Where ledger, archived months and final quarters do not agree: object key and reason.

    Checked: every agreed line and claim of an archived month has exactly its entry, every struck one that had
    an entry has its reversal; every objection its correction or none; sealed documents still have their hash; a
    final quarter's totals are the sums of its ledger.
    """
    return [
        *_doubled_sources(session),
        *_broken_seals(session),
        *_lines_without_entries(session),
        *_wrong_corrections(session),
        *_wrong_totals(session),
    ]


def _doubled_sources(session: Session) -> list[tuple[str, str]]:
    query = select(LedgerEntry.source_key).group_by(LedgerEntry.source_key).having(func.count() > 1)
    return [(f"ledger_entry:{key}", "counted more than once") for key in session.scalars(query)]


def _broken_seals(session: Session) -> list[tuple[str, str]]:
    breaches = []
    for table in (MonthlyAssessment, QuarterAssessment, YearAssessment):
        query = select(table.id, table.sealed_document, table.sealed_hash)
        query = query.where(table.sealed_hash.is_not(None) | table.sealed_document.is_not(None))
        for identity, document, seal in session.execute(query):
            if seal_of(document or "") != seal:
                breaches.append((f"{table.__tablename__}:{identity}", "sealed document was changed"))
    return breaches


def seal_of(document: str) -> str:
    """What seals a document: SHA-256 of its UTF-8 bytes, hexadecimal."""
    return hashlib.sha256(document.encode()).hexdigest()


def _lines_without_entries(session: Session) -> list[tuple[str, str]]:
    archived = select(MonthlyAssessment.id).where(MonthlyAssessment.status == MonthStatus.ARCHIVED)
    standing: dict[str, int] = {}
    for table, prefix in ((AssessmentLine, "line"), (BonusClaim, "bonus")):
        query = select(table.id, table.state, table.points_tenths).where(table.month_id.in_(archived))
        for identity, state, points in session.execute(query):
            standing[f"{prefix}:{identity}"] = points if state == LineState.AGREED else 0
    booked = _net_by_source(session)
    return [
        (f"assessment_{key}", f"archived with {standing.get(key, 0)} tenths, the ledger holds {booked.get(key, 0)}")
        for key in sorted(standing.keys() | booked.keys())
        if standing.get(key, 0) != booked.get(key, 0)
    ]


def _net_by_source(session: Session) -> Mapping[str, int]:
    """What the ledger holds for each line and claim, reversals taken off."""
    entries = {entry.id: entry for entry in session.scalars(select(LedgerEntry))}
    net: dict[str, int] = {}
    for entry in entries.values():
        stands_for = entries[entry.reverses_id] if entry.reverses_id else entry
        if stands_for.kind not in (EntryKind.CAP, EntryKind.CORRECTION, EntryKind.DEDUCTION):
            net[stands_for.source_key] = net.get(stands_for.source_key, 0) + entry.points_tenths
    return net


def _wrong_corrections(session: Session) -> list[tuple[str, str]]:
    query = select(LedgerEntry.source_key, LedgerEntry.points_tenths).where(LedgerEntry.kind == EntryKind.CORRECTION)
    booked = dict(session.execute(query).all())
    due = {
        f"objection:{row.id}": row.should_tenths - row.counted_tenths
        for row in session.scalars(select(Objection).where(Objection.upheld.is_(True)))
        if row.should_tenths is not None
    }
    return [
        (key, f"decided {due.get(key, 0)} tenths, the ledger holds {booked.get(key, 0)}")
        for key in sorted(due.keys() | booked.keys())
        if due.get(key) != booked.get(key)
    ]


def _wrong_totals(session: Session) -> list[tuple[str, str]]:
    breaches = []
    query = select(QuarterAssessment).where(QuarterAssessment.approved_at.is_not(None))
    for quarter in session.scalars(query).all():
        booked = (
            select(LedgerEntry.person_id, func.sum(LedgerEntry.points_tenths))
            .where(LedgerEntry.quarter == quarter.period, LedgerEntry.subdistrict_id == quarter.subdistrict_id)
            .group_by(LedgerEntry.person_id)
        )
        totals = {person_id: int(total) for person_id, total in session.execute(booked)}
        for result in deputy_results(session, quarter.id):
            if result.total_tenths != totals.get(result.person_id, 0):
                reason = f"published {result.total_tenths}, the ledger holds {totals.get(result.person_id, 0)}"
                breaches.append((f"deputy_quarter_result:{result.id}", reason))
    return breaches
