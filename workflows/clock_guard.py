"""Is the machine's clock to be trusted? Where the database has no clock of its own (SQLite), before anything is fired.

A timer that fires because somebody set the clock wrong sends a reminder that nobody can call back (reliability §3.2,
rule 6). So each look of the dispatcher is compared with the one before:

* more than a minute before the latest moment ever seen: nothing is dispatched until the time is back;
* more than 15 minutes ahead of what the machine's uptime allows: an alarm, and the work goes on;
* more than a day ahead: nothing is dispatched until the clock is set back, or an operator says that it is right.

A machine that was switched off is no jump: its uptime began anew, and what fell due meanwhile is due. What was seen
lies in a small file of the data folder, which only the dispatcher writes; an operator's word is a second file.
"""

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from workflows.clock import Clock

BACK_TOLERANCE = timedelta(seconds=60)
ALARM_FROM = timedelta(minutes=15)
HOLD_FROM = timedelta(days=1)
WRITTEN_EVERY = timedelta(seconds=5)

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PROCESS = secrets.token_hex(8)
_SEEN, _CONFIRMED = "clock-seen.json", "clock-confirmed"


class Trouble(StrEnum):
    """What is wrong with the clock; nothing is dispatched in the last two."""

    NONE = ""
    JUMPED = "jumped"
    WENT_BACK = "went_back"
    HELD = "held"

    @property
    def stops_work(self) -> bool:
        return self in (Trouble.WENT_BACK, Trouble.HELD)


@dataclass(frozen=True)
class Uptime:
    """How long the machine runs, asleep or not, and since which start."""

    boot: str
    seconds: float


@dataclass(frozen=True)
class Seen:
    """The latest moment that was believed, and what is wrong since then."""

    at: datetime
    uptime: Uptime
    trouble: Trouble = Trouble.NONE


def judge(seen: Seen | None, now: datetime, uptime: Uptime) -> Seen:
    """What to believe now. While work is stopped `at` stays where it was: a clock set right is believed again."""
    if seen is None:
        return Seen(now, uptime)
    if now < seen.at - BACK_TOLERANCE:
        return replace(seen, trouble=Trouble.WENT_BACK)
    ahead = now - seen.at
    if uptime.boot == seen.uptime.boot:
        ahead -= timedelta(seconds=uptime.seconds - seen.uptime.seconds)
    elif seen.trouble is not Trouble.HELD:  # switched off meanwhile; but no restart makes a doubtful clock right
        ahead = timedelta(0)
    if ahead > HOLD_FROM:
        return replace(seen, trouble=Trouble.HELD)
    alarmed = ahead > ALARM_FROM or seen.trouble is Trouble.JUMPED
    return Seen(max(now, seen.at), uptime, Trouble.JUMPED if alarmed else Trouble.NONE)


def machine_uptime() -> Uptime:
    """Linux counts the time asleep, too; elsewhere every process is a start of its own."""
    if hasattr(time, "CLOCK_BOOTTIME") and _BOOT_ID.exists():
        return Uptime(_BOOT_ID.read_text().strip(), time.clock_gettime(time.CLOCK_BOOTTIME))
    return Uptime(_PROCESS, time.monotonic())


class ClockGuard:
    """The dispatcher's: asked before every look."""

    def __init__(self, home: Path, clock: Clock, uptime: Callable[[], Uptime] = machine_uptime) -> None:
        self._home, self._clock, self._uptime = home, clock, uptime
        self._seen = read(home)
        self._written: Seen | None = None

    def look(self) -> Trouble:
        """What is wrong with the clock at this moment."""
        now, uptime = self._clock(), self._uptime()
        if (self._home / _CONFIRMED).exists():
            (self._home / _CONFIRMED).unlink(missing_ok=True)
            self._seen = None
        self._seen = judge(self._seen, now, uptime)
        last = self._written
        if last is None or last.trouble is not self._seen.trouble or self._seen.at - last.at >= WRITTEN_EVERY:
            _write(self._home, self._seen)
            self._written = self._seen
        return self._seen.trouble


def read(home: Path) -> Seen | None:
    """What the dispatcher saw last; None before its first look, or when the file is none of ours."""
    try:
        kept = json.loads((home / _SEEN).read_text(encoding="utf-8"))
        return Seen(datetime.fromisoformat(kept["at"]), Uptime(**kept["uptime"]), Trouble(kept["trouble"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def confirm(home: Path) -> None:
    """An operator says that the machine's clock is right as it is now."""
    (home / _CONFIRMED).touch()


def _write(home: Path, seen: Seen) -> None:
    fresh = home / f"{_SEEN}.new"
    fresh.write_text(json.dumps({**asdict(seen), "at": seen.at.isoformat()}), encoding="utf-8")
    fresh.replace(home / _SEEN)
