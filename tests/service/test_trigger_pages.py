"""What may be done about a request besides its tasks, in the browser and over the API."""

import re
from datetime import date

import pytest
from flask import Flask

from tests.factories import small_town
from tests.process.casework import Desk
from tests.service.browsing import Browser, application
from tests.service.test_api import Program, token_of
from workflows.cases import queries
from workflows.cases.tables import Case
from workflows.clock import MovableClock
from workflows.wiring import Workplace

RECEIVED = date(2026, 9, 24)


@pytest.fixture
def desk(workplace: Workplace, clock: MovableClock) -> Desk:
    clock.set_beijing(RECEIVED)
    desk = Desk(small_town(workplace), clock)
    desk.publish()
    return desk


@pytest.fixture
def web(desk: Desk) -> Flask:
    return application(desk.workplace)


@pytest.fixture
def case(desk: Desk) -> str:
    case = desk.register()
    desk.refer(case)
    return case


def _offered(page: str) -> dict[str, str]:
    """What the card 可以办的事 offers: name -> address."""
    return {name: path for path, name in re.findall(r'href="(/processes/[^"]+/do/[^"]+/)">([^<]+)</a>', page)}


def test_the_card_offers_what_this_person_may_do(web: Flask, case: str) -> None:
    station = Browser(web).sign_in("station1a").get(f"/cases/{case}").text
    assert "可以办的事" in station
    assert list(_offered(station)) == ["申请延期", "申请暂停计时", "阶段性答复"]
    committee = Browser(web).sign_in("committee1")
    assert list(_offered(committee.get(f"/cases/{case}").text)) == ["催办"]
    instance = _offered(station)["申请延期"].split("/")[2]
    assert list(_offered(committee.get(f"/processes/{instance}").text)) == ["催办"]


def test_asking_for_more_time_and_agreeing_to_it(web: Flask, desk: Desk, case: str) -> None:
    clerk = Browser(web).sign_in("dept1")
    path = _offered(clerk.get(f"/cases/{case}").text)["申请延期"]
    page = clerk.get(path)
    assert (page.status_code, "村内道路积水" in page.text) == (200, True)
    refused = clerk.post(path, {"days": "", "reason": "要等材料"})
    assert (refused.status_code, "要等材料" in refused.text) == (422, True)
    refused = clerk.post(path, {"days": "9", "reason": "要等材料"})
    assert (refused.status_code, "最多延长七个工作日" in refused.text) == (422, True)
    done = clerk.post(path, {"days": "5", "reason": "要等材料"})
    assert (done.status_code, done.location) == (303, f"/cases/{case}")
    again = clerk.post(path, {"days": "5", "reason": "要等材料"})
    assert (again.status_code, "刚刚已经有人办过" in again.text) == (409, True)
    task = next(task for task in desk.waiting(case) if task.node_id == "approve_extension")
    form = Browser(web).sign_in("director").get(f"/tasks/{task.id}").text
    assert "申请延期" in form
    assert "要等材料" in form
    desk.do(case, "approve_extension", {"agreed": True})
    shown = clerk.get(f"/cases/{case}").text
    for words in ("办理时限", "最初是", "批准延期 5 个工作日", "同意"):
        assert words in shown


def test_a_field_that_shows_another_is_redrawn_without_keeping_anything(web: Flask, desk: Desk, case: str) -> None:
    clerk = Browser(web).sign_in("station1a")
    path = _offered(clerk.get(f"/cases/{case}").text)["申请暂停计时"]
    answer = clerk.post(f"{path}fields", {"reason": "等待上级机关答复"})
    assert answer.status_code == 200
    assert desk.waits_at(case) == ["handle"]


def test_nobody_else_may_do_it(web: Flask, case: str) -> None:
    path = _offered(Browser(web).sign_in("station1a").get(f"/cases/{case}").text)["申请延期"]
    assert Browser(web).sign_in("station2").get(path).status_code == 404
    assert Browser(web).sign_in("dept2").post(path, {"days": "5", "reason": "x"}).status_code == 404
    elsewhere = re.sub(r"/processes/[^/]+/", "/processes/other/", path)
    assert Browser(web).sign_in("station1a").get(elsewhere).status_code == 404
    assert Browser(web).get(path).status_code in (302, 303)


def test_a_paused_case_says_so_and_explains_the_days_that_do_not_count(web: Flask, desk: Desk, case: str) -> None:
    desk.trigger(case, "station_asks_pause", {"reason": "等待来访人补充材料"})
    desk.do(case, "approve_pause", {"agreed": True})
    page = Browser(web).sign_in("station1a").get(f"/cases/{case}").text
    assert "正在暂停计时（等待来访人补充材料）" in page
    assert page.count("暂停：等待来访人补充材料") >= 15  # on both clocks and in the list of moves


def test_a_program_lists_what_its_owner_may_do_and_does_it(web: Flask, desk: Desk, case: str) -> None:
    program = Program(web, token_of(desk.town, "dept1"))
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        instance = queries.instance_of(session, session.get_one(Case, case)).id
    offered = {each["step"]: each for each in program.get(f"/process-instances/{instance}/triggers").json["items"]}
    assert set(offered) == {"department_asks_time", "department_asks_pause"}
    asks = offered["department_asks_time"]
    assert (asks["name"], asks["answer_schema"]["required"]) == ("申请延期", ["days", "reason"])
    path = f"/process-instances/{instance}/triggers/{asks['id']}"
    assert program.post(path, {"answer": {"days": 9, "reason": "x"}}).status_code == 422
    assert program.post(path, {"answer": {"days": 3, "reason": "x", "colour": "red"}}).status_code == 422
    assert program.post(path, {"answer": {"days": 3, "reason": "要等材料"}}).status_code == 200
    assert "approve_extension" in desk.waits_at(case)
    assert program.post(path, {"answer": {"days": 3, "reason": "要等材料"}}).status_code == 409
    stranger = Program(web, token_of(desk.town, "dept2"))
    assert stranger.get(f"/process-instances/{instance}/triggers").status_code == 404
