"""What is still to be done: a deputy's own list (domain S07), and what a station or the committee has to run after."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows.activities import plan_queries
from workflows.activities import queries as activities
from workflows.activities.plan_rules import AHEAD
from workflows.activities.tables import Activity, ActivityPlan, Invitation
from workflows.assessment import queries
from workflows.assessment.rules import SAMPLED, MonthStatus, Quarter, Verdict
from workflows.assessment.tables import MonthlyAssessment, Verification
from workflows.people import queries as people
from workflows.receptions import queries as receptions
from workflows.receptions.queries import Turn
from workflows.receptions.rules import AHEAD as SESSIONS_AHEAD

FORESIGHT_DAYS = 92
_WITH_DEPUTY = (MonthStatus.OPEN.value, MonthStatus.RETURNED.value)


@dataclass(frozen=True)
class DutyList:
    """What a deputy has to do in the months to come.

    Attributes:
        months: self-assessments that wait for the deputy.
        asked: activities and meetings to come, with what the deputy answered.
        turns: reception days on whose roster the deputy stands.
        empty: sides of the duty without anything this quarter, each with what is planned in it (domain D11).
    """

    months: list[MonthlyAssessment]
    asked: list[tuple[ActivityPlan, Invitation]]
    turns: list[Turn]
    empty: list[tuple[str, list[ActivityPlan]]]


@dataclass(frozen=True)
class Outstanding:
    """What keeps a quarter from being finished.

    Attributes:
        unassessed: months that wait for the deputy; unreviewed: for the station; with the deputy's name.
        unwritten: activities whose day is gone and whose attendance is not recorded.
        unproved: activities of the quarter that nothing proves.
        odd: lines to be verified because something about them is odd: what, and how many.
    """

    unassessed: list[tuple[MonthlyAssessment, str]]
    unreviewed: list[tuple[MonthlyAssessment, str]]
    unwritten: list[ActivityPlan]
    unproved: list[Activity]
    odd: list[tuple[str, int]]

    @property
    def is_empty(self) -> bool:
        return not (self.unassessed or self.unreviewed or self.unwritten or self.unproved or self.odd)


def of_deputy(session: Session, person_id: str, quarter: Quarter, today: date) -> DutyList:
    """A deputy's duty list: of today, and for the sides still empty of a quarter."""
    last = today + timedelta(days=FORESIGHT_DAYS)
    open_months = select(MonthlyAssessment).where(
        MonthlyAssessment.person_id == person_id, MonthlyAssessment.status.in_(_WITH_DEPUTY)
    )
    asked = plan_queries.asked_for(session, person_id, today, last)
    planned = plan_queries.coming_dimensions([plan for plan, _invitation in asked])
    turns = receptions.turns_of(session, person_id, today, last)
    return DutyList(
        list(session.scalars(open_months.order_by(MonthlyAssessment.period))),
        [(plan, invitation) for plan, invitation in asked if plan.status in AHEAD],
        [turn for turn in turns if turn.session.status in SESSIONS_AHEAD],
        [(side, planned.get(side, [])) for side in queries.empty_dimensions(session, person_id, quarter)],
    )


def outstanding(
    session: Session, quarter: Quarter, today: date, station_ids: Iterable[str | None] | None
) -> Outstanding:
    """What is outstanding of a quarter.

    Args:
        station_ids: only of these stations; None for the whole sub-district.
    """
    stations = None if station_ids is None else set(station_ids)

    def concerns(station_id: str | None) -> bool:
        return stations is None or station_id in stations

    months = [row for month in quarter.months for row in queries.months_of(session, str(month))]
    months = [row for row in months if concerns(row.station_id) and row.status != MonthStatus.ARCHIVED]
    names = people.person_names(session, [row.person_id for row in months])
    plans = plan_queries.between(session, quarter.first_day, min(quarter.last_day, today - timedelta(days=1)))
    held = activities.activities_between(session, quarter.first_day, min(quarter.last_day, today))
    proofs = activities.count_evidence(session, [each.id for each in held])
    return Outstanding(
        [(row, names[row.person_id]) for row in months if row.status in _WITH_DEPUTY],
        [(row, names[row.person_id]) for row in months if row.status not in _WITH_DEPUTY],
        [plan for plan in plans if plan.status in AHEAD and concerns(plan.station_id)],
        [each for each in held if not proofs[each.id] and concerns(each.station_id)],
        _odd(session, quarter, stations),
    )


def _odd(session: Session, quarter: Quarter, stations: set[str | None] | None) -> list[tuple[str, int]]:
    opened = {row.period: row.id for row in queries.quarters(session)}
    if str(quarter) not in opened:
        return []
    query = select(Verification.why).where(
        Verification.quarter_id == opened[str(quarter)],
        Verification.verdict == Verdict.PENDING.value,
        Verification.line_id.is_not(None),
    )
    if stations is not None:
        query = query.where(Verification.station_id.in_(stations))
    counts: dict[str, int] = {}
    for why in session.scalars(query):
        for flag in why.split("、"):
            if flag != SAMPLED:
                counts[flag] = counts.get(flag, 0) + 1
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))
