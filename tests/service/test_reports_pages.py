"""The pages about a period: its figures, what lies behind them, the report on paper, and files to take away."""

import io
import re
from datetime import date
from html import unescape

import pytest
from flask import Flask
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import select

from tests.factories import PASSWORD, Town, second_street
from tests.process.casework import DONE, ORDINARY, TOLD, Desk
from tests.service.browsing import Browser
from workflows.actor import the_clock
from workflows.audit import AuditEntry
from workflows.clock import MovableClock
from workflows.people import actions as people
from workflows.people.rules import DISTRICT

HALF = "/reports/?period=2026-H2"


@pytest.fixture
def desk(town: Town, clock: MovableClock) -> Desk:
    clock.set_beijing(date(2026, 9, 24))
    desk = Desk(town, clock)
    desk.publish()
    return desk


def at(web: Flask, login: str) -> Browser:
    return Browser(web).sign_in(login)


def some_visits(desk: Desk) -> dict[str, str]:
    cases = {
        "spot": desk.register(outcome="当场答复", answer="已说明。", title="当场的事"),
        "told": desk.register(title='=HYPERLINK("x") 积水'),
        "open": desk.register(title="还在办的事"),
        "other": desk.register("station2", title="别站的事"),
    }
    desk.refer(cases["told"])
    desk.do(cases["told"], "handle", DONE)
    desk.do(cases["told"], "reply", TOLD)
    desk.do(cases["told"], "feedback", {"satisfaction": "满意"})
    return cases


def tiles(page: str) -> dict[str, int]:
    return {label: int(count) for count, label in re.findall(r"<strong>(\d+)</strong>([^<]+)</", page)}


def links(page: str, label: str) -> str:
    found = re.search(rf'<a href="([^"]+)"><strong>\d+</strong>{label}</a>', page)
    assert found, label
    return unescape(found[1])


def test_figures_of_a_half_year_open_their_cases(desk: Desk, web: Flask) -> None:
    some_visits(desk)
    committee = at(web, "committee1")
    page = committee.get(HALF).text
    wanted = {"来访": 4, "当场答复": 1, "转交办理": 3, "按期答复": 1, "未到期": 2, "来访人次": 4}
    assert {name: tiles(page).get(name) for name in wanted} == wanted
    listed = committee.get(links(page, "未到期")).text
    assert "还在办的事" in listed
    assert "别站的事" in listed
    assert "当场的事" not in listed
    assert "100.0%" in page
    assert "1/1" in page


def test_a_station_sees_its_own_and_nothing_else(desk: Desk, web: Flask) -> None:
    some_visits(desk)
    station = at(web, "station2")
    page = station.get(HALF).text
    assert tiles(page)["来访"] == 1
    other = desk.town.villages[0].station_id
    assert "别站的事" in station.get("/reports/cases?period=2026-H2&figure=visits").text
    for path in (
        "/reports/?",
        "/reports/cases?figure=visits&",
        "/reports/activities?",
        "/reports/suggestions?",
        "/reports/paper?",
    ):
        assert station.get(f"{path}period=2026-H2&station={other}").status_code == 403, path
    refused = station.post(f"/reports/excel?period=2026-H2&station={other}", {"what": "visits"})
    assert refused.status_code == 403
    for login in ("dept1", "deputy01", "office", "admin"):
        assert at(web, login).get(HALF).status_code == 403


def test_the_district_sees_numbers_of_streets_and_no_matter(desk: Desk, web: Flask) -> None:
    some_visits(desk)
    second_street(desk.workplace)
    with desk.workplace.unit_of_work(None) as session:
        clock = the_clock(None)
        user = people.create_user(
            session, clock, login="district", password=PASSWORD, display_name="区人大联络员", at=desk.clock()
        )
        people.grant(session, clock, user_id=user.id, role=DISTRICT, at=desk.clock())
    browser = at(web, "district")
    assert browser.get("/").location == "/reports/"
    page = browser.get(HALF).text
    assert re.search(r"陆集街道</th>\s*<td[^>]*>4</td>", page)
    assert re.search(r"新桥街道</th>\s*<td[^>]*>0</td>", page)
    assert not [word for word in ("积水", "王桂兰", "官庄", "别站的事") if word in page]
    for path in ("/reports/cases?period=2026-H2", "/reports/activities", "/reports/paper"):
        assert browser.get(path).status_code == 403
    assert browser.post("/reports/excel?period=2026-H2", {"what": "visits"}).status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reports/?period=2026-13", 422),
        ("/reports/?period=nonsense", 422),
        ("/reports/cases?period=2026-H2&figure=nonsense", 422),
        ("/reports/cases?period=2026-H2&figure=visits&month=x", 422),
        ("/reports/cases?period=2026-H2&after=nonsense", 422),
        ("/reports/", 200),
        ("/reports/?period=2019-Q1", 200),
        ("/reports/activities?period=2026-H2&kind=接待日", 200),
        ("/reports/suggestions?period=2026-H2&kind=意见建议", 200),
    ],
)
def test_a_strange_address_is_refused_in_words(desk: Desk, web: Flask, path: str, status: int) -> None:
    assert at(web, "committee1").get(path).status_code == status


