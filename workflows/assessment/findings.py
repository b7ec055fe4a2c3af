"""What a quarter shows about the rules themselves: figures for the review of the mechanism (domain S101, Q44)."""

from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from workflows.assessment import queries
from workflows.assessment.rules import BoardColour, LineState, Quarter, Verdict
from workflows.assessment.tables import BonusClaim, MonthlyAssessment


@dataclass(frozen=True)
class Findings:
    """Counts of one quarter.

    Attributes:
        not_self_assessed: months that went on without the deputy.
        claims, claims_struck: bonus claims, and those that station or committee did not agree to.
        capped: deputies whose bonus was cut by the cap.
        false_items: what the verification found false.
        objections, upheld: during publicity.
        reached, deputies: how many reached the target, of how many.
        red, black: villages on the board.
    """

    months: int
    not_self_assessed: int
    claims: int
    claims_struck: int
    capped: int
    false_items: int
    objections: int
    upheld: int
    reached: int
    deputies: int
    red: int
    black: int


def of_quarter(session: Session, period: str) -> dict[str, int]:
    """The figures of a quarter by name, as plain JSON.

    Raises:
        NotFound: the quarter was not opened.
    """
    row = queries.quarter_of(session, period)
    months = [str(month) for month in Quarter.read(period).months]
    results = queries.deputy_results(session, row.id)
    raised = queries.objections(session, row.id)
    colours = [entry.colour for entry in queries.board(session, row.id)]
    return asdict(
        Findings(
            months=_count(session, MonthlyAssessment.period.in_(months)),
            not_self_assessed=_count(
                session, MonthlyAssessment.period.in_(months), MonthlyAssessment.self_assessed.is_(False)
            ),
            claims=_count_claims(session, months),
            claims_struck=_count_claims(session, months, BonusClaim.state == LineState.STRUCK),
            capped=sum(result.bonus_counted_tenths < result.bonus_tenths for result in results),
            false_items=sum(item.verdict == Verdict.FALSE for item in queries.verifications(session, row.id)),
            objections=len(raised),
            upheld=sum(bool(each.upheld) for each in raised),
            reached=sum(result.total_tenths >= result.target_tenths for result in results),
            deputies=len(results),
            red=colours.count(BoardColour.RED),
            black=colours.count(BoardColour.BLACK),
        )
    )


def _count(session: Session, *wanted: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(MonthlyAssessment).where(*wanted)) or 0


def _count_claims(session: Session, months: list[str], *wanted: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(BonusClaim)
    query = query.join(MonthlyAssessment, MonthlyAssessment.id == BonusClaim.month_id)
    return session.scalar(query.where(MonthlyAssessment.period.in_(months), *wanted)) or 0
