"""Nobody sees another's case: every page and every API operation there is, asked by everybody whom it does not concern.

A route or a parameter that these tests do not know makes them fail: whoever adds one says here what to ask it for.
"""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from service import auth
from service.demo_town import add_account, finished
from tests.factories import Town, second_street
from tests.process.casework import TOLD, Desk
from tests.service.browsing import Browser
from tests.service.test_api import Program, token_of
from workflows.cases import queries, record
from workflows.clock import MovableClock
from workflows.engine.tables import EventWait
from workflows.people import rules as people
from workflows.receptions import actions as receptions
from workflows.storage import files

SECRETS = ("紫藤架", "栀子巷", "芍药", "木樨清", "15900008765", "丁香院", "海棠", "杜鹃", "茉莉")
"""Words that stand only in the case: title, place, description, name, telephone, address, remark, result, reason."""
LOOKED_FOR = {"text": "芍", "overdue": "", "show": ""}
REFUSED = (403, 404, 409)
"""Not theirs, not there, or no longer there: the answer for something that never was."""
OUTSIDERS = ("station1a", "station1b", "dept1", "deputy01", "village1", "village2", "office", "district")
ELSEWHERE = ("station@xq", "committee@xq")
INSIDERS = ("station2", "dept2", "committee1", "director")


@dataclass
class Hidden:
    """A case of the second station, handled by the second department, with everything that a file can hold."""

    desk: Desk
    street: Town
    values: Mapping[str, str]
    number: str


@pytest.fixture
def hidden(town: Town, clock: MovableClock) -> Hidden:
    clock.set_beijing(date(2026, 9, 24))
    desk = Desk(town, clock)
    desk.publish()
    with town.workplace.unit_of_work(town.subdistrict_id) as session:
        add_account(session, town, "district", "区人大干部", people.DISTRICT)
    finished(town)
    visit = {"title": "紫藤架倒了", "place": "栀子巷", "description": "芍药被压坏", "name": "木樨清"}
    case = desk.register("station2", **visit, phone="15900008765", address="丁香院3号")
    desk.register("station1a", title="广场噪声", place="文化广场", description="晚上太吵。", name="陈大爷", phone="")
    other = desk.register("station2", title="路灯不亮", place="学校", description="看不见路。")
    desk.refer(case, list(town.departments)[1])
    values = _fill(desk, case, other)
    return Hidden(desk, second_street(town.workplace), values, desk.case(case).number)


def _fill(desk: Desk, case: str, other: str) -> dict[str, str]:
    """Add a remark, a photograph, a link and a reception day; what the addresses of the case are made of."""
    town, picture = desk.town, io.BytesIO()
    Image.new("RGB", (40, 30), "grey").save(picture, "JPEG")
    stored = files.save(town.workplace.settings.home, town.subdistrict_id, picture.getvalue())
    with town.workplace.unit_of_work(town.subdistrict_id) as session:
        clerk, at = town.actor("station2"), desk.clock()
        remark = record.comment(session, clerk, case_id=case, text="海棠也倒了", at=at)
        record.attach(session, clerk, queries.get(session, case), files=[stored.id], at=at)
        record.link(session, clerk, case_id=case, other_id=other, reason="茉莉也在那里", at=at)
        day = {"held_on": date(2026, 9, 24), "starts": "09:00", "ends": "11:00"}
        station_id = town.villages[1].station_id
        reception = receptions.open_session(town.workplace.engine, session, clerk, station_id=station_id, **day)
        queries.get(session, case).session_id = reception.id  # they came to the station's reception day
        session.flush()
        link = record.linked(session, clerk, queries.get(session, case))[0]
        instance = queries.instance_of(session, queries.get(session, case))
        assert instance is not None
        wait = session.scalars(select(EventWait).where(EventWait.instance_id == instance.id)).first()
        assert wait is not None
    return {
        "case_id": case,
        "other_id": other,
        "comment_id": remark.id,
        "link_id": link.id,
        "file_id": stored.id,
        "instance_id": instance.id,
        "wait_id": wait.id,
        "trigger_id": wait.id,
        "task_id": desk.waiting(case)[0].id,
        "number": desk.case(case).number,
        "kind": "sheet",
        "box": "groups",
        "key": "constituent_case",
        "code": "0000-0000-0000-0",
        "year": "2027",
        "suggestion_id": "0",
        "filing_id": "0",
        "person_id": "0",
        "period": "2026-09",
        "unit_id": "0",
        "place_id": "0",
        "leave_id": "0",
        "plan_id": "0",
        "material_id": "0",
        "session_id": reception.id,
        "filename": "ui.css",
    }


