"""What is done now and then: re-derive timers from instance states, name what stands still, look at the calendar."""

import logging
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from workflows import calendar_watch
from workflows.engine import jobs
from workflows.engine.tables import Job
from workflows.storage.session import EVERYWHERE, is_unique_violation
from workflows.wiring import Workplace

logger = logging.getLogger(__name__)

EVERY_S = 600
STUCK_AFTER = timedelta(seconds=60)


def reconcile(workplace: Workplace) -> int:
    """Mend lost and extra timers; returns how many rows were mended. The first answer to a restored backup."""
    try:
        mended = jobs.reconcile(workplace.engine, workplace.database)
    except IntegrityError as error:
        if not is_unique_violation(error):
            raise
        # Two dispatchers ask for this, two workers plan the same first start: the row that won is as good as ours.
        logger.info("another worker mends at this moment")
        return 0
    if mended:
        logger.warning("%s timers did not agree with their instances and were mended", mended)
    overdue = overdue_jobs(workplace)
    if overdue:
        logger.error("%s jobs are due for more than a minute and nobody does them", overdue)
    return mended


def remind_of_calendar(workplace: Workplace) -> int:
    """Next year's holidays are not imported: a notice a week; returns how many are new."""
    try:
        return calendar_watch.remind(workplace)
    except IntegrityError as error:
        if not is_unique_violation(error):
            raise
        logger.info("another worker reminds of the calendar at this moment")
        return 0


def overdue_jobs(workplace: Workplace) -> int:
    """Ready jobs that should have been done a minute ago: a sign that no worker lives."""
    with workplace.database.reading(EVERYWHERE) as session:
        late = jobs.due_now(workplace.engine, session) - STUCK_AFTER
        query = select(func.count()).select_from(Job).where(Job.status == "ready", Job.run_at < late)
        return session.scalar(query) or 0
