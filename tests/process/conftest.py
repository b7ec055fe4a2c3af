from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.process.house import House
from workflows.clock import BEIJING, MovableClock
from workflows.storage.session import Database


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """The engine alone, on Monday 2 March 2026, 9:00 in Beijing."""
    database = Database(f"sqlite:///{tmp_path / 'engine.sqlite3'}")
    yield House(database, MovableClock(datetime(2026, 3, 2, 9, tzinfo=BEIJING)))
    database.dispose()
