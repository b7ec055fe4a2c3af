"""Fixtures of process tests: the engine alone, and houses that are built once and opened anew for each test."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest

from tests.conftest import settings_in
from tests.factories import Town
from tests.process.house import House
from workflows import wiring
from workflows.clock import BEIJING, MovableClock
from workflows.storage.session import Database
from workflows.wiring import Workplace

Build = Callable[[Workplace, MovableClock], Town]
Opened = Callable[[Build], Town]


@dataclass(frozen=True)
class Kept:
    """A data folder at rest, the people in it, and what time it was."""

    home: Path
    town: Town
    moment: datetime


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """The engine alone, on Monday 2 March 2026, 9:00 in Beijing."""
    database = Database(f"sqlite:///{tmp_path / 'engine.sqlite3'}")
    yield House(database, MovableClock(datetime(2026, 3, 2, 9, tzinfo=BEIJING)))
    database.dispose()


@pytest.fixture(scope="session")
def kept_houses() -> dict[Build, Kept]:
    return {}


@pytest.fixture
def opened(
    kept_houses: dict[Build, Kept],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    sqlite_template: Path,
    clock: MovableClock,
) -> Iterator[Opened]:
    """``opened(build)``: a copy of its own of the house that `build` makes, at the time at which it was ready."""
    places: list[Workplace] = []

    def open_(build: Build) -> Town:
        if build not in kept_houses:
            kept_houses[build] = _kept(build, tmp_path_factory.mktemp("kept"), sqlite_template)
        kept, home = kept_houses[build], tmp_path / f"house{len(places)}"
        shutil.copytree(kept.home, home)
        clock.set(kept.moment)
        places.append(_place(home, clock))
        return replace(kept.town, workplace=places[-1])

    yield open_
    for place in places:
        place.database.dispose()


def _kept(build: Build, home: Path, sqlite_template: Path) -> Kept:
    shutil.copy(sqlite_template, home / "luji.sqlite3")
    clock = MovableClock(datetime(2026, 3, 2, 9, tzinfo=BEIJING))
    place = _place(home, clock)
    town = build(place, clock)
    with place.database.sql.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    place.database.dispose()
    return Kept(home, town, clock())


def _place(home: Path, clock: MovableClock) -> Workplace:
    return wiring.build(settings_in(home, f"sqlite:///{home / 'luji.sqlite3'}"), clock)
