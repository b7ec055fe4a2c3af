"""A year from a spreadsheet, a CSV file or a JSON file: the same days, the same checks."""

import io
import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.unit.workdays_notices import NEXT_YEAR, transcript
from workflows.errors import Invalid
from workflows.workdays import sheets
from workflows.workdays.checks import ReadYear
from workflows.workdays.notice import read_notice

NOTICE = read_notice(transcript(2027, NEXT_YEAR), 2027)
Row = tuple[object, object, object]
ROWS: list[Row] = [(rule.day, "上班" if rule.working else "放假", rule.name) for rule in NOTICE.days]


def facts(read: ReadYear) -> list[tuple[date, bool, str]]:
    return [(rule.day, rule.working, rule.name) for rule in read.days]


def as_excel(rows: list[Row]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def as_json(**changes: Any) -> str:
    days = [{"name": rule.name, "date": rule.day.isoformat(), "isOffDay": not rule.working} for rule in NOTICE.days]
    paper = "https://www.gov.cn/zhengce/content/202611/content_0000000.htm"
    return json.dumps({"year": 2027, "papers": [paper], "days": days} | changes, ensure_ascii=False)


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda: sheets.read_rows([sheets.HEADINGS, *ROWS], 2027), id="rows"),
        pytest.param(lambda: sheets.read_excel(as_excel([sheets.HEADINGS, *ROWS]), 2027), id="excel"),
        pytest.param(
            lambda: sheets.read_csv("\ufeff日期,类型,名称\r\n" + "\r\n".join(f"{d},{k},{n}" for d, k, n in ROWS)),
            id="csv",
        ),
        pytest.param(lambda: sheets.read_csv("\n".join(f"{d}\t{k}\t{n}" for d, k, n in ROWS)), id="copied cells"),
        pytest.param(lambda: sheets.read_json(as_json(), 2027), id="json"),
        pytest.param(lambda: sheets.read_json(as_json()), id="json without a chosen year"),
    ],
)
def test_every_way_in_leads_to_the_same_days(read: Callable[[], ReadYear]) -> None:
    found = read()
    assert found.year == 2027
    assert facts(found) == facts(NOTICE)
    assert found.findings == ()


@pytest.mark.parametrize(
    "written",
    ["2027-01-01", "2027/1/1", "2027.1.1", "2027年1月1日", datetime(2027, 1, 1), date(2027, 1, 1)],  # noqa: DTZ001 - what openpyxl gives
)
def test_a_date_may_be_written_in_any_usual_way(written: object) -> None:
    assert sheets.read_rows([(written, "放假", "元旦")], 2027).days[0].day == date(2027, 1, 1)


@pytest.mark.parametrize(
    "row",
    [
        ("2027-02-30", "放假", "春节"),
        ("明年", "放假", "春节"),
        (46000, "放假", "春节"),
        ("2027-02-05", "休息", "春节"),
        ("2027-02-05", "", "春节"),
        ("2027-02-05", "放假", ""),
        (None, "放假", "春节"),
    ],
)
def test_a_row_that_is_not_understood_is_named(row: Row) -> None:
    with pytest.raises(Invalid, match="第 2 行看不懂"):
        sheets.read_rows([sheets.HEADINGS, row], 2027)


def test_names_without_their_last_character_find_their_festival() -> None:
    short = [(day, kind, str(name)[:2]) for day, kind, name in ROWS]
    assert facts(sheets.read_rows(short, 2027)) == facts(NOTICE)


def test_a_sheet_without_a_festival_blocks() -> None:
    read = sheets.read_rows([row for row in ROWS if row[2] != "清明节"], 2027)
    assert "没有找到：清明节" in read.findings[0].text
    assert read.findings[0].blocks


def test_a_sheet_of_another_year_blocks() -> None:
    assert any(f.blocks and "不在 2028 年" in f.text for f in sheets.read_rows(ROWS, 2028).findings)
    assert any(f.blocks and "写的是 2027 年" in f.text for f in sheets.read_json(as_json(), 2028).findings)


@pytest.mark.parametrize("changes", [{"days": []}, {"papers": []}, {"days": [], "papers": []}])
def test_the_empty_file_of_a_year_that_is_not_published_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="还没有公布"):
        sheets.read_json(as_json(**changes))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "5",
        "{}",
        "[" * 100_000,
        '{"year": 2027, "days": 5, "papers": []}',
        as_json(year="2027"),
        as_json(year=None),
        as_json(papers="x"),
        as_json(days=[{"name": "元旦", "date": "2027-01-01", "isOffDay": "false"}]),
        as_json(days=[{"name": "元旦", "date": "2027-13-01", "isOffDay": True}]),
        as_json(days=["2027-01-01"]),
    ],
)
def test_another_json_file_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="不是放假安排的 JSON 文件"):
        sheets.read_json(text)


def test_the_address_of_the_notice_is_kept() -> None:
    assert sheets.read_json(as_json()).url.startswith("https://www.gov.cn/")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", "日期,类型,名称".encode()])
def test_what_is_no_excel_file_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid, match="不是能打开的 Excel 文件"):
        sheets.read_excel(content)


def test_an_empty_sheet_is_refused() -> None:
    with pytest.raises(Invalid, match="没有任何日期"):
        sheets.read_rows([sheets.HEADINGS, (None, None, None)], 2027)


def test_an_endless_sheet_is_refused() -> None:
    with pytest.raises(Invalid, match="最多 1000 行"):
        sheets.read_rows(ROWS * 40, 2027)


def test_the_template_can_be_filled_in_and_read() -> None:
    book = load_workbook(io.BytesIO(sheets.template()))
    sheet = book.worksheets[0]
    assert tuple(cell.value for cell in sheet[1]) == sheets.HEADINGS
    sheet.delete_rows(2, sheet.max_row)
    for row in ROWS:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    assert facts(sheets.read_excel(file.getvalue())) == facts(NOTICE)
    assert sheets.read_excel(sheets.template()).days[0].name == "元旦"
