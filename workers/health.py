"""Is a worker of this container alive? ``python -m workers.health worker|dispatcher`` for the health check.

A process that exists may still be deaf: the worker's beat is the one that Celery sends through the broker, the
dispatcher's is a finished look into the database.
"""

import sys
import tempfile
import time
from pathlib import Path

BEATS_FOR_S = 60


def beat(kind: str) -> None:
    """Say that this kind of worker has just done something useful."""
    _file(kind).touch()


def is_alive(kind: str) -> bool:
    """Whether it has beaten within `BEATS_FOR_S`."""
    try:
        return time.time() - _file(kind).stat().st_mtime < BEATS_FOR_S
    except FileNotFoundError:
        return False


def _file(kind: str) -> Path:
    return Path(tempfile.gettempdir()) / f"luji-{kind}.alive"


if __name__ == "__main__":
    sys.exit(0 if is_alive(sys.argv[1]) else 1)
