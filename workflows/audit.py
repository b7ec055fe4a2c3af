"""The audit log: append-only, one hash chain per sub-district.

``hash = SHA-256(previous hash, sequence number, canonical JSON of the entry)``. Changing or removing an entry
in the middle breaks the chain at that row. Entries of one unit of work are chained last thing before its
commit, so that the chain's head is locked for the shortest time.
"""

import hashlib
import json
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, String, UniqueConstraint, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from workflows.actor import Actor
from workflows.storage.session import EVERYWHERE, Base, before_commit, table_of
from workflows.storage.types import Json, UtcDateTime, new_id

GENESIS = "0" * 64


class AuditEntry(Base):
    """One thing that was done."""

    __tablename__ = "audit_entry"
    __table_args__ = (UniqueConstraint("chain", "seq"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    chain: Mapped[str] = mapped_column(String(19))  # a sub-district's id, or "*" for the installation
    seq: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[str] = mapped_column(String(19))
    actor_name: Mapped[str] = mapped_column(String(60))
    action: Mapped[str] = mapped_column(String(60))
    object_key: Mapped[str] = mapped_column(String(80), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """Where each chain ends; locked while it grows."""

    __tablename__ = "audit_head"

    chain: Mapped[str] = mapped_column(String(19), primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


# Put together once, on tables and not on classes: every completed task runs these three, and nobody reads what they
# write in the same unit of work.
_HEADS = table_of(AuditHead)
_HEAD = select(_HEADS.c.seq, _HEADS.c.hash).where(_HEADS.c.chain == bindparam("of")).with_for_update()
_MOVE_HEAD = update(_HEADS).where(_HEADS.c.chain == bindparam("of"))
_ADD = insert(table_of(AuditEntry))


@dataclass(frozen=True)
class Breach:
    """The first place where a chain does not hold."""

    chain: str
    seq: int
    reason: str


def record(session: Session, actor: Actor, action: str, object_key: str, *, at: datetime, **facts: Any) -> None:
    """Note in this unit of work that `actor` did `action` to `object_key` (``case:42``).

    Args:
        facts: plain JSON values; no personal data beyond what the object itself holds.
    """
    pending: list[dict[str, Any]] | None = session.info.get("audit")
    if pending is None:
        pending = session.info["audit"] = []
        before_commit(session, _append)
    pending.append(
        {
            "chain": actor.subdistrict_id or EVERYWHERE,
            "at": at,
            "actor_id": actor.id,
            "actor_name": actor.name,
            "action": action,
            "object_key": object_key,
            "facts": facts,
        }
    )


def verify(session: Session) -> list[Breach]:
    """Recompute every chain; the first breach of each that does not hold."""
    breaches = []
    heads = {head.chain: head for head in session.scalars(select(AuditHead))}
    chains = set(heads) | set(session.scalars(select(AuditEntry.chain).distinct()))
    for chain in sorted(chains):
        breach = _verify_chain(session, chain, heads.get(chain))
        if breach:
            breaches.append(breach)
    return breaches


def _verify_chain(session: Session, chain: str, head: AuditHead | None) -> Breach | None:
    previous, seq = GENESIS, 0
    with closing(_entries(session, chain)) as entries:
        for entry in entries:
            seq += 1
            if entry.seq != seq:
                return Breach(chain, seq, "entry is missing")
            previous = _hash(previous, seq, _content(entry))
            if entry.hash != previous:
                return Breach(chain, seq, "entry was changed")
    if head is None or (head.seq, head.hash) != (seq, previous):
        return Breach(chain, seq, "the chain does not end where its head says")
    return None


def _entries(session: Session, chain: str) -> Generator[AuditEntry, None, None]:
    query = select(AuditEntry).where(AuditEntry.chain == chain).order_by(AuditEntry.seq)
    with session.scalars(query.execution_options(yield_per=1000)) as rows:
        yield from rows


def _append(session: Session) -> None:
    session.flush()  # everything else first: the heads below are held until the commit
    connection = session.connection()
    for chain in sorted({entry["chain"] for entry in session.info["audit"]}):
        entries = [entry for entry in session.info["audit"] if entry["chain"] == chain]
        seq, previous = _lock_head(connection, chain)
        rows = []
        for entry in entries:
            seq += 1
            previous = _hash(previous, seq, entry)
            rows.append({"id": new_id(), "seq": seq, "hash": previous, **entry})
        connection.execute(_ADD, rows)
        connection.execute(_MOVE_HEAD, {"of": chain, "seq": seq, "hash": previous})
    session.info["audit"].clear()


def _lock_head(connection: Connection, chain: str) -> tuple[int, str]:
    row = connection.execute(_HEAD, {"of": chain}).one_or_none()
    if row is None:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        first = {"chain": chain, "seq": 0, "hash": GENESIS}
        connection.execute(dialect.insert(AuditHead).values(first).on_conflict_do_nothing())
        row = connection.execute(_HEAD, {"of": chain}).one()
    return row.seq, row.hash


def _content(entry: AuditEntry) -> dict[str, Any]:
    names = ("chain", "at", "actor_id", "actor_name", "action", "object_key", "facts")
    return {name: getattr(entry, name) for name in names}


def _hash(previous: str, seq: int, content: dict[str, Any]) -> str:
    content = {**content, "at": content["at"].astimezone(UTC).isoformat()}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{seq}\n{text}".encode()).hexdigest()
