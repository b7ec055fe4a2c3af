"""A reception day at one station, with the keyboard only: fourteen visitors, fourteen slips."""

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Windows
from tests.browser.screen import PHONE, Screen
from tests.factories import Town
from tests.process.casework import Desk
from workflows.cases import queries
from workflows.clock import MovableClock

pytestmark = pytest.mark.browser
DUE = "2026年10月12日 周一"
CLASSES = ("", "咨询", "求助", "投诉反映", "建议", "紧急安全", "诉讼仲裁", "信访事项", "私人事务", "检举控告")
OUTCOMES = ("待办理", "当场答复", "不予受理")


@pytest.fixture
def desk(town: Town, clock: MovableClock) -> Desk:
    clock.set_beijing(date(2026, 9, 24))
    desk = Desk(town, clock)
    desk.publish()
    return desk


@dataclass
class Keyboard:
    """Somebody who does not touch the mouse. Counts the keys; a typed text counts by its characters."""

    page: Page
    pressed: int = 0
    seconds: list[float] = field(default_factory=list)

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(key)
            self.pressed += 1

    def type(self, text: str) -> None:
        self.page.keyboard.insert_text(text)  # as an input method does
        self.pressed += len(text)

    def to(self, name: str) -> None:
        """Tab on until the field of this name has the focus."""
        for _ in range(40):
            if self.page.evaluate("document.activeElement.name") == name:
                return
            self.press("Tab")
        raise AssertionError(f"the keyboard does not reach {name}")

    def choose(self, name: str, wanted: str, options: tuple[str, ...]) -> None:
        """Arrow down in a list or a row of radio buttons to what is wanted."""
        self.to(name)
        control = f"[name={name}]:checked, select[name={name}]"
        before = options.index(self.page.eval_on_selector(control, "element => element.value"))
        for _ in range(options.index(wanted) - before):
            with self.page.expect_response("**/cases/register/fields"):
                self.press("ArrowDown")
            self.page.wait_for_timeout(50)  # until the answer is drawn
        assert self.page.evaluate("document.activeElement.name") == name  # drawing the form anew keeps the place


def visitor(
    clerk: Screen,
    keys: Keyboard,
    matter_class: str,
    title: str,
    *,
    outcome: str = "待办理",
    says: str = "",
    name: str = "",
    phone: str = "",
    with_: str = "",
) -> str:
    """One visitor from the first key to the slip; returns the slip's text."""
    began = time.perf_counter()
    keys.choose("matter_class", matter_class, CLASSES)
    if outcome != "待办理":
        keys.choose("outcome", outcome, OUTCOMES)
        keys.to("answer" if outcome == "当场答复" else "guidance")
        keys.type(says)
    keys.to("title")
    keys.type(title)
    keys.to("topic")
    keys.press("End")  # 其他
    if name:
        keys.to("name")
        keys.type(name)
        keys.to("phone")
        keys.type(phone)
    if with_:
        keys.press("Tab")  # leaving the name shows who else came
        clerk.page.wait_for_load_state("networkidle")
        clerk.page.keyboard.press("Shift+Tab")
        reach_companions(keys)
        keys.type(with_)
    with clerk.page.expect_navigation():
        keys.press("Control+Enter")
    keys.seconds.append(time.perf_counter() - began)
    slip = clerk.text()
    assert "来访登记回执" in slip, slip
    with clerk.page.expect_navigation():
        keys.press("Escape")
    return slip


def reach_companions(keys: Keyboard) -> None:
    for _ in range(30):
        if keys.page.evaluate("document.activeElement.matches('.field summary')"):
            keys.press("Enter")
        if str(keys.page.evaluate("document.activeElement.name")).startswith("companions-0-name"):
            return
        keys.press("Tab")
    raise AssertionError("the keyboard does not reach those who came along")


