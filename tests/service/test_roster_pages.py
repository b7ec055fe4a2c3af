"""The organisation by spreadsheet through pages: download, preview, confirm; what is wrong changes nothing."""

import io
import re
from datetime import date
from html import unescape

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from tests.factories import Town
from tests.service.browsing import Browser
from workflows.people import queries
from workflows.people.roster_rules import DEPUTY_COLUMNS
from workflows.people.tables import Mandate


def _list(*rows: dict[str, str | date]) -> dict[str, tuple[io.BytesIO, str]]:
    book, file = Workbook(), io.BytesIO()
    book.worksheets[0].title = "代表"
    book.worksheets[0].append(["名册"])
    book.worksheets[0].append(list(DEPUTY_COLUMNS))
    for row in rows:
        book.worksheets[0].append([row.get(name, "") for name in DEPUTY_COLUMNS])
    book.save(file)
    file.seek(0)
    return {"file": (file, "名册.xlsx")}


def _row(town: Town, number: int, **cells: str | date) -> dict[str, str | date]:
    seat = town.deputies[number - 1]
    village = next(village for village in town.villages if village.id == seat.group_id)
    usual = {"姓名": seat.name, "代表类别": "议政代表", "层级": "街道", "届": "第一届", "所在小组": village.name}
    return {**usual, **cells}


@pytest.fixture
def admin(web: Flask) -> Browser:
    return Browser(web).sign_in("admin")


def _preview(admin: Browser, *rows: dict[str, str | date]):  # type: ignore[no-untyped-def]
    return admin.post("/people/roster/", _list(*rows), content_type="multipart/form-data")


def _confirm(admin: Browser, page: str):  # type: ignore[no-untyped-def]
    found = re.search(r'name="rows" value="([^"]*)"', page)
    assert found
    return admin.post("/people/roster/apply", {"rows": unescape(found[1])})


def test_the_list_goes_out_without_telephone_numbers_and_back_without_a_change(admin: Browser) -> None:
    with admin.get("/people/roster/list.xlsx") as answer:
        content = answer.data
    book = load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["单位", "代表"]
    assert not [
        cell for row in book["代表"].iter_rows(values_only=True) for cell in row if str(cell).startswith("1990")
    ]
    answer = admin.post(
        "/people/roster/", {"file": (io.BytesIO(content), "a.xlsx")}, content_type="multipart/form-data"
    )
    assert answer.status_code == 200, answer.text
    assert "表格和现在的名册一样" in answer.text
    assert "确认导入" not in answer.text


def test_a_move_in_the_middle_of_a_quarter_is_shown_confirmed_and_counts_from_its_day(
    admin: Browser, town: Town
) -> None:
    mover, (first, second) = town.deputies[0], town.villages
    page = _preview(admin, _row(town, 1, 所在小组=second.name, 起始日期=date(2026, 5, 16)))
    assert page.status_code == 200
    assert f"{mover.name}由{first.name}调到{second.name}" in page.text

    def group_on(day: date) -> str:
        with town.workplace.reading(town.subdistrict_id) as session:
            return next(s.group_id for s in queries.deputies_on(session, day) if s.person_id == mover.person_id)

    assert group_on(date(2026, 5, 16)) == first.id  # nothing changed yet
    assert _confirm(admin, page.text).status_code == 303
    assert (group_on(date(2026, 5, 15)), group_on(date(2026, 5, 16))) == (first.id, second.id)


def test_somebody_new_takes_a_seat_and_somebody_leaves(admin: Browser, town: Town) -> None:
    with town.workplace.unit_of_work(town.subdistrict_id) as session:
        for seat in session.scalars(select(Mandate)):
            seat.basis = before = "陆街人大〔2023〕1号"
    new = {**_row(town, 1), "姓名": "周新生", "手机号": "13911112222", "起始日期": "2026-04-01", "依据": "补选"}
    page = _preview(admin, new, _row(town, 2, 结束日期="2026-03-31", 依据="辞职"), _row(town, 3, 结束日期="2026-03-31"))
    assert _confirm(admin, page.text).status_code == 303
    with town.workplace.reading(town.subdistrict_id) as session:
        query = select(Mandate.person_id, Mandate.basis).where(Mandate.valid_to.is_not(None))
        ended = dict(session.execute(query).all())
    assert ended == {town.deputies[1].person_id: "辞职", town.deputies[2].person_id: before}
    with town.workplace.reading(town.subdistrict_id) as session:
        names = {seat.name for seat in queries.deputies_on(session, date(2026, 4, 1))}
    assert "周新生" in names
    assert town.deputies[1].name not in names


def test_one_wrong_line_keeps_the_whole_list_out(admin: Browser, town: Town) -> None:
    page = _preview(admin, _row(town, 1, 结束日期="2026-03-31"), _row(town, 2, 所在小组="外村"))
    assert page.status_code == 422
    assert "所在小组：没有名为“外村”的村（社区）。" in page.text
    assert "确认导入" not in page.text


def test_books_that_changed_since_the_preview_refuse_the_list(admin: Browser, town: Town) -> None:
    page = _preview(admin, _row(town, 1, 所在小组=town.villages[1].name, 起始日期="2026-05-16"))
    assert _confirm(admin, page.text).status_code == 303
    page = _preview(admin, _row(town, 2, 所在小组=town.villages[1].name, 起始日期="2026-06-01"))
    assert _confirm(admin, page.text).status_code == 303
    assert _confirm(admin, page.text).status_code == 303  # once more changes nothing
    with town.workplace.reading(town.subdistrict_id) as session:
        seats = [s for s in queries.deputies_on(session, date(2026, 6, 2)) if s.group_id == town.villages[1].id]
    assert len(seats) == 5


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nonsense"], ids=["none", "broken"])
def test_what_is_no_list_is_refused(admin: Browser, content: bytes) -> None:
    file = {"file": (io.BytesIO(content), "a.xlsx")}
    answer = admin.post("/people/roster/", file, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "Excel" in answer.text


def test_a_list_without_its_columns_and_rows_that_nobody_looked_at_are_refused(admin: Browser) -> None:
    book, file = Workbook(), io.BytesIO()
    book.worksheets[0].title = "代表"
    book.worksheets[0].append(["姓名", "手机号"])
    book.save(file)
    file.seek(0)
    answer = admin.post("/people/roster/", {"file": (file, "a.xlsx")}, content_type="multipart/form-data")
    assert "缺少这些列：代表类别、层级" in answer.text
    assert admin.post("/people/roster/apply", {"rows": "[[],[[1,{}]]]"}).status_code == 422


@pytest.mark.parametrize("login", ["committee1", "station1a", "deputy01"])
def test_nobody_else_imports_people(web: Flask, login: str) -> None:
    browser = Browser(web).sign_in(login)
    assert browser.get("/people/roster/").status_code == 403
    assert browser.post("/people/roster/apply", {"rows": "[[],[]]"}).status_code == 403
