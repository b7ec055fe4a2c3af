"""From what was typed (or sent as JSON) to a value: coercion and the sentences for what does not fit."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from workflows.engine.form_fields import CHOICES, Choices, Field, ShowIf, options_of

_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{1,4})?")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(?:(010|02\d|0[3-9]\d{2})-?)?([2-8]\d{6,7})(?:-(\d{1,5}))?")
_FILE_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_ROW_NAME = re.compile(r"-(\d{1,3})-([A-Za-z_][A-Za-z0-9_]*)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_YES = frozenset({"yes", "true", "1", "on", "是"})
_NO = frozenset({"no", "false", "0", "否"})


class Refused(Exception):
    """A value does not fit its field; holds the sentence to show there."""


def is_blank(raw: Any) -> bool:
    """Whether nothing was given."""
    if isinstance(raw, str):
        return not raw.strip()
    if isinstance(raw, Mapping):
        return all(is_blank(value) for value in raw.values())
    if isinstance(raw, list):
        return all(is_blank(value) for value in raw)
    return raw is None


def value_of(field: Field, raw: Any, choices: Choices) -> Any:
    """The value of a field without rows.

    Raises:
        Refused: it does not fit, or nothing was given at a required field.
    """
    if is_blank(raw):
        if field.required:
            raise Refused(_demand(field))
        return field.empty
    return _READERS[field.type](field, raw, choices)


def rows_of(field: Field, raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows given for a list, blank ones left out.

    From JSON ``{"lines": [{"points": 3}]}``, from an HTML form the names ``lines-0-points``.
    """
    given = raw.get(field.key)
    if isinstance(given, list):
        rows = [row if isinstance(row, dict) else {"": row} for row in given]
    else:
        rows = _rows_by_name(field.key, raw)
    return [row for row in rows if not is_blank(row)]


