"""A quarter through real screens: verification on one page, an objection on a phone, traces, the village's word."""

from datetime import date, time

import pytest

from tests.browser.conftest import Windows
from tests.browser.screen import PHONE, Screen
from tests.factories import Town
from tests.process.assessing import AGREED, TRUTHFUL, Office
from tests.process.gathering import Hall
from workflows.clock import MovableClock

pytestmark = pytest.mark.browser


@pytest.fixture
def office(town: Town, clock: MovableClock) -> Office:
    """8 October 2026: both stations have handed in a quarter with one month and two activities without a photo."""
    office = Office(town, clock)
    clock.set_beijing(date(2026, 9, 20))
    office.publish("monthly_self_assessment", "quarterly_assessment")
    everybody = dict.fromkeys((seat.person_id for seat in town.deputies), "到会")
    office.attend(date(2026, 9, 8), "议政代表会", everybody, title="第一届议政代表会第八次会议", photo=None)
    office.attend(date(2026, 9, 15), "视察", everybody, title="农村道路视察", photo=None)
    office.pass_time_to(date(2026, 9, 23), time(8, 31))
    for seat in town.deputies:
        station = "station1a" if seat.group_id == town.villages[0].id else "station2"
        office.complete(seat.login or station, "self_assess" if seat.login else "assess_for", TRUTHFUL)
        office.complete(station, "station_review", AGREED, about=seat.name)
    office.pass_time_to(date(2026, 10, 8), time(8, 31))
    for station in ("station1a", "station2"):
        office.complete(station, "report", {"letter": "按计划开展。", "checked": True})
    return office


def readable(screen: Screen) -> None:
    assert screen.overflow() == 0, screen.page.url
    assert screen.small_targets() == []


def take(screen: Screen, step: str) -> None:
    """Open a waiting step of the inbox by its name."""
    screen.go("/inbox/")
    waiting = screen.page.get_by_role("link", name=f"办理：{step}")
    if waiting.count():
        waiting.first.click()
    else:
        screen.page.get_by_role("button", name=f"领取：{step}").first.click()
    screen.page.wait_for_selector("#answer")


def verify(office: Office, address: str, windows: Windows) -> Screen:
    committee = windows(address).sign_in("committee1")
    take(committee, "对照考勤和照片核实")
    return committee


def test_the_committee_verifies_a_sample_without_leaving_one_page(
    office: Office, address: str, windows: Windows
) -> None:
    committee = verify(office, address, windows)
    page = committee.page.url
    shown = committee.text()
    for words in ("农村道路视察", "没有佐证材料", "考勤表", "共12项需要核实"):
        assert words in shown, words
    line = committee.page.locator("tr", has_text=office.town.deputies[2].name).filter(has_text="没有佐证材料").first
    line.locator("input[type=checkbox]").check()
    line.locator("input[type=text], textarea").first.fill("现场没有此人")
    assert committee.page.url == page
    committee.press("提交")
    assert committee.page.locator(".notice.ok").count() == 1
    assert len(office.open_tasks("announce")) == 1


def test_every_published_line_opens_its_reason_and_takes_an_objection_on_a_phone(
    office: Office, address: str, windows: Windows
) -> None:
    office.complete("committee1", "verify", {})
    office.clock.set_beijing(date(2026, 10, 15))
    office.complete("committee2", "announce", {"notice": "公示五个工作日。"})
    deputy = windows(address, PHONE, touch=True).sign_in("deputy01")
    deputy.go("/deputies/me?quarter=2026Q3")
    readable(deputy)
    lines = deputy.page.locator("tr[id^=entry-]")
    assert lines.count() == 2
    total = 0.0
    for number in range(lines.count()):
        line = lines.nth(number)
        line.locator("summary").tap()
        reason = line.inner_text()
        for words in ("计分依据", "认定", "考勤登记", "入账"):
            assert words in reason, (number, words)
        total += float(line.locator("td.amount").inner_text())
    assert f"合计 {total:g} 分" in deputy.text()
    with deputy.page.expect_navigation():
        lines.first.get_by_text("对这一项有异议").tap()
    readable(deputy)
    deputy.page.fill("[name=reason]", "我全程参加，应计10分以上。")
    deputy.press("提交")
    assert deputy.page.locator(".notice.ok").count() == 1
    readable(deputy)

    clerk = windows(address).sign_in("station1a")
    take(clerk, "说明积分的来历")
    assert "我全程参加" in clerk.text()
    clerk.page.fill("[name=text]", "签到表有本人签名，按规则计10分。")
    clerk.press("提交")
    director = windows(address).sign_in("director")
    take(director, "决定异议")
    assert "签到表有本人签名" in director.text()
    director.page.locator("[name=upheld]").nth(1).check()
    director.settle()
    director.page.fill("[name=opinion]", "按规则每次计10分，维持。")
    director.press("提交")
    deputy.go("/notices/")
    readable(deputy)


def test_an_activity_is_arranged_at_a_desk_and_answered_and_signed_on_a_phone(
    town: Town, clock: MovableClock, address: str, windows: Windows
) -> None:
    hall = Hall(town, clock)
    hall.publish("activity", "meeting")
    clerk = windows(address).sign_in("station1a")
    clerk.go("/activities/")
    clerk.press("安排活动")
    clerk.page.select_option("[name=kind]", "视察")
    clerk.page.fill("[name=title]", "农村道路视察")
    clerk.page.fill("[name=held_on]", "2026-03-20")
    clerk.page.fill("[name=place]", "官庄村")
    clerk.press("提交")
    hall.pass_time_to(date(2026, 3, 2))

    deputy = windows(address, PHONE, touch=True).sign_in("deputy01")
    deputy.go("/activities/")
    readable(deputy)
    take(deputy, "答复能否参加")
    readable(deputy)
    deputy.choose("能参加")
    deputy.press("提交")
    hall.pass_time_to(date(2026, 3, 20))
    deputy = windows(address, PHONE, touch=True).sign_in("deputy01")
    deputy.go("/activities/")
    with deputy.page.expect_navigation():
        deputy.page.get_by_role("link", name="农村道路视察").first.tap()
    deputy.press("我到了，签到")
    assert "已签到：到会" in deputy.text()
    readable(deputy)

    clerk = windows(address).sign_in("station1a")
    take(clerk, "登记考勤和佐证")
    checked = clerk.page.locator("input[type=radio]:checked").count()
    assert checked == 1
    for fieldset in clerk.page.locator(".field.radio fieldset").all():
        if not fieldset.locator("input:checked").count():
            fieldset.get_by_label("到会", exact=True).check()
    clerk.page.fill("[name=minutes]", "看了三条路。")
    clerk.press("提交")
    take(clerk, "补充佐证材料")
    clerk.page.fill("[name=no_proof]", "当天没有带手机")
    clerk.press("提交")
    clerk.go("/activities/")
    assert "缺佐证" in clerk.text()
