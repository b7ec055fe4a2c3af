"""What people see without signing in: a resident's matter by its code, and how a deadline is counted."""

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask

from tests.factories import Town
from tests.process.casework import DONE, ORDINARY, TOLD, Desk
from tests.service.browsing import Browser
from workflows.cases import actions, rules
from workflows.clock import MovableClock

SECRETS = (ORDINARY["name"], ORDINARY["phone"], ORDINARY["place"], ORDINARY["description"], ORDINARY["title"])


@pytest.fixture
def desk(town: Town, clock: MovableClock) -> Desk:
    clock.set_beijing(date(2026, 9, 24))
    desk = Desk(town, clock)
    desk.publish()
    return desk


@pytest.fixture
def resident(web: Flask) -> Browser:
    """Somebody with a slip in the hand."""
    return Browser(web)


def code_of(desk: Desk, case: str, login: str = "station1a") -> str:
    """A slip for a case."""
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        return actions.issue_tracking_code(
            session,
            desk.town.actor(login),
            case_id=case,
            secret=desk.workplace.settings.secret_key,
            at=desk.clock(),
        )


def replied(desk: Desk, **changes: Any) -> str:
    case = desk.register()
    desk.refer(case)
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", {**TOLD, **changes})
    return case


def done_links(page: str) -> list[str]:
    return re.findall(r'<li class="done">.*?<strong>(..)</strong>', page, re.S)


def test_the_code_of_the_slip_opens_the_matter_however_it_is_typed(desk: Desk, resident: Browser) -> None:
    code = code_of(desk, desk.register())
    answer = resident.post("/progress", {"code": f" {code.lower().replace('-', ' ')} "})
    assert answer.location == f"/progress/{code}"
    page = resident.get(answer.location).text
    assert done_links(page) == ["登记"]
    assert "2026年10月12日 周一" in page
    assert "第7日" in page
    assert "X-Robots-Tag" in resident.get(answer.location).headers


def test_no_page_of_a_code_shows_who_came_or_what_they_said(desk: Desk, resident: Browser) -> None:
    pages = []
    case = desk.register()
    code = code_of(desk, case)
    for act in (
        lambda: None,
        lambda: desk.refer(case),
        lambda: desk.do(case, "handle", {**DONE, "result": "已到王桂兰家门前疏通，电话19900001234。"}),
        lambda: desk.do(case, "reply", {**TOLD, "content": "王桂兰您好，水沟已疏通，电话 19900001234 已记。"}),
        lambda: desk.do(case, "feedback", {"satisfaction": "满意", "comment": "王桂兰说好"}),
    ):
        act()
        pages.append(resident.get(f"/progress/{code}").text)
    assert "水沟已疏通" in pages[-1]
    assert [secret for page in pages for secret in SECRETS if secret in page] == []
    staff = [actor.name for actor in desk.town.actors.values()]
    assert [name for page in pages for name in staff if name in page] == []


def test_the_visitor_answers_how_satisfied_they_are_and_the_case_closes(desk: Desk, resident: Browser) -> None:
    case = replied(desk)
    code = code_of(desk, case)
    assert "您对这次办理满意吗" in resident.get(f"/progress/{code}").text
    answer = resident.post(f"/progress/{code}", {"satisfaction": "基本满意", "comment": "快一点就好"})
    assert answer.status_code == 303
    page = resident.get(answer.location).text
    assert "您的评价已经记下" in page
    assert done_links(page) == [*rules.LINKS]
    assert "您对这次办理满意吗" not in page
    assert (desk.case(case).satisfaction, desk.case(case).feedback_comment) == ("基本满意", "快一点就好")
    assert desk.ended_at(case) == "closed"
    assert desk.history(case)[-1].actor_name != desk.town.actor("station1a").name
    assert desk.breaches() == []


def test_a_dissatisfied_visitor_opens_the_case_again(desk: Desk, resident: Browser) -> None:
    case = replied(desk)
    resident.post(f"/progress/{code_of(desk, case)}", {"satisfaction": "不满意", "comment": "又积水了"})
    assert desk.waits_at(case) == ["refer"]
    assert desk.case(case).times_reopened == 1


def test_an_answer_counts_once_and_only_when_it_is_asked_for(desk: Desk, resident: Browser) -> None:
    case = desk.register()
    code = code_of(desk, case)
    early = resident.post(f"/progress/{code}", {"satisfaction": "满意"})
    assert early.status_code == 409
    desk.refer(case)
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", TOLD)
    assert desk.waits_at(case) == ["feedback"]  # the early answer was not kept for later
    assert resident.post(f"/progress/{code}", {"satisfaction": "很好"}).status_code == 422
    assert resident.post(f"/progress/{code}", {"satisfaction": "满意"}).status_code == 303
    assert resident.post(f"/progress/{code}", {"satisfaction": "不满意"}).status_code == 409
    assert desk.case(case).satisfaction == "满意"


def test_wrong_codes_are_told_so_and_slowed_down(desk: Desk, resident: Browser, clock: MovableClock) -> None:
    code = code_of(desk, desk.register())
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    first = resident.post("/progress", {"code": wrong})
    assert first.status_code == 422
    assert "没有这个查询码" in first.text
    assert f'value="{wrong}"' in first.text
    for _ in range(9):
        resident.post("/progress", {"code": rules.new_code()})
    refused = resident.post("/progress", {"code": code})
    assert "请 1 分钟后再试" in refused.text
    assert resident.get(f"/progress/{code}").status_code == 409
    clock.forward(minutes=2)
    assert resident.get(f"/progress/{code}").status_code == 200


def test_a_new_slip_ends_the_old_code(desk: Desk, resident: Browser) -> None:
    case = desk.register()
    old, new = code_of(desk, case), code_of(desk, case)
    assert resident.get(f"/progress/{old}").status_code == 404
    assert resident.get(f"/progress/{new}").status_code == 200


def test_an_answer_on_the_spot_and_a_matter_not_taken_in_can_be_looked_up(desk: Desk, resident: Browser) -> None:
    spot = code_of(desk, desk.register(outcome="当场答复", answer="低保每月十五日前申请。"))
    assert "低保每月十五日前申请。" in resident.get(f"/progress/{spot}").text
    guided = code_of(desk, desk.register(outcome="不予受理", matter_class="诉讼仲裁", guidance="请到区法院立案庭。"))
    page = resident.get(f"/progress/{guided}").text
    assert "请到区法院立案庭。" in page
    assert "不属于我们的受理范围" in page


def test_the_calculator_counts_day_by_day(desk: Desk, resident: Browser) -> None:
    page = resident.get("/deadline?start=2026-09-24&days=7").text
    assert "最后一天：2026年10月12日 周一" in page
    assert page.count('<li class="counts') == 7
    assert "国务院办公厅" in page


@pytest.mark.parametrize("query", ["start=x&days=7", "start=2026-09-24&days=0", "start=2026-09-24&days=61", "days=7"])
def test_the_calculator_says_what_is_wrong_and_keeps_what_was_typed(resident: Browser, query: str) -> None:
    answer = resident.get(f"/deadline?{query}")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert f'value="{query.partition("days=")[2]}"' in answer.text


def test_waiting_is_per_address_and_forgotten_after_a_day(desk: Desk, web: Flask, clock: MovableClock) -> None:
    resident, neighbour = Browser(web), Browser(web)
    code = code_of(desk, desk.register())
    for _ in range(12):
        resident.post("/progress", {"code": rules.new_code()})
    assert neighbour.get(f"/progress/{code}", environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 200
    clock.forward(days=1, minutes=1)
    assert resident.get(f"/progress/{code}").status_code == 200
