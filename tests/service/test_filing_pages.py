"""请示 and 报告 through pages: the register, a paper's file, tasks of other units, and who sees what."""

from datetime import date
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image

from tests.factories import Town, second_street
from tests.process.filing import AGREED, REPORT, REQUEST, House
from tests.service.browsing import Browser
from workflows.clock import MovableClock
from workflows.filings import queries as filings
from workflows.storage import files


@pytest.fixture
def house(town: Town, clock: MovableClock) -> House:
    clock.set_beijing(date(2026, 3, 2))
    house = House(town, clock)
    house.publish()
    return house


def _person(web: Flask, login: str) -> Browser:
    return Browser(web).sign_in(login)


def _task(house: House, paper: str, node: str) -> str:
    return next(f"/tasks/{task.id}" for task in house.waiting(paper) if task.node_id == node)


def _with_task(house: House) -> str:
    paper = house.filed()
    house.replied(paper, has_tasks=True)
    house.given(paper, ("布置会场", house.department(), "2026-03-18"))
    return paper


def test_the_committee_files_a_paper_from_the_draft_to_the_reply(house: House, web: Flask) -> None:
    first, second = _person(web, "committee1"), _person(web, "committee2")
    assert "还没有请示报告" in first.get("/filings/").text
    answer = first.post("/processes/party_report/start", dict(REQUEST))
    assert answer.status_code == 303, answer.text
    with house.reading() as session:
        paper = filings.listed(session, house.town.actor("committee1")).rows[0].id
    assert f'href="/filings/{paper}">' in first.get("/filings/").text
    page = first.get(f"/filings/{paper}").text
    assert "重要事项请示：实施前报送" in page
    assert "撤回" in page
    refused = first.post(_task(house, paper, "check"), {"agreed": "yes"})
    assert refused.status_code == 422
    assert "起草人不能审核自己起草的文件" in refused.text
    assert second.post(_task(house, paper, "check"), {"agreed": "yes"}).status_code == 303
    second.post(_task(house, paper, "sign"), {"agreed": "yes", "filed_on": "2026-03-02"})
    second.post(_task(house, paper, "reply"), {**AGREED, "replied_on": "2026-03-02", "has_tasks": "no"})
    page = first.get(f"/filings/{paper}").text
    assert "〔2026〕1号 关于召开议政代表会议的请示" in page
    for words in ("按时报送", "陆党工委〔2026〕12号", "已归档", "经过", "<svg"):
        assert words in page
    assert "2026年报送1件，按时1件（100.0%）" in first.get("/filings/").text


def test_a_wrong_date_is_said_at_its_field_and_nothing_is_begun(house: House, web: Flask) -> None:
    committee = _person(web, "committee1")
    answer = committee.post("/processes/party_report/start", {**REQUEST, "planned_on": "2026-03-01"})
    assert answer.status_code == 422
    assert "重要事项要在实施前请示报告" in answer.text
    assert "还没有请示报告" in committee.get("/filings/").text


def test_a_wrong_reply_is_said_at_its_field(house: House, web: Flask) -> None:
    paper = house.filed()
    answer = _person(web, "committee1").post(
        _task(house, paper, "reply"), {**AGREED, "decision": "已阅", "replied_on": "2026-03-02", "has_tasks": "no"}
    )
    assert answer.status_code == 422
    assert "请示要有明确的批复，不能只是已阅。" in answer.text


def test_a_task_is_in_the_inbox_of_its_unit_and_shows_no_more_than_the_task(house: House, web: Flask) -> None:
    paper = _with_task(house)
    unit = _person(web, "dept1")
    assert "落实：布置会场" in unit.get("/inbox/").text
    page = unit.get(_task(house, paper, "do_department")).text
    assert "布置会场" in page
    assert "关于召开议政代表会议的请示" in page
    assert REQUEST["text"] not in page
    assert AGREED["text"] not in page
    assert unit.get(f"/filings/{paper}").status_code == 403
    assert unit.get("/filings/").status_code == 403
    assert _person(web, "dept2").get(_task(house, paper, "do_department")).status_code == 404
    unit.post(_task(house, paper, "do_department"), {"outcome": "已落实", "result": "桌椅已摆好。"})
    committee = _person(web, "committee1")
    assert "桌椅已摆好。" in committee.get(_task(house, paper, "report_back")).text
    assert "桌椅已摆好。" in committee.get(f"/filings/{paper}").text


@pytest.mark.parametrize("login", ["station1a", "dept1", "deputy01", "village1", "office", "admin"])
def test_the_register_is_the_committees(house: House, web: Flask, login: str) -> None:
    paper = house.begin()
    person = _person(web, login)
    assert person.get("/filings/").status_code == 403
    assert person.get(f"/filings/{paper}").status_code == 403
    assert 'href="/filings/"' not in person.get("/inbox/").text


def test_another_street_does_not_find_it(house: House, web: Flask, town: Town) -> None:
    paper = house.begin()
    second_street(town.workplace)
    elsewhere = _person(web, "committee@xq")
    assert elsewhere.get(f"/filings/{paper}").status_code == 404
    assert REQUEST["title"] not in elsewhere.get("/filings/").text


def test_the_register_is_narrowed_by_year_timeliness_tasks_and_words(house: House, web: Flask) -> None:
    with_task, late = _with_task(house), house.filed(REPORT, month="上月", title="二月份工作报告")
    committee = _person(web, "director")

    def found(query: str) -> set[str]:
        page = committee.get(f"/filings/?{query}").text
        return {paper for paper in (with_task, late) if paper in page}

    assert found("") == found("year=2026") == {with_task, late}
    assert found("year=2025") == set()
    assert found("late=yes") == found("text=二月") == {late}
    assert found("late=no") == found("tasks=1") == {with_task}
    assert found("year=20x6&late=maybe") == {with_task, late}
    assert "逾期报送" in committee.get(f"/filings/{late}").text
    house.pass_time_to(date(2026, 3, 19))
    assert "1项逾期" in _person(web, "director").get("/filings/").text


def test_files_of_a_paper_are_the_committees(house: House, web: Flask) -> None:
    town, picture = house.town, BytesIO()
    Image.new("RGB", (40, 30), "grey").save(picture, "JPEG")
    stored = files.save(town.workplace.settings.home, town.subdistrict_id, picture.getvalue())
    paper = house.begin(files=[stored.id])
    assert f"/files/{stored.id}" in _person(web, "committee1").get(f"/filings/{paper}").text
    for login, status in (("committee2", 200), ("dept1", 404)):
        with _person(web, login).get(f"/files/{stored.id}") as answer:
            assert answer.status_code == status, login
