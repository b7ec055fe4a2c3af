"""Papers of a case and the register of visits: what stands on them, for whom, as a page and as a PDF."""

from datetime import date
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from service import printing
from tests.factories import Town
from tests.process.casework import DONE, ORDINARY, Desk
from tests.service.browsing import Browser
from workflows.audit import AuditEntry
from workflows.clock import MovableClock
from workflows.people import queries as people

NAME, PHONE = ORDINARY["name"], ORDINARY["phone"]


@pytest.fixture
def desk(town: Town, clock: MovableClock) -> Desk:
    clock.set_beijing(date(2026, 9, 24))
    desk = Desk(town, clock)
    desk.publish()
    return desk


def at(web: Flask, login: str) -> Browser:
    return Browser(web).sign_in(login)


def text_of(pdf: bytes) -> str:
    """The words of a PDF without the line breaks and spaces that the layout puts in."""
    return "".join("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def replied(desk: Desk) -> str:
    case = desk.register(reply_channel="书面")
    desk.refer(case)
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", {"channel": "书面", "content": "排水沟已疏通，请放心。", "proof": "王桂兰签收"})
    return case


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("form", ("人大代表接待来访登记表", "雨后路上积水到脚面", "2026年10月12日 周一", "来访人签名")),
        ("sheet", ("来访事项办理单", "城管办", "请按期办理", "已疏通排水沟")),
        (
            "letter",
            ("关于村内道路积水的回复", "年来访第0001号", "排水沟已疏通，请放心。", "王桂兰签收", "签收人", "盖章"),
        ),
        ("dates", ("答复期限说明", "第7日", "国庆节补班", "国务院办公厅", "办理期限", "第30日")),
    ],
)
def test_a_paper_holds_what_its_name_promises(desk: Desk, web: Flask, kind: str, words: tuple[str, ...]) -> None:
    case = replied(desk)
    page = at(web, "station1a").post(f"/cases/{case}/prints/{kind}").text
    assert [word for word in words if word not in page] == []
    assert desk.case(case).number.partition("-")[2] in page


def test_the_letter_says_whom_to_call(desk: Desk, web: Flask) -> None:
    case = replied(desk)
    for phone, printed in (("", "联系电话：＿＿＿"), ("0527-80000001", "联系电话：0527-80000001")):
        with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
            people.unit(session, desk.case(case).station_id).phone = phone
        assert printed in at(web, "station1a").post(f"/cases/{case}/prints/letter").text


@pytest.mark.pdf
def test_the_letter_is_a_pdf_with_the_visitors_name(desk: Desk, web: Flask) -> None:
    case = replied(desk)
    answer = at(web, "station1a").post(f"/cases/{case}/prints/letter", {"as": "pdf"})
    assert answer.content_type == "application/pdf"
    assert "%E5%9B%9E%E5%A4%8D%E5%87%BD" in answer.headers["Content-Disposition"]  # 回复函
    words = text_of(answer.data)
    for word in (NAME, "关于村内道路积水的回复", "排水沟已疏通，请放心。", desk.town.villages[0].name):
        assert word in words
    assert len(PdfReader(BytesIO(answer.data)).pages) == 1


def test_a_name_is_written_out_only_on_the_papers_of_its_own_station(desk: Desk, web: Flask) -> None:
    case = desk.register()
    assert NAME in at(web, "station1a").post(f"/cases/{case}/prints/form").text
    committee = at(web, "committee1").post(f"/cases/{case}/prints/form").text
    assert NAME not in committee
    assert PHONE not in committee
    desk.refer(case)
    department = at(web, "dept1").post(f"/cases/{case}/prints/sheet").text
    assert NAME not in department
    assert "199****1234" in department


