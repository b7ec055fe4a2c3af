"""The only writer of the points ledger: entries are added, never changed."""

from typing import Any

from sqlalchemy.orm import Session

from workflows import audit
from workflows.actor import Actor
from workflows.assessment import queries
from workflows.assessment.rules import EntryKind, Month
from workflows.assessment.tables import LedgerEntry, MonthlyAssessment
from workflows.engine.engine import Engine
from workflows.errors import Conflict, NotFound


def write(
    engine: Engine,
    session: Session,
    actor: Actor,
    *,
    month: MonthlyAssessment,
    kind: EntryKind,
    source_key: str,
    points: int,
    group_id: str,
    dimension: str,
    trace: dict[str, Any],
) -> LedgerEntry:
    """Add an entry for something that was agreed.

    Args:
        points: tenths.

    Raises:
        Conflict: this source was counted before.
    """
    if queries.entry_of(session, source_key) is not None:
        raise Conflict("这一项已经计过分，不能重复计分。")
    entry = LedgerEntry(
        source_key=source_key,
        kind=kind.value,
        period=month.period,
        quarter=str(Month.read(month.period).quarter),
        person_id=month.person_id,
        group_id=group_id,
        station_id=month.station_id,
        dimension=dimension,
        points_tenths=points,
        trace=trace,
        written_at=engine.clock(),
        written_by=actor.name,
    )
    session.add(entry)
    session.flush()
    return entry


def reverse(
    engine: Engine,
    session: Session,
    actor: Actor,
    *,
    source_key: str,
    reason: str,
    period: str | None = None,
) -> LedgerEntry:
    """Take an entry back by a counter-entry.

    Args:
        period: the month it counts in; the entry's own unless told otherwise. A quarter that is final must
            not change, so what is found out later counts in the month in which it is found out.

    Raises:
        NotFound: nothing was counted for this source.
        Conflict: it was taken back before.
    """
    entry = queries.entry_of(session, source_key)
    if entry is None:
        raise NotFound("账上没有这一项，不能冲销。")
    counter_key = f"reversal:{entry.id}"
    if queries.entry_of(session, counter_key) is not None:
        raise Conflict("这一项已经冲销过，不能再冲销一次。")
    counter = LedgerEntry(
        source_key=counter_key,
        kind=EntryKind.REVERSAL.value,
        period=period or entry.period,
        quarter=str(Month.read(period).quarter) if period else entry.quarter,
        person_id=entry.person_id,
        group_id=entry.group_id,
        station_id=entry.station_id,
        dimension=entry.dimension,
        points_tenths=-entry.points_tenths,
        reverses_id=entry.id,
        trace={**entry.trace, "reason": reason, "reversed_by": actor.name},
        written_at=engine.clock(),
        written_by=actor.name,
    )
    session.add(counter)
    session.flush()
    audit.record(session, actor, "points.reversed", f"ledger_entry:{entry.id}", at=engine.clock(), reason=reason)
    return counter


def correct(
    engine: Engine,
    session: Session,
    actor: Actor,
    *,
    month: MonthlyAssessment,
    source_key: str,
    difference: int,
    group_id: str,
    dimension: str,
    trace: dict[str, Any],
) -> LedgerEntry:
    """Add what an upheld objection changes; the disputed entry stays as it was written (domain Q31).

    Args:
        difference: tenths; what it should count less what it counts.

    Raises:
        Conflict: this objection was booked before.
    """
    entry = write(
        engine,
        session,
        actor,
        month=month,
        kind=EntryKind.CORRECTION,
        source_key=source_key,
        points=difference,
        group_id=group_id,
        dimension=dimension,
        trace=trace,
    )
    audit.record(session, actor, "points.corrected", f"ledger_entry:{entry.id}", at=engine.clock(), tenths=difference)
    return entry
