"""Column types and identifiers shared by every table."""

import secrets
import threading
import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

Json = JSON().with_variant(JSONB(), "postgresql")

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32: no i, l, o, u
_RANDOM_BITS = 47
_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """A 19-character identifier that sorts by time of creation.

    48 bits of milliseconds and 47 random ones: made in the process, so that rows of one action go to the
    database in one statement without reading keys back. Strictly increasing within a process.
    """
    global _last
    with _lock:
        value = (time.time_ns() // 1_000_000 << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
        if value <= _last:
            value = _last + 1 + secrets.randbits(8)
        _last = value
    return "".join(_ALPHABET[value >> shift & 31] for shift in range(90, -1, -5))


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored as UTC. Refuses a date-time without an offset."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a date-time without an offset can not be stored: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
