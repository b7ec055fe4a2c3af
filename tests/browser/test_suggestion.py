"""A deputy writes a suggestion on a telephone in large print, without a line too wide or a button too small."""

from datetime import date

import pytest

from tests.browser.conftest import Windows
from tests.browser.screen import PHONE
from tests.factories import Town
from tests.process.suggesting import PAPER, House
from workflows.clock import MovableClock

pytestmark = pytest.mark.browser


@pytest.fixture
def house(town: Town, clock: MovableClock) -> House:
    clock.set_beijing(date(2026, 7, 1))
    house = House(town, clock)
    house.publish()
    return house


@pytest.mark.parametrize("scripts", [True, False])
def test_a_paper_is_kept_as_a_draft_and_handed_in_on_a_telephone(
    house: House, windows: Windows, address: str, scripts: bool
) -> None:
    deputy = windows(address, PHONE, scripts=scripts, touch=scripts).sign_in("deputy01")
    deputy.press("大字版")
    deputy.go("/suggestions/new")
    assert deputy.overflow() <= 0
    assert deputy.small_targets() == []
    deputy.page.fill("[name=title]", PAPER["title"])
    deputy.press("存为草稿")
    assert "草稿已保存" in deputy.text()
    assert deputy.page.input_value("[name=title]") == PAPER["title"]
    deputy.page.fill("[name=situation]", PAPER["situation"])
    deputy.page.fill("[name=proposal]", PAPER["proposal"])
    deputy.page.select_option("[name=topic]", PAPER["topic"])
    deputy.press("提交")
    deputy.go("/suggestions/")
    deputy.press(PAPER["title"])
    assert "审查中" in deputy.text()
    assert deputy.overflow() <= 0
