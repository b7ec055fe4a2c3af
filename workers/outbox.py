"""Sending: one message, one unit of work."""

import logging
from datetime import datetime

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from workflows.errors import Conflict
from workflows.notifications import actions, queries
from workflows.notifications.actions import Sender
from workflows.notifications.tables import OutboxMessage
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace

logger = logging.getLogger(__name__)

CHANNELS: dict[str, Sender] = {"in_app": actions.deliver_in_app}
"""How each channel carries a message. The shipped one stays inside the product and so inside the transaction."""


def carry(session: Session, message: OutboxMessage, now: datetime) -> None:
    """By the channel that the message names."""
    CHANNELS[message.channel](session, message, now)


def send_one(workplace: Workplace, subdistrict_id: str, message_id: str, sender: Sender = carry) -> bool:
    """Send a message unless somebody else is doing so.

    What the carrier cannot do is counted, in a unit of work of its own. A row or a database that is busy is nobody's
    fault and not counted: the message stays due.
    """
    now = workplace.engine.clock()
    try:
        with workplace.database.unit_of_work(subdistrict_id) as session:
            return actions.send(session, message_id, sender, now)
    except (Conflict, OperationalError) as busy:
        logger.warning("message %s waits for the database: %s", message_id, busy)
        return False
    except Exception:  # whatever a carrier raises must not stop the other messages
        logger.exception("message %s could not be sent", message_id)
        with workplace.database.unit_of_work(subdistrict_id) as session:
            actions.record_failure(session, message_id)
        return False


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