def test_who_may_print_what(desk: Desk, web: Flask) -> None:
    case = desk.register()
    assert at(web, "station1a").post(f"/cases/{case}/prints/letter").status_code == 409
    assert at(web, "station1a").post(f"/cases/{case}/prints/poster").status_code == 404
    assert at(web, "station2").post(f"/cases/{case}/prints/form").status_code == 404
    assert at(web, "dept1").post(f"/cases/{case}/prints/sheet").status_code == 404  # not referred to it yet
    desk.refer(case)
    assert at(web, "dept1").post(f"/cases/{case}/prints/form").status_code == 404
    assert at(web, "deputy01").post(f"/cases/{case}/prints/form").status_code == 403


def test_every_print_is_noted(desk: Desk, web: Flask) -> None:
    case = desk.register()
    at(web, "station1a").post(f"/cases/{case}/prints/form")
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        query = select(AuditEntry).where(AuditEntry.object_key == f"case:{case}", AuditEntry.action == "case.printed")
        noted = session.scalars(query).one()
    assert (noted.actor_name, noted.facts) == (desk.town.actor("station1a").name, {"kind": "form"})


def test_the_register_lists_the_visits_of_a_period_masked(desk: Desk, web: Flask) -> None:
    numbers = [desk.case(desk.register()).number for _ in range(3)]
    other = desk.case(desk.register("station2")).number
    page = at(web, "station1a").get("/cases/book?first=2026-09-01&last=2026-09-30").text
    assert [number for number in numbers if number not in page] == []
    assert other not in page
    assert "共 3 件" in page
    assert NAME not in page
    assert "共 0 件" in at(web, "station1a").get("/cases/book?first=2026-08-01&last=2026-08-31").text


@pytest.mark.pdf
def test_the_committees_register_of_all_stations_is_a_pdf(desk: Desk, web: Flask) -> None:
    for login in ("station1a", "station1a", "station1a", "station2"):
        desk.register(login)
    whole = at(web, "committee1").get("/cases/book?first=2026-09-01&last=2026-09-30&as=pdf")
    assert "共4件" in text_of(whole.data)


@pytest.mark.parametrize("query", ["first=x", "first=2026-09-30&last=2026-09-01", "first=2020-01-01&last=2026-09-01"])
def test_a_period_that_is_none_is_refused(desk: Desk, web: Flask, query: str) -> None:
    assert at(web, "station1a").get(f"/cases/book?{query}").status_code == 422


@pytest.mark.pdf
def test_nothing_is_opened_for_a_pdf(tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("secret") / "key.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text y="20">geheim</text></svg>')
    page = f"<!doctype html><p>visible</p><img src='file://{secret}'><img src='http://127.0.0.1:9/x.png'>"
    words = text_of(printing.to_pdf(page))
    assert "visible" in words
    assert "geheim" not in words


@pytest.mark.pdf
def test_without_its_libraries_the_paper_is_a_page_that_says_so(
    desk: Desk, web: Flask, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path_factory.mktemp("libraries")
    for name in ("libpango-1.0.so.0", "libpangoft2-1.0.so.0"):
        (broken / name).write_bytes(b"not a library")  # what is found first and can not be loaded
    case = desk.register()
    clerk = at(web, "station1a")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(broken))
    answer = clerk.post(f"/cases/{case}/prints/form", {"as": "pdf"})
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/html")
    assert "这台服务器没有安装 PDF 组件" in answer.text
    assert "人大代表接待来访登记表" in answer.text
    monkeypatch.undo()
    assert clerk.post(f"/cases/{case}/prints/form", {"as": "pdf"}).content_type == "application/pdf"


@pytest.mark.pdf
def test_the_same_paper_is_the_same_file() -> None:
    page = "<!doctype html><html lang=zh-CN><title>回复</title><p>答复</p></html>"
    assert printing.to_pdf(page) == printing.to_pdf(page)


def test_the_register_of_a_clerk_is_that_of_the_own_station(desk: Desk, web: Flask) -> None:
    page = at(web, "station1a").get("/cases/book").text
    assert f"<p>{desk.town.villages[0].name}人大代表工作站" in page
    assert "全部工作站" in at(web, "committee1").get("/cases/book").text
