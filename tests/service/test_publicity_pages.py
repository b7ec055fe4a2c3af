"""A published quarter through pages: an objection from the statement, the board, its poster, and who sees what when."""

import io
import re
from datetime import date, time

import pytest
from flask import Flask
from pypdf import PdfReader

from tests.factories import Town
from tests.process.assessing import AGREED, TRUTHFUL, Office
from tests.service.browsing import Browser
from workflows.clock import MovableClock

KEY = "quarter:2026Q3"
BOARD, POSTER = "/assessment/board/?quarter=2026Q3", "/assessment/board/poster?quarter=2026Q3"


@pytest.fixture
def office(town: Town, clock: MovableClock) -> Office:
    """September is archived, the third quarter hangs out since 15 October."""
    office = Office(town, clock)
    clock.set_beijing(date(2026, 9, 20))
    office.publish("monthly_self_assessment", "quarterly_assessment")
    office.attend(date(2026, 9, 8), "议政代表会", dict.fromkeys((seat.person_id for seat in town.deputies), "到会"))
    office.pass_time_to(date(2026, 9, 23), time(8, 31))
    for seat in town.deputies:
        station = "station1a" if seat.group_id == town.villages[0].id else "station2"
        office.complete(seat.login or station, "self_assess" if seat.login else "assess_for", TRUTHFUL)
        office.complete(station, "station_review", AGREED, about=seat.name)
    office.pass_time_to(date(2026, 10, 8), time(8, 31))
    for station in ("station1a", "station2"):
        office.complete(station, "report", {"letter": "按计划开展。", "checked": True})
    office.complete("committee1", "verify", {})
    clock.set_beijing(date(2026, 10, 15))
    office.complete("committee1", "announce", {"notice": "公示五个工作日。"})
    return office


def _file(office: Office, place: int) -> str:
    return f"/deputies/{office.town.deputies[place - 1].person_id}?quarter=2026Q3"


def _link(page: str, words: str) -> str:
    """Where a button with these words leads."""
    found = re.search(rf'<a class="button plain" href="([^"]+)">{words}</a>', page)
    assert found, page
    return found[1].replace("&amp;", "&")


def test_a_deputy_objects_from_the_statement_and_reads_the_decision_there(office: Office, web: Flask) -> None:
    deputy = Browser(web).sign_in("deputy02")
    link = _link(deputy.get(_file(office, 2)).text, "对这一项有异议")
    form = deputy.get(link).text
    assert 'value="有误" checked' in form
    assert re.search(r'<option value="2026-09" selected>', form)
    assert re.search(r'name="number"[^>]*value="1"', form)
    answer = {"what": "有误", "month": "2026-09", "number": "1", "reason": "", "press": "complete"}
    refused = deputy.post(link, answer)
    assert refused.status_code == 422
    assert 'value="有误" checked' in refused.text  # nothing typed is lost
    assert deputy.post(link, {**answer, "reason": "我全程参加，还发了言。"}).status_code == 303

    station = Browser(web).sign_in("station1a")
    (task,) = office.open_tasks("answer_objection")
    asked = station.get(f"/tasks/{task.id}").text
    assert "我全程参加，还发了言。" in asked
    assert "09月08日议政代表会" in asked
    office.complete("station1a", "answer_objection", {"text": "签到表上只签了上午。"})
    office.complete("director", "decide_objection", {"upheld": True, "points": 12, "opinion": "发言另计。"})
    statement = deputy.get(_file(office, 2)).text
    for words in ("更正", "发言另计。", "签到表上只签了上午。", "原来计10分，应计12分", "合计 12 分"):
        assert words in statement


def test_only_the_deputy_and_the_station_are_offered_an_objection(office: Office, web: Flask) -> None:
    for login, offered in (("deputy02", True), ("station1a", True), ("committee1", False), ("village1", False)):
        page = Browser(web).sign_in(login).get(_file(office, 2))
        assert page.status_code == 200
        assert ("对这一项有异议" in page.text) is offered, login
    assert Browser(web).sign_in("deputy01").get(_file(office, 2)).status_code == 403
    office.pass_time_to(date(2026, 10, 23), time(0, 0))
    assert "对这一项有异议" not in Browser(web).sign_in("deputy02").get(_file(office, 2)).text


