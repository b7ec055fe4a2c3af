"""Write a message into the outbox, send one, read one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from workflows.actor import Actor
from workflows.notifications import queries, rules
from workflows.notifications.tables import Notice, OutboxMessage
from workflows.storage.session import scope_of

MOST_ATTEMPTS = 6


class Sender(Protocol):
    """Carries one message out of the house; safe to call twice with the same message id."""

    def __call__(self, session: Session, message: OutboxMessage, now: datetime) -> None: ...


def enqueue(
    session: Session,
    *,
    subject_key: str,
    template: str,
    params: Mapping[str, object],
    recipients: Sequence[str],
    at: datetime,
    not_after: datetime | None = None,
    link: str | None = None,
) -> int:
    """Write one message per recipient, unless it was written before under the same subject key.

    Args:
        subject_key: what the message is about, ``case:42:soon``; the second writing does nothing.
        recipients: user ids.
        not_after: after this moment the message is recorded as skipped instead of sent.

    Returns:
        how many messages are new.

    Raises:
        NotFound: no such template.
        Invalid: a field of the template has no value.
    """
    text = rules.fill(template, params)
    known = select(OutboxMessage.recipient_id).where(
        OutboxMessage.subject_key == subject_key, OutboxMessage.recipient_id.in_(recipients)
    )
    new = [user for user in dict.fromkeys(recipients) if user not in set(session.scalars(known))]
    session.add_all(
        OutboxMessage(
            subdistrict_id=scope_of(session),
            subject_key=subject_key,
            recipient_id=user,
            title=text.title,
            body=text.body,
            link=link,
            created_at=at,
            not_after=not_after,
        )
        for user in new
    )
    return len(new)


def send(session: Session, message_id: str, sender: Sender, now: datetime) -> bool:
    """Send one message in this unit of work; False when another worker has it or it is done."""
    query = select(OutboxMessage).where(OutboxMessage.id == message_id).with_for_update(skip_locked=True)
    message = session.scalar(query)
    if message is None or message.status not in ("queued", "sending"):
        return False
    if queries.is_stale(message, now):
        message.status = "skipped"
        return True
    message.attempts += 1
    sender(session, message, now)
    message.status, message.sent_at = "sent", now
    return True


def record_failure(session: Session, message_id: str) -> None:
    """Count an attempt that was rolled back; after `MOST_ATTEMPTS` the message is given up."""
    message = session.get_one(OutboxMessage, message_id, with_for_update=True)
    message.attempts += 1
    if message.attempts >= MOST_ATTEMPTS:
        message.status = "failed"


def deliver_in_app(session: Session, message: OutboxMessage, now: datetime) -> None:
    """The shipped sender: the message appears under the recipient's bell, in the same transaction."""
    known = session.scalar(select(Notice.id).where(Notice.message_id == message.id))
    if known is None:
        session.add(
            Notice(
                subdistrict_id=message.subdistrict_id,
                message_id=message.id,
                recipient_id=message.recipient_id,
                title=message.title,
                body=message.body,
                link=message.link,
                arrived_at=now,
            )
        )


def mark_read(session: Session, actor: Actor, *, at: datetime) -> None:
    """Everything under a person's bell counts as read."""
    session.execute(update(Notice).where(Notice.recipient_id == actor.id, Notice.read_at.is_(None)).values(read_at=at))
