"""A reception day on telephones, with and without scripts: a deputy answers, the station writes up, everybody reads."""

from datetime import date, time

import pytest

from tests.browser.conftest import Windows
from tests.browser.screen import PHONE, Screen
from tests.factories import Town
from tests.process.receiving import House
from workflows.clock import MovableClock

pytestmark = pytest.mark.browser
DAY = date(2026, 3, 16)


@pytest.fixture
def house(town: Town, clock: MovableClock) -> House:
    house = House(town, clock)
    house.publish()
    return house


def _task(house: House, reception: str, node: str, login: str | None = None) -> str:
    mine = house.town.actor(login).id if login else None
    found = [task for task in house.tasks(house.instance(reception)) if task.node_id == node]
    return next(f"/tasks/{task.id}" for task in found if mine in (None, task.assignee))


def _fits(screen: Screen, path: str) -> None:
    screen.go(path)
    assert screen.overflow() <= 0, path
    assert screen.small_targets() == [], path


@pytest.mark.parametrize("scripts", [True, False])
def test_a_reception_day_on_telephones(house: House, windows: Windows, address: str, scripts: bool) -> None:
    reception = house.rostered(DAY, 1, 2)
    deputy = windows(address, PHONE, scripts=scripts, touch=scripts).sign_in("deputy01")
    _fits(deputy, "/receptions/")
    assert "轮到我的" in deputy.text()
    _fits(deputy, _task(house, reception, "can_come", "deputy01"))
    deputy.choose("是")
    deputy.press("提交")
    assert house.roster(reception)[house.seat(1).name] == "能参加"
    house.pass_time_to(DAY, time(12))
    station = windows(address, PHONE, scripts=scripts, touch=scripts).sign_in("station1a")
    _fits(station, f"/receptions/{reception}")
    _fits(station, "/receptions/leave")
    _fits(station, _task(house, reception, "write_up"))
    for row in (0, 1):
        station.page.check(f"[name=sheet-{row}-state][value=到会]")
    station.press("提交")
    assert house.session(reception).status == "已接待"
    _fits(station, f"/receptions/{reception}")
    assert "接待日报告" in station.text()


def test_everybody_reads_the_days_and_the_notice_fits_a_telephone(house: House, windows: Windows, address: str) -> None:
    reception = house.rostered(DAY, 1, 2)
    house.pass_time_to(date(2026, 3, 13))
    public = windows(address, PHONE, scripts=False)
    _fits(public, "/reception-days")
    assert house.seat(1).name in public.text()
    station = windows(address, PHONE).sign_in("station1a")
    _fits(station, f"/receptions/{reception}/poster")
    assert station.page.locator(".qr svg").is_visible()
