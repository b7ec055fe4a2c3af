"""The API as programs use it: with real tokens, one operation after the other."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from werkzeug.test import TestResponse

from tests.factories import Town, second_street
from tests.process.casework import FOLDER, ORDINARY
from tests.service import small_process
from workflows.actor import the_clock
from workflows.clock import MovableClock
from workflows.engine import definitions, packages
from workflows.engine.packages import Package
from workflows.people import actions as people
from workflows.people import rules
from workflows.storage.session import EVERYWHERE
from workflows.workdays import actions as workdays

ALL = rules.SCOPES
VISITOR = "王桂兰"
PHONE = "19900001234"


@dataclass
class Program:
    """A program with a person's token (or without one)."""

    app: Flask
    token: str = ""

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.ask("GET", path, query_string=query)

    def post(self, path: str, body: Any = None, **more: Any) -> TestResponse:
        return self.ask("POST", path, **(more or {"json": body if body is not None else {}}))

    def publish(self, package: Package | bytes, check: bool = False) -> TestResponse:
        content = package if isinstance(package, bytes) else packages.write_zip(package)
        path = "/process-definitions/check" if check else "/process-definitions"
        return self.ask("POST", path, data=content, content_type="application/zip")

    def ask(self, method: str, path: str, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.app.test_client().open(f"/api/v1{path}", method=method, headers=headers, **more)


Programs = Callable[..., Program]


def token_of(town: Town, login: str, scopes: tuple[str, ...] = ALL, days: int = 30) -> str:
    with town.workplace.unit_of_work(EVERYWHERE) as session:
        return people.issue_token(
            session,
            town.clock_actor,
            user_id=town.actor(login).id,
            name="测试",
            scopes=scopes,
            days=days,
            at=town.workplace.engine.clock(),
        )


@pytest.fixture
def program(town: Town, web: Flask) -> Programs:
    """Whose program, with which scopes: ``program("station1a")``."""

    def of(login: str, *scopes: str, of_town: Town = town) -> Program:
        return Program(web, token_of(of_town, login, scopes or ALL))

    return of


@pytest.fixture
def published(town: Town) -> Town:
    small_process.publish(town)
    return town


@pytest.fixture
def office(town: Town) -> Town:
    """A town with the shipped process of requests and a calendar."""
    with town.workplace.unit_of_work(None) as session:
        workdays.seed_national_days(session, the_clock(None), at=town.workplace.engine.clock())
        package = packages.read_folder(FOLDER)
        definitions.publish(town.workplace.engine, session, the_clock(None), package=package, shared=True)
    return town


def start(program: Program, matter: str = "路灯不亮", **more: Any) -> dict[str, Any]:
    answer = program.post("/process-instances", {"process": small_process.KEY, "start": {"matter": matter, **more}})
    assert answer.status_code == 201, answer.text
    return dict(answer.json or {})


def items(answer: TestResponse) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    return list(answer.json["items"])


def refusal(answer: TestResponse, status: int) -> dict[str, Any]:
    """What a refused program is told: one Chinese sentence at least."""
    assert answer.status_code == status, answer.text
    assert answer.json is not None
    error: dict[str, Any] = answer.json["error"]
    assert any("\u4e00" <= character <= "\u9fff" for character in error["message"])
    for text in error.get("fields", {}).values():
        assert any("\u4e00" <= character <= "\u9fff" for character in text), text
    return error


def first_task(program: Program, box: str = "groups") -> dict[str, Any]:
    return items(program.get("/user-tasks", box=box))[0]


# --------------------------------------------------------------------------------------------- description


def test_the_description_is_valid_and_names_every_route(web: Flask) -> None:
    described = Program(web).get("/openapi.json").json
    assert described is not None
    validate(described)
    names = {
        (method.lower(), rule.rule.removeprefix("/api/v1").replace("<", "{").replace(">", "}"))
        for rule in web.url_map.iter_rules()
        if rule.rule.startswith("/api/v1") and not rule.rule.endswith("openapi.json")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert names == {
        (method, path.removeprefix("/api/v1")) for path, methods in described["paths"].items() for method in methods
    }


def test_every_described_operation_says_its_scope_and_its_refusals(web: Flask) -> None:
    described = Program(web).get("/openapi.json").json
    assert described is not None
    for methods in described["paths"].values():
        for operation in methods.values():
            assert any(f"`{scope}`" in operation["description"] for scope in ALL)
            assert {"401", "403", "404", "409", "422"} < set(operation["responses"])


# -------------------------------------------------------------------------------------------------- tokens

ROUTES = [
    ("GET", "/process-instances"),
    ("POST", "/process-instances"),
    ("GET", "/process-instances/1"),
    ("GET", "/process-instances/1/triggers"),
    ("POST", "/process-instances/1/triggers/1"),
    ("GET", "/user-tasks"),
    ("GET", "/user-tasks/1"),
    ("POST", "/user-tasks/1/claim"),
    ("POST", "/user-tasks/1/release"),
    ("POST", "/user-tasks/1/complete"),
    ("GET", "/cases"),
    ("GET", "/cases/2026-0001"),
    ("GET", "/suggestions"),
    ("GET", "/suggestions/1"),
    ("GET", "/process-definitions"),
    ("POST", "/process-definitions"),
    ("POST", "/process-definitions/check"),
]


def test_the_list_of_routes_in_these_tests_is_complete(web: Flask) -> None:
    described = Program(web).get("/openapi.json").json
    assert described is not None
    assert len(ROUTES) == sum(len(methods) for methods in described["paths"].values())


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nothing_is_answered_without_a_token_that_holds(
    town: Town, web: Flask, clock: MovableClock, method: str, path: str
) -> None:
    token = token_of(town, "committee1", days=2)
    for wrong in ("", "luji_made_up", token[:-1], token.swapcase()):
        answer = Program(web, wrong).ask(method, path)
        refusal(answer, 401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    clock.set(clock() + timedelta(days=2, seconds=1))
    refusal(Program(web, token).ask(method, path), 401)


def test_a_browser_that_is_signed_in_is_not_a_program(clerk: Any) -> None:
    refusal(clerk.get("/api/v1/user-tasks"), 401)


def test_a_revoked_token_and_a_closed_account_end_at_once(town: Town, program: Programs) -> None:
    first, second = program("station1a"), program("station2")
    with town.workplace.unit_of_work(town.subdistrict_id) as session:
        at = town.workplace.engine.clock()
        people.revoke_token(session, town.clock_actor, user_id=town.actor("station1a").id, name="测试", at=at)
        people.close_user(session, town.clock_actor, user_id=town.actor("station2").id, at=at)
    refusal(first.get("/user-tasks"), 401)
    refusal(second.get("/user-tasks"), 401)


@pytest.mark.parametrize(
    ("scope", "refused"),
    [
        ("read", [route for route in ROUTES if route[0] == "POST"]),
        ("work", [route for route in ROUTES if route[0] == "GET" or "definitions" in route[1]]),
        ("design", [route for route in ROUTES if "definitions" not in route[1] or route[0] == "GET"]),
    ],
)
def test_a_token_opens_only_what_its_scope_says(program: Programs, scope: str, refused: list[tuple[str, str]]) -> None:
    limited = program("admin", scope)
    for method, path in ROUTES:
        status = limited.ask(method, path).status_code
        assert (status == 403) == ((method, path) in refused) or path == "/process-instances/1", (method, path)


# ----------------------------------------------------------------------------------------------- instances


def test_a_process_is_started_and_read(published: Town, program: Programs) -> None:
    clerk = program("station1a")
    begun = start(clerk)
    assert (begun["process"], begun["status"], begun["ended_at"]) == (small_process.KEY, "running", None)
    shown = clerk.get(f"/process-instances/{begun['id']}").json
    assert shown is not None
    assert [task["step"] for task in shown["open_tasks"]] == ["verify"]
    assert [(line["kind"], line["by"]) for line in shown["history"]][0] == ("started", "官庄村站干事")


def test_a_wrong_answer_to_the_start_form_is_told_by_field_and_starts_nothing(
    published: Town, program: Programs
) -> None:
    clerk = program("station1a")
    missing = clerk.post("/process-instances", {"process": small_process.KEY, "start": {"village": "nowhere"}})
    assert set(refusal(missing, 422)["fields"]) == {"matter", "village"}
    assert items(program("committee1").get("/process-instances")) == []


def test_a_process_begins_only_for_those_in_whose_lane_it_begins(published: Town, program: Programs) -> None:
    answer = program("dept1").post("/process-instances", {"process": small_process.KEY, "start": {"matter": "x"}})
    refusal(answer, 403)
    refusal(program("station1a").post("/process-instances", {"process": "no_such"}), 404)


def test_instances_are_listed_page_by_page_newest_first(published: Town, program: Programs) -> None:
    clerk, committee = program("station1a"), program("committee1")
    begun = [start(clerk, f"事项{n}")["id"] for n in range(5)]
    listed: list[str] = []
    after: dict[str, str] = {}
    for _ in range(3):
        page = committee.get("/process-instances", limit=2, **after)
        listed += [item["id"] for item in items(page)]
        assert page.json is not None
        after = {"after": page.json["next"]}
    assert listed == begun[::-1]
    assert after == {"after": None}


def test_instances_are_filtered(published: Town, program: Programs) -> None:
    committee = program("committee1")
    start(program("station1a"))
    assert len(items(committee.get("/process-instances", status="running", process=small_process.KEY))) == 1
    assert items(committee.get("/process-instances", status="completed")) == []
    assert items(committee.get("/process-instances", process="other")) == []
    assert items(committee.get("/process-instances", business_key="case:1")) == []
    assert set(refusal(committee.get("/process-instances", status="lost"), 422)["fields"]) == {"status"}


def test_only_those_who_supervise_list_every_instance(published: Town, program: Programs) -> None:
    begun = start(program("station1a"))
    for login in ("station1a", "dept1", "deputy01", "office", "village1"):
        refusal(program(login).get("/process-instances"), 403)
    refusal(program("dept1").get(f"/process-instances/{begun['id']}"), 404)
    assert program("admin").get(f"/process-instances/{begun['id']}").status_code == 200


# --------------------------------------------------------------------------------------------------- tasks


def test_a_task_comes_with_a_schema_that_judges_as_the_form_does(published: Town, program: Programs) -> None:
    clerk = program("station1a")
    start(clerk)
    task = clerk.get(f"/user-tasks/{first_task(clerk)['id']}").json
    assert task is not None
    schema = task["answer_schema"]
    Draft202012Validator.check_schema(schema)
    judge = Draft202012Validator(schema)
    good = {"spot": True, "reply": "已答复", "households": 3, "ways": ["p"], "people": [{"name": "李四", "age": 40}]}
    bad: list[dict[str, Any]] = [
        {},
        {"spot": True},
        {**good, "households": 501},
        {**good, "kind": "z"},
        {**good, "ways": ["x"]},
        {**good, "people": [{"age": 4}]},
    ]
    assert judge.is_valid(good)
    assert judge.is_valid({"spot": False})
    for answer in bad:
        assert not judge.is_valid(answer), answer
        refusal(clerk.post(f"/user-tasks/{task['id']}/complete", {"answer": answer}), 422)
    assert clerk.post(f"/user-tasks/{task['id']}/complete", {"answer": good}).status_code == 200


def test_a_task_is_claimed_released_and_completed(published: Town, program: Programs) -> None:
    clerk, colleague, committee = program("station1a"), program("station1b"), program("committee1")
    begun = start(clerk)
    task = first_task(clerk)
    path = f"/user-tasks/{task['id']}"
    assert (task["step"], task["assigned_to_me"], task["due_on"]) == ("verify", False, "2026-03-05")
    assert (clerk.post(f"{path}/claim").json or {})["assigned_to_me"] is True
    assert clerk.post(f"{path}/claim").status_code == 200  # twice is as good as once
    assert items(colleague.get("/user-tasks", box="groups")) == []
    refusal(colleague.post(f"{path}/claim"), 409)
    refusal(colleague.post(f"{path}/complete", {"answer": {"spot": False}}), 409)
    refusal(colleague.post(f"{path}/release"), 403)
    assert [each["id"] for each in items(clerk.get("/user-tasks"))] == [task["id"]]
    assert (clerk.post(f"{path}/release").json or {})["assigned_to_me"] is False
    assert colleague.post(f"{path}/complete", {"answer": {"spot": False}}).status_code == 200
    refusal(clerk.post(f"{path}/complete", {"answer": {"spot": False}}), 409)
    refusal(clerk.post(f"{path}/claim"), 409)
    last = first_task(committee)
    ended = committee.post(f"/user-tasks/{last['id']}/complete").json
    assert ended is not None
    assert (ended["id"], ended["status"]) == (begun["id"], "completed")
    assert [each["id"] for each in items(colleague.get("/user-tasks", box="done"))] == [task["id"]]


def test_a_foreign_task_does_not_exist(published: Town, program: Programs) -> None:
    clerk = program("station1a")
    start(clerk)
    task = first_task(clerk)["id"]
    for login in ("dept1", "deputy01", "committee1"):
        stranger = program(login)
        refusal(stranger.get(f"/user-tasks/{task}"), 404)
        for deed in ("claim", "release", "complete"):
            refusal(stranger.post(f"/user-tasks/{task}/{deed}"), 404)
    refusal(clerk.get("/user-tasks/0000000000000000000"), 404)


@pytest.mark.parametrize("box", ["groups", "mine", "done"])
def test_every_box_is_listed_page_by_page(published: Town, program: Programs, box: str) -> None:
    clerk = program("station1a")
    for n in range(5):
        start(clerk, f"事项{n}")
    waiting = [task["id"] for task in items(clerk.get("/user-tasks", box="groups"))]
    for task in waiting if box != "groups" else []:
        answer = {"answer": {"spot": False}}
        clerk.post(f"/user-tasks/{task}/{'claim' if box == 'mine' else 'complete'}", answer if box == "done" else None)
    listed: list[str] = []
    query: dict[str, Any] = {"box": box, "limit": 2}
    for _ in range(3):
        page = clerk.get("/user-tasks", **query)
        listed += [task["id"] for task in items(page)]
        assert page.json is not None
        query["after"] = page.json["next"]
    assert query["after"] is None
    assert sorted(listed) == sorted(waiting)
    assert len(set(listed)) == 5


def test_tasks_are_filtered_by_process_and_by_what_is_late(
    published: Town, program: Programs, clock: MovableClock
) -> None:
    clerk = program("station1a")
    start(clerk)
    assert len(items(clerk.get("/user-tasks", box="groups", process=small_process.KEY))) == 1
    assert items(clerk.get("/user-tasks", box="groups", process="other")) == []
    assert items(clerk.get("/user-tasks", box="groups", overdue="true")) == []
    clock.set_beijing(date(2026, 3, 6))
    assert len(items(clerk.get("/user-tasks", box="groups", overdue="true"))) == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [({"box": "all"}, "box"), ({"limit": 0}, "limit"), ({"limit": 201}, "limit"), ({"limit": "x"}, "limit"),
     ({"overdue": "perhaps"}, "overdue"), ({"sort": "name"}, "sort")],
)  # fmt: skip
def test_a_wrong_or_unknown_query_is_refused_by_name(program: Programs, query: dict[str, Any], field: str) -> None:
    assert set(refusal(program("station1a").get("/user-tasks", **query), 422)["fields"]) == {field}


STRANGE_CURSORS = ["tomorrow", "0000000000000000000", "2026-03-05.0000000000000000000", "1", "9" * 400, " "]


@pytest.mark.parametrize("cursor", STRANGE_CURSORS)
def test_a_cursor_that_is_not_ours_is_refused_and_starts_nothing_over(
    published: Town, program: Programs, cursor: str
) -> None:
    clerk, committee = program("station1a"), program("committee1")
    start(clerk)
    for box in ("groups", "mine", "done"):
        refusal(clerk.get("/user-tasks", box=box, after=cursor), 422)
    for path in ("/process-instances", "/cases"):
        assert "第一页" in refusal(committee.get(path, after=cursor), 422)["message"]


def test_a_cursor_of_another_list_or_another_street_is_refused(
    office: Town, neighbour: Town, numbers: list[str], program: Programs
) -> None:
    clerk, committee = program("station1a"), program("committee1")
    small_process.publish(office)
    start(clerk)
    start(clerk)
    cursors: dict[str, str] = {}
    for path in ("/process-instances", "/cases", "/user-tasks"):
        asking = committee if path == "/process-instances" else clerk
        page = asking.get(path, limit=1, **({"box": "groups"} if path == "/user-tasks" else {}))
        cursors[path] = (page.json or {})["next"]
    assert all(cursors.values())
    theirs = program("committee@xq", of_town=neighbour)
    for of, cursor in cursors.items():
        for path in cursors:
            answer = committee.get(path, after=cursor, **({"box": "groups"} if path == "/user-tasks" else {}))
            assert answer.status_code == (200 if path == of else 422), (of, path)
            refusal(theirs.get(path, after=cursor), 422)
    refusal(program("dept1").get("/cases", after=cursors["/cases"]), 422)  # a case they may not know of
    refusal(clerk.get("/user-tasks", box="done", after=cursors["/user-tasks"]), 422)  # nothing they completed


# --------------------------------------------------------------------------------- addresses that are none


@pytest.mark.parametrize("path", ["/nothing", "/cases/2026-0001/close", "/user-tasks/", "/process-instances/1/steps"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_address_is_told_as_to_a_program(web: Flask, program: Programs, method: str, path: str) -> None:
    for asking in (Program(web), program("station1a")):
        error = refusal(asking.ask(method, path), 404)
        assert f"/api/v1{path}" in error["message"]
        assert "/api/v1/openapi.json" in error["message"]
        assert error["path"] == f"/api/v1{path}"
        assert "待办" not in error["message"]
        assert "页面" not in error["message"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/cases", ["GET"]),
        ("GET", "/user-tasks/1/claim", ["POST"]),
        ("PUT", "/process-instances", ["GET", "POST"]),
        ("POST", "/openapi.json", ["GET"]),
    ],
)
def test_a_wrong_method_is_told_with_those_that_are_allowed(
    program: Programs, method: str, path: str, allowed: list[str]
) -> None:
    answer = program("station1a").ask(method, path)
    error = refusal(answer, 405)
    assert error["allowed"] == allowed
    assert error["path"] == f"/api/v1{path}"
    assert all(name in error["message"] for name in (method, *allowed))
    assert set(allowed) <= set(answer.headers["Allow"].replace(" ", "").split(","))
    assert "按钮" not in error["message"]


# -------------------------------------------------------------------------------------------- broken bodies


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"process=small_request", b"[" * 100_000, b'{"a": 1e999}'],
)
def test_a_body_that_is_no_json_object_is_refused(published: Town, program: Programs, body: bytes) -> None:
    clerk = program("station1a")
    for kind in ("application/json", "text/plain"):
        refusal(clerk.post("/process-instances", data=body, content_type=kind), 422)


def test_unknown_and_mistyped_fields_of_a_body_are_refused(published: Town, program: Programs) -> None:
    clerk = program("station1a")
    asked = {"process": small_process.KEY, "start": {"matter": "路灯"}}
    assert set(refusal(clerk.post("/process-instances", {**asked, "titel": "x"}), 422)["fields"]) == {"titel"}
    assert set(refusal(clerk.post("/process-instances", {**asked, "start": [1]}), 422)["fields"]) == {"start"}
    assert set(refusal(clerk.post("/process-instances", {"process": 7}), 422)["fields"]) == {"process"}
    assert set(refusal(clerk.post("/process-instances", {"start": {}}), 422)["fields"]) == {"process"}


def test_an_answer_with_a_field_that_the_form_does_not_have_is_refused(published: Town, program: Programs) -> None:
    clerk = program("station1a")
    start(clerk)
    path = f"/user-tasks/{first_task(clerk)['id']}"
    answer = {"spot": False, "approved": True, "people": [{"name": "李四", "agee": 4}]}
    refused = refusal(clerk.post(f"{path}/complete", {"answer": answer}), 422)
    assert set(refused["fields"]) == {"approved", "people.0.agee"}
    assert (clerk.get(path).json or {})["status"] == "open"
    begun = {"process": small_process.KEY, "start": {"matter": "路灯", "villlage": "x"}}
    assert set(refusal(clerk.post("/process-instances", begun), 422)["fields"]) == {"villlage"}
    assert len(items(program("committee1").get("/process-instances"))) == 1


@pytest.mark.parametrize("text", ["\x00", "\ud800"])
def test_characters_that_no_database_keeps_are_refused(published: Town, program: Programs, text: str) -> None:
    clerk, committee = program("station1a"), program("committee1")
    begun = {"process": small_process.KEY, "start": {"matter": f"路灯{text}"}}
    for body in (begun, {"process": text}):
        content = json.dumps(body).encode()  # escaped, as \\ud800
        refusal(clerk.post("/process-instances", data=content, content_type="application/json"), 422)
    if text == "\x00":
        refusal(committee.get("/cases", text=text), 422)
        refusal(committee.get("/process-instances", business_key=text), 422)
        refusal(committee.get("/process-instances", after=text), 422)
        for path in ("/user-tasks/%00", "/cases/%00", "/process-instances/%00"):
            refusal(committee.get(path), 404)


def test_lists_in_lists_in_lists_are_refused(published: Town, program: Programs) -> None:
    clerk = program("station1a")
    start(clerk)
    path = f"/user-tasks/{first_task(clerk)['id']}/complete"
    for opened, closed in (("[", "]"), ('{"a":', "}")):
        for depth in (50, 900):
            body = f'{{"answer": {{"spot": {opened * depth}1{closed * depth}}}}}'
            refusal(clerk.post(path, data=body, content_type="application/json"), 422)


def test_a_body_that_is_too_large_is_refused(program: Programs) -> None:
    admin = program("admin")
    answer = admin.ask("POST", "/process-definitions", data=b"x" * (33 * 1024 * 1024), content_type="application/zip")
    refusal(answer, 413)


# --------------------------------------------------------------------------------------------------- cases


@pytest.fixture
def numbers(office: Town, program: Programs) -> list[str]:
    """Three requests at the first station, registered over the API."""
    clerk = program("station1a")
    for title in ("村内道路积水", "路灯不亮", "垃圾桶破损"):
        begun = {"process": "constituent_case", "start": {**ORDINARY, "title": title}}
        assert clerk.post("/process-instances", begun).status_code == 201
    return [case["number"] for case in items(clerk.get("/cases"))]


def test_cases_are_listed_page_by_page_without_a_name_or_a_number_of_a_visitor(
    numbers: list[str], program: Programs
) -> None:
    clerk = program("station1a")
    assert sorted(numbers) == ["2026-0001", "2026-0002", "2026-0003"]
    first = clerk.get("/cases", limit=2)
    assert first.json is not None
    second = clerk.get("/cases", limit=2, after=first.json["next"])
    assert [case["number"] for case in items(first) + items(second)] == numbers
    assert second.json is not None
    assert second.json["next"] is None
    assert [case["title"] for case in items(clerk.get("/cases", text="路灯"))] == ["路灯不亮"]
    assert items(clerk.get("/cases", status="已办结")) == []
    for answer in (first, second, clerk.get(f"/cases/{numbers[0]}")):
        assert VISITOR not in answer.text
        assert PHONE not in answer.text


def test_a_case_is_read_with_its_links_and_every_day_of_its_deadline(numbers: list[str], program: Programs) -> None:
    case = program("committee1").get("/cases/2026-0001").json
    assert case is not None
    assert (case["title"], case["status"], case["respond_by"]) == ("村内道路积水", "办理中", "2026-03-11")
    assert case["respond_by_final"] is True
    assert [link["link"] for link in case["links"]] == ["登记", "反映", "处理", "结果", "反馈"]
    assert [link["state"] for link in case["links"]][0] == "done"
    assert [day["counted"] for day in case["deadline"] if day["counted"]] == list(range(1, 8))


def test_a_case_exists_only_for_those_whom_it_concerns(numbers: list[str], program: Programs) -> None:
    for login in ("station2", "dept1", "deputy01", "office"):
        assert items(program(login).get("/cases")) == []
        refusal(program(login).get(f"/cases/{numbers[0]}"), 404)


def test_a_program_without_a_part_sees_only_common_steps_of_an_instance(numbers: list[str], program: Programs) -> None:
    committee = program("committee1")
    begun = items(committee.get("/process-instances"))[0]["id"]
    for login in ("station1a", "committee1"):
        shown = program(login).get(f"/process-instances/{begun}")
        assert shown.status_code == 200
        assert VISITOR not in shown.text
        assert PHONE not in shown.text
    refusal(program("dept1").get(f"/process-instances/{begun}"), 404)


# --------------------------------------------------------------------------------------------- definitions


def _broken() -> Package:
    package = small_process.package()
    broken = package.files["process.bpmn"].replace(b'value="verification"', b'value="nowhere"')
    return package.with_file("process.bpmn", broken)


def _renamed(name: str) -> Package:
    package = small_process.package()
    manifest = f"key: {small_process.KEY}\nname: {name}\n".encode()
    return Package(package.key, name, "", {**package.files, "package.yaml": manifest})


def test_a_package_is_checked_published_and_listed(program: Programs) -> None:
    admin, package = program("admin"), small_process.package()
    assert admin.publish(package, check=True).json == {"ok": True, "faults": []}
    assert items(admin.get("/process-definitions")) == []
    done = admin.publish(package)
    assert done.status_code == 201, done.text
    assert done.json is not None
    assert (done.json["version"], done.json["shared"], done.json["checksum"]) == (1, False, package.checksum)
    assert (admin.publish(package).json or {})["id"] == done.json["id"]  # the same again is the same version
    assert (admin.publish(_renamed("小事快办")).json or {})["version"] == 2
    assert [each["name"] for each in items(program("deputy01").get("/process-definitions"))] == ["小事快办"]


def test_a_package_with_faults_is_told_by_element_and_is_not_published(program: Programs) -> None:
    admin = program("admin")
    checked = admin.publish(_broken(), check=True).json
    assert checked is not None
    assert checked["ok"] is False
    assert ("process.bpmn", "verify") in {(fault["file"], fault["element"]) for fault in checked["faults"]}
    assert "process.bpmn#verify" in refusal(admin.publish(_broken()), 422)["fields"]
    assert items(admin.get("/process-definitions")) == []


def test_only_a_process_administrator_publishes(program: Programs) -> None:
    for login in ("committee1", "station1a", "deputy01"):
        refusal(program(login).publish(small_process.package()), 403)


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 half a zip",
        _zip({"package.yaml": b"key: a\nname: b\n", "process.bpmn": b" " * 50_000_000}),
        _zip({f"{n}.md": b"" for n in range(300)}),
        _zip({"../../package.yaml": b"key: a\nname: b\n"}),
        _zip({"package.yaml": b"key: a\nname: b\n", "run.py": b"import os"}),
        _zip({"readme.md": b"nothing else"}),
    ],
    ids=["empty", "half", "bomb", "many", "outside", "program", "no manifest"],
)
def test_what_is_no_honest_package_is_refused(program: Programs, content: bytes) -> None:
    admin = program("admin")
    refusal(admin.publish(content, check=True), 422)
    refusal(admin.publish(content), 422)


