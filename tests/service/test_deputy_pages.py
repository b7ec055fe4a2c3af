"""The month through pages, the points file with its traces, and who may read it."""

import re
from datetime import date, time

import pytest
from flask import Flask

from tests.factories import Town, second_street
from tests.process.assessing import AGREED, TRUTHFUL, Office
from tests.service.browsing import Browser
from workflows.clock import MovableClock

QUARTER = "2026Q3"


@pytest.fixture
def office(town: Town, clock: MovableClock) -> Office:
    """September is open; everybody was at one meeting."""
    office = Office(town, clock)
    clock.set_beijing(date(2026, 9, 20))
    office.publish("monthly_self_assessment", "quarterly_assessment")
    states = dict.fromkeys((seat.person_id for seat in town.deputies), "到会")
    office.attend(date(2026, 9, 8), "议政代表会", states, title="街道第一届议政代表会第九次会议")
    office.pass_time_to(date(2026, 9, 23), time(8, 31))
    return office


def _signed_in(web: Flask, login: str) -> Browser:
    return Browser(web).sign_in(login)


def _task(office: Office, node_id: str, about: str = "") -> str:
    return next(task.id for task in office.open_tasks(node_id) if about in task.subject)


def _own_task(office: Office, login: str) -> str:
    actor = office.town.actor(login)
    return next(task.id for task in office.open_tasks("self_assess") if task.assignee == actor.id)


def _file(town: Town, deputy: int) -> str:
    return f"/deputies/{town.deputies[deputy].person_id}?quarter={QUARTER}"


def _archived(office: Office) -> None:
    for seat in office.town.deputies:
        station = "station1a" if seat.group_id == office.town.villages[0].id else "station2"
        office.complete(seat.login or station, "self_assess" if seat.login else "assess_for", TRUTHFUL)
        office.complete(station, "station_review", AGREED, about=seat.name)


def test_a_deputys_own_form_is_nobody_elses_to_see_or_to_give_away(office: Office, web: Flask) -> None:
    task = _own_task(office, "deputy01")
    assert "退回本组" not in _signed_in(web, "deputy01").get(f"/tasks/{task}").text
    colleague = _signed_in(web, "deputy02")
    assert colleague.get(f"/tasks/{task}").status_code == 404
    assert colleague.post(f"/tasks/{task}", {"truthful": "yes"}).status_code == 404


def test_a_month_goes_from_the_deputys_form_to_the_points_file(office: Office, web: Flask) -> None:
    deputy, town = _signed_in(web, "deputy01"), office.town
    task = _own_task(office, "deputy01")
    page = deputy.get(f"/tasks/{task}").text
    assert "街道第一届议政代表会第九次会议" in page
    assert "参加每项活动每次计 10 分" in page
    assert "履职基础分第2行，第1版" in page
    handed_in = deputy.post(
        f"/tasks/{task}",
        {
            "lines-1-number": "1",
            "lines-1-reason": "我还做了大会发言",
            "claims-0-occurred_on": "2026-09-10",
            "claims-0-kind": "意见建议被采纳或批示",
            "claims-0-level": "街道",
            "claims-0-fact": "关于虎山村排水的建议",
            "claims-0-proof": "陆街人大〔2026〕12号",
            "truthful": "yes",
            "press": "complete",
        },
    )
    assert handed_in.status_code == 303, handed_in.text

    clerk = _signed_in(web, "station1a")
    review = _task(office, "station_review", town.deputies[0].name)
    page = clerk.get(f"/tasks/{review}").text
    assert "我还做了大会发言" in page
    assert "陆街人大〔2026〕12号" in page
    answer = {
        "decision": "同意",
        "lines-2-number": "2",
        "lines-2-reason": "没有附批示件",
        "press": "complete",
    }
    assert clerk.post(f"/tasks/{review}", answer).status_code == 303

    page = deputy.get(_file(town, 0)).text
    assert "合计 10 分" in page
    assert "工委干事甲" in page  # who recorded the attendance
    assert "官庄村站干事" in page  # who agreed
    assert "已归档" in page
    assert "关于虎山村排水的建议" not in page  # the struck bonus is not in the ledger


def test_a_refused_form_keeps_what_was_ticked(office: Office, web: Flask) -> None:
    deputy = _signed_in(web, "deputy01")
    answer = {"lines-1-number": "1", "lines-1-reason": "全程参加", "truthful": "no", "press": "complete"}
    refused = deputy.post(f"/tasks/{_own_task(office, 'deputy01')}", answer)
    assert refused.status_code == 422
    assert "请选择“是”，确认以上内容属实。" in refused.text
    assert re.search(r'name="lines-1-number" value="1" checked', refused.text)
    assert 'value="全程参加"' in refused.text


