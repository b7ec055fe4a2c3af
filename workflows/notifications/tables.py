"""The outbox, and the notices that people see under the bell."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from workflows.storage.session import Base, SubdistrictOwned
from workflows.storage.types import UtcDateTime, new_id

_WAITING = text("status IN ('queued', 'sending')")
IS_WAITING = text("outbox_message.status IN ('queued', 'sending')")  # word for word, or its index does not serve


class OutboxMessage(SubdistrictOwned, Base):
    """One message to one person. Nothing leaves the house before the commit that wrote this row.

    ``subject_key`` makes it idempotent: the same reminder is written once per person, however often it is asked for.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        UniqueConstraint("subject_key", "recipient_id"),
        Index("ix_outbox_message_waiting", "id", postgresql_where=_WAITING, sqlite_where=_WAITING),
    )

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    subject_key: Mapped[str] = mapped_column(String(160))
    recipient_id: Mapped[str] = mapped_column(String(19))
    channel: Mapped[str] = mapped_column(String(10), default="in_app")
    title: Mapped[str] = mapped_column(String(80))
    body: Mapped[str] = mapped_column(Text)
    link: Mapped[str | None] = mapped_column(String(120))
    status: Mapped[str] = mapped_column(String(10), default="queued")  # queued, sending, sent, skipped, failed
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    not_after: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Notice(SubdistrictOwned, Base):
    """A message that arrived inside the product."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_recipient", "recipient_id", "id"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    message_id: Mapped[str] = mapped_column(String(19), ForeignKey("outbox_message.id"), unique=True)
    recipient_id: Mapped[str] = mapped_column(String(19))
    title: Mapped[str] = mapped_column(String(80))
    body: Mapped[str] = mapped_column(Text)
    link: Mapped[str | None] = mapped_column(String(120))
    arrived_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
