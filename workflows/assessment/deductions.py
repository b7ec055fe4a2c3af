"""Points that are taken away, where the office switched a row of its table on (domain Q21). Shipped: all rows off."""

from typing import Any

from sqlalchemy.orm import Session

from workflows.actor import Actor
from workflows.assessment import ledger, rules
from workflows.assessment.queries import MonthView
from workflows.assessment.rulebook import RuleBook
from workflows.assessment.rules import EntryKind, Month, Offence
from workflows.assessment.tables import AssessmentLine, BonusClaim, LedgerEntry, MonthlyAssessment
from workflows.engine.engine import Engine

TABLE = "deduction"
ABSENT = "缺席"


def of_month(engine: Engine, session: Session, actor: Actor, view: MonthView, book: RuleBook) -> list[LedgerEntry]:
    """What an archived month costs: each unexcused absence, and that nobody assessed it in time."""
    written = [
        deduct(engine, session, actor, view.month, Offence.ABSENT, book, source=line)
        for line in view.lines
        if line.attendance_state == ABSENT
    ]
    if not view.month.self_assessed:
        written.append(deduct(engine, session, actor, view.month, Offence.NOT_ASSESSED, book))
    return [entry for entry in written if entry is not None]


def deduct(
    engine: Engine,
    session: Session,
    actor: Actor,
    month: MonthlyAssessment,
    offence: Offence,
    book: RuleBook,
    *,
    source: AssessmentLine | BonusClaim | None = None,
    reason: str = "",
) -> LedgerEntry | None:
    """Write a deduction when its row is switched on; None when it is off, or the version has no such table.

    Args:
        source: the line or claim it is about; None for the month as a whole.
        reason: what the committee found.

    Raises:
        Conflict: it was written before.
    """
    ruling = book.rule_if_any(TABLE, {"offence": offence.value})
    if ruling is None or not ruling["enabled"]:
        return None
    line = source if isinstance(source, AssessmentLine) else None
    about = source.fact if isinstance(source, BonusClaim) else line.title if line else Month.read(month.period).label
    trace: dict[str, Any] = {
        "title": f"{offence.value}：{about}",
        "rule": ruling.trace,
        "agreed_by": month.reviewed_by,
        **({"held_on": line.held_on.isoformat()} if line else {}),
        **({"reason": reason, "reversed_by": actor.name} if reason else {}),
    }
    return ledger.write(
        engine,
        session,
        actor,
        month=month,
        kind=EntryKind.DEDUCTION,
        source_key=f"deduction:{offence.name.lower()}:{source.id if source else month.id}",
        points=-abs(rules.tenths(ruling["points"])),
        group_id=line.group_id if line else month.group_id,
        dimension=line.dimension if line else "",
        trace=trace,
    )
