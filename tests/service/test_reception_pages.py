"""Reception days through pages: plan, roster, swap, desk, attendance sheet, report, leave, poster; who sees what."""

import io
import re
from datetime import date, time

import pytest
from flask import Flask
from PIL import Image

from tests.factories import Town, second_street
from tests.process.casework import Desk
from tests.process.receiving import House
from tests.service.browsing import Browser
from workflows.clock import MovableClock
from workflows.engine import instances

DAY = date(2026, 3, 16)
VISIT = {
    "outcome": "当场答复",
    "matter_class": "咨询",
    "title": "问医保缴费",
    "topic": "低保医保",
    "name": "王大娘",
    "phone": "13900000001",
    "answer": "已说明缴费时间和办法。",
    "reply_channel": "电话",
}


@pytest.fixture
def house(town: Town, clock: MovableClock) -> House:
    house = House(town, clock)
    house.publish()
    Desk(town, clock).publish()
    return house


def _person(web: Flask, login: str) -> Browser:
    return Browser(web).sign_in(login)


def _task(house: House, reception: str, node: str) -> str:
    return next(f"/tasks/{task.id}" for task in house.tasks(house.instance(reception)) if task.node_id == node)


def _photo() -> tuple[io.BytesIO, str]:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(picture, "JPEG")
    picture.seek(0)
    return picture, "接待.jpg"


# ------------------------------------------------------------------------------------------------ the plan


def test_a_station_hands_in_the_year_it_was_proposed_and_the_committee_confirms(house: House, web: Flask) -> None:
    committee, station = _person(web, "committee1"), _person(web, "station1a")
    assert "发起年度计划" in committee.get("/receptions/").text
    answer = committee.post("/processes/reception_plan/start", {"year": "2026"})
    assert answer.status_code == 303, answer.text
    year = house.instance_about("reception_year:2026")
    address = f"/tasks/{next(task.id for task in house.tasks(year) if '官庄村' in task.subject)}"
    page = station.get(address).text
    assert 'name="sessions-0-held_on" value="2026-03-16"' in page
    assert 'name="sessions-9-held_on" value="2026-12-15"' in page
    rows = {
        f"sessions-{n}-{key}": value
        for n, month in enumerate(range(3, 13))
        for key, value in {"held_on": f"2026-{month:02}-18", "starts": "09:00", "ends": "11:00", "venue": ""}.items()
    }
    missing = {name: value for name, value in rows.items() if not name.startswith("sessions-4-")}
    refused = station.post(address, missing)
    assert refused.status_code == 422
    assert "7月没有接待日，每个月至少安排一次。" in refused.text
    assert station.post(address, rows).status_code == 303
    address = f"/tasks/{next(task.id for task in house.tasks(year) if task.node_id == 'check_plan')}"
    assert "3月18日" in committee.get(address).text
    committee.post(address, {"agreed": "yes"})
    assert len(house.sessions()) == 10
    board = station.get("/receptions/").text
    assert "已审定" in board
    assert "2026年3月18日" in board
    assert board.count("18日") > 10  # the months, and the next sessions


def test_another_station_can_not_open_the_plan_of_this_one(house: House, web: Flask) -> None:
    with house.workplace.unit_of_work(house.town.subdistrict_id) as session:
        director = house.town.actor("director")
        instances.start(house.workplace.engine, session, director, key="reception_plan", start={"year": 2026})
    year = house.instance_about("reception_year:2026")
    address = f"/tasks/{next(task.id for task in house.tasks(year) if '官庄村' in task.subject)}"
    assert _person(web, "station2").get(address).status_code in (403, 404)


# ------------------------------------------------------------------------------------------- a session's way


