"""The banner about next year's holidays, and the page it leads to."""

from datetime import date
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook

from tests.factories import Town
from tests.process.casework import Desk
from tests.service.browsing import Browser
from tests.unit.workdays_notices import LINES, NEXT_YEAR, transcript
from workflows.actor import the_clock
from workflows.clock import MovableClock
from workflows.workdays import actions as workdays
from workflows.workdays.notice import read_notice

MISSING, LINK = "2027年放假安排还没有导入", 'href="/calendar/#import"'
PAGES = ("/inbox/", "/cases/", "/notices/", "/calendar/", "/cases/no-such-case")


@pytest.fixture
def desk(town: Town, clock: MovableClock) -> Desk:
    desk = Desk(town, clock)
    desk.publish()
    return desk


def _at(web: Flask, login: str) -> Browser:
    return Browser(web).sign_in(login)


@pytest.mark.parametrize("login", ["admin", "committee1", "director"])
def test_from_december_every_page_of_those_who_can_do_it_says_so(
    desk: Desk, web: Flask, clock: MovableClock, login: str
) -> None:
    clock.set_beijing(date(2026, 11, 30))
    person = _at(web, login)
    assert MISSING not in person.get("/inbox/").text
    clock.set_beijing(date(2026, 12, 1))
    for path in PAGES:
        page = _at(web, login).get(path).text
        assert MISSING in page, path
        assert LINK in page, path


@pytest.mark.parametrize("login", ["station1a", "deputy01", "dept1"])
def test_nobody_else_is_bothered(desk: Desk, web: Flask, clock: MovableClock, login: str) -> None:
    clock.set_beijing(date(2026, 12, 20))
    person = _at(web, login)
    assert MISSING not in person.get("/notices/").text
    assert person.get("/calendar/").status_code == 403


def test_an_open_deadline_that_depends_on_next_year_is_said_before_december_too(
    desk: Desk, web: Flask, clock: MovableClock
) -> None:
    """The December guard: 15 working days after 27 November end on a day that next year's notice may move."""
    clock.set_beijing(date(2026, 11, 30))
    case = desk.register(solvable="本站")
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        row = desk._case(session, case)
        row.respond_by, row.respond_by_final = date(2026, 12, 22), False
    page = _at(web, "committee1").get("/inbox/").text
    assert MISSING in page
    assert "有1件未办结事项的答复期限因此是暂定的" in page


def test_the_banner_changes_with_the_draft_and_goes_with_the_confirmation(
    desk: Desk, web: Flask, clock: MovableClock
) -> None:
    clock.set_beijing(date(2026, 12, 1))
    person = _at(web, "admin")
    with desk.workplace.unit_of_work(None) as session:
        read = read_notice(transcript(2027, NEXT_YEAR), 2027)
        workdays.draft_year(session, the_clock(None), read, at=clock())
    assert "2027年放假安排已导入，还没有确认" in person.get("/inbox/").text
    with desk.workplace.unit_of_work(None) as session:
        workdays.confirm_year(session, the_clock(None), year=2027, reason="核对", second_person=False, at=clock())
    assert "放假安排" not in person.get("/inbox/").text


def test_the_page_shows_the_years_and_the_days(desk: Desk, web: Flask, clock: MovableClock) -> None:
    clock.set_beijing(date(2026, 12, 1))
    page = _at(web, "admin").get("/calendar/").text
    for text in ("2025", "2026", "2027", "正式", "未公布", "导入2027年放假安排"):
        assert text in page
    assert page.count("<small>休</small>") > page.count("<small>班</small>") == 6
    assert 'title="国庆节">10<small>班</small>' in page
    assert "导入2027年放假安排" not in _at(web, "committee1").get("/calendar/").text
    assert _at(web, "admin").get("/calendar/?year=1999").status_code == 404


@pytest.fixture
def over_the_year(desk: Desk, web: Flask, clock: MovableClock) -> str:
    """A visit on 24 December 2026, whose date is provisional, and the draft of 2027 by the administrator."""
    clock.set_beijing(date(2026, 12, 24))
    case = desk.register()
    assert desk.case(case).respond_by == date(2027, 1, 5)
    text = transcript(2027, NEXT_YEAR)
    answer = _at(web, "admin").post("/calendar/drafts", {"text": text}, follow_redirects=False)
    assert answer.location == "/calendar/drafts/2027", answer.text
    return case


def test_a_notice_is_pasted_looked_at_and_confirmed_by_somebody_else(
    desk: Desk, web: Flask, over_the_year: str
) -> None:
    admin, director = _at(web, "admin"), _at(web, "director")
    page = admin.get("/calendar/drafts/2027").text
    assert "要由另一位流程管理员或者街道人大工委核对" in page
    assert "国庆节" in page
    assert _at(web, "admin").post("/calendar/drafts/2027/confirm", {"reason": "核对"}).status_code == 403
    page = director.get("/calendar/drafts/2027").text
    moved = page[page.index("会变动的答复期限") : page.index("假日和补班")]
    number = desk.case(over_the_year).number
    expected = desk.case(over_the_year)
    done = director.post("/calendar/drafts/2027/confirm", {"reason": "已对照中国政府网原文"})
    assert done.location == "/calendar/?year=2027"
    after = desk.case(over_the_year)
    assert (number in moved) is (after.respond_by != expected.respond_by)
    assert after.respond_by_final
    assert "放假安排已生效" in director.get("/calendar/?year=2027").text
    assert director.get("/calendar/drafts/2027").status_code == 404


def test_the_preview_names_each_date_that_would_move_and_how(desk: Desk, web: Flask, clock: MovableClock) -> None:
    """A second notice takes 10 October's make-up day away: what was due on 12 October is due on the 13th."""
    clock.set_beijing(date(2026, 9, 24))
    case = desk.register()
    lines = LINES[2026].replace("9月20日（周日）、10月10日（周六）上班", "9月20日（周日）上班")
    assert lines != LINES[2026]
    _at(web, "admin").post("/calendar/drafts", {"text": transcript(2026, lines)})
    page = _at(web, "director").get("/calendar/drafts/2026").text
    assert desk.case(case).number in page
    assert "2026年10月12日 周一" in page
    assert "2026年10月13日 周二" in page
    assert "推后" in page
    assert "changed" in page


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "请粘贴通知全文"), ("今天天气很好", "年"), (transcript(2027, NEXT_YEAR)[:120], "")],
)
def test_what_is_no_notice_is_refused_with_a_sentence_and_kept(
    desk: Desk, web: Flask, text: str, sentence: str
) -> None:
    answer = _at(web, "admin").post("/calendar/drafts", {"text": text})
    if answer.status_code == 303:  # it reads as a notice, and the checks say what is missing
        assert "不能生效" in _at(web, "admin").get(answer.location).text
        return
    assert answer.status_code == 422
    assert sentence in answer.text
    assert text in answer.text


def test_only_the_administrator_imports(desk: Desk, web: Flask) -> None:
    text = {"text": transcript(2027, NEXT_YEAR)}
    assert _at(web, "director").post("/calendar/drafts", text).status_code == 403
    assert _at(web, "station1a").get("/calendar/drafts/2027").status_code == 403


def test_the_spreadsheet_template_is_what_the_import_reads(desk: Desk, web: Flask) -> None:
    answer = _at(web, "admin").get("/calendar/template.xlsx")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="calendar.xlsx"'
    sheet = load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]][:3] == ["日期", "类型", "名称"]