def _rows_by_name(key: str, raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows: dict[int, dict[str, Any]] = {}
    for name, value in raw.items():
        match = _ROW_NAME.fullmatch(name[len(key) :]) if name.startswith(key) else None
        if match:
            rows.setdefault(int(match[1]), {})[match[2]] = value
    return [rows[index] for index in sorted(rows)]


def lenient_value(field: Field, raw: Any, choices: Choices) -> Any:
    """The value for deciding what to show; what does not fit counts as nothing."""
    try:
        return field.empty if is_blank(raw) else _READERS[field.type](field, raw, choices)
    except Refused:
        return field.empty


def holds(condition: ShowIf, value: Any) -> bool:
    """Whether a show-if condition holds for the value of the field it looks at."""
    values = value if isinstance(value, list) else [] if value is None or value == "" else [value]
    if condition.op == "not_empty":
        return bool(values)
    wanted = condition.value if isinstance(condition.value, list) else [condition.value]
    found = any(_same(one, other) for one in values for other in wanted)
    return not found if condition.op == "!=" else found


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return value == wanted or str(value) == str(wanted)


def _demand(field: Field) -> str:
    if field.type in CHOICES or field.type in {"yesno", "rating", "date"}:
        return f"请选择“{field.label}”。"
    if field.type == "files":
        return f"请上传“{field.label}”。"
    return f"请填写“{field.label}”。"


def _single(raw: Any) -> Any:
    """HTML sends one value as a text or as a list of one."""
    if isinstance(raw, list):
        if len(raw) != 1:
            raise Refused("这里只能有一个值。")
        return raw[0]
    return raw


def _typed(raw: Any) -> str:
    """A short text as typed on any keyboard: full-width digits and signs become plain ones."""
    one = _single(raw)
    if not isinstance(one, str):
        raise Refused("这里应当是文字。")
    return unicodedata.normalize("NFKC", one).strip()


def _read_text(field: Field, raw: Any, choices: Choices) -> str:
    one = _single(raw)
    if not isinstance(one, str):
        raise Refused("这里应当是文字。")
    text = one.replace("\r\n", "\n").replace("\r", "\n").strip()
    if field.type != "textarea":
        text = " ".join(text.split())
    text = _CONTROL.sub("", text)
    if len(text) > field.length:
        raise Refused(f"太长了：最多 {field.length} 个字，现在有 {len(text)} 个字。")
    return text


def _read_number(field: Field, raw: Any, choices: Choices) -> int | float:
    one = _single(raw)
    if isinstance(one, bool) or not isinstance(one, int | float | str):
        raise Refused("这里应当是数字，例如 3 或 3.5。")
    text = unicodedata.normalize("NFKC", str(one)).strip()
    if not _NUMBER.fullmatch(text):
        raise Refused("这里应当是数字，例如 3 或 3.5。")
    number = Decimal(text)
    if field.min is not None and number < Decimal(str(field.min)):
        raise Refused(f"不能小于 {field.min:g}。")
    if field.max is not None and number > Decimal(str(field.max)):
        raise Refused(f"不能大于 {field.max:g}。")
    if field.step is not None and number % Decimal(str(field.step)):
        raise Refused(f"应当是 {field.step:g} 的整数倍。")
    return int(number) if number == number.to_integral_value() else float(number)


def _read_date(field: Field, raw: Any, choices: Choices) -> str:
    match = _DATE.fullmatch(_typed(raw).replace(" ", ""))
    try:
        day = date(int(match[1]), int(match[2]), int(match[3])).isoformat() if match else ""
    except ValueError as error:
        raise Refused("没有这一天，请检查年月日。") from error
    if not day:
        raise Refused("日期不对，请写成 2026-03-05 这样。")
    if field.min is not None and day < str(field.min):
        raise Refused(f"不能早于 {field.min}。")
    if field.max is not None and day > str(field.max):
        raise Refused(f"不能晚于 {field.max}。")
    return day


def _read_choice(field: Field, raw: Any, choices: Choices) -> str:
    one = _single(raw)
    if not isinstance(one, str) or one not in {value for value, _ in options_of(field, choices)}:
        raise Refused("所选的不在选项中，请重新选择。")
    return one


def _read_checks(field: Field, raw: Any, choices: Choices) -> list[str]:
    given = raw if isinstance(raw, list) else [raw]
    options = [value for value, _ in options_of(field, choices)]
    if any(one not in options for one in given if not is_blank(one)):
        raise Refused("所选的不在选项中，请重新选择。")
    chosen = [value for value in options if value in given]
    if len(chosen) < field.least:
        raise Refused(f"请至少选择 {field.least} 项。")
    if len(chosen) > field.most:
        raise Refused(f"最多选择 {field.most} 项，现在选了 {len(chosen)} 项。")
    return chosen


def _read_yesno(field: Field, raw: Any, choices: Choices) -> bool:
    one = _single(raw)
    if isinstance(one, bool):
        return one
    text = str(one).strip().lower()
    if text not in _YES | _NO:
        raise Refused("请选择“是”或“否”。")
    return text in _YES


def _read_phone(field: Field, raw: Any, choices: Choices) -> str:
    """A mainland mobile or landline number, in one spelling: 13900001111, 0571-88001234-2."""
    text = re.sub(r"[\s()]", "", _typed(raw)).replace("－", "-").removeprefix("+86").removeprefix("-")
    mobile = text.replace("-", "")
    if _MOBILE.fullmatch(mobile):
        return mobile
    match = _LANDLINE.fullmatch(text)
    if not match:
        raise Refused("电话号码不对：请填 11 位手机号，或带区号的固定电话，例如 0571-88001234。")
    return "-".join(part for part in match.groups() if part)


def _read_files(field: Field, raw: Any, choices: Choices) -> list[str]:
    given = [one for one in (raw if isinstance(raw, list) else [raw]) if not is_blank(one)]
    if any(not isinstance(one, str) or not _FILE_ID.fullmatch(one) for one in given):
        raise Refused("文件没有传上来，请重新选择文件。")
    files = list(dict.fromkeys(given))
    if len(files) < field.least:
        raise Refused(f"请至少上传 {field.least} 个文件。")
    if len(files) > field.most:
        raise Refused(f"最多上传 {field.most} 个文件，现在有 {len(files)} 个。")
    return files


def _read_rating(field: Field, raw: Any, choices: Choices) -> int:
    one = _single(raw)
    grades = {value for value, _ in options_of(field, choices)}
    if isinstance(one, bool) or str(one).strip() not in grades:
        raise Refused("请选择其中一个等级。")
    return int(str(one))


_READERS: Mapping[str, Callable[[Field, Any, Choices], Any]] = {
    "text": _read_text,
    "textarea": _read_text,
    "number": _read_number,
    "date": _read_date,
    "select": _read_choice,
    "radio": _read_choice,
    "user": _read_choice,
    "org": _read_choice,
    "checks": _read_checks,
    "yesno": _read_yesno,
    "phone": _read_phone,
    "files": _read_files,
    "rating": _read_rating,
}
