"""A request through pages: register, slip, forms with their summary, the file, the list, and who sees what."""

import io
import re
from datetime import date

import pytest
from flask import Flask
from PIL import Image

from tests.factories import Town, second_street
from tests.process.casework import DONE, ORDINARY, TOLD, Desk
from tests.service.browsing import Browser
from workflows.cases import queries, rules
from workflows.cases.tables import Case
from workflows.clock import MovableClock

CODE = re.compile(r'<strong class="code">((?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z])</strong>')
PHONE = ORDINARY["phone"]


@pytest.fixture
def desk(town: Town, clock: MovableClock) -> Desk:
    clock.set_beijing(date(2026, 9, 24))
    desk = Desk(town, clock)
    desk.publish()
    return desk


def _person(web: Flask, login: str) -> Browser:
    return Browser(web).sign_in(login)


def _visit(clerk: Browser, **changes: str) -> str:
    """Register a visit through the page; what the answer shows."""
    page = clerk.get("/cases/register").text
    submission = re.search(r'name="submission" value="([^"]+)"', page)
    assert submission
    answer = clerk.post("/cases/register", {**ORDINARY, "submission": submission[1], **changes})
    assert answer.status_code == 200, answer.text
    return answer.text


def _only_case(desk: Desk) -> Case:
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        page = queries.listed(session, desk.town.actor("director"))
    assert len(page.rows) == 1
    return page.rows[0]


def _task(desk: Desk, case_id: str) -> str:
    return desk.waiting(case_id)[0].id


def test_a_request_goes_from_the_register_to_the_closed_file_through_pages(desk: Desk, web: Flask) -> None:
    clerk, committee, department = (_person(web, login) for login in ("station1a", "committee1", "dept1"))
    _visit(clerk)
    case = _only_case(desk).id

    refer = f"/tasks/{_task(desk, case)}"
    assert "2026年10月12日 周一" in committee.get(refer).text
    committee.post(refer, {"handler": "承办单位", "department": desk.town.departments["城管办"]})
    handle = f"/tasks/{_task(desk, case)}"
    page = department.get(handle).text
    assert "雨后路上积水到脚面" in page
    assert re.search(r"10月10日</time> 周六\s*<strong>第6日</strong>国庆节补班", page)
    department.post(handle, DONE)
    reply = f"/tasks/{_task(desk, case)}"
    assert "已疏通排水沟" in clerk.get(reply).text
    clerk.post(reply, {**TOLD, "reached": "yes"})
    clerk.post(f"/tasks/{_task(desk, case)}", {"satisfaction": "满意"})

    file = clerk.get(f"/cases/{case}").text
    tracker = file[file.index('class="tracker"') : file.index("</ol>")]
    assert tracker.count('<li class="done"') == 5
    assert re.findall(r"<strong>(..)</strong>", tracker) == [*rules.LINKS]
    assert "工委干事甲" in tracker
    assert "按期办结" in file
    assert "已告知排水沟已疏通" in file
    assert "<svg" in file


def test_the_slip_shows_number_code_date_and_what_happens_to_personal_data(desk: Desk, web: Flask) -> None:
    slip = _visit(_person(web, "station1a"))
    assert "2026-0001" in slip
    assert "2026年10月12日 周一" in slip
    assert "个人信息告知" in slip
    shown = CODE.search(slip)
    assert shown
    stored = rules.normal_code(shown[1])
    assert stored
    secret = desk.workplace.settings.secret_key
    assert _only_case(desk).tracking_hash == rules.code_hash(stored, secret)


