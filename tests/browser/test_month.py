"""The month on a deputy's phone: open it, see every line's reason, hand it in; the station sends it back once."""

from datetime import date, time

import pytest

from tests.browser.conftest import Windows
from tests.browser.screen import PHONE, Screen
from tests.factories import Town
from tests.process.assessing import Office
from workflows.clock import MovableClock

pytestmark = pytest.mark.browser


@pytest.fixture
def office(town: Town, clock: MovableClock) -> Office:
    """23 September 2026, the morning on which the month's forms opened."""
    clock.set_beijing(date(2026, 9, 1))
    office = Office(town, clock)
    office.publish("monthly_self_assessment")
    clock.set_beijing(date(2026, 9, 20))
    everybody = dict.fromkeys((seat.person_id for seat in town.deputies), "到会")
    office.attend(date(2026, 9, 8), "议政代表会", everybody, title="第一届议政代表会第八次会议")
    office.pass_time_to(date(2026, 9, 23), time(8, 31))
    return office


def in_large_print(address: str, windows: Windows, login: str) -> Screen:
    """An old phone, read without glasses."""
    screen = windows(address, PHONE, touch=True).sign_in(login)
    screen.press("大字版")
    return screen


def readable(screen: Screen) -> None:
    assert screen.overflow() == 0, screen.page.url
    assert screen.small_targets() == []


def test_a_deputy_hands_in_the_month_in_five_taps(office: Office, address: str, windows: Windows) -> None:
    deputy = in_large_print(address, windows, "deputy01")
    readable(deputy)
    deputy.page.locator("main").get_by_role("link", name="办理").first.tap()
    deputy.page.wait_for_selector("#answer")
    readable(deputy)
    assert "本月共10分" in deputy.text()
    assert "第一届议政代表会第八次会议" in deputy.text()
    deputy.page.locator("[name=truthful]").first.tap()
    deputy.page.get_by_role("button", name="提交", exact=True).last.tap()
    deputy.page.wait_for_selector(".notice.ok")
    readable(deputy)
    assert office.month(office.town.deputies[0], "2026-09").status == "待审核"


def test_a_returned_month_says_why_and_is_handed_in_again(office: Office, address: str, windows: Windows) -> None:
    office.complete("deputy01", "self_assess", {"truthful": True})
    clerk = windows(address).sign_in("station1a")
    clerk.go("/inbox/")
    clerk.page.get_by_role("button", name="领取：工作站审核").click()
    clerk.page.wait_for_selector("#answer")
    clerk.page.locator("[name=decision][value=退回]").check()
    clerk.page.fill("[name=opinion]", "九月十五日的督查没有写上，请补充。")
    clerk.press("提交")

    deputy = in_large_print(address, windows, "deputy01")
    deputy.page.locator("main").get_by_role("link", name="办理：填报月度自评").tap()
    assert "九月十五日的督查没有写上，请补充。" in deputy.text()
    readable(deputy)
    deputy.page.fill("[name=missing]", "9月15日虎山村民生实事督查。")
    deputy.page.locator("[name=truthful]").first.check()
    deputy.press("提交")
    assert office.month(office.town.deputies[0], "2026-09").status == "待审核"


def test_a_deputys_points_file_fits_a_phone(office: Office, address: str, windows: Windows) -> None:
    deputy = in_large_print(address, windows, "deputy01")
    for path in ("/deputies/me", "/inbox/done", "/notices/"):
        deputy.go(path)
        readable(deputy)
