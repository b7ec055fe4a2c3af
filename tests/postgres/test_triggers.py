"""What people may do besides their tasks, on PostgreSQL: urged again and again, and by several people at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from tests.process.house import House
from tests.process.test_triggers import hand_in, offered, urged
from workflows.clock import BEIJING, MovableClock
from workflows.engine import agreement
from workflows.errors import Conflict
from workflows.storage.session import Database

pytestmark = pytest.mark.postgres


@pytest.fixture
def house(postgres_url: str) -> Iterator[House]:
    """The engine alone, on Monday 2 March 2026, 9:00 in Beijing."""
    database = Database(postgres_url)
    yield House(database, MovableClock(datetime(2026, 3, 2, 9, tzinfo=BEIJING)))
    database.dispose()


def test_it_may_be_done_again_and_again(house: House) -> None:
    house.publish(urged())
    instance = house.start(unit="s1", word="请抓紧")
    for n in range(3):
        hand_in(house, offered(house, instance)[0].wait_id, text=f"第{n}次")
    assert house.calls == [("note", f"第{n}次") for n in range(3)]
    house.complete(instance, "work")
    assert house.status(instance) == "completed"
    with house.database.reading("luji") as session:
        assert list(agreement.differences(house.engine, session)) == []


def test_of_eight_who_press_at_once_one_is_heard(house: House) -> None:
    house.publish(urged())
    wait_id = offered(house, house.start(unit="s1", word="请抓紧"))[0].wait_id

    def press(n: int) -> bool:
        try:
            hand_in(house, wait_id, text=f"第{n}人")
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as people:
        heard = list(people.map(press, range(8)))
    assert heard.count(True) == 1
    assert len(house.calls) == 1
