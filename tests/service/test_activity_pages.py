"""Activities through pages: arrange, answer, sign at the door, Excel, write up, papers, the library; who sees what."""

import io
import re
from datetime import date, time

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook
from PIL import Image

from service.pages import activities
from tests.factories import Town
from tests.process.gathering import Hall
from tests.service.browsing import Browser
from workflows.clock import MovableClock

DAY = date(2026, 3, 20)


@pytest.fixture
def hall(town: Town, clock: MovableClock) -> Hall:
    hall = Hall(town, clock)
    hall.publish("activity", "meeting")
    return hall


def _person(web: Flask, login: str) -> Browser:
    return Browser(web).sign_in(login)


def _task(hall: Hall, plan: str, node: str, login: str = "") -> str:
    """The page of a waiting step; with a login of the one that waits for this person."""
    waiting = [task for task in hall.tasks(hall.instance(plan)) if task.node_id == node]
    return next(f"/tasks/{task.id}" for task in waiting if not login or task.assignee == hall.town.actor(login).id)


def _download(browser: Browser, address: str) -> bytes:
    with browser.get(address) as answer:
        assert answer.status_code == 200
        return answer.data


def _photo() -> tuple[io.BytesIO, str]:
    picture = io.BytesIO()
    Image.effect_noise((64, 48), 80).save(picture, "JPEG")
    picture.seek(0)
    return picture, "现场.jpg"


def _list(*rows: tuple[str, str]) -> tuple[io.BytesIO, str]:
    book, file = Workbook(), io.BytesIO()
    book.worksheets[0].append(["某活动考勤表"])
    book.worksheets[0].append(["序号", "姓名", "考勤"])
    for number, row in enumerate(rows, 1):
        book.worksheets[0].append([number, *row])
    book.save(file)
    file.seek(0)
    return file, "考勤.xlsx"


ARRANGED = {
    "kind": "视察",
    "title": "农村道路视察",
    "already": "false",
    "held_on": "2026-03-20",
    "starts": "09:00",
    "ends": "11:00",
    "place": "官庄村",
    "whom": "全体",
    "is_duty": "true",
    "now": "true",
    "contact": "小陆",
}


def test_a_station_arranges_an_activity_and_a_deputy_answers_on_the_phone(hall: Hall, web: Flask) -> None:
    station = _person(web, "station1a")
    assert "/processes/activity/start" in station.get("/activities/").text
    answer = station.post("/processes/activity/start", ARRANGED)
    assert answer.status_code == 303, answer.text
    hall.pass_time_to(date(2026, 3, 2))
    deputy = _person(web, "deputy01")
    page = deputy.get("/activities/").text
    assert "请我参加的" in page
    plan = re.search(r"/activities/(\w{19})", page)
    assert plan
    form = deputy.get(_task(hall, plan[1], "give_answer", "deputy01")).text
    assert "农村道路视察" in form
    assert "官庄村" in form
    assert deputy.post(_task(hall, plan[1], "give_answer", "deputy01"), {"answer": "参加"}).status_code == 303
    assert "您的答复：参加" in deputy.get(f"/activities/{plan[1]}").text
    file = station.get(f"/activities/{plan[1]}").text
    assert "参加 1 · 请假 0 · 待答复 2" in file
    assert hall.seat(1).name in file


def test_a_wrong_plan_keeps_what_was_typed(hall: Hall, web: Flask) -> None:
    station = _person(web, "station1a")
    answer = station.post("/processes/activity/start", {**ARRANGED, "held_on": "2026-02-20", "text": "带上笔记本"})
    assert answer.status_code == 422
    assert "日期已经过去" in answer.text
    assert "带上笔记本" in answer.text
    assert 'value="农村道路视察"' in answer.text


def test_others_see_neither_answers_nor_reasons(hall: Hall, web: Flask) -> None:
    plan = hall.plan(DAY)
    hall.answers(plan, {"deputy01": "住院检查"})
    name = hall.seat(1).name
    for login in ("deputy02", "deputy04", "dept1", "office", "village2", "station2"):
        page = _person(web, login).get(f"/activities/{plan}").text
        assert "住院检查" not in page, login
        assert name not in page, login
        paper = _person(web, login).get(f"/activities/{plan}/paper").text
        assert "农村道路视察" in paper, login
        assert name not in paper, login
    for login in ("station1b", "committee1", "village1"):
        assert name in _person(web, login).get(f"/activities/{plan}").text, login
    for login in ("station1b", "committee1"):
        assert "住院检查" in _person(web, login).get(f"/activities/{plan}").text, login
    assert "住院检查" not in _person(web, "village1").get(f"/activities/{plan}").text


