"""Excel files: what people take away to go on reckoning with, and lists that they fill in.

Rows are written as they come from the database, so a long register needs no more memory than a short one. No text
that somebody typed ever becomes a formula: it is written as text, and what begins like a formula keeps the mark of
text that Excel itself would give it, also when the cell is edited later (CWE-1236).
"""

import io
import re
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import IO, Any, Final
from urllib.parse import quote

from openpyxl import load_workbook
from werkzeug.wrappers import Response
from werkzeug.wsgi import FileWrapper
from xlsxwriter import Workbook

from workflows.clock import BEIJING
from workflows.errors import Invalid

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UNPACKED_BYTES: Final = 30 * 1024 * 1024
LONGEST_TEXT: Final = 32_767  # characters that a cell takes
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NOT_IN_XML: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_NAMES: Final = re.compile(r"[\[\]:*?/\\]")

Value = str | int | float | date | datetime | None


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"
    PERCENT = "percent"


@dataclass(frozen=True)
class Column:
    """One column. `width`: in letters of the standard font; a Chinese character takes two."""

    title: str
    width: int = 12
    kind: Kind = Kind.TEXT


@dataclass(frozen=True)
class Sheet:
    """One sheet: a line that says what it is, a header that stays in sight, the rows."""

    name: str
    heading: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Value]]


def download(sheets: Iterable[Sheet], name: str) -> Response:
    """The sheets as a file to keep.

    Args:
        name: the file's name without ending; may be Chinese.
    """
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the answer, or here when there is none
    try:
        write(file, sheets)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    response = Response(FileWrapper(file), mimetype=MEDIA_TYPE, direct_passthrough=True)
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"luji.xlsx\"; filename*=UTF-8''{quote(f'{name}.xlsx')}"
    )
    return response


def write(file: IO[bytes], sheets: Iterable[Sheet]) -> None:
    """Write a workbook. Nothing in it is calculated, linked or fetched."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(file, options) as book:
        formats = _formats(book)
        for sheet in sheets:
            _write_sheet(book, sheet, formats)


def read(content: bytes, *, rows: int, columns: int, sheet: str = "") -> list[tuple[str, ...]]:
    """A sheet of an .xlsx file that somebody uploaded, as text without spaces around it.

    Args:
        rows, columns: how much of it is looked at.
        sheet: its name; the first one when left out. A sheet that is not there has no rows.

    Raises:
        Invalid: no such file, or one that unpacks to more than `UNPACKED_BYTES`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(each.file_size for each in packed.infolist()) > UNPACKED_BYTES:
                raise Invalid("这个 Excel 文件太大，请只留下要导入的表再保存。")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Invalid:
        raise
    except Exception as error:  # openpyxl raises what zipfile, XML and its own code raise
        raise Invalid("这不是能打开的 Excel 文件，请用下载的表格填写，保存为 .xlsx。") from error
    try:
        if sheet and sheet not in book.sheetnames:
            return []
        page = book[sheet] if sheet else book.worksheets[0]
        cells = page.iter_rows(max_row=rows, max_col=columns, values_only=True)
        return [tuple(str(cell if cell is not None else "").strip() for cell in row) for row in cells]
    except Exception as error:  # a sheet is only read here
        raise Invalid("这个 Excel 文件已损坏，请重新保存后再上传。") from error
    finally:
        book.close()


def _formats(book: Workbook) -> dict[str, Any]:
    base = {"valign": "top", "text_wrap": True, "border": 1, "border_color": "#BBBBBB"}
    return {
        "heading": book.add_format({"bold": True, "font_size": 14}),
        "title": book.add_format(base | {"bold": True, "bg_color": "#E8EEF6", "valign": "vcenter"}),
        "guarded": book.add_format(base | {"quote_prefix": True}),
        Kind.TEXT.value: book.add_format(base),
        Kind.NUMBER.value: book.add_format(base | {"num_format": "0.##"}),
        Kind.DAY.value: book.add_format(base | {"num_format": "yyyy-mm-dd"}),
        Kind.MOMENT.value: book.add_format(base | {"num_format": "yyyy-mm-dd hh:mm"}),
        Kind.PERCENT.value: book.add_format(base | {"num_format": "0.0%"}),
    }


def _write_sheet(book: Workbook, sheet: Sheet, formats: dict[str, Any]) -> None:
    page = book.add_worksheet(_NOT_IN_NAMES.sub(" ", clean(sheet.name))[:31])
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(1)
    page.freeze_panes(2, 0)
    for number, column in enumerate(sheet.columns):
        page.set_column(number, number, column.width)
    page.write_string(0, 0, clean(sheet.heading), formats["heading"])
    for number, column in enumerate(sheet.columns):
        page.write_string(1, number, clean(column.title), formats["title"])
    for line, row in enumerate(sheet.rows, start=2):
        for number, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
            _write_cell(page, line, number, column.kind, value, formats)


def _write_cell(page: Any, line: int, number: int, kind: Kind, value: Value, formats: dict[str, Any]) -> None:
    if value is None or value == "":
        page.write_blank(line, number, None, formats[Kind.TEXT.value])
    elif isinstance(value, str):
        text = clean(value)
        page.write_string(line, number, text, formats["guarded" if is_dangerous(text) else Kind.TEXT.value])
    elif isinstance(value, datetime):
        # Excel knows no offset: the wall clock of Beijing is what the office reads.
        page.write_datetime(line, number, value.astimezone(BEIJING).replace(tzinfo=None), formats[Kind.MOMENT.value])
    elif isinstance(value, date):
        page.write_datetime(line, number, datetime(value.year, value.month, value.day), formats[Kind.DAY.value])  # noqa: DTZ001
    else:
        page.write_number(line, number, value, formats[kind.value])


def clean(text: str) -> str:
    """Without the control characters that no XML file may hold, and no longer than a cell takes."""
    return _NOT_IN_XML.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))[:LONGEST_TEXT]


def is_dangerous(text: str) -> bool:
    """Whether a spreadsheet would take this for a formula if it were typed."""
    return text.lstrip(" ").startswith(_FORMULA_STARTS)