# ---------------------------------------------------------------------------------------- two sub-districts


@pytest.fixture
def neighbour(office: Town) -> Town:
    """Another street of the same installation."""
    return second_street(office.workplace)


def test_a_token_of_one_street_never_meets_anything_of_another(
    office: Town, neighbour: Town, numbers: list[str], program: Programs
) -> None:
    """The canary: a word that stands in every row of the first street and may not come out of the second's doors."""
    canary, ours = "金丝雀", program("station1a")
    begun = {"process": "constituent_case", "start": {**ORDINARY, "title": canary, "place": canary}}
    instance = (ours.post("/process-instances", begun).json or {})["id"]
    package = _renamed(canary)
    assert program("admin").publish(package).status_code == 201
    task = items(program("committee1").get("/user-tasks", box="groups"))[-1]["id"]
    case = items(program("committee1").get("/cases", text=canary))[0]["number"]
    for login in ("station@xq", "committee@xq"):
        theirs = program(login, of_town=neighbour)
        for path in (f"/user-tasks/{task}", f"/cases/{case}", f"/process-instances/{instance}"):
            refusal(theirs.get(path), 404)
        for deed in ("claim", "release", "complete"):
            refusal(theirs.post(f"/user-tasks/{task}/{deed}"), 404)
        lists = [("/user-tasks", {"box": box}) for box in ("groups", "mine", "done")]
        for path, query in [*lists, ("/cases", {}), ("/process-definitions", {})]:
            answer = theirs.get(path, **query)
            assert answer.status_code == 200
            assert canary not in answer.text
        assert {each["key"] for each in items(theirs.get("/process-definitions"))} == {"constituent_case"}
        refusal(theirs.post("/process-instances", {"process": small_process.KEY, "start": {"matter": "x"}}), 404)
    assert items(program("committee@xq", of_town=neighbour).get("/process-instances")) == []
    assert canary in program("committee1").get("/process-definitions").text


