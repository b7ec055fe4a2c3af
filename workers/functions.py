"""What Celery calls: shells around something that can be called. Messages carry ids, never objects."""

import logging
import secrets

from celery import Task, shared_task

from workers import outbox, periodic
from workflows.engine import jobs
from workflows.wiring import Workplace

logger = logging.getLogger(__name__)

DRAIN_INSTANCE = "workers.functions.drain_instance"
SEND_MESSAGE = "workers.functions.send_message"
START_SCHEDULED = "workers.functions.start_scheduled"
RECONCILE = "workers.functions.reconcile"

WORKER_ID = secrets.token_hex(8)  # random per boot: a name that comes back would inherit a dead worker's leases


def _workplace(task: Task) -> Workplace:
    workplace: Workplace = task.app.workplace
    return workplace


@shared_task(bind=True, name=DRAIN_INSTANCE)
def drain_instance(self: Task, instance_id: str) -> int:
    """On a hint: the due jobs of one instance."""
    workplace = _workplace(self)
    return jobs.run_due(workplace.engine, workplace.database, instance_id, WORKER_ID)


@shared_task(bind=True, name=SEND_MESSAGE)
def send_message(self: Task, subdistrict_id: str, message_id: str) -> bool:
    """On a hint: one message of the outbox."""
    return outbox.send_one(_workplace(self), subdistrict_id, message_id)


@shared_task(bind=True, name=START_SCHEDULED)
def start_scheduled(self: Task) -> int:
    """On a hint: the processes whose moment has come."""
    workplace = _workplace(self)
    return jobs.start_due_schedules(workplace.engine, workplace.database, WORKER_ID)


@shared_task(bind=True, name=RECONCILE)
def reconcile(self: Task) -> int:
    """Now and then: re-derive timers, look for what stands still, and at the calendar."""
    workplace = _workplace(self)
    periodic.remind_of_calendar(workplace)
    return periodic.reconcile(workplace)
