"""The banner about next year's holidays, and the page it leads to."""

from datetime import date

import pytest
from flask import Flask

from tests.factories import Town
from tests.process.casework import Desk
from tests.service.browsing import Browser
from tests.unit.workdays_notices import NEXT_YEAR, transcript
from workflows.actor import the_clock
from workflows.clock import MovableClock
from workflows.workdays import actions as workdays
from workflows.workdays.notice import read_notice

MISSING, LINK = "2027年放假安排还没有导入", 'href="/calendar/#import"'
PAGES = ("/inbox/", "/cases/", "/notices/", "/calendar/", "/cases/no-such-case")


@pytest.fixture
def desk(town: Town, clock: MovableClock) -> Desk:
    desk = Desk(town, clock)
    desk.publish()
    return desk


def _at(web: Flask, login: str) -> Browser:
    return Browser(web).sign_in(login)


@pytest.mark.parametrize("login", ["admin", "committee1", "director"])
def test_from_december_every_page_of_those_who_can_do_it_says_so(
    desk: Desk, web: Flask, clock: MovableClock, login: str
) -> None:
    clock.set_beijing(date(2026, 11, 30))
    person = _at(web, login)
    assert MISSING not in person.get("/inbox/").text
    clock.set_beijing(date(2026, 12, 1))
    for path in PAGES:
        page = _at(web, login).get(path).text
        assert MISSING in page, path
        assert LINK in page, path


@pytest.mark.parametrize("login", ["station1a", "deputy01", "dept1"])
def test_nobody_else_is_bothered(desk: Desk, web: Flask, clock: MovableClock, login: str) -> None:
    clock.set_beijing(date(2026, 12, 20))
    person = _at(web, login)
    assert MISSING not in person.get("/notices/").text
    assert person.get("/calendar/").status_code == 403


def test_an_open_deadline_that_depends_on_next_year_is_said_before_december_too(
    desk: Desk, web: Flask, clock: MovableClock
) -> None:
    """The December guard: 15 working days after 27 November end on a day that next year's notice may move."""
    clock.set_beijing(date(2026, 11, 30))
    case = desk.register(solvable="本站")
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        row = desk._case(session, case)
        row.respond_by, row.respond_by_final = date(2026, 12, 22), False
    page = _at(web, "committee1").get("/inbox/").text
    assert MISSING in page
    assert "有1件未办结事项的答复期限因此是暂定的" in page


def test_the_banner_changes_with_the_draft_and_goes_with_the_confirmation(
    desk: Desk, web: Flask, clock: MovableClock
) -> None:
    clock.set_beijing(date(2026, 12, 1))
    person = _at(web, "admin")
    with desk.workplace.unit_of_work(None) as session:
        read = read_notice(transcript(2027, NEXT_YEAR), 2027)
        workdays.draft_year(session, the_clock(None), read, at=clock())
    assert "2027年放假安排已导入，还没有确认" in person.get("/inbox/").text
    with desk.workplace.unit_of_work(None) as session:
        workdays.confirm_year(session, the_clock(None), year=2027, reason="核对", second_person=False, at=clock())
    assert "放假安排" not in person.get("/inbox/").text


def test_the_page_shows_the_years_and_the_commands(desk: Desk, web: Flask, clock: MovableClock) -> None:
    clock.set_beijing(date(2026, 12, 1))
    page = _at(web, "admin").get("/calendar/").text
    assert "luji calendar import 通知.txt --by 登录名" in page
    assert "--confirm --by" in page
    for text in ("2025", "2026", "2027", "正式", "未公布"):
        assert text in page
