"""Whether a form's JSON is a form: every fault at once, each with the field it is at."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from workflows.engine import expressions
from workflows.engine.form_fields import (
    CHOICES,
    FIELD_LIMIT,
    FILE_LIMIT,
    OPTION_LIMIT,
    ROW_FIELD_LIMIT,
    ROW_LIMIT,
    TEXT_LIMIT,
    TYPES,
)

Faults = Iterator[tuple[str, str]]

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,49}")
_SOURCE = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_LABEL_LIMIT = 200
_HELP_LIMIT = 1000
_LARGEST = 10**12  # also keeps out NaN, which compares with nothing
_OPERATORS = ("==", "!=", "in", "not_empty")
_FORM_SETTINGS = frozenset({"key", "title", "description", "fields"})
_ALWAYS = frozenset({"key", "type", "label", "help", "show_if", "seldom"})
_ANSWERED = _ALWAYS | {"required", "default"}
_LISTED = _ALWAYS | {"required", "panel", "fields", "min", "max"}
_SETTINGS: Mapping[str, frozenset[str]] = {
    "text": _ANSWERED | {"maxlen", "options", "options_from"},  # proposed, not demanded
    "textarea": _ANSWERED | {"maxlen"},
    "phone": _ANSWERED,
    "number": _ANSWERED | {"min", "max", "step"},
    "date": _ANSWERED | {"min", "max"},
    "select": _ANSWERED | {"options", "options_from"},
    "radio": _ANSWERED | {"options", "options_from"},
    "user": _ANSWERED | {"options_from"},
    "org": _ANSWERED | {"options_from"},
    "checks": _ANSWERED | {"options", "options_from", "min", "max"},
    "yesno": _ANSWERED,
    "files": _ALWAYS | {"required", "min", "max"},
    "rating": _ANSWERED | {"max", "options"},
    "note": _ALWAYS,
    "panel": _LISTED,
    "list": _LISTED | {"default"},
}
_NOT_IN_ROWS = frozenset({"list", "panel", "note"})
_COUNT_LIMITS = {
    "checks": OPTION_LIMIT,
    "files": FILE_LIMIT,
    "list": ROW_LIMIT,
    "panel": ROW_LIMIT,
    "rating": 10,
}


def faults(form: Any) -> list[tuple[str, str]]:
    """Every fault of a form: field key ("" for the form itself) and what is wrong."""
    if not isinstance(form, dict):
        return [("", "表单应当是一个 JSON 对象。")]
    return [*_form_faults(form), *_fields_faults(form.get("fields"), FIELD_LIMIT, in_row=False)]


def _form_faults(form: dict[str, Any]) -> Faults:
    for name in sorted(set(form) - _FORM_SETTINGS):
        yield "", f"表单里有不认识的设置“{name}”。"
    if not _is_key(form.get("key")):
        yield "", "表单要有 key，只能用英文字母、数字和下划线，并以字母开头。"
    if not _is_text(form.get("title"), _LABEL_LIMIT):
        yield "", "表单要有标题（title）。"
    if "description" in form and not _is_text(form["description"], _HELP_LIMIT):
        yield "", "表单的说明（description）应当是一段不太长的文字。"


def _fields_faults(fields: Any, limit: int, *, in_row: bool) -> Faults:
    if not isinstance(fields, list) or not all(isinstance(field, dict) for field in fields) or not fields:
        yield "", "fields 应当是一组字段，至少一个。"
        return
    if len(fields) > limit:
        yield "", f"字段太多：最多 {limit} 个，现在有 {len(fields)} 个。"
    earlier: dict[str, dict[str, Any]] = {}
    for position, field in enumerate(fields, 1):
        key = field.get("key")
        if not _is_key(key):
            yield f"#{position}", "字段要有 key，只能用英文字母、数字和下划线，并以字母开头。"
            key = f"#{position}"
        elif key in earlier:
            yield key, "这个 key 用了两次，每个字段的 key 要不一样。"
        for message in _field_faults(field, earlier, in_row=in_row):
            yield key, message
        if isinstance(field.get("fields"), list):
            for inner, message in _fields_faults(field["fields"], ROW_FIELD_LIMIT, in_row=True):
                yield f"{key}.{inner}" if inner else key, message
        earlier[key] = field


def _field_faults(field: dict[str, Any], earlier: dict[str, dict[str, Any]], *, in_row: bool) -> Iterator[str]:
    kind = field.get("type")
    if not isinstance(kind, str) or kind not in TYPES:
        yield f"不认识的字段类型“{kind}”，可以用：{'、'.join(sorted(TYPES))}。"
        return
    if in_row and kind in _NOT_IN_ROWS:
        yield f"明细的一行里不能有 {kind} 类型的字段。"
    for name in sorted(set(field) - _SETTINGS[kind]):
        yield f"{kind} 类型的字段不能有设置“{name}”。"
    for check in _CHECKS:
        yield from check(field)
    if in_row and "default" in field:
        yield "明细行里的字段不能有默认值。"
    conditions = field.get("show_if", [])
    for condition in conditions if isinstance(conditions, list) else [conditions]:
        yield from _condition_faults(condition, earlier)


def _text_faults(field: dict[str, Any]) -> Iterator[str]:
    if not _is_text(field.get("label"), _HELP_LIMIT if field["type"] == "note" else _LABEL_LIMIT):
        yield "字段要有名称（label）。"
    if "help" in field and not _is_text(field["help"], _HELP_LIMIT):
        yield "说明（help）应当是一段不太长的文字。"
    if not isinstance(field.get("required", False), bool):
        yield "必填（required）只能是 true 或 false。"
    if not isinstance(field.get("seldom", False), bool):
        yield "少用（seldom）只能是 true 或 false。"
    elif field.get("seldom") and field.get("required"):
        yield "必填的字段不能收起（seldom）。"
    length = field.get("maxlen", 1)
    if isinstance(length, bool) or not isinstance(length, int) or not 1 <= length <= TEXT_LIMIT:
        yield f"最大字数（maxlen）应当在 1 到 {TEXT_LIMIT} 之间。"


def _option_faults(field: dict[str, Any]) -> Iterator[str]:
    source, options = field.get("options_from"), field.get("options")
    if field["type"] in CHOICES and (source is None) == (options is None):
        yield "要写明选项：options 或 options_from，二者选一。"
    elif source is not None and options is not None:
        yield "options 和 options_from 只能写一个。"
    if source is not None and not (isinstance(source, str) and _SOURCE.fullmatch(source)):
        yield "选项来源（options_from）应当像 people.departments 这样。"
    if options is None:
        return
    if not isinstance(options, list) or not options or not all(_is_option(option) for option in options):
        yield "选项（options）应当是一组 {value, label}，都是文字，至少一个。"
    elif len({option["value"] for option in options}) < len(options):
        yield "选项里有重复的值。"
    elif len(options) > OPTION_LIMIT:
        yield f"选项太多，最多 {OPTION_LIMIT} 个。"
    elif field["type"] == "rating" and [o["value"] for o in options] != [
        str(grade) for grade in range(1, len(options) + 1)
    ]:
        yield "评价的选项值应当依次是 1、2、3……"


def _bound_faults(field: dict[str, Any]) -> Iterator[str]:
    is_bound = _BOUNDS.get(field["type"], _is_count)
    limit = _COUNT_LIMITS.get(field["type"])
    given = [field[name] for name in ("min", "max") if name in field]
    if not all(is_bound(bound) for bound in given):
        yield "最小值（min）和最大值（max）与字段类型不符。"
    elif len(given) == 2 and given[0] > given[1]:
        yield "最小值（min）比最大值（max）大。"
    elif limit is not None and any(bound > limit for bound in given):
        yield f"最大值（max）不能超过 {limit}。"
    step = field.get("step", 1)
    if not _is_number(step) or step <= 0:
        yield "步长（step）应当是大于 0 的数。"


def _default_faults(field: dict[str, Any]) -> Iterator[str]:
    if "default" not in field:
        return
    if not isinstance(field["default"], str):
        yield "默认值（default）应当是一个表达式。"
        return
    try:
        expressions.compile(field["default"])
    except expressions.ExpressionError as error:
        yield f"默认值的表达式不对：{error}"


def _part_faults(field: dict[str, Any]) -> Iterator[str]:
    if "panel" in field and not (isinstance(field["panel"], str) and _SOURCE.fullmatch(field["panel"])):
        yield "面板（panel）的名字应当像 cases.summary 这样。"
    if field["type"] == "panel" and "panel" not in field:
        yield "面板要写明 panel，例如 cases.summary。"
    if field["type"] == "list" and "fields" not in field:
        yield "明细要写明一行里有哪些字段（fields）。"
    if "fields" in field and not isinstance(field["fields"], list):
        yield "fields 应当是一组字段。"
    if field["type"] == "panel" and field.get("required") and "fields" not in field:
        yield "只供查看的面板不能设为必填。"


_CHECKS: tuple[Callable[[dict[str, Any]], Iterator[str]], ...] = (
    _text_faults,
    _option_faults,
    _bound_faults,
    _default_faults,
    _part_faults,
)


def _condition_faults(condition: Any, earlier: dict[str, dict[str, Any]]) -> Iterator[str]:
    if not isinstance(condition, dict) or set(condition) - {"field", "op", "value"}:
        yield "显示条件（show_if）应当是 {field, op, value}，或者几个这样的条件（同时满足才显示）。"
        return
    target = earlier.get(str(condition.get("field")))
    if target is None:
        yield f"显示条件看的字段“{condition.get('field')}”不存在，或者排在它后面。"
        return
    operator, value = condition.get("op"), condition.get("value")
    if target.get("type") in {"note", "panel", "list"}:
        yield "显示条件不能看说明、面板或明细。"
    elif operator not in _OPERATORS:
        yield f"显示条件的比较只能是 {'、'.join(_OPERATORS)}。"
    elif operator != "not_empty":
        yield from _wanted_faults(operator, value, target)


def _wanted_faults(operator: Any, value: Any, target: dict[str, Any]) -> Iterator[str]:
    wanted = value if isinstance(value, list) else [value]
    if (operator == "in") != isinstance(value, list) or not wanted:
        yield "显示条件：in 要比较一组值，其他的比较一个值。"
    elif not all(isinstance(one, str | int | float | bool) for one in wanted):
        yield "显示条件比较的值应当是文字、数字或 true/false。"
    elif target.get("type") == "yesno" and not all(isinstance(one, bool) for one in wanted):
        yield "显示条件看的是“是/否”字段，比较的值应当是 true 或 false。"
    elif isinstance(target.get("options"), list):
        known = {str(option.get("value")) for option in target["options"] if isinstance(option, dict)}
        for one in wanted:
            if str(one) not in known:
                yield f"显示条件里的值“{one}”不在那个字段的选项中。"


def _is_key(value: Any) -> bool:
    return isinstance(value, str) and _KEY.fullmatch(value) is not None


def _is_text(value: Any, limit: int) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= limit


def _is_option(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"value", "label"}
        and _is_text(value["value"], _LABEL_LIMIT)
        and _is_text(value["label"], _LABEL_LIMIT)
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


_BOUNDS: Mapping[str, Callable[[Any], bool]] = {"number": _is_number, "date": _is_date}