def test_an_anonymous_visit_says_on_every_page_that_it_has_no_reply_date(desk: Desk, web: Flask) -> None:
    said, clerk, committee = "匿名来访，不设答复期限", _person(web, "station1a"), _person(web, "committee1")
    slip = _visit(clerk, name="", phone="", reply_channel="", solvable="本站", anonymous="yes")
    assert said in slip
    assert "10月12日" not in slip
    case = _only_case(desk).id
    assert "匿名，不设期限" in clerk.get("/cases/").text
    form = f"/tasks/{_task(desk, case)}"
    assert said in clerk.get(form).text
    clerk.post(form, {"result_class": "A", "result": "已疏通排水沟。"})
    reply = f"/tasks/{_task(desk, case)}"
    refused = clerk.post(reply, {**TOLD, "reached": "yes"})
    assert refused.status_code == 422
    assert "匿名来访没有可以联系的人" in refused.text
    clerk.post(reply, {"channel": "公布", "content": "积水已排除。"})
    for person in (clerk, committee):
        file = person.get(f"/cases/{case}").text
        assert said in file
        assert "不适用" in file
        tracker = file[file.index('class="tracker"') : file.index("</ol>")]
        assert tracker.count('<li class="done"') == 5
        assert "按期" not in file
        assert "超过答复期限" not in file


def test_the_code_is_shown_once_and_a_new_one_ends_it(desk: Desk, web: Flask) -> None:
    clerk = _person(web, "station1a")
    first = CODE.search(_visit(clerk))
    case = _only_case(desk)
    assert first
    assert first[1] not in clerk.get(f"/cases/{case.id}").text
    second = CODE.search(clerk.post(f"/cases/{case.id}/code").text)
    assert second
    assert second[1] != first[1]
    assert _only_case(desk).tracking_hash != case.tracking_hash


def test_sending_the_register_twice_registers_once(desk: Desk, web: Flask) -> None:
    clerk = _person(web, "station1a")
    page = clerk.get("/cases/register").text
    submission = re.search(r'name="submission" value="([^"]+)"', page)
    assert submission
    form = {**ORDINARY, "submission": submission[1]}
    assert clerk.post("/cases/register", form).status_code == 200
    again = clerk.post("/cases/register", form)
    assert again.status_code == 409
    assert "已经登记为 2026-0001" in again.text
    assert _only_case(desk).number == "2026-0001"


def test_an_incomplete_register_comes_back_with_its_reasons_and_what_was_typed(desk: Desk, web: Flask) -> None:
    clerk = _person(web, "station1a")
    answer = clerk.post("/cases/register", {**ORDINARY, "matter_class": "", "submission": "s1"})
    assert answer.status_code == 422
    assert "请选择“事项类别”。" in answer.text
    assert "村内道路积水" in answer.text
    assert 'value="s1"' in answer.text


def test_choosing_a_denunciation_takes_the_questions_about_its_content_away(desk: Desk, web: Flask) -> None:
    clerk = _person(web, "station1a")
    fields = clerk.post("/cases/register/fields", {"matter_class": "检举控告"}).text
    assert "不要记录举报的内容" in fields
    assert 'name="description"' not in fields
    assert 'name="name"' not in fields


def test_an_answer_on_the_spot_gets_a_slip_without_a_date(desk: Desk, web: Flask) -> None:
    slip = _visit(_person(web, "station1a"), outcome="当场答复", answer="到社会事务办窗口办理。")
    assert "最迟答复" not in slip
    assert "到社会事务办窗口办理。" in slip


def test_personal_data_is_masked_everywhere_but_where_the_station_must_call(desk: Desk, web: Flask) -> None:
    clerk, committee, department = (_person(web, login) for login in ("station1a", "committee1", "dept1"))
    case = desk.register()
    pages = [clerk.get(f"/cases/{case}"), committee.get(f"/tasks/{_task(desk, case)}")]
    desk.refer(case)
    pages += [department.get(f"/tasks/{_task(desk, case)}"), department.get(f"/cases/{case}")]
    for page in pages:
        assert page.status_code == 200
        assert "199****1234" in page.text
        assert PHONE not in page.text
        assert ORDINARY["name"] not in page.text
    desk.do(case, "handle", DONE)
    task = _task(desk, case)
    page = clerk.get(f"/tasks/{task}").text
    assert PHONE not in page
    assert "领取任务后显示联系方式" in page
    clerk.post(f"/inbox/{task}/claim")
    assert PHONE in clerk.get(f"/tasks/{task}").text