def _addresses(web: Flask, hidden: Hidden, *, api: bool, method: str) -> Iterator[tuple[str, str]]:
    """Every address that there is: its rule, and the rule filled with what belongs to the hidden case."""
    for rule in web.url_map.iter_rules():
        policy = auth.policy_of(web.view_functions[rule.endpoint])
        if policy is None or (policy.scope is not None) is not api or method not in (rule.methods or ()):
            continue
        unknown = rule.arguments - set(hidden.values)
        assert not unknown, f"say what {unknown} of {rule} is for a case"
        yield rule.rule, re.sub(r"<(?:\w+:)?(\w+)>", lambda found: hidden.values[found[1]], rule.rule)


def _told(answer: TestResponse) -> list[str]:
    return [word for word in SECRETS if word in answer.text]


def _names_the_case(rule: str) -> bool:
    named = ("<case_id>", "<instance_id>", "<task_id>", "<wait_id>", "<trigger_id>", "<file_id>", "<number>")
    return any(part in rule for part in named)


@pytest.mark.parametrize("login", [*OUTSIDERS, *ELSEWHERE])
def test_no_page_shows_another_ones_case(hidden: Hidden, web: Flask, login: str) -> None:
    browser = Browser(web).sign_in(login)
    asked = 0
    for rule, address in _addresses(web, hidden, api=False, method="GET"):
        for query in ({}, LOOKED_FOR, {"finished": "1"}, {"source": f"case:{hidden.values['case_id']}"}):
            with browser.get(address, query_string=query) as answer:
                if answer.mimetype == "text/html":
                    assert _told(answer) == [], (rule, login)
                asked += 1
                if _names_the_case(rule):
                    assert answer.status_code in REFUSED, (rule, login)
    assert asked > 100


@pytest.mark.parametrize("login", [*OUTSIDERS, *ELSEWHERE])
def test_nothing_can_be_done_with_another_ones_case(hidden: Hidden, web: Flask, login: str) -> None:
    browser = Browser(web).sign_in(login)
    before = _state(hidden)
    form = {
        "text": "我也说一句",
        "reason": "电话答复",
        "number": hidden.number,
        "kind": "材料",
        **TOLD,
        "reached": "yes",
    }
    asked = 0
    for rule, address in _addresses(web, hidden, api=False, method="POST"):
        if not _names_the_case(rule):
            continue
        with browser.post(address, form) as answer:
            assert _told(answer) == [], (rule, login)
            assert answer.status_code in REFUSED, (rule, login)
            asked += 1
    assert asked > 10
    assert _state(hidden) == before


@pytest.mark.parametrize("login", [*OUTSIDERS, *ELSEWHERE])
def test_no_operation_of_the_api_tells_of_it(hidden: Hidden, web: Flask, login: str) -> None:
    town = hidden.street if login in ELSEWHERE else hidden.desk.town
    program = Program(web, token_of(town, login))
    before, asked = _state(hidden), 0
    for method in ("GET", "POST"):
        for rule, address in _addresses(web, hidden, api=True, method=method):
            for query in ({}, {"text": "芍"}) if rule == "/api/v1/cases" else ({},):
                answer = program.ask(method, address.removeprefix("/api/v1"), json={}, query_string=query)
                assert _told(answer) == [], (rule, login)
                assert not _names_the_case(rule) or answer.status_code in (*REFUSED, 422), (rule, login)
                asked += 1
    assert asked > 15
    assert _state(hidden) == before