def test_the_board_is_everybodys_once_it_is_confirmed(office: Office, web: Flask) -> None:
    office.pass_time_to(date(2026, 10, 23), time(8, 31))
    office.complete("director", "approve", AGREED)
    director, secretary = Browser(web).sign_in("director"), Browser(web).sign_in("village2")
    assert "待审定" in director.get(BOARD).text
    assert "这个季度还没有红黑榜" in secretary.get(BOARD).text
    assert secretary.get(POSTER).status_code == 404
    (task,) = [task for task in office.open_tasks("explain") if "虎山村" in task.subject]
    told = secretary.get(f"/tasks/{task.id}").text
    assert "有的月份没有举行代表接待日" in told
    assert "考核指数低于60分" in told
    for village in ("village1", "village2"):
        office.complete(village, "explain", {"text": "下季度补足。"})
    (task,) = office.open_tasks("confirm_board")
    asked = director.get(f"/tasks/{task.id}").text
    assert "下季度补足。" in asked
    assert director.post(f"/tasks/{task.id}/claim").status_code in (303, 404)
    office.complete("director", "confirm_board", {"items": [{"number": 1, "reason": "系统九月启用"}]})
    page = secretary.get(BOARD).text
    assert "不列入：系统九月启用" in page
    assert "列入黑榜的情形第" in page
    paper = secretary.get(POSTER + "&as=pdf")
    assert paper.mimetype == "application/pdf"
    text = "".join(PdfReader(io.BytesIO(paper.data)).pages[0].extract_text().split())
    assert "2026年第三季度红黑榜" in text
    assert "本季度红榜空缺。" in text
    assert "有的月份没有举行代表接待日" in text


def test_a_statement_is_printed_line_by_line(office: Office, web: Flask) -> None:
    seat = office.town.deputies[1]
    paper = Browser(web).sign_in("deputy02").get(f"/deputies/{seat.person_id}/statement?quarter=2026Q3&as=pdf")
    text = "".join(PdfReader(io.BytesIO(paper.data)).pages[0].extract_text().split())
    assert f"{seat.name}官庄村2026年第三季度合计10分" in text
    assert "09月08日议政代表会" in text
    assert "履职基础分第2行" in text
    stranger = Browser(web).sign_in("deputy01").get(f"/deputies/{seat.person_id}/statement?quarter=2026Q3")
    assert stranger.status_code == 403


def test_a_file_names_the_sides_of_the_duty_that_are_still_empty(office: Office, web: Flask) -> None:
    page = Browser(web).sign_in("deputy02").get(_file(office, 2)).text
    for side in ("参加学习培训", "调研视察", "代表联系群众", "提出意见建议", "履职述职活动"):
        assert f"本季度还没有：{side}" in page
    assert "出席议政代表会 10" in page  # the radar's side, with the number


def test_a_station_that_names_another_ones_deputy_keeps_what_it_typed(office: Office, web: Flask) -> None:
    station = Browser(web).sign_in("station1a")
    link = _link(station.get(_file(office, 2)).text, "有一项漏记了").partition("?")[0]
    answer = {"what": "漏记", "month": "2026-09", "dimension": "代表联系群众", "title": "走访", "reason": "村里有记录"}
    other = {**answer, "deputy": office.town.deputies[4].person_id, "press": "complete"}
    refused = station.post(link, other)
    assert refused.status_code == 422
    assert "这位代表不是本站的，请选择本站的代表" in refused.text
    assert "村里有记录" in refused.text


@pytest.mark.parametrize(
    "typed", ["month=%00&number=1e999", "what=[]&deputy=' or 1", "reason=" + "长" * 3000, "month[]=x"]
)
def test_an_address_with_rubbish_begins_the_form_and_nothing_else(office: Office, web: Flask, typed: str) -> None:
    deputy = Browser(web).sign_in("deputy02")
    link = _link(deputy.get(_file(office, 2)).text, "有一项漏记了").partition("?")[0]
    assert deputy.get(f"{link}?{typed}").status_code == 200