def test_an_objection_without_a_reason_is_told_in_its_row(office: Office, web: Flask) -> None:
    deputy = _signed_in(web, "deputy01")
    refused = deputy.post(
        f"/tasks/{_own_task(office, 'deputy01')}", {"lines-1-number": "1", "truthful": "yes", "press": "complete"}
    )
    assert refused.status_code == 422
    assert "请填写“异议理由”。" in refused.text


def test_who_may_open_a_points_file(office: Office, web: Flask) -> None:
    _archived(office)
    second_street(office.workplace)
    path = _file(office.town, 0)
    allowed = {"deputy01", "station1a", "station1b", "village1", "committee1", "director"}
    refused = {"deputy02", "station2", "village2", "dept1", "office", "admin"}
    for login in allowed:
        assert _signed_in(web, login).get(path).status_code == 200, login
    for login in refused:
        assert _signed_in(web, login).get(path).status_code == 403, login
    assert _signed_in(web, "committee@xq").get(path).status_code == 404
    assert Browser(web).get(path).status_code == 303


def test_a_deputy_finds_the_own_file_and_others_have_none(office: Office, web: Flask) -> None:
    own = _signed_in(web, "deputy02").get("/deputies/me")
    assert own.location == f"/deputies/{office.town.deputies[1].person_id}"
    assert _signed_in(web, "committee1").get("/deputies/me").status_code == 404


def test_the_list_of_points_holds_only_those_one_may_read(office: Office, web: Flask) -> None:
    _archived(office)
    first, second = office.town.deputies[0].name, office.town.deputies[3].name
    page = f"/assessment/?quarter={QUARTER}"
    assert (first in (station := _signed_in(web, "station1a").get(page).text), second in station) == (True, False)
    assert (first in (committee := _signed_in(web, "committee1").get(page).text), second in committee) == (True, True)
    nothing = _signed_in(web, "dept1").get(page).text
    assert "没有您可以查看的个人积分" in nothing


def test_the_committee_verifies_on_one_page_and_the_boards_open_after_publicity(office: Office, web: Flask) -> None:
    _archived(office)
    office.pass_time_to(date(2026, 10, 8), time(8, 31))
    report = {"letter": "本季度活动正常。", "checked": "yes", "press": "complete"}
    for login, station in (("station1a", "官庄村"), ("station2", "虎山村")):
        clerk = _signed_in(web, login)
        task = _task(office, "report", station)
        assert "本季积分" in clerk.get(f"/tasks/{task}").text
        assert clerk.post(f"/tasks/{task}", report).status_code == 303

    committee = _signed_in(web, "committee1")
    verify = _task(office, "verify")
    page = committee.get(f"/tasks/{verify}").text
    assert "街道第一届议政代表会第九次会议" in page
    assert f"{office.town.deputies[0].name}（到会）" in page
    assert "/files/photo-" in page
    false = {"items-1-number": "1", "items-1-reason": "签到非本人", "press": "complete"}
    assert committee.post(f"/tasks/{verify}", false).status_code == 303

    overview = f"/assessment/?quarter={QUARTER}"
    assert "人均积分" in committee.get(overview).text
    assert "人均积分" not in _signed_in(web, "station1a").get(overview).text
    announce = _task(office, "announce")
    assert "代表季度结果" in committee.get(f"/tasks/{announce}").text
    assert committee.post(f"/tasks/{announce}", {"notice": "公示五个工作日。", "press": "complete"}).status_code == 303
    assert "人均积分" in _signed_in(web, "station1a").get(overview).text

    struck = next(
        path for n, path in ((n, _file(office.town, n)) for n in range(6)) if "签到非本人" in committee.get(path).text
    )
    page = committee.get(struck).text
    assert "合计 0 分" in page
    assert "冲销" in page


def test_a_quarter_that_is_none_is_told_so(office: Office, web: Flask) -> None:
    assert _signed_in(web, "committee1").get("/assessment/?quarter=2026Q7").status_code == 422


def test_a_group_leader_reminds_who_has_not_handed_in_once_a_day(office: Office, web: Flask) -> None:
    leader, seat = _signed_in(web, "village1"), office.town.deputies[0]
    address = f"/assessment/months/2026-09/{seat.person_id}/remind"
    assert address in leader.get(f"/assessment/?quarter={QUARTER}").text
    assert leader.post(address).status_code == 303
    assert "已提醒" in leader.get("/assessment/").text
    leader.post(address)
    assert "今天已经提醒过" in leader.get("/assessment/").text
    assert office.told("asked") == ["deputy01"]
    assert _signed_in(web, "village2").post(address).status_code == 403
    assert _signed_in(web, "deputy02").post(address).status_code == 403
    _archived(office)
    assert leader.post(address).status_code == 409
    assert address not in leader.get(f"/assessment/?quarter={QUARTER}").text
