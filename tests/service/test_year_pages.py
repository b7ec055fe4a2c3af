"""The year's page, its form's list and its paper: who sees whose result when."""

import io
from datetime import date, time

import pytest
from flask import Flask
from pypdf import PdfReader

from tests.factories import Town
from tests.process.assessing import AGREED, TRUTHFUL, Office
from tests.service.browsing import Browser
from workflows.clock import MovableClock

PAGE, PAPER = "/assessment/year/?year=2026", "/assessment/year/list?year=2026"
OPENED = time(8, 31)


@pytest.fixture
def office(town: Town, clock: MovableClock) -> Office:
    """The fourth quarter of 2026 is final, it is the only one; the year waits to be settled."""
    office = Office(town, clock)
    clock.set_beijing(date(2026, 12, 20))
    office.publish("monthly_self_assessment", "quarterly_assessment", "year_assessment")
    for day in range(1, 8):
        states = dict.fromkeys((seat.person_id for seat in town.deputies[: 8 - day]), "到会")
        office.attend(date(2026, 12, day), "专题培训", states)
    office.pass_time_to(date(2026, 12, 25), OPENED)
    for seat in town.deputies:
        station = "station1a" if seat.group_id == town.villages[0].id else "station2"
        office.complete(seat.login or station, "self_assess" if seat.login else "assess_for", TRUTHFUL)
        office.complete(station, "station_review", AGREED, about=seat.name)
    office.pass_time_to(date(2027, 1, 4), OPENED)
    for station in ("station1a", "station2"):
        office.complete(station, "report", {"letter": "按计划开展。", "checked": True})
    office.complete("committee1", "verify", {})
    office.complete("committee1", "announce", {"notice": "公示。"})
    office.pass_time_to(date(2027, 1, 20), OPENED)
    office.complete("director", "approve", AGREED)
    office.pass_time_to(date(2027, 2, 1), OPENED)
    return office


def test_results_are_the_committees_until_they_are_final_and_then_everybodys_own(office: Office, web: Flask) -> None:
    first, second, fourth = (office.town.deputies[place].name for place in (0, 1, 3))
    director, deputy = Browser(web).sign_in("director"), Browser(web).sign_in("deputy02")
    assert all(name in director.get(PAGE).text for name in (first, second, fourth))
    assert "还没有您可以查看的年度结果" in deputy.get(PAGE).text
    assert deputy.get(PAPER).status_code == 404

    (task,) = office.open_tasks("settle")
    form = director.get(f"/tasks/{task.id}").text
    assert "按规则没有代表列入评优名单。" in form  # one quarter is not a year
    office.complete("committee1", "settle", {"opinion": "任职未满一年。"})
    office.complete("director", "approve", AGREED)

    own = deputy.get(PAGE).text
    assert second in own
    assert first not in own
    assert "年度等次第" in own  # the row of the table it comes from
    station = Browser(web).sign_in("station1a").get(PAGE).text
    assert second in station
    assert fourth not in station
    assert "季均" in deputy.get(f"/deputies/{office.town.deputies[1].person_id}").text
    assert "优秀" in Browser(web).sign_in("village1").get(PAGE).text


def test_the_list_is_printed_once_it_is_final(office: Office, web: Flask) -> None:
    office.complete("committee1", "settle", {})
    office.complete("director", "approve", AGREED)
    paper = Browser(web).sign_in("director").get(PAPER + "&as=pdf")
    text = "".join(PdfReader(io.BytesIO(paper.data)).pages[0].extract_text().split())
    assert "2026年度优秀议政代表名单" in text
    assert "按规则没有代表列入评优名单。" in text


@pytest.mark.parametrize("year", ["20x6", "1", "99999"])
def test_a_year_is_four_digits(office: Office, web: Flask, year: str) -> None:
    refused = Browser(web).sign_in("director").get(f"/assessment/year/?year={year}")
    assert refused.status_code == 422
    assert "年份请写成 2026 这样。" in refused.text
