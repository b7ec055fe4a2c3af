"""The composition root: the only module that knows every room."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows.activities import delegates as activity_delegates
from workflows.activities import plan_queries as activity_plans
from workflows.assessment import delegates as assessment_delegates
from workflows.assessment import queries as assessment
from workflows.cases import delegates as case_delegates
from workflows.clock import Clock, FileClock, system_clock
from workflows.engine import store
from workflows.engine.delegates import Registry
from workflows.engine.engine import Choices, Engine
from workflows.engine.facts import Sources
from workflows.engine.promises import Promise
from workflows.engine.runtime import ProcessFault
from workflows.filings import delegates as filing_delegates
from workflows.filings import queries as filings
from workflows.notifications import delegates as notification_delegates
from workflows.people import gazetteer
from workflows.people import queries as people
from workflows.people import rules as people_rules
from workflows.people.tables import Subdistrict
from workflows.receptions import delegates as reception_delegates
from workflows.receptions import queries as receptions
from workflows.settings import Settings
from workflows.storage.session import EVERYWHERE, Database
from workflows.suggestions import delegates as suggestion_delegates
from workflows.workdays import queries as workdays

PANELS = frozenset(
    {
        "cases.summary",
        "suggestions.summary",
        "filings.summary",
        "filings.task",
        "filings.tasks",
        "receptions.summary",
        "receptions.roster",
        "receptions.sheet",
        "receptions.plan",
        "receptions.report",
        "activities.summary",
        "activities.sheet",
        "activities.opinions",
        "assessment.month_lines",
        "assessment.review",
        "assessment.rollup",
        "assessment.verification",
        "assessment.own_points",
        "assessment.objection",
        "assessment.board",
        "assessment.board_notice",
        "assessment.year",
        "assessment.findings",
    }
)
"""What `service/panels.py` can draw inside a form; a test keeps the two lists equal."""


@dataclass(frozen=True)
class Vocabulary:
    """The words a diagram may use; needs no database."""

    groups: frozenset[str]
    delegates: Registry
    facts: Sources
    panels: frozenset[str]
    choices: frozenset[str]
    promises: Mapping[str, tuple[Promise, ...]]


@dataclass(frozen=True)
class Workplace:
    """Everything a door needs."""

    settings: Settings
    database: Database
    engine: Engine

    @contextmanager
    def unit_of_work(self, scope: str | None) -> Iterator[Session]:
        """One unit of work for a sub-district (None: installation-wide).

        When a step of a diagram fails everything is rolled back, and the incident is recorded by itself.
        """
        try:
            with self.database.unit_of_work(scope or EVERYWHERE) as session:
                yield session
        except ProcessFault as fault:
            if scope is not None:
                with self.database.unit_of_work(scope) as session:
                    store.record_fault(session, fault, self.engine.clock())
            raise

    @contextmanager
    def reading(self, scope: str | None) -> Iterator[Session]:
        with self.database.reading(scope or EVERYWHERE) as session:
            yield session


def vocabulary() -> Vocabulary:
    """What diagrams may name: lanes, delegates, facts, panels, option sources."""
    delegates, facts = Registry(), Sources()
    for room in (
        notification_delegates,
        activity_delegates,
        case_delegates,
        suggestion_delegates,
        filing_delegates,
        reception_delegates,
        assessment_delegates,
    ):
        room.register(delegates)
    for room in (
        activity_delegates,
        case_delegates,
        suggestion_delegates,
        filing_delegates,
        reception_delegates,
        assessment_delegates,
    ):
        room.register_facts(facts)
    return Vocabulary(frozenset(people_rules.ROLES), delegates, facts, PANELS, frozenset(_CHOICES), _PROMISES)


def build(settings: Settings, clock: Clock | None = None) -> Workplace:
    """The house, ready for a door. Touches no network and no file until the database is used."""
    if clock is None:
        clock = FileClock(settings.clock_file) if settings.clock_file else system_clock
    words = vocabulary()
    engine = Engine(
        clock=clock,
        calendar=workdays.working_calendar,
        groups=words.groups,
        delegates=words.delegates,
        facts=words.facts,
        choices=_CHOICES,
        panels=words.panels,
        promises=words.promises,
        subdistricts=lambda session: session.scalars(select(Subdistrict.id).order_by(Subdistrict.id)).all(),
        role_has_member=people.role_has_member,
        home=settings.home,
    )
    return Workplace(settings, Database(settings.database_url), engine)


_PROMISES = {case_delegates.PROCESS: case_delegates.PROMISES}

_CHOICES: dict[str, Choices] = {
    "people.departments": people.department_choices,
    "people.stations": people.station_choices,
    "people.villages": people.village_choices,
    "people.deputies": people.deputy_choices,
    "people.places": gazetteer.choices,
    "activities.materials": activity_plans.material_choices,
    "assessment.months_published": assessment.months_published,
    "filings.owners": filings.owner_choices,
    "receptions.deputies": receptions.deputy_choices,
    "receptions.venues": receptions.venue_choices,
    "receptions.open": receptions.open_choices,
}