def test_contact_data_is_shown_for_a_reason_and_the_committee_reads_who_asked(desk: Desk, web: Flask) -> None:
    case = desk.register()
    clerk, committee = _person(web, "station1a"), _person(web, "committee1")
    assert clerk.post(f"/cases/{case}/contacts", {"reason": "", "other": " "}).status_code == 422
    shown = clerk.post(f"/cases/{case}/contacts", {"reason": "上门核实"})
    assert ORDINARY["name"] in shown.text
    assert PHONE in shown.text
    page = committee.get(f"/cases/{case}").text
    assert "上门核实" in page[page.index("查看记录") :]
    assert desk.town.actor("station1a").name in page[page.index("查看记录") :]
    assert "查看记录" not in clerk.get(f"/cases/{case}").text
    assert _person(web, "station2").post(f"/cases/{case}/contacts", {"reason": "回访"}).status_code == 404
    assert _person(web, "deputy01").post(f"/cases/{case}/contacts", {"reason": "回访"}).status_code == 403


@pytest.mark.parametrize(
    ("login", "status"),
    [
        ("station1b", 200),
        ("station2", 404),
        ("committee2", 200),
        ("dept1", 200),
        ("dept2", 404),
        ("deputy01", 404),
        ("village1", 404),
        ("office", 404),
    ],
)
def test_who_may_open_a_case(desk: Desk, web: Flask, login: str, status: int) -> None:
    case = desk.register()
    desk.refer(case)
    person = _person(web, login)
    assert person.get(f"/cases/{case}").status_code == status
    listed = "村内道路积水" in person.get("/cases/").text
    assert listed is (status == 200)


def test_another_street_knows_nothing_of_it(desk: Desk, web: Flask) -> None:
    case = desk.register()
    second_street(desk.workplace)
    stranger = _person(web, "committee@xq")
    assert stranger.get(f"/cases/{case}").status_code == 404
    assert "村内道路积水" not in stranger.get("/cases/").text


def test_only_a_stations_own_staff_gives_out_codes(desk: Desk, web: Flask) -> None:
    case = desk.register()
    assert _person(web, "station2").post(f"/cases/{case}/code").status_code == 404
    assert _person(web, "committee1").post(f"/cases/{case}/code").status_code == 403


def test_the_list_begins_with_the_most_urgent_and_finds_by_number_title_and_place(desk: Desk, web: Flask) -> None:
    desk.register(title="路灯不亮", place="官庄村")
    desk.register(title="液化气泄漏", matter_class="紧急安全")
    desk.register(title="广场噪声", outcome="当场答复", answer="已劝离。")
    committee = _person(web, "committee1")
    page = committee.get("/cases/").text
    assert page.index("液化气泄漏") < page.index("路灯不亮")
    assert "广场噪声" not in page
    assert "广场噪声" in committee.get("/cases/?finished=1").text
    assert "<mark>2026-0001</mark> 路灯不亮" in committee.get("/cases/?text=2026-0001").text
    found = committee.get("/cases/?text=官庄村 路灯").text
    assert "<mark>路灯</mark>不亮" in found
    assert "液化气泄漏" not in found
    assert "没有找到" in committee.get("/cases/?text=100%25").text
    finished = committee.get("/cases/?text=噪声").text
    assert "广场<mark>噪声</mark>" in finished
    assert "广场" not in committee.get("/cases/?text=噪声&finished=0").text


def test_a_visitor_who_calls_with_the_code_of_the_slip_is_found(desk: Desk, web: Flask) -> None:
    clerk = _person(web, "station1a")
    code = CODE.search(_visit(clerk))
    desk.register(title="路灯不亮")
    assert code
    found = clerk.get(f"/cases/?text={code[1].lower()}").text
    assert "村内道路积水" in found
    assert "路灯不亮" not in found
    assert "村内道路积水" not in _person(web, "station2").get(f"/cases/?text={code[1]}").text


