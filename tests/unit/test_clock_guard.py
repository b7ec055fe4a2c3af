"""When the machine's clock is believed: reliability §3.2, rule 6."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from workflows import clock_guard
from workflows.clock import MovableClock
from workflows.clock_guard import ClockGuard, Seen, Trouble, Uptime

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
SEEN = Seen(NOON, Uptime("first", 1000.0))


def judged(wall: timedelta, ran: timedelta, *, boot: str = "first", before: Trouble = Trouble.NONE) -> Trouble:
    seen = Seen(SEEN.at, SEEN.uptime, before)
    return clock_guard.judge(seen, NOON + wall, Uptime(boot, 1000.0 + ran.total_seconds())).trouble


@pytest.mark.parametrize(
    ("wall", "ran", "trouble"),
    [
        (timedelta(seconds=1), timedelta(seconds=1), Trouble.NONE),
        (timedelta(days=3), timedelta(days=3), Trouble.NONE),  # asleep over the weekend
        (timedelta(seconds=-60), timedelta(seconds=1), Trouble.NONE),  # the time server's small corrections
        (timedelta(seconds=-61), timedelta(seconds=1), Trouble.WENT_BACK),
        (timedelta(days=-400), timedelta(seconds=1), Trouble.WENT_BACK),
        (timedelta(minutes=15), timedelta(0), Trouble.NONE),
        (timedelta(minutes=15, seconds=1), timedelta(0), Trouble.JUMPED),
        (timedelta(hours=24), timedelta(0), Trouble.JUMPED),
        (timedelta(hours=24, seconds=1), timedelta(0), Trouble.HELD),
        (timedelta(days=400), timedelta(hours=1), Trouble.HELD),
    ],
)
def test_a_clock_is_measured_by_the_uptime(wall: timedelta, ran: timedelta, trouble: Trouble) -> None:
    assert judged(wall, ran) is trouble


def test_a_machine_that_was_switched_off_has_not_jumped() -> None:
    assert judged(timedelta(days=8), timedelta(seconds=-990), boot="second") is Trouble.NONE
    assert judged(timedelta(days=-8), timedelta(seconds=-990), boot="second") is Trouble.WENT_BACK


def test_a_restart_makes_a_doubtful_clock_no_better() -> None:
    assert judged(timedelta(days=8), timedelta(0), boot="second", before=Trouble.HELD) is Trouble.HELD
    assert judged(timedelta(hours=2), timedelta(0), boot="second", before=Trouble.HELD) is not Trouble.HELD


def test_a_clock_that_is_set_right_is_believed_again() -> None:
    assert judged(timedelta(hours=1), timedelta(hours=1), before=Trouble.HELD) is Trouble.NONE
    assert judged(timedelta(hours=1), timedelta(hours=1), before=Trouble.WENT_BACK) is Trouble.NONE


def test_the_latest_moment_is_never_forgotten_for_an_earlier_one() -> None:
    back = clock_guard.judge(SEEN, NOON - timedelta(seconds=50), SEEN.uptime)
    assert back.at == NOON
    assert clock_guard.judge(back, NOON - timedelta(seconds=100), SEEN.uptime).trouble is Trouble.WENT_BACK


class Machine:
    """A clock and an uptime, moved together or apart."""

    def __init__(self) -> None:
        self.clock, self.seconds = MovableClock(NOON), 500.0

    def runs(self, seconds: float) -> None:
        self.seconds += seconds
        self.clock.forward(seconds=seconds)

    def uptime(self) -> Uptime:
        return Uptime("boot", self.seconds)

    def guard(self, home: Path) -> ClockGuard:
        return ClockGuard(home, self.clock, self.uptime)


def test_what_was_seen_outlives_the_process(tmp_path: Path) -> None:
    machine = Machine()
    assert machine.guard(tmp_path).look() is Trouble.NONE
    machine.clock.forward(days=30)
    assert machine.guard(tmp_path).look() is Trouble.HELD
    assert machine.guard(tmp_path).look() is Trouble.HELD
    seen = clock_guard.read(tmp_path)
    assert seen is not None
    assert (seen.at, seen.trouble) == (NOON, Trouble.HELD)


def test_an_operator_says_that_the_clock_is_right(tmp_path: Path) -> None:
    for jump in (timedelta(days=30), timedelta(days=-60), timedelta(hours=1)):
        machine = Machine()
        guard = machine.guard(tmp_path)
        clock_guard.confirm(tmp_path)
        guard.look()
        machine.clock.set(machine.clock() + jump)
        assert guard.look() is not Trouble.NONE
        machine.runs(600)
        assert guard.look() is not Trouble.NONE  # an alarm does not fall silent by itself
        clock_guard.confirm(tmp_path)
        assert guard.look() is Trouble.NONE
        machine.runs(600)
        assert guard.look() is Trouble.NONE


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"at": "yesterday"}', "\x00"])
def test_a_file_that_is_none_of_ours_is_no_obstacle(tmp_path: Path, kept: str) -> None:
    (tmp_path / "clock-seen.json").write_text(kept)
    assert clock_guard.read(tmp_path) is None
    assert Machine().guard(tmp_path).look() is Trouble.NONE


def test_this_machine_knows_its_uptime() -> None:
    first, second = clock_guard.machine_uptime(), clock_guard.machine_uptime()
    assert first.boot == second.boot
    assert 0 <= second.seconds - first.seconds < 60
