"""A year's schedule from whatever somebody has: the notice's text, a spreadsheet, or a holiday-cn JSON file."""

from pathlib import PurePath
from typing import Final

from workflows.errors import Invalid
from workflows.workdays import notice, sheets
from workflows.workdays.checks import ReadYear

FILE_LIMIT_BYTES: Final = 2_000_000
_KINDS: Final = {".xlsx": "sheet", ".csv": "sheet", ".json": "json"}


def read_file(name: str, content: bytes, year: int | None = None, *, kind: str | None = None) -> ReadYear:
    """
    Args:
        name: the file's name; its ending tells the kind unless `kind` (notice, sheet, json) does.
        year: the year it is for, when the content does not say.

    Raises:
        Invalid: too large, not readable, or no schedule of one year.
    """
    if len(content) > FILE_LIMIT_BYTES:
        raise Invalid("文件太大，不像是一年的放假安排，请核对。")
    suffix = PurePath(name).suffix.lower()
    kind = kind or _KINDS.get(suffix, "notice")
    if kind == "sheet" and suffix == ".xlsx":
        return sheets.read_excel(content, year)
    text = _decoded(content)
    if kind == "sheet":
        return sheets.read_csv(text, year)
    if kind == "json":
        return sheets.read_json(text, year)
    return notice.read_notice(text, year)


def template() -> bytes:
    """The spreadsheet that somebody may fill in instead."""
    return sheets.template()


def _decoded(content: bytes) -> str:
    """UTF-8, or what Excel and Notepad write on a Chinese machine."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("文件的文字编码看不懂，请另存为 UTF-8 后再导入。")