def test_the_report_tells_the_figures_in_sentences(desk: Desk, web: Flask) -> None:
    some_visits(desk)
    page = unescape(re.sub(r"<[^>]+>", "", at(web, "committee1").get("/reports/paper?period=2026-H2").text))
    for words in (
        "2026年下半年，全街道共开展代表接待日活动0场次，接待群众来访4件、4人次。",
        "其中，当场答复1件，占25.0%；不能当场答复、转交办理3件。",
        "已到答复期限或已经答复的1件，按期答复1件，按期答复率100.0%。尚未到期2件。",
        "平均0.0个工作日答复。",
        "回访来访人：满意1件；满意率100.0%（1/1）。",
        "本期没有立件的代表意见建议。",
        "本期尚未结束，数字截至2026年9月24日。",
    ):
        assert words in page, words
    own = at(web, "station2").get("/reports/paper?period=2026-H2").text
    assert "虎山村人大代表工作站共开展" in own


def test_a_report_of_nothing_is_a_report(desk: Desk, web: Flask) -> None:
    page = at(web, "committee1").get("/reports/paper?period=2025").text
    assert "本期没有需要转交办理的来访。" in page
    assert "<svg" not in page


@pytest.mark.pdf
def test_the_report_is_a_pdf_with_its_charts(desk: Desk, web: Flask) -> None:
    some_visits(desk)
    answer = at(web, "committee1").get("/reports/paper?period=2026-H2&as=pdf")
    assert answer.content_type == "application/pdf"
    assert "2026%E5%B9%B4%E4%B8%8B%E5%8D%8A%E5%B9%B4" in answer.headers["Content-Disposition"]
    words = "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages).split())
    for wanted in ("2026年下半年群众来访和代表履职统计报告", "各月来访", "当场答复1件", "统计口径"):
        assert wanted in words


def test_charts_name_themselves_and_their_numbers(desk: Desk, web: Flask) -> None:
    some_visits(desk)
    page = at(web, "committee1").get(HALF).text
    assert page.count('role="img"') == 5
    assert '<title id="months-title">各月来访</title>' in page
    assert "9月：当场答复 1，转交办理 3，不予受理 0" in page
    assert not re.search(r"<svg[^>]*style=|<style", page)


def _book(answer: bytes) -> dict[str, list[list[object]]]:
    book = load_workbook(io.BytesIO(answer))
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book.worksheets}


def _excel(web: Flask, login: str, what: str) -> dict[str, list[list[object]]]:
    answer = at(web, login).post("/reports/excel?period=2026-H2", {"what": what})
    assert answer.status_code == 200
    assert answer.content_type.endswith("spreadsheetml.sheet")
    content = answer.data
    answer.close()
    return _book(content)


def test_the_register_of_visits_as_a_file(desk: Desk, web: Flask) -> None:
    some_visits(desk)
    sheet = _excel(web, "station1a", "visits")["来访登记簿"]
    assert sheet[0][0] == "2026年下半年来访登记簿"
    header, rows = sheet[1], sheet[2:]
    assert len(rows) == 3
    told = dict(zip(header, rows[1], strict=True))
    assert told["事由"] == '=HYPERLINK("x") 积水'
    assert told["来访人"] == "王**"
    assert str(told["来访日期"]).startswith("2026-09-24")
    text = str(sheet)
    assert ORDINARY["name"] not in text
    assert ORDINARY["phone"] not in text
    assert "别站的事" not in text


def test_the_ledger_of_handled_cases_as_a_file(desk: Desk, web: Flask) -> None:
    cases = some_visits(desk)
    sheet = _excel(web, "committee1", "ledger")["办件台账"]
    header, rows = sheet[1], sheet[2:]
    assert [row[0] for row in rows] == [desk.case(cases[name]).number for name in ("told", "open", "other")]
    told = dict(zip(header, rows[0], strict=True))
    assert (told["承办"], told["办理结果"], told["满意度"], told["超期"]) == ("城管办", "已解决", "满意", None)
    assert str(told["答复期限"]).startswith("2026-10-12")


def test_the_figures_as_a_file(desk: Desk, web: Flask) -> None:
    some_visits(desk)
    book = _excel(web, "committee1", "statistics")
    assert list(book) == ["汇总", "各工作站", "各类别", "各主题", "各月份", "代表活动", "代表意见建议"]
    summary = {row[0]: row[1:] for row in book["汇总"][2:]}
    assert summary["来访"][0] == 4
    assert summary["按期答复率"][1:4] == [1, 1, 1]
    months = {row[0]: row[2] for row in book["各月份"][2:]}
    assert months == {f"2026-{month:02d}": 4 if month == 9 else 0 for month in range(7, 13)}


def test_what_is_taken_away_is_noted(desk: Desk, web: Flask) -> None:
    some_visits(desk)
    _excel(web, "station1a", "ledger")
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "report.exported")).one()
    assert (noted.object_key, noted.actor_name) == ("period:2026-H2", desk.town.actor("station1a").name)
    assert noted.facts == {"what": "ledger", "station": ""}
    assert at(web, "station1a").post("/reports/excel?period=2026-H2", {"what": "secrets"}).status_code == 422
