"""Suggestions through pages: a deputy's new paper, drafts, a visit that becomes one, papers, and who sees what."""

import re
from datetime import date

import pytest
from flask import Flask

from tests.factories import Town, second_street
from tests.process.casework import Desk
from tests.process.suggesting import DISSATISFIED, FINE, PAPER, SATISFIED, House
from tests.service.browsing import Browser
from workflows.clock import MovableClock
from workflows.suggestions import queries
from workflows.suggestions.tables import Suggestion

TYPED = {**PAPER, "kind": "意见建议", "press": "submit"}


@pytest.fixture
def house(town: Town, clock: MovableClock) -> House:
    clock.set_beijing(date(2026, 7, 1))
    house = House(town, clock)
    house.publish()
    return house


def _person(web: Flask, login: str) -> Browser:
    return Browser(web).sign_in(login)


def _only(house: House) -> Suggestion:
    with house.reading() as session:
        rows = queries.listed(session, house.town.clock_actor).rows
    assert len(rows) == 1
    return rows[0]


def _task(house: House, paper: str) -> str:
    return f"/tasks/{house.waiting(paper)[0].id}"


def test_a_deputy_hands_in_a_paper_and_follows_it_to_the_answer(house: House, web: Flask) -> None:
    deputy, committee, unit = (_person(web, login) for login in ("deputy01", "committee1", "dept1"))
    answer = deputy.post("/suggestions/new", {**TYPED, "cosigners": house.people(2)})
    assert answer.status_code == 303, answer.text
    paper = _only(house).id
    assert answer.location == f"/suggestions/{paper}"
    _person(web, "deputy02").post(_task(house, paper), {"agreed": "yes"})
    committee.post(_task(house, paper), {**FINE, "one_matter": "yes", "clear": "yes"})
    departments = house.town.departments
    committee.post(_task(house, paper), {"unit": departments["城管办"], "breadth": "一般"})
    page = unit.get(_task(house, paper)).text
    assert "省道两侧有三处垃圾堆放点" in page
    assert "3个月后的对应日是2026年10月1日（国庆节放假），顺延到之后的第一个工作日：2026年10月8日。" in page
    assert "第二百零三条" in page
    handled = {"decision": "答复", "contacted": "yes", "result_class": "A", "answer": "已清理。"}
    unit.post(_task(house, paper), handled)
    committee.post(_task(house, paper), {"agreed": "yes", "public": "yes"})
    deputy.post(_task(house, paper), dict(SATISFIED))
    file = deputy.get(f"/suggestions/{paper}").text
    assert "建2026-001 整治325省道沿线环境" in file
    assert "已办结" in file
    assert "按期办结" in file
    assert "<svg" in file


def test_a_draft_is_kept_and_goes_on_as_a_task(house: House, web: Flask) -> None:
    deputy = _person(web, "deputy01")
    answer = deputy.post("/suggestions/new", {"kind": "意见建议", "title": "修路", "press": "draft"})
    paper = _only(house)
    assert paper.status == "起草"
    assert answer.location == _task(house, paper.id)
    assert 'value="修路"' in deputy.get(answer.location).text
    deputy.post(answer.location, {**PAPER, "press": "complete"})
    assert _only(house).status == "审查中"


def test_an_incomplete_paper_is_shown_again_and_nothing_is_begun(house: House, web: Flask) -> None:
    answer = _person(web, "deputy01").post("/suggestions/new", {**TYPED, "proposal": ""})
    assert answer.status_code == 422
    assert "省道两侧有三处垃圾堆放点" in answer.text
    assert re.search(r'href="#proposal"', answer.text)
    with house.reading() as session:
        assert queries.listed(session, house.town.clock_actor).rows == []


def test_a_button_pressed_twice_begins_one_paper(house: House, web: Flask) -> None:
    deputy = _person(web, "deputy01")
    submission = re.search(r'name="submission" value="([^"]+)"', deputy.get("/suggestions/new").text)
    assert submission
    for status in (303, 409):
        answer = deputy.post("/suggestions/new", {**TYPED, "submission": submission[1]})
        assert answer.status_code == status
    _only(house)


def test_the_station_writes_for_a_deputy_of_its_own_only(house: House, web: Flask) -> None:
    clerk = _person(web, "station2")
    page = clerk.get("/suggestions/new").text
    assert house.seat(6).name in page
    choices = page[page.index('id="lead"') : page.index("</select>", page.index('id="lead"'))]
    assert house.seat(1).person_id not in choices
    answer = clerk.post("/suggestions/new", {**TYPED, "lead": house.seat(1).person_id})
    assert answer.status_code == 403
    clerk.post("/suggestions/new", {**TYPED, "lead": house.seat(6).person_id})
    assert _only(house).lead_id == house.seat(6).person_id


