"""Sending: one message, one unit of work."""

import logging

from workflows.notifications import actions, queries
from workflows.notifications.actions import Sender
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace

logger = logging.getLogger(__name__)

SENDERS: dict[str, Sender] = {"in_app": actions.deliver_in_app}
"""How each channel carries a message. The shipped one stays inside the product and so inside the transaction."""


def send_one(workplace: Workplace, subdistrict_id: str, message_id: str) -> bool:
    """Send a message unless somebody else is doing so."""
    with workplace.database.unit_of_work(subdistrict_id) as session:
        return actions.send(session, message_id, SENDERS["in_app"], workplace.engine.clock())


def drain(workplace: Workplace) -> int:
    """Send everything that waits, one by one; returns how many were sent or skipped."""
    done = 0
    while True:
        with workplace.database.reading(EVERYWHERE) as session:
            waiting = queries.waiting_ids(session)
        sent = sum(send_one(workplace, subdistrict_id, message_id) for subdistrict_id, message_id in waiting)
        done += sent
        if not sent:
            return done