def test_a_resident_who_is_not_signed_in_sees_nothing_of_it(hidden: Hidden, web: Flask) -> None:
    browser = Browser(web)
    for rule, address in _addresses(web, hidden, api=False, method="GET"):
        with browser.get(address) as answer:
            if answer.mimetype == "text/html":
                assert _told(answer) == [], rule
            assert not _names_the_case(rule) or answer.status_code in (303, 404), rule
    for rule, address in _addresses(web, hidden, api=True, method="GET"):
        assert _told(Program(web).ask("GET", address.removeprefix("/api/v1"))) == [], rule


@pytest.mark.parametrize("login", INSIDERS)
def test_whom_it_concerns_sees_it(hidden: Hidden, web: Flask, login: str) -> None:
    """So that the tests above do not pass because nothing is shown to anybody."""
    browser = Browser(web).sign_in(login)
    page = browser.get(f"/cases/{hidden.values['case_id']}")
    assert page.status_code == 200
    everybody = {"紫藤架", "栀子巷", "芍药", "海棠"}
    assert everybody <= set(_told(page))
    assert "15900008765" not in page.text
    assert "木樨清" not in page.text
    assert ("茉莉" in page.text) is (login != "dept2")  # the other case was not referred to the department
    found = browser.get("/cases/?text=芍药").text
    assert "<mark>芍药</mark>" in found
    program = Program(web, token_of(hidden.desk.town, login))
    assert "紫藤架" in program.get("/cases", text="芍药").text
    for part in ("", "/thumbnail"):
        with browser.get(f"/files/{hidden.values['file_id']}{part}") as file:
            assert (file.status_code, file.mimetype) == (200, "image/jpeg")


def test_the_process_administrator_sees_the_process_but_no_text_of_the_case(hidden: Hidden, web: Flask) -> None:
    browser = Browser(web).sign_in("admin")
    for rule, address in _addresses(web, hidden, api=False, method="GET"):
        with browser.get(address, query_string=LOOKED_FOR) as answer:
            if answer.mimetype == "text/html":
                assert set(_told(answer)) <= {"紫藤架"}, rule  # the instance is called by number and title
            assert "<case_id>" not in rule or answer.status_code in (403, 404), rule


def test_another_station_is_told_at_its_desk_that_there_is_a_like_matter_and_no_more(
    hidden: Hidden, web: Flask
) -> None:
    clerk = Browser(web).sign_in("station1a")
    assert _told(clerk.post("/cases/register/beside", {"name": "木樨清", "phone": "15900008765"})) == []
    like = clerk.post("/cases/register/beside", {"title": "花架倒了，是紫藤架"})
    assert f"{hidden.number} 紫藤架倒了" in like.text
    assert set(_told(like)) == {"紫藤架"}
    assert hidden.values["case_id"] not in like.text
    assert "紫藤架" not in clerk.post("/cases/register/beside", {"title": "广场太吵"}).text


def test_a_department_no_longer_sees_what_it_gave_back(hidden: Hidden, web: Flask) -> None:
    case = hidden.values["case_id"]
    department = Browser(web).sign_in("dept2")
    assert department.get(f"/cases/{case}").status_code == 200
    hidden.desk.do(case, "handle", {"decision": "退回", "return_reason": "不属于我办职责。"}, "dept2")
    assert department.get(f"/cases/{case}").status_code == 404
    assert department.get(f"/files/{hidden.values['file_id']}").status_code == 404
    assert "紫藤架" not in department.get("/cases/").text
    assert "紫藤架" not in department.get("/cases/?text=芍药").text


def _state(hidden: Hidden) -> tuple[Any, ...]:
    case = hidden.values["case_id"]
    with hidden.desk.workplace.reading(hidden.desk.town.subdistrict_id) as session:
        row = queries.get(session, case)
        remarks = [(remark.text, remark.withdrawn_at) for remark in record.comments(session, case)]
        return (
            row.status,
            row.tracking_hash,
            remarks,
            len(queries.attachments(session, case)),
            len(record.linked(session, hidden.desk.town.actor("committee1"), row)),
            len(queries.contacts_shown(session, row)),
            hidden.desk.waits_at(case),
        )
