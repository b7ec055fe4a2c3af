"""Read a year's days from a spreadsheet, a CSV file or a holiday-cn JSON file; write the template. No database.

The same checks follow as for a pasted notice.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from openpyxl import Workbook, load_workbook

from workflows.errors import Invalid
from workflows.workdays.checks import FESTIVALS, ReadYear, check_names, check_year, checked, must_be_importable
from workflows.workdays.rules import DayRule

HEADINGS = ("日期", "类型", "名称")
ROW_LIMIT = 1000
_EXAMPLES = (("2027-01-01", "放假", "元旦"), ("2027-01-03", "上班", "元旦"))
_CELL_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00:00)?")


def template() -> bytes:
    """An Excel file with the three headings and two example lines, to be filled in."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "放假安排"
    for row in (HEADINGS, *_EXAMPLES):
        sheet.append(row)
    for column, width in (("A", 14), ("B", 8), ("C", 24)):
        sheet.column_dimensions[column].width = width
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read_excel(content: bytes, year: int | None = None) -> ReadYear:
    """Read the first sheet of an .xlsx file.

    Raises:
        Invalid: it cannot be opened, or a row does not fit.
    """
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises what zipfile, XML and its own code raise
        raise Invalid("这不是能打开的 Excel 文件，请用模板重新保存为 .xlsx。") from error
    try:
        return read_rows(book.worksheets[0].iter_rows(max_col=3, values_only=True), year)
    finally:
        book.close()


def read_csv(text: str, year: int | None = None) -> ReadYear:
    """Read rows separated by commas, or by tabs as copied out of a spreadsheet.

    Raises:
        Invalid: a row does not fit.
    """
    separator = "\t" if "\t" in text else ","
    return read_rows(csv.reader(io.StringIO(text), delimiter=separator), year)


def read_rows(rows: Iterable[Sequence[object]], year: int | None = None) -> ReadYear:
    """Read rows 日期, 类型 (放假/上班), 名称; a heading row and empty rows are skipped.

    Raises:
        Invalid: rows do not fit; each of them is named.
    """
    found, bad = [], []
    for number, cells in _filled(rows):
        day = _cell_date(cells[0])
        if day is None or cells[1] not in ("放假", "上班") or not cells[2]:
            bad.append(str(number))
        else:
            found.append((day, cells[1] == "上班", cells[2]))
    if bad:
        raise Invalid(
            "表格第 {rows} 行看不懂，应当是：日期、放假或上班、名称（如 2027-01-01、放假、元旦）。",
            rows="、".join(bad[:10]) + ("等" if len(bad) > 10 else ""),
        )
    return _year_of(found, year, None, "表格导入")


def read_json(text: str, year: int | None = None) -> ReadYear:
    """Read a holiday-cn year file.

    Raises:
        Invalid: not such a file, or one without days or papers (a year that is not published yet).
    """
    try:
        content = json.loads(text)
        days, papers, titled = content["days"], content["papers"], content["year"]
        found = [(date.fromisoformat(day["date"]), not _boolean(day["isOffDay"]), str(day["name"])) for day in days]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Invalid("这不是放假安排的 JSON 文件，请选择 holiday-cn 格式的年度文件。") from error
    if not isinstance(titled, int) or not isinstance(papers, list):
        raise Invalid("这不是放假安排的 JSON 文件，请选择 holiday-cn 格式的年度文件。")
    if not days or not papers:
        raise Invalid("这份文件里没有放假安排或者没有通知出处，说明当年的安排还没有公布，不能导入。")
    return _year_of(found, year, titled, str(papers[0]))


def _year_of(found: Sequence[tuple[date, bool, str]], chosen: int | None, titled: int | None, source: str) -> ReadYear:
    if not found:
        raise Invalid("里面没有任何日期，不能导入。")
    wanted = chosen or titled or max(day.year for day, _, _ in found)
    must_be_importable(wanted)
    days = tuple(DayRule(day, working, _festival(name), source=source[:160]) for day, working, name in found)
    findings = (*check_year(titled, wanted), *check_names(rule.name for rule in days))
    title, url = f"{wanted}年放假安排", source if source.startswith("http") else ""
    return checked(ReadYear(wanted, days, title=title, url=url[:200], findings=findings))


def _filled(rows: Iterable[Sequence[object]]) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(rows, start=1):
        if number > ROW_LIMIT:
            raise Invalid("表格太长，最多 {limit} 行。", limit=ROW_LIMIT)
        cells = ["" if cell is None else str(cell).strip() for cell in [*row, "", "", ""][:3]]
        if any(cells) and cells[0].lstrip("\ufeff") != HEADINGS[0]:
            yield number, cells


def _cell_date(text: str) -> date | None:
    found = _CELL_DATE.fullmatch(text)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def _festival(name: str) -> str:
    """The usual name, with 节 where the table left it out, so that make-up days find their festival."""
    named = [festival for festival in FESTIVALS if festival[:2] in name]
    return "、".join(named) if named else name[:40]


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"not a boolean: {value!r}")
    return value