def test_a_session_from_the_form_to_the_report(house: House, web: Flask) -> None:
    station = _person(web, "station1a")
    form = {"held_on": DAY.isoformat(), "starts": "09:00", "ends": "11:00", "kind": "例行"}
    assert station.post("/processes/reception_day/start", form).status_code == 303
    (reception,) = (each.id for each in house.sessions())
    house.pass_time_to(date(2026, 3, 6))
    station = _person(web, "station1a")
    page = station.get(_task(house, reception, "settle_roster")).text
    assert "没有轮过" in page
    assert page.count(" checked") == 2  # one of each level is proposed
    station.post(_task(house, reception, "settle_roster"), {"deputies": house.people(1, 2)})
    deputy = _person(web, "deputy01")
    assert "轮到我的" in deputy.get("/receptions/").text
    deputy.post(_task(house, reception, "can_come"), {"coming": "no", "reason": "外出务工"})
    page = station.get(_task(house, reception, "arrange_swap")).text
    assert "安排换班" in page
    station.post(_task(house, reception, "arrange_swap"), {"successor": house.people(3)[0]})
    house.pass_time_to(date(2026, 3, 13))
    station = _person(web, "station1a")
    poster = station.get(f"/receptions/{reception}/poster").text
    assert "<svg" in poster
    assert house.seat(3).name in poster
    assert house.seat(1).name not in poster
    station.post(_task(house, reception, "post_notice"), {})
    house.pass_time_to(DAY, time(9))
    station, committee = _person(web, "station1a"), _person(web, "director")
    desk = station.get(f"/cases/register?session={reception}").text
    assert f'<option value="{reception}" selected>' in desk
    assert "接待日：3月16日 官庄村人大代表工作站" in desk
    assert station.post("/cases/register", {**VISIT, "session": reception}).status_code == 200
    address = _task(house, reception, "write_up")
    page = station.get(address).text
    assert 'name="sheet-1-state"' in page
    two, three = house.people(2, 3)
    refused = station.post(address, {"sheet-0-person": two, "sheet-0-state": "到会", "sheet-1-person": three})
    assert refused.status_code == 422
    assert 'value="到会" checked' in refused.text
    sheet = {"sheet-0-person": two, "sheet-0-state": "到会", "sheet-1-person": three, "sheet-1-state": "请假"}
    held = station.post(address, {**sheet, "remarks": "问医保的多。", "photos": _photo()})
    assert held.status_code == 303, held.text
    page = committee.get(_task(house, reception, "note_report")).text
    assert "1 件 1 人次" in page
    assert "问医保的多。" in page
    committee.post(_task(house, reception, "note_report"), {"opinion": "阅。"})
    file = station.get(f"/receptions/{reception}").text
    assert "已归档" in file
    assert "问医保缴费" in file
    assert "thumbnail" in file
    case = re.search(r'href="(/cases/[0-9a-z]{19})"', file)
    assert case is not None
    assert f'href="/receptions/{reception}"' in station.get(case[1]).text
    printed = station.get(f"/receptions/{reception}/report").text
    assert "低保医保 1" in printed
    assert "王大娘" not in printed


def test_a_station_moves_its_session_by_the_button_on_its_file(house: House, web: Flask) -> None:
    reception = house.rostered(DAY, 1, 2)
    station = _person(web, "station1a")
    found = [part.split('"')[0] for part in station.get(f"/receptions/{reception}").text.split('href="')[1:]]
    address = next(link for link in found if "/do/" in link)
    assert "代表接待日" in station.get(address).text
    refused = station.post(address, {"held_on": "2026-05-20", "reason": "暴雨"})
    assert refused.status_code == 422
    assert "3月的接待日最迟 04-08 举行，请另选日期。" in refused.text
    assert station.post(address, {"held_on": "2026-03-23", "reason": "暴雨"}).status_code == 303
    assert "原定3月16日，已改期：暴雨" in station.get(f"/receptions/{reception}").text


# -------------------------------------------------------------------------------------------- who sees what


def test_visitors_and_reasons_are_seen_by_the_own_station_and_the_committee_only(house: House, web: Flask) -> None:
    reception = house.rostered(DAY, 1, 2)
    house.do(reception, "can_come", {"coming": False, "reason": "住院手术"}, "deputy01")
    house.pass_time_to(DAY)
    _person(web, "station1a").post("/cases/register", {**VISIT, "session": reception})
    for login in ("station1b", "committee1"):
        page = _person(web, login).get(f"/receptions/{reception}").text
        assert "问医保缴费" in page
        assert "住院手术" in page
    for login in ("station2", "deputy02", "dept1", "village1"):
        page = _person(web, login).get(f"/receptions/{reception}").text
        assert house.seat(2).name in page
        assert "问医保缴费" not in page
        assert "住院手术" not in page


def test_a_visit_can_not_be_put_into_another_stations_session(house: House, web: Flask) -> None:
    theirs = house.rostered(DAY, 4, 5, login="station2")
    house.pass_time_to(DAY)
    station = _person(web, "station1a")
    assert theirs not in station.get(f"/cases/register?session={theirs}").text
    refused = station.post("/cases/register", {**VISIT, "session": theirs})
    assert refused.status_code == 422
    assert "这场接待日不是本站的" in refused.text


