"""At a glance: which promise is about to break, which has, and where to look."""

import re
from datetime import date, time

import pytest
from flask import Flask

from tests.factories import Town
from tests.process.assessing import Office
from tests.process.casework import DONE, TOLD, Desk
from tests.service.browsing import Browser
from workflows.cases import queries
from workflows.clock import MovableClock
from workflows.receptions import actions as receptions


@pytest.fixture
def desk(town: Town, clock: MovableClock) -> Desk:
    desk = Desk(town, clock)
    desk.publish()
    return desk


def tiles(page: str) -> dict[str, int]:
    return {label: int(count) for count, label in re.findall(r"<strong>(\d+)</strong>([^<]+)</a></li>", page)}


def a_week_of_visits(desk: Desk) -> dict[str, str]:
    """Visits from Monday 2 March 2026 on, seen on Thursday the 12th; each is due seven working days later."""
    cases = {}
    for name, day in (("late", 2), ("today", 3), ("soon", 6), ("later", 9)):
        desk.clock.set_beijing(date(2026, 3, day))
        cases[name] = desk.register(title=f"事项{name}")
    told = desk.register(title="已答复")
    desk.refer(told)
    desk.do(told, "handle", DONE)
    desk.do(told, "reply", TOLD)
    desk.register(outcome="当场答复", answer="已说明。")
    desk.register(name="", phone="", title="匿名反映")
    desk.register("station2", title="别站的事")
    desk.clock.set_beijing(date(2026, 3, 12))
    return cases


def test_the_director_sees_which_promise_breaks_first(desk: Desk, web: Flask) -> None:
    cases = a_week_of_visits(desk)
    director = Browser(web).sign_in("director")
    assert director.get("/").location == "/overview/"
    page = director.get("/overview/").text
    assert tiles(page) == {
        "已超期未答复": 1,
        "今天到期": 1,
        "三个工作日内到期": 1,
        "期限更远": 2,
        "没有答复期限": 1,
        "等我和本组办理": 6,
    }
    listed = re.findall(r'<td class="main"><a href="/cases/([^"]+)"', page)
    assert listed[:4] == [cases["late"], cases["today"], cases["soon"], cases["later"]]
    assert "超期1天" in page


def test_a_station_sees_its_own_and_can_begin_to_register(desk: Desk, web: Flask) -> None:
    a_week_of_visits(desk)
    page = Browser(web).sign_in("station2").get("/overview/").text
    assert tiles(page)["期限更远"] == 1
    assert "别站的事" in page
    assert "事项late" not in page
    assert "/cases/register" in page
    assert Browser(web).sign_in("deputy01").get("/overview/").status_code == 403


def test_a_date_that_a_changed_calendar_protects_is_not_overdue(desk: Desk) -> None:
    case = desk.register()
    desk.clock.set_beijing(date(2026, 3, 12))
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        desk._case(session, case).protected_until = date(2026, 3, 12)
        found = queries.urgency(session, desk.town.actor("director"), date(2026, 3, 12))
        assert (found.overdue, found.today) == (0, 1)
        later = queries.urgency(session, desk.town.actor("director"), date(2026, 3, 13))
        assert (later.overdue, later.today) == (1, 0)


def test_the_month_stands_beside_it_while_it_is_open(town: Town, web: Flask, clock: MovableClock) -> None:
    clock.set_beijing(date(2026, 9, 20))
    office = Office(town, clock)
    office.publish("monthly_self_assessment")
    assert "待自评" not in Browser(web).sign_in("director").get("/overview/").text
    office.pass_time_to(date(2026, 9, 23), time(8, 31))
    page = Browser(web).sign_in("director").get("/overview/").text
    assert re.search(r"待自评</dt><dd>6 人", page)


def test_a_station_without_a_reception_day_this_month_is_seen_at_once(desk: Desk, web: Flask) -> None:
    desk.clock.set_beijing(date(2026, 3, 12))
    page = Browser(web).sign_in("director").get("/overview/").text
    assert page.count("还没有安排") == len(desk.town.villages)
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        reception = receptions.open_session(
            desk.workplace.engine,
            session,
            desk.town.actor("station1a"),
            station_id=desk.town.villages[0].station_id,
            held_on=date(2026, 3, 20),
            starts="09:00",
            ends="11:00",
        )
        address = f"/receptions/{reception.id}"
    page = Browser(web).sign_in("director").get("/overview/").text
    assert page.count("还没有安排") == len(desk.town.villages) - 1
    assert re.search(rf'href="{address}">.*20日', page)