def test_the_list_can_show_the_overdue_alone(desk: Desk, web: Flask, clock: MovableClock) -> None:
    desk.register(title="路灯不亮")
    desk.register(title="液化气泄漏", matter_class="紧急安全")
    clock.set_beijing(date(2026, 9, 29))
    page = _person(web, "committee1").get("/cases/?overdue=1").text
    assert "液化气泄漏" in page
    assert "超期1天" in page
    assert "路灯不亮" not in page


def test_the_list_is_read_page_by_page(desk: Desk) -> None:
    for title in ("甲", "乙", "丙"):
        desk.register(title=title)
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        actor, seen, after = desk.town.actor("director"), [], None
        for _ in range(3):
            page = queries.listed(session, actor, finished=False, limit=1, after=after)
            seen += [case.title for case in page.rows]
            after = page.next
    assert (seen, after) == (["甲", "乙", "丙"], None)


def test_a_cursor_that_is_not_ours_is_refused(desk: Desk, web: Flask) -> None:
    assert _person(web, "committee1").get("/cases/?after=nonsense").status_code == 422


def test_an_overdue_case_says_so_in_its_file(desk: Desk, web: Flask, clock: MovableClock) -> None:
    case = desk.register(matter_class="紧急安全")
    clock.set_beijing(date(2026, 9, 29))
    page = _person(web, "station1a").get(f"/cases/{case}").text
    assert "已经超过答复期限" in page
    assert '<li class="overdue"' in page


def test_a_provisional_date_says_so(desk: Desk, web: Flask, clock: MovableClock) -> None:
    clock.set_beijing(date(2026, 12, 24))
    case = desk.register()
    page = _person(web, "station1a").get(f"/cases/{case}").text
    assert "暂定" in page
    assert "可能" in page


def test_the_health_of_the_links_names_the_broken_chain_and_who_must_act(
    desk: Desk, web: Flask, clock: MovableClock
) -> None:
    case = desk.register()
    page = _person(web, "director").get("/cases/health").text
    assert "没有断链" in page
    desk.pass_time_to(date(2026, 9, 30))
    page = _person(web, "director").get("/cases/health").text
    assert "1 件断链" in page
    assert f"/cases/{case}" in page
    assert "登记有反映" in page
    assert "街道人大工委" in page
    assert "断 1 / 1" in page
    assert f"/cases/{case}" in _person(web, "station1a").get("/cases/health?month=2026-09").text
    assert "没有断链" in _person(web, "station2").get("/cases/health").text
    assert _person(web, "station2").get("/cases/health?month=13").status_code == 422
    assert _person(web, "dept1").get("/cases/health").status_code == 403


def test_what_a_visitor_brought_and_whether_it_is_sensitive_stands_on_the_file(desk: Desk, web: Flask) -> None:
    clerk = Browser(web).sign_in("station1a")
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "grey").save(picture, "JPEG")
    brought = {"attachments": (io.BytesIO(picture.getvalue()), "积水.jpg"), "sensitive": "yes"}
    slip = clerk.post("/cases/register", {**ORDINARY, "title": "孩子看病报销", **brought})
    assert "来访登记回执" in slip.text
    case_id = re.findall(r'href="/cases/([^/"]+)"', slip.text)[-1]
    page = clerk.get(f"/cases/{case_id}").text
    assert "涉及敏感个人信息" in page
    file = re.search(r'href="(/files/[^"]+)"', page)
    assert file
    with clerk.get(file[1]) as sent:
        assert sent.mimetype == "image/jpeg"
    book = clerk.get("/cases/book").text
    assert ORDINARY["topic"] in book
    assert "孩子看病报销" not in book


def test_a_file_that_is_none_is_refused_and_nothing_is_registered(desk: Desk, web: Flask) -> None:
    clerk = Browser(web).sign_in("station1a")
    refused = clerk.post("/cases/register", {**ORDINARY, "attachments": (io.BytesIO(b"MZ"), "病历.pdf")})
    assert refused.status_code == 422
    assert "只能上传照片" in refused.text
    assert ORDINARY["title"] in refused.text
    assert "2026-0001" not in clerk.get("/cases/").text