def test_the_desk_proposes_the_session_of_today(house: House, web: Flask) -> None:
    reception = house.rostered(DAY, 1, 2)
    station = _person(web, "station1a")
    assert reception not in station.get("/cases/register").text  # it is not the day yet
    house.pass_time_to(DAY)
    assert f'<option value="{reception}" selected>' in _person(web, "station1a").get("/cases/register").text
    house.pass_time_to(date(2026, 3, 17))
    page = _person(web, "station1a").get("/cases/register").text
    assert f'<option value="{reception}">' in page  # late, from a paper list: to be chosen


def test_another_street_sees_nothing_of_it(house: House, web: Flask) -> None:
    reception = house.rostered(DAY, 1, 2)
    second_street(house.workplace)
    stranger = _person(web, "committee@xq")
    assert stranger.get(f"/receptions/{reception}").status_code == 404
    assert stranger.get(f"/receptions/{reception}/poster").status_code == 404
    assert reception not in stranger.get("/receptions/").text


def test_papers_need_a_roster_and_a_report(house: House, web: Flask) -> None:
    reception = house.arrange(DAY)
    station = _person(web, "station1a")
    assert station.get(f"/receptions/{reception}/poster").status_code == 409
    assert station.get(f"/receptions/{reception}/report").status_code == 409


# -------------------------------------------------------------------------------------------- the public page


def test_everybody_reads_what_is_announced_moved_or_called_off(house: House, web: Flask) -> None:
    public = Browser(web)
    announced, moved, silent = (house.rostered(day, 1, 2) for day in (DAY, date(2026, 3, 18), date(2026, 3, 20)))
    assert "3月16日" not in public.get("/reception-days").text
    house.pass_time_to(date(2026, 3, 13))
    page = public.get("/reception-days").text
    assert house.seat(2).name in page
    assert "3月20日" not in page
    changed = {"held_on": "2026-03-24", "starts": "", "ends": "", "reason": "暴雨"}
    house.trigger(moved, "put_off", changed, "station1a")
    house.trigger(announced, "call_off", {"reason": "停电"}, "committee1")
    house.trigger(silent, "call_off", {"reason": "停电"}, "committee1")
    page = public.get("/reception-days").text
    assert "原定3月18日" in page
    assert "已取消" in page
    assert "3月20日" not in page
    assert "/reception-days" in public.get("/sign-in").text


# ------------------------------------------------------------------------------------------------------ leave


def test_a_deputy_on_leave_is_passed_over(house: House, web: Flask) -> None:
    station, deputy = _person(web, "station1a"), _person(web, "deputy01")
    days = {"first_on": "2026-03-10", "last_on": "2026-03-20", "reason": "外出"}
    assert deputy.post("/receptions/leave", days).status_code == 303
    assert house.seat(1).name in station.get("/receptions/leave").text
    reception = house.arrange(DAY)
    house.pass_time_to(date(2026, 3, 6))
    station = _person(web, "station1a")
    page = station.get(_task(house, reception, "settle_roster")).text
    assert "那天请假或者在别处接待" in page
    assert f'value="{house.seat(1).person_id}" checked' not in page


def test_leave_is_a_matter_of_the_deputy_the_own_station_and_the_committee(house: House, web: Flask) -> None:
    days = {"person_id": house.people(1)[0], "first_on": "2026-03-10", "last_on": "2026-03-20"}
    assert _person(web, "station2").post("/receptions/leave", days).status_code == 403
    assert _person(web, "deputy02").post("/receptions/leave", days).status_code == 403
    station = _person(web, "station1a")
    wrong = station.post("/receptions/leave", {**days, "last_on": "2026-03-01"})
    assert wrong.status_code == 422
    assert "结束日期要不早于开始日期。" in wrong.text
    assert station.post("/receptions/leave", {**days, "first_on": ""}).status_code == 422
    station.post("/receptions/leave", days)
    address = station.get("/receptions/leave").text.split('action="/receptions/leave/')[1].split('"')[0]
    assert _person(web, "deputy02").post(f"/receptions/leave/{address}").status_code == 403
    assert station.post(f"/receptions/leave/{address}").status_code == 303
    assert "没有人请假" in station.get("/receptions/leave").text
