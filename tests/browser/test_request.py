"""A request in a real browser, from the desk to the closed file, on a desktop, a phone, and without scripts."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.browser.conftest import Windows
from tests.browser.screen import PHONE, Screen
from tests.factories import Town, small_town
from tests.process.casework import Desk
from tests.workers.installation import Installation, installation
from tests.workers.test_embedded import UP, answers, eventually
from workflows.clock import MovableClock

pytestmark = pytest.mark.browser
DUE = "2026年10月12日 周一"
WHY = ("9月25日", "中秋节", "10月1日", "国庆节", "10月10日", "补班", "第7日")
LINKS = ["登记", "反映", "处理", "结果", "反馈"]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Installation]:
    """`luji up` as `make run` starts it, at 9 on 24 September 2026, with a small town instead of the demo."""
    with installation(tmp_path / "home") as place:
        place.start(*UP)
        assert eventually(lambda: answers(place)), place.said()
        yield place


@pytest.fixture
def desk(town: Town, clock: MovableClock) -> Desk:
    clock.set_beijing(date(2026, 9, 24))
    desk = Desk(town, clock)
    desk.publish()
    return desk


def shows_the_date_and_why(screen: Screen) -> None:
    assert DUE in screen.text()
    reason = screen.explained()
    assert [word for word in WHY if word not in reason] == []


def register(clerk: Screen) -> None:
    """The visitor of 虎山村 at the desk."""
    clerk.go("/cases/register")
    clerk.page.select_option("[name=matter_class]", "投诉反映")
    clerk.settle()
    clerk.page.fill("[name=title]", "虎山村主路积水")
    clerk.page.fill("[name=place]", "虎山村三组")
    clerk.page.select_option("[name=topic]", "积水排水")
    clerk.page.fill("[name=description]", "雨后路上积水到脚面，三天不退。")
    clerk.page.fill("[name=name]", "王桂兰")
    clerk.page.fill("[name=phone]", "19900001234")
    clerk.press("登记")


def take_up(person: Screen, task: str) -> None:
    """From the inbox to the form, as somebody does who was told that something waits."""
    person.go("/inbox/")
    person.page.get_by_role("button", name=f"领取：{task}").first.click()
    person.page.wait_for_selector("#answer")


def test_standing_water_from_the_desk_to_the_closed_file(office: Installation, windows: Windows) -> None:
    workplace = office.workplace()
    town = small_town(workplace)
    Desk(town, office.clock)  # the calendar of 2026
    address = f"http://127.0.0.1:{office.port}"
    clerk, committee, department = (windows(address) for _ in range(3))
    for screen, login in ((clerk, "station1a"), (committee, "committee1"), (department, "dept1")):
        screen.sign_in(login)

    register(clerk)
    assert DUE in clerk.text()
    clerk.press("查看事项")
    case = clerk.page.url
    assert clerk.links() == LINKS[:1]
    shows_the_date_and_why(clerk)

    take_up(committee, "交办")
    shows_the_date_and_why(committee)
    committee.page.select_option("[name=department]", label="城管办")
    committee.page.fill("[name=note]", "请现场查看排水沟。")
    committee.press("提交")
    clerk.page.goto(case)
    assert clerk.links() == LINKS[:2]
    shows_the_date_and_why(clerk)

    take_up(department, "承办单位办理")
    assert "请现场查看排水沟。" in department.text()
    shows_the_date_and_why(department)
    department.page.select_option("[name=result_class]", "A")
    department.page.fill("[name=result]", "已清理排水沟120米，积水排净。")
    department.press("提交")
    clerk.page.goto(case)
    assert clerk.links() == LINKS[:4]

    take_up(clerk, "答复来访人")
    shows_the_date_and_why(clerk)
    assert clerk.page.input_value("[name=content]") == "已清理排水沟120米，积水排净。"
    clerk.choose("是")
    clerk.press("提交")
    clerk.page.goto(case)
    assert "按期办结" in clerk.text()

    take_up(clerk, "回访反馈")
    shows_the_date_and_why(clerk)
    clerk.choose("满意")
    clerk.press("提交")
    clerk.page.goto(case)
    assert clerk.links() == LINKS
    assert "已办结" in clerk.text()
    assert clerk.page.locator(".drawing svg").first.is_visible()
    workplace.database.dispose()


def test_the_desk_on_a_phone(desk: Desk, address: str, windows: Windows) -> None:
    clerk = windows(address, PHONE, touch=True).sign_in("station1a")
    register(clerk)
    assert DUE in clerk.text()
    assert clerk.overflow() == 0
    clerk.press("查看事项")
    assert clerk.overflow() == 0
    assert clerk.small_targets() == []


def test_the_whole_way_without_scripts(desk: Desk, address: str, windows: Windows) -> None:
    clerk, committee, department = (windows(address, scripts=False) for _ in range(3))
    for screen, login in ((clerk, "station1a"), (committee, "committee1"), (department, "dept1")):
        screen.sign_in(login)
    register(clerk)
    clerk.press("查看事项")
    case = clerk.page.url
    shows_the_date_and_why(clerk)

    take_up(committee, "交办")
    committee.page.select_option("[name=department]", label="城管办")
    committee.press("提交")
    take_up(department, "承办单位办理")
    department.page.select_option("[name=result_class]", "A")
    department.page.fill("[name=result]", "已清理。")
    department.press("提交")
    take_up(clerk, "答复来访人")
    clerk.choose("是")
    clerk.choose("满意")
    clerk.press("提交")
    clerk.page.goto(case)
    assert clerk.links() == LINKS
