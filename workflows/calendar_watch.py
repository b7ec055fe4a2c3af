"""Next year's holiday notice is not imported: said in time to those who can do it (calendar §4.4).

Notices came out between 25 October and 18 December. A reminder goes out each week from 20 October; a banner stands
on every page of theirs from 1 December, or as soon as an open deadline depends on the year that is missing.
"""

import logging
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from workflows.cases import queries as cases
from workflows.clock import beijing_date
from workflows.notifications import actions as notifications
from workflows.people import queries as people
from workflows.people.rules import COMMITTEE, PROCESS_ADMIN
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace
from workflows.workdays import queries as workdays
from workflows.workdays.rules import ALARM_FROM, REMIND_FROM, YearStatus, missing_year

logger = logging.getLogger(__name__)

WATCHERS = frozenset({PROCESS_ADMIN, COMMITTEE})
PAGE = "/calendar"
_ANY_DAY = (1, 1)


@dataclass(frozen=True)
class Gap:
    """A year without its holiday notice.

    Attributes:
        drafted: it was imported and waits for a second person.
        waiting: open cases of this street whose date is provisional because of it.
    """

    year: int
    drafted: bool
    waiting: int


def gap(session: Session, today: date, *, since: tuple[int, int] = ALARM_FROM) -> Gap | None:
    """What stands in the banner of this street today; None when the calendar is as complete as it must be."""
    official = workdays.working_calendar(session).official
    if missing_year(today, official, since=_ANY_DAY) is None:
        return None
    waiting = cases.count_provisional(session)
    year = missing_year(today, official, since=_ANY_DAY if waiting else since)
    if year is None:
        return None
    return Gap(year, workdays.year_status(session, year) is YearStatus.DRAFT, waiting)


def remind(workplace: Workplace) -> int:
    """One notice a week to everybody who can do something about it; returns how many are new. Safe to repeat."""
    at = workplace.engine.clock()
    today = beijing_date(at)
    with workplace.database.reading(EVERYWHERE) as session:
        streets = [street.id for street in people.subdistricts(session)]
    return sum(_remind_street(workplace, street, today) for street in streets)


def _remind_street(workplace: Workplace, subdistrict_id: str, today: date) -> int:
    monday = today - timedelta(days=today.weekday())
    with workplace.database.unit_of_work(subdistrict_id) as session:
        found = gap(session, today, since=REMIND_FROM)
        if found is None:
            return 0
        told = [user.id for role in sorted(WATCHERS) for user in people.members(session, role)]
        return notifications.enqueue(
            session,
            subject_key=f"calendar:{found.year}:{monday}",
            template="calendar_drafted" if found.drafted else "calendar_missing",
            params={"year": found.year},
            recipients=told,
            at=workplace.engine.clock(),
            link=PAGE,
        )