def test_fourteen_visitors_with_the_keyboard_only(desk: Desk, address: str, windows: Windows) -> None:
    clerk = windows(address).sign_in("station1a")
    clerk.go("/cases/register")
    keys = Keyboard(clerk.page)
    slips = [
        visitor(
            clerk,
            keys,
            "咨询",
            "低保怎么申请",
            outcome="当场答复",
            says="带身份证到便民中心。",
            name=f"来访{n}",
            phone=f"1990000100{n}",
        )
        for n in range(5)
    ]
    slips += [
        visitor(
            clerk,
            keys,
            "诉讼仲裁",
            "欠款纠纷",
            outcome="不予受理",
            says="请到区法院立案庭。",
            name=f"引导{n}",
            phone=f"1990000200{n}",
        )
        for n in range(2)
    ]
    slips.append(visitor(clerk, keys, "求助", "路灯不亮", name="赵大爷", phone="19900003000", with_="钱大妈"))
    slips.append(visitor(clerk, keys, "投诉反映", "夜里施工吵"))
    slips += [
        visitor(clerk, keys, "投诉反映", "虎山村主路积水", name=f"村民{n}", phone=f"1990000400{n}") for n in range(3)
    ]
    slips += [
        visitor(clerk, keys, "求助", title, name="孙女士", phone="19900005000") for title in ("公交改线", "充电桩不够")
    ]

    assert len(slips) == len({slip.split("查询码")[1][:30] for slip in slips}) == 14
    assert sum(DUE in slip for slip in slips) == 6
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        cases = queries.listed(session, desk.town.actor("director")).rows
        together = [len(queries.parties(session, case)) for case in cases if case.title == "路灯不亮"]
    assert Counter(case.status for case in cases) == {"当场答复": 5, "不予受理": 2, "办理中": 7}
    assert [case.title for case in cases if case.anonymous] == ["夜里施工吵"]
    assert together == [2]
    assert max(keys.seconds) < 30  # the promise of the desk; here without a person's thinking
    assert keys.pressed / 14 < 120


def test_proposals_appear_while_typing_and_lead_to_the_earlier_matter(
    desk: Desk, address: str, windows: Windows
) -> None:
    earlier = desk.case(desk.register(title="虎山村主路积水")).number
    clerk = windows(address).sign_in("station1a")
    clerk.go("/cases/register")
    clerk.page.fill("[name=title]", "主路又积水了")
    with clerk.page.expect_response("**/cases/register/similar"):
        clerk.page.press("[name=title]", "Tab")
    clerk.page.wait_for_selector(f"#similar a:has-text('{earlier}')")


def test_a_refused_form_loses_nothing_and_begins_at_what_is_wrong(desk: Desk, address: str, windows: Windows) -> None:
    clerk = windows(address)
    clerk.sign_in("station1a")
    clerk.go("/cases/register")
    clerk.page.fill("[name=title]", "积水")
    clerk.page.fill("[name=description]", "三天不退")
    with clerk.page.expect_navigation():
        clerk.page.press("[name=title]", "Control+Enter")
    assert "处需要修改" in clerk.text()
    assert clerk.page.input_value("[name=title]") == "积水"
    assert clerk.page.input_value("[name=description]") == "三天不退"
    clerk.faults[:] = [fault for fault in clerk.faults if "422" not in fault]


def test_the_slip_fits_one_sheet_and_a_phone(desk: Desk, address: str, windows: Windows) -> None:
    clerk = windows(address, PHONE, touch=True).sign_in("station1a")
    clerk.go("/cases/register")
    clerk.page.select_option("[name=matter_class]", "求助")
    clerk.settle()
    clerk.page.fill("[name=title]", "虎山村主路积水")
    clerk.page.select_option("[name=topic]", "积水排水")
    clerk.page.fill("[name=name]", "王桂兰")
    clerk.press("登记")
    assert clerk.overflow() == 0
    assert clerk.page.locator(".qr svg path").count() > 0
    assert clerk.page.pdf(format="A4").count(b"/Type /Page\n") == 1
