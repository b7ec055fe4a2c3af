"""Workbooks read back: text stays text, dates are dates, and nothing somebody typed is ever calculated."""

import io
import zipfile
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from service import workbooks
from service.workbooks import Column, Kind, Sheet, Value

HOSTILE = [
    '=HYPERLINK("http://example.invalid","点这里")',
    "=1+1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "  =1+1",
    "\t=1+1",
    "\r=1+1",
    "=cmd|' /C calc'!A0",
    "＝1+1",
    "{=1+1}",
    "http://example.invalid",
    "mailto:a@example.invalid",
    "00123",
    "1E5",
]


def written(rows: list[list[Value]], columns: list[Column] | None = None) -> bytes:
    file = io.BytesIO()
    columns = columns or [Column("内容", 30)] * len(rows[0])
    workbooks.write(file, [Sheet("台账", "2026年上半年办件台账", columns, rows)])
    return file.getvalue()


def cells(content: bytes) -> list[list[object]]:
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_begins_like_a_formula_is_text(text: str) -> None:
    content = written([[text]])
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    cell = sheet["A3"]
    assert cell.data_type == "s"
    assert str(cell.value).strip() == text.strip()
    assert cell.quotePrefix == workbooks.is_dangerous(workbooks.clean(text))
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
        assert not [name for name in parts.namelist() if "externalLink" in name or "hyperlink" in name.lower()]


@pytest.mark.parametrize("text", HOSTILE[:10])
def test_the_first_ten_would_be_formulas_if_they_were_typed(text: str) -> None:
    assert workbooks.is_dangerous(text)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_any_text_comes_back_as_text(text: str) -> None:
    content = written([[f"事：{text}"]])
    assert cells(content) == [[workbooks.clean(f"事：{text}")]]


def test_days_moments_numbers_and_shares_are_what_they_are() -> None:
    columns = [
        Column("日期", 12, Kind.DAY),
        Column("时间", 18, Kind.MOMENT),
        Column("件数", 8, Kind.NUMBER),
        Column("比率", 8, Kind.PERCENT),
        Column("空"),
    ]
    late_evening = datetime(2026, 9, 30, 16, 30, tzinfo=UTC)
    content = written([[date(2026, 9, 24), late_evening, 7, 0.875, None]], columns)
    assert cells(content) == [[datetime(2026, 9, 24), datetime(2026, 10, 1, 0, 30), 7, 0.875, None]]  # noqa: DTZ001
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    assert [cell.number_format for cell in sheet[3]][:4] == ["yyyy-mm-dd", "yyyy-mm-dd hh:mm", "0.##", "0.0%"]


def test_the_header_stays_in_sight_and_the_columns_have_their_width() -> None:
    book = load_workbook(io.BytesIO(written([["一"]], [Column("事由", 40)])))
    sheet = book["台账"]
    assert sheet.freeze_panes == "A3"
    assert sheet["A1"].value == "2026年上半年办件台账"
    assert sheet["A2"].value == "事由"
    assert sheet.column_dimensions["A"].width == pytest.approx(40, abs=1)


def test_a_name_that_excel_would_refuse_is_made_acceptable() -> None:
    file = io.BytesIO()
    workbooks.write(file, [Sheet("来访/登记[2026]:*?" + "长" * 40, "", [Column("a")], [["b"]])])
    (name,) = load_workbook(io.BytesIO(file.getvalue())).sheetnames
    assert len(name) <= 31
    assert not set(name) & set("[]:*?/\\")


def test_a_row_that_does_not_fit_its_columns_is_a_defect() -> None:
    with pytest.raises(ValueError, match="shorter|longer"):
        written([["一", "二"]], [Column("a")])
