"""Reads about years: the quarters they consist of, results, and whether both still agree."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows.actor import Actor
from workflows.assessment import rules
from workflows.assessment.rules import QuarterStatus
from workflows.assessment.tables import DeputyQuarterResult, DeputyYearResult, QuarterAssessment, YearAssessment
from workflows.errors import NotFound

_OVER = (QuarterStatus.FINAL.value, QuarterStatus.HANDED_OVER.value)


def year_of(session: Session, year: int) -> YearAssessment:
    """
    Raises:
        NotFound: this year was never opened.
    """
    found = session.scalar(select(YearAssessment).where(YearAssessment.year == year))
    if found is None:
        raise NotFound("还没有这一年的考核，请在年度结束后再看。")
    return found


def years(session: Session) -> list[YearAssessment]:
    """All years, newest first."""
    return list(session.scalars(select(YearAssessment).order_by(YearAssessment.year.desc())))


def quarters_of(session: Session, year: int) -> list[QuarterAssessment]:
    """The quarters of a year that were opened, in order."""
    query = select(QuarterAssessment).where(QuarterAssessment.period.like(f"{year}Q%"))
    return list(session.scalars(query.order_by(QuarterAssessment.period)))


def waiting_for(session: Session, year: int) -> list[str]:
    """The quarters of a year that were opened and have no final result yet."""
    return [row.period for row in quarters_of(session, year) if row.status not in _OVER]


def quarter_results(session: Session, year: int) -> dict[str, dict[str, DeputyQuarterResult]]:
    """Person -> quarter -> result, of the year's final quarters."""
    periods = {row.id: row.period for row in quarters_of(session, year) if row.status in _OVER}
    query = select(DeputyQuarterResult).where(DeputyQuarterResult.quarter_id.in_(periods))
    found: dict[str, dict[str, DeputyQuarterResult]] = {}
    for result in session.scalars(query):
        found.setdefault(result.person_id, {})[periods[result.quarter_id]] = result
    return found


def results(session: Session, year_id: str) -> list[DeputyYearResult]:
    """A year's deputies, first place first."""
    query = select(DeputyYearResult).where(DeputyYearResult.year_id == year_id)
    return list(session.scalars(query.order_by(DeputyYearResult.place, DeputyYearResult.person_id)))


def readable_results(session: Session, actor: Actor, row: YearAssessment) -> list[DeputyYearResult]:
    """The results of a year that this person may read (domain Q37)."""
    if not rules.may_see_year(actor, row.status):
        return []
    return [
        result
        for result in results(session, row.id)
        if rules.may_read_file(
            actor, person_id=result.person_id, group_id=result.group_id, station_id=result.station_id
        )
    ]


def results_of(session: Session, actor: Actor, person_id: str) -> list[tuple[YearAssessment, DeputyYearResult]]:
    """A deputy's years, newest first, as far as this person may see them."""
    query = (
        select(YearAssessment, DeputyYearResult)
        .join(DeputyYearResult, DeputyYearResult.year_id == YearAssessment.id)
        .where(DeputyYearResult.person_id == person_id)
        .order_by(YearAssessment.year.desc())
    )
    return [(row, result) for row, result in session.execute(query) if rules.may_see_year(actor, row.status)]


def breaches(session: Session) -> list[tuple[str, str]]:
    """Years that are not the sum of their quarters: object key and reason."""
    found = []
    for row in session.scalars(select(YearAssessment).where(YearAssessment.sealed_hash.is_not(None))).all():
        query = (
            select(DeputyQuarterResult.person_id, QuarterAssessment.period, DeputyQuarterResult.total_tenths)
            .join(QuarterAssessment, QuarterAssessment.id == DeputyQuarterResult.quarter_id)
            .where(
                QuarterAssessment.period.like(f"{row.year}Q%"),
                QuarterAssessment.subdistrict_id == row.subdistrict_id,
            )
        )
        sums: dict[str, int] = {}
        for person_id, _period, total in session.execute(query):
            sums[person_id] = sums.get(person_id, 0) + total
        for result in results(session, row.id):
            if result.total_tenths != sums.get(result.person_id, 0):
                reason = f"the year says {result.total_tenths}, its quarters {sums.get(result.person_id, 0)}"
                found.append((f"deputy_year_result:{result.id}", reason))
    return found
