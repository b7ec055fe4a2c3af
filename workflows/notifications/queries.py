"""Reads: what waits to be sent, what a person has not read."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflows.actor import Actor
from workflows.notifications.tables import IS_WAITING, Notice, OutboxMessage

UNREAD_CAP = 100
SENDING_TAKES_S = 60


def waiting_ids(session: Session, limit: int = 100) -> list[tuple[str, str]]:
    """Sub-district and id of messages to send, oldest first; also those whose sender died on the way."""
    query = select(OutboxMessage.subdistrict_id, OutboxMessage.id).where(IS_WAITING)
    return [(row[0], row[1]) for row in session.execute(query.order_by(OutboxMessage.id).limit(limit))]


def notices(session: Session, actor: Actor, limit: int = 50) -> list[Notice]:
    """A person's notices, newest first."""
    query = select(Notice).where(Notice.recipient_id == actor.id).order_by(Notice.id.desc()).limit(limit)
    return list(session.scalars(query))


def count_unread(session: Session, actor: Actor) -> int:
    """How many notices are unread, at most `UNREAD_CAP`."""
    unread = select(Notice.id).where(Notice.recipient_id == actor.id, Notice.read_at.is_(None)).limit(UNREAD_CAP)
    return session.scalar(select(func.count()).select_from(unread.subquery())) or 0


def messages_about(session: Session, subject_key: str) -> list[OutboxMessage]:
    """Everything written under one subject key or below it."""
    query = select(OutboxMessage).where(OutboxMessage.subject_key.startswith(subject_key, autoescape=True))
    return list(session.scalars(query.order_by(OutboxMessage.id)))


def is_stale(message: OutboxMessage, now: datetime) -> bool:
    return message.not_after is not None and now > message.not_after