def test_both_streets_number_their_own_cases(numbers: list[str], neighbour: Town, program: Programs) -> None:
    theirs = program("station@xq", of_town=neighbour)
    begun = {"process": "constituent_case", "start": {**ORDINARY, "title": "新桥路灯"}}
    assert theirs.post("/process-instances", begun).status_code == 201
    assert [case["number"] for case in items(theirs.get("/cases"))] == ["2026-0001"]
    assert (program("committee1").get("/cases/2026-0001").json or {})["title"] == "村内道路积水"


def test_a_token_of_the_district_reads_no_street(office: Town, numbers: list[str], web: Flask) -> None:
    """The district sees totals, never rows; and it has no street to begin anything in."""
    workplace = office.workplace
    at = workplace.engine.clock()
    with workplace.unit_of_work(EVERYWHERE) as session:
        user = people.create_user(
            session, the_clock(None), login="district", password="只看各街道总数的口令一则", display_name="区人大",
            subdistrict_id=None, at=at,
        )  # fmt: skip
        people.grant(session, the_clock(None), user_id=user.id, role=rules.DISTRICT, at=at)
        token = people.issue_token(session, the_clock(None), user_id=user.id, name="测试", scopes=ALL, at=at)
    district = Program(web, token)
    assert items(district.get("/cases")) == []
    assert items(district.get("/user-tasks", box="groups")) == []
    refusal(district.get("/process-instances"), 403)
    refusal(district.get(f"/cases/{numbers[0]}"), 404)
    refusal(district.post("/process-instances", {"process": "constituent_case", "start": dict(ORDINARY)}), 403)
    refusal(district.publish(small_process.package()), 403)
    own = {"key": small_process.KEY, "shared": False}
    assert own not in [{"key": each["key"], "shared": each["shared"]} for each in _definitions_of(office, district)]


def _definitions_of(town: Town, program: Program) -> list[dict[str, Any]]:
    """What a program sees after this town published a process of its own."""
    small_process.publish(town)
    return items(program.get("/process-definitions"))