def test_the_sheet_is_signed_on_a_tablet_by_phone_and_from_excel(hall: Hall, web: Flask) -> None:
    plan = hall.plan(DAY)
    station, deputy = _person(web, "station1a"), _person(web, "deputy01")
    assert "活动当天到登记考勤以前可以签到" in station.get(f"/activities/{plan}/sheet").text
    assert _person(web, "station2").get(f"/activities/{plan}/sheet").status_code == 404
    hall.pass_time_to(DAY)
    deputy, station = _person(web, "deputy01"), _person(web, "station1a")
    assert "我到了，签到" in deputy.get(f"/activities/{plan}").text
    assert deputy.post(f"/activities/{plan}/arrived", {}).status_code == 303
    page = deputy.get(f"/activities/{plan}").text
    assert "已签到：到会" in page
    assert "我到了，签到" not in page
    second, third = hall.seat(2), hall.seat(3)
    assert station.post(f"/activities/{plan}/sheet", {f"state-{second.person_id}": "半程"}).status_code == 303
    file = _list((third.name, "缺席"))
    answer = station.post(f"/activities/{plan}/sheet/file", {"file": file}, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    states = {row["person"]: row["state"] for row in hall.written(plan)["sheet"]}
    assert states == dict(zip(hall.people(1, 2, 3), ("到会", "半程", "缺席"), strict=True))
    form = station.get(_task(hall, plan, "write_up")).text
    assert len(re.findall(r'value="半程" checked', form)) == 1


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ((("路人甲", "到会"),), "第3行：名单上没有“路人甲”"),
        ((("{first}", "来了"),), "第3行：“来了”请改为"),
        ((("{first}", ""),), "没有填写考勤结果"),
    ],
)
def test_a_list_that_does_not_fit_is_refused_line_by_line(
    hall: Hall, web: Flask, rows: tuple[tuple[str, str], ...], says: str
) -> None:
    plan = hall.plan(DAY)
    hall.pass_time_to(DAY)
    file = _list(*((name.format(first=hall.seat(1).name), state) for name, state in rows))
    answer = _person(web, "station1a").post(
        f"/activities/{plan}/sheet/file", {"file": file}, content_type="multipart/form-data"
    )
    assert answer.status_code == 422
    assert says in answer.text


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nonsense", b"\x00" * 2_000], ids=["none", "broken", "large"])
def test_what_is_no_list_is_refused(hall: Hall, web: Flask, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activities, "SHEET_BYTES", 1_000)
    plan = hall.plan(DAY)
    hall.pass_time_to(DAY)
    answer = _person(web, "station1a").post(
        f"/activities/{plan}/sheet/file", {"file": (io.BytesIO(content), "a.xlsx")}, content_type="multipart/form-data"
    )
    assert answer.status_code == 422
    assert "Excel" in answer.text


def test_the_list_comes_as_excel_and_goes_back_as_it_came(hall: Hall, web: Flask) -> None:
    plan = hall.plan(DAY)
    hall.answers(plan, {"deputy01": "参加"})
    hall.pass_time_to(DAY)
    station = _person(web, "station1a")
    content = _download(station, f"/activities/{plan}/sheet.xlsx")
    rows = list(load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True))
    assert rows[1] == ("序号", "姓名", "小组", "答复", "考勤")
    assert len(rows) == 5
    answer = station.post(
        f"/activities/{plan}/sheet/file", {"file": (io.BytesIO(content), "a.xlsx")}, content_type="multipart/form-data"
    )
    assert answer.status_code == 303
    assert [row["state"] for row in hall.written(plan)["sheet"]].count("到会") == 3


