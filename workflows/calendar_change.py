"""A confirmed calendar moves open deadlines: where the calendar, cases, suggestions, filings and the engine meet."""

from sqlalchemy.orm import Session

from workflows.actor import Actor, the_clock
from workflows.cases import clocks
from workflows.filings import actions as filings
from workflows.people import queries as people
from workflows.storage.session import EVERYWHERE
from workflows.suggestions import actions as suggestions
from workflows.wiring import Workplace
from workflows.workdays import actions as calendar
from workflows.workdays.actions import CalendarChange


def importer(session: Session, login: str) -> Actor:
    """Who imports, by login.

    Raises:
        NotFound: no such account.
    """
    return people.actor_of(session, people.user_by_login(session, login).id)


def confirm_year(workplace: Workplace, actor: Actor, *, year: int, reason: str = "") -> int:
    """Make a drafted year official, then recompute open deadlines; returns how many moved.

    A person confirms what another one imported; whoever sits at the server answers for both.
    """
    with workplace.database.unit_of_work(EVERYWHERE) as session:
        change = calendar.confirm_year(
            session, actor, year=year, reason=reason, second_person=not actor.is_clock, at=workplace.engine.clock()
        )
    return recompute(workplace, change)


def recompute(workplace: Workplace, change: CalendarChange) -> int:
    """Move the open deadlines that a change touches, street by street; returns how many moved.

    Safe to repeat: should it be interrupted, the next change or a second call moves what is left.
    """
    with workplace.database.reading(EVERYWHERE) as session:
        subdistricts = [street.id for street in people.subdistricts(session)]
    moved = 0
    for subdistrict_id in subdistricts:
        with workplace.database.unit_of_work(subdistrict_id) as session:
            clock = the_clock(subdistrict_id)
            moved += clocks.recompute_deadlines(workplace.engine, session, clock, change=change)
            moved += suggestions.recompute_deadlines(workplace.engine, session, clock, change=change)
            moved += filings.recompute_deadlines(workplace.engine, session, clock, change=change)
    return moved
