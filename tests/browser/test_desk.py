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
GUIDED = (
    "诉讼、仲裁和行政复议由有管辖权的机关处理：诉讼请到区人民法院诉讼服务中心（电话12368），劳动争议请到劳动人事争议仲裁委员会，"
    "行政复议请到区政府行政复议机构。需要法律咨询或者法律援助，可以拨打12348。"
)


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

    def choose(self, name: str, digit: str) -> None:
        """Press the digit that an option shows."""
        self.to(name)
        with self.page.expect_response("**/cases/register/fields"):
            self.press(digit)
        self.page.wait_for_timeout(50)  # until the answer is drawn
        assert self.page.evaluate("document.activeElement.name") == name  # drawing the form anew keeps the place


def visitor(
    clerk: Screen,
    keys: Keyboard,
    matter_class: str,
    title: str,
    *,
    outcome: str = "",
    says: str = "",
    name: str = "",
    phone: str = "",
    with_: str = "",
) -> str:
    """One visitor from the first key to the slip; returns the slip's text.

    Args:
        matter_class, outcome: the digits that choose them; a class that is not taken in brings its own outcome.
        name: empty for an anonymous visit.
    """
    began = time.perf_counter()
    keys.choose("matter_class", matter_class)
    if outcome:
        keys.choose("outcome", outcome)
    if says:
        keys.to("answer")
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
    else:
        keys.choose("anonymous", "1")
    if with_:
        reach_companions(keys)
        keys.type(with_)
    with clerk.page.expect_navigation():
        keys.press("Control+Enter")
    keys.seconds.append(time.perf_counter() - began)
    slip = clerk.text()
    assert "来访登记回执" in slip, slip
    assert clerk.page.evaluate("document.activeElement.textContent") == "打印回执"
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
            "1",
            "低保怎么申请",
            outcome="2",
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
            "6",
            "欠款纠纷",
            name=f"引导{n}",
            phone=f"1990000200{n}",
        )
        for n in range(2)
    ]
    slips.append(visitor(clerk, keys, "2", "路灯不亮", name="赵大爷", phone="19900003000", with_="钱大妈"))
    slips.append(visitor(clerk, keys, "3", "夜里施工吵"))
    slips += [visitor(clerk, keys, "3", "虎山村主路积水", name=f"村民{n}", phone=f"1990000400{n}") for n in range(3)]
    slips += [
        visitor(clerk, keys, "2", title, name="孙女士", phone="19900005000") for title in ("公交改线", "充电桩不够")
    ]

    assert len(slips) == len({slip.split("查询码")[1][:30] for slip in slips}) == 14
    assert sum(DUE in slip for slip in slips) == 6
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        cases = queries.listed(session, desk.town.actor("director")).rows
        together = [len(queries.parties(session, case)) for case in cases if case.title == "路灯不亮"]
    assert Counter(case.status for case in cases) == {"当场答复": 5, "不予受理": 2, "办理中": 7}
    assert [case.title for case in cases if case.anonymous] == ["夜里施工吵"]
    assert {case.spot_answer for case in cases if case.status == "不予受理"} == {GUIDED}
    assert together == [2]
    assert max(keys.seconds) < 30  # the promise of the desk; here without a person's thinking
    assert keys.pressed / 14 < 70


def test_proposals_appear_while_typing_and_lead_to_the_earlier_matter(
    desk: Desk, address: str, windows: Windows
) -> None:
    earlier = desk.case(desk.register(title="虎山村主路积水")).number
    clerk = windows(address).sign_in("station1a")
    clerk.go("/cases/register")
    clerk.page.fill("[name=title]", "主路又积水了")
    with clerk.page.expect_response("**/cases/register/beside"):
        clerk.page.press("[name=title]", "Tab")
    clerk.page.wait_for_selector(f"#beside a:has-text('{earlier}')")


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
    assert clerk.page.locator(".qr svg[viewBox] path").count() > 0  # drawn to size, not cut to size
    assert clerk.page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 1