def test_an_activity_is_written_up_with_a_photograph_and_printed(hall: Hall, web: Flask) -> None:
    plan = hall.plan(DAY)
    hall.pass_time_to(DAY, time(18))
    station = _person(web, "station1a")
    rows = {
        f"sheet-{number}-{key}": value
        for number, person in enumerate(hall.people(1, 2, 3))
        for key, value in (("person", person), ("state", "到会"))
    }
    answer = station.post(
        _task(hall, plan, "write_up"),
        {**rows, "minutes": "看了三条路", "photos": _photo()},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303, answer.text
    page = station.get(f"/activities/{plan}").text
    assert "已归档" in page
    assert "看了三条路" in page
    assert "/thumbnail" in page
    assert "thumbnail" not in _person(web, "deputy02").get(f"/activities/{plan}").text
    listed = station.get("/activities/?year=2026").text
    assert "1 份" in listed
    paper = station.get(f"/activities/{plan}/paper").text
    assert "签到表" in paper
    assert hall.seat(2).name in paper


def test_a_missing_line_of_the_sheet_loses_nothing(hall: Hall, web: Flask) -> None:
    plan = hall.plan(DAY)
    hall.pass_time_to(DAY, time(18))
    station = _person(web, "station1a")
    first = hall.seat(1).person_id
    answer = station.post(
        _task(hall, plan, "write_up"), {"sheet-0-person": first, "sheet-0-state": "半程", "minutes": "看了三条路"}
    )
    assert answer.status_code == 422
    assert "还有 2 位代表没有登记" in answer.text
    assert "看了三条路" in answer.text
    assert re.search(r'value="半程" checked', answer.text)


def test_a_department_answers_the_opinions_on_its_own_page(hall: Hall, web: Flask) -> None:
    plan = hall.plan(
        DAY, "committee1", kind="议政代表会", title="", agenda=[{"kind": "审议", "title": "生态", "reporter": ""}]
    )
    unit = next(iter(hall.town.departments.values()))
    opinions = [{"item": 1, "text": "河道保洁要有人管", "department": unit}]
    hall.hold_activity(plan, opinions=opinions)
    login = hall.login_for(next(task for task in hall.tasks(hall.instance(plan)) if task.node_id == "answer_opinions"))
    address, department = _task(hall, plan, "answer_opinions"), _person(web, login)
    page = department.get(address).text
    assert "河道保洁要有人管" in page
    assert "议题：生态" in page
    refused = department.post(address, {"replies-0-number": "1", "replies-0-reply": ""})
    assert refused.status_code == 422
    answer = department.post(address, {"replies-0-number": "1", "replies-0-reply": "已安排专人"})
    assert answer.status_code == 303, answer.text
    assert "已安排专人" in _person(web, "committee1").get(f"/activities/{plan}").text


def test_the_library_is_kept_by_staff_and_read_by_everybody(hall: Hall, web: Flask) -> None:
    committee, deputy = _person(web, "committee1"), _person(web, "deputy01")
    assert "没有资料" in deputy.get("/activities/materials").text
    refused = committee.post("/activities/materials", {"title": "代表法"}, content_type="multipart/form-data")
    assert refused.status_code == 422
    assert 'value="代表法"' in refused.text
    pdf = io.BytesIO(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
    answer = committee.post(
        "/activities/materials",
        {"title": "代表法", "subject": "法律法规", "file": (pdf, "law.pdf")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303, answer.text
    page = deputy.get("/activities/materials?subject=法律法规&q=代表").text
    found = re.search(r"/activities/materials/(\w{19})", page)
    assert found
    assert _download(deputy, found[0]).startswith(b"%PDF")
    assert deputy.post(f"{found[0]}/retire", {}).status_code == 403
    plan = hall.plan(DAY, "committee1", kind="专题培训", title="学习代表法", reading=[found[1]])
    inside = deputy.get(f"/activities/{plan}").text
    link = re.search(rf"/activities/{plan}/materials/[\w-]+", inside)
    assert link
    assert _download(deputy, link[0]).startswith(b"%PDF")
    assert deputy.get(f"/activities/{plan}/materials/{'0' * 32}-pdf").status_code == 404
    assert committee.post(f"{found[0]}/retire", {}).status_code == 303
    assert "没有资料" in deputy.get("/activities/materials").text
    assert _download(deputy, link[0])
