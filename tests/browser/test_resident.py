"""A resident with a slip and an old phone: large print, 360 pixels, no scripts."""

from datetime import date

import pytest

from tests.browser.conftest import Windows
from tests.browser.screen import PHONE
from tests.factories import Town
from tests.process.casework import DONE, TOLD, Desk
from tests.service.test_public_pages import code_of
from workflows.clock import MovableClock

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(town: Town, clock: MovableClock) -> Desk:
    clock.set_beijing(date(2026, 9, 24))
    desk = Desk(town, clock)
    desk.publish()
    return desk


@pytest.mark.parametrize("scripts", [True, False])
def test_a_resident_follows_the_matter_and_says_how_it_was(
    desk: Desk, address: str, windows: Windows, scripts: bool
) -> None:
    case = desk.register()
    code = code_of(desk, case)
    resident = windows(address, PHONE, touch=True, scripts=scripts)
    resident.go("/progress")
    assert resident.page.locator("html.large").count() == 1
    assert (resident.overflow(), resident.small_targets()) == (0, [])
    resident.page.fill("[name=code]", code)
    resident.press("查询")
    assert resident.links() == ["登记"]
    assert "第7日" in resident.explained()
    assert (resident.overflow(), resident.small_targets()) == (0, [])

    desk.refer(case)
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", TOLD)
    resident.page.reload()
    assert "已告知排水沟已疏通。" in resident.text()
    resident.choose("满意")
    resident.press("提交评价")
    assert resident.links() == ["登记", "反映", "处理", "结果", "反馈"]
    assert (resident.overflow(), resident.small_targets()) == (0, [])
    resident.go("/deadline?start=2026-09-24&days=7")
    assert (resident.overflow(), resident.small_targets()) == (0, [])