def test_the_date_is_told_before_the_visit_is_entered(desk: Desk, address: str, windows: Windows) -> None:
    clerk = windows(address).sign_in("station1a")
    clerk.go("/cases/register")
    told_of = {"求助": DUE, "紧急安全": "2026年9月28日 周一", "检举控告": "不设答复期限", "咨询": "2026年9月30日 周三"}
    for matter_class, told in told_of.items():
        with clerk.page.expect_response("**/cases/register/beside"):
            clerk.page.select_option("[name=matter_class]", matter_class)
        clerk.page.wait_for_selector(f"#beside:has-text('{told}')")
    assert "中秋" in clerk.explained()


def test_a_proposal_follows_the_class_until_somebody_writes_over_it(desk: Desk, address: str, windows: Windows) -> None:
    page = windows(address).sign_in("station1a").page
    page.goto(address + "/cases/register")

    def classify(matter_class: str) -> None:
        with page.expect_response("**/cases/register/fields"):
            page.select_option("[name=matter_class]", matter_class)
        page.wait_for_timeout(50)  # until the answer is drawn

    chosen = "document.querySelector('[name=outcome]:checked').value"
    classify("诉讼仲裁")
    assert page.evaluate(chosen) == "不予受理"
    assert page.input_value("[name=guidance]") == GUIDED
    classify("信访事项")
    assert "信访" in page.input_value("[name=guidance]")
    classify("求助")
    assert page.evaluate(chosen) == "待办理"
    classify("诉讼仲裁")
    page.fill("[name=guidance]", "请到区法院立案庭。")
    classify("私人事务")
    assert page.input_value("[name=guidance]") == "请到区法院立案庭。"


def test_enter_goes_on_to_the_next_question_and_never_registers_by_itself(
    desk: Desk, address: str, windows: Windows
) -> None:
    page = windows(address).sign_in("station1a").page
    page.goto(address + "/cases/register")
    met = []
    for _ in range(12):
        met.append(page.evaluate("document.activeElement.name ?? document.activeElement.tagName"))
        if met[-1] == "description":
            break
        page.keyboard.press("Enter")
    assert met == ["matter_class", "outcome", "title", "place", "topic", "anonymous", "name", "phone", "description"]
    assert page.input_value("[name=outcome]:checked") == "待办理"


def test_one_more_row_for_companions_is_drawn_and_nothing_is_registered(
    desk: Desk, address: str, windows: Windows
) -> None:
    clerk = windows(address, scripts=False).sign_in("station1a")
    clerk.go("/cases/register")
    clerk.page.fill("[name=title]", "路灯不亮")
    clerk.page.locator("#companions summary").click()
    clerk.page.fill("[name=companions-0-name]", "钱大妈")
    clerk.press("再加一行")
    assert clerk.page.input_value("[name=companions-0-name]") == "钱大妈"
    assert clerk.page.locator("[name=companions-1-name]").count() == 1
    assert clerk.page.input_value("[name=title]") == "路灯不亮"
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        assert queries.listed(session, desk.town.actor("director")).rows == []


def test_a_visit_that_has_to_do_with_an_earlier_one_says_so_on_both_files(
    desk: Desk, address: str, windows: Windows
) -> None:
    earlier = desk.register(title="虎山村主路积水")
    clerk = windows(address).sign_in("station1a")
    clerk.go("/cases/register")
    clerk.page.select_option("[name=matter_class]", "求助")
    clerk.settle()
    clerk.page.fill("[name=title]", "主路又积水了")
    with clerk.page.expect_response("**/cases/register/beside"):
        clerk.page.press("[name=title]", "Tab")
    clerk.choose("与该事项有关")
    clerk.page.select_option("[name=topic]", "积水排水")
    clerk.page.fill("[name=name]", "王桂兰")
    with clerk.page.expect_response("**/cases/register/beside"):
        clerk.page.press("[name=name]", "Tab")  # the proposals are drawn anew and keep the choice
    clerk.page.wait_for_timeout(50)
    clerk.press("登记")
    clerk.press("查看事项")
    assert "虎山村主路积水" in _related(clerk)
    clerk.go(f"/cases/{earlier}")
    assert "主路又积水了" in _related(clerk)


def _related(clerk: Screen) -> str:
    return clerk.page.locator("section", has=clerk.page.get_by_role("heading", name="有关的事项")).inner_text()