def test_a_visit_becomes_a_suggestion_and_both_know_of_each_other(house: House, web: Flask) -> None:
    desk = Desk(house.town, house.clock)
    desk.publish()
    case = desk.register()
    clerk = _person(web, "station1a")
    source = f"case:{case}"
    assert f"/suggestions/new?source={source}" in clerk.get(f"/cases/{case}").text.replace("%3A", ":")
    page = clerk.get(f"/suggestions/new?source={source}").text
    assert "雨后路上积水到脚面" in page
    assert "王桂兰" not in page
    clerk.post("/suggestions/new", {**TYPED, "lead": house.seat(1).person_id, "source": source})
    paper = _only(house)
    assert (paper.source_kind, paper.source_id) == ("来访", case)
    assert f"/suggestions/{paper.id}" in clerk.get(f"/cases/{case}").text
    assert f"/cases/{case}" in clerk.get(f"/suggestions/{paper.id}").text
    assert _person(web, "station2").get(f"/suggestions/new?source={source}").status_code == 404


def test_papers_are_printed_and_a_letter_only_when_there_is_an_answer(house: House, web: Flask) -> None:
    paper = house.handed_over(2)
    deputy = _person(web, "deputy01")
    printed = deputy.get(f"/suggestions/{paper}/paper").text
    assert "附议代表" in printed
    assert house.seat(2).name in printed
    assert deputy.get(f"/suggestions/{paper}/letter").status_code == 409
    house.answered(paper)
    assert "三处堆放点已清理，设了保洁员。" in deputy.get(f"/suggestions/{paper}/letter").text


def test_the_list_is_narrowed_by_kind_status_and_words(house: House, web: Flask) -> None:
    house.handed_over()
    house.handed_in(kind="民情民意")
    committee = _person(web, "committee1")
    everything = committee.get("/suggestions/").text
    assert everything.count('class="main"') == 2
    assert committee.get("/suggestions/?kind=民情民意").text.count('class="main"') == 1
    assert committee.get("/suggestions/?status=办理中").text.count('class="main"') == 1
    assert committee.get("/suggestions/?text=建2026-001").text.count('class="main"') == 1
    assert "没有找到这样的建议" in committee.get("/suggestions/?overdue=1").text


# ------------------------------------------------------------------------------------------ who sees what


def _who_sees(web: Flask, paper: str, logins: list[str]) -> set[str]:
    seen = set()
    for login in logins:
        file = _person(web, login).get(f"/suggestions/{paper}")
        if file.status_code == 200:
            seen.add(login)
        else:
            assert file.status_code == 404
    return seen


EVERYBODY = [
    "deputy01",
    "deputy02",
    "deputy03",
    "station1a",
    "station2",
    "committee1",
    "dept1",
    "dept2",
    "office",
    "village1",
]


def test_each_sees_a_paper_from_the_moment_it_concerns_them(house: House, web: Flask) -> None:
    paper = house.begin()
    assert _who_sees(web, paper, EVERYBODY) == {"deputy01"}
    house.do(paper, "write", {**PAPER, "cosigners": house.people(2)})
    assert _who_sees(web, paper, EVERYBODY) == {"deputy01", "deputy02", "station1a"}
    house.do(paper, "sign", {"agreed": True, "note": ""}, "deputy02")
    assert _who_sees(web, paper, EVERYBODY) == {"deputy01", "deputy02", "station1a", "committee1"}
    house.do(paper, "examine", FINE)
    house.hand_over(paper)
    assert _who_sees(web, paper, EVERYBODY) == {
        "deputy01",
        "deputy02",
        "station1a",
        "committee1",
        "dept1",
        "office",
    }
    house.do(paper, "handle", {"decision": "退回", "return_reason": "不属于我办。"})
    assert "dept1" not in _who_sees(web, paper, ["dept1"])


def test_another_street_sees_nothing(house: House, web: Flask) -> None:
    second_street(house.workplace)
    paper = house.handed_over()
    stranger = Browser(web).sign_in("committee@xq")
    assert stranger.get(f"/suggestions/{paper}").status_code == 404
    assert PAPER["title"] not in stranger.get("/suggestions/").text


def test_what_the_deputy_says_a_second_time_waits_for_the_committee(house: House, web: Flask) -> None:
    paper = house.handed_over()
    for _round in range(2):
        house.answered(paper)
        house.do(paper, "opinion", DISSATISFIED)
        if house.waits_at(paper) == ["hand_over"]:
            house.hand_over(paper)
    committee = _person(web, "director")
    assert "工委决定" in committee.get(f"/suggestions/{paper}").text
    committee.post(_task(house, paper), {"word": "列入督办", "note": "列入四季度视察。"})
    assert "列入四季度视察。" in committee.get(f"/suggestions/{paper}").text
