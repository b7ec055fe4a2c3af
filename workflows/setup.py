"""What every installation starts with: the national calendar and the shipped processes. Safe to repeat."""

import logging
from pathlib import Path

from workflows import calendar_change
from workflows.actor import the_clock
from workflows.cases import search
from workflows.clock import beijing_date
from workflows.engine import definitions, packages
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace
from workflows.workdays import actions as workdays

logger = logging.getLogger(__name__)

INDEXED_AT_ONCE = 200
SHIPPED = Path(__file__).parent.parent / "bpmn"


def seed(workplace: Workplace) -> None:
    """Add calendar years and processes that are not there yet; nothing that is there is changed."""
    with workplace.database.unit_of_work(EVERYWHERE) as session:
        change = workdays.seed_national_days(session, the_clock(None), at=workplace.engine.clock())
    if change is not None:
        moved = calendar_change.recompute(workplace, change)
        logger.info("calendar seeded: %s days, %s open deadlines moved", len(change.days), moved)
    _index_cases(workplace)
    for folder in sorted(path.parent for path in SHIPPED.glob("*/package.yaml")):
        publish_if_missing(workplace, folder)


def _index_cases(workplace: Workplace) -> None:
    """Make the search index of cases that an older version of this program entered; some at a time."""
    while True:
        with workplace.database.unit_of_work(EVERYWHERE) as session:
            if search.index_missing(session, INDEXED_AT_ONCE) < INDEXED_AT_ONCE:
                return


def publish_if_missing(workplace: Workplace, folder: Path) -> None:
    """Publish a shipped process for everybody, unless any version of it is in force: an office's edits stay."""
    with workplace.database.unit_of_work(EVERYWHERE) as session:
        if definitions.list_latest(session, beijing_date(workplace.engine.clock()), folder.name):
            return
        package = packages.read_folder(folder)
        definitions.publish(workplace.engine, session, the_clock(None), package=package, shared=True)
