"""What a page needs to draw a form's fields: names, values as typed, errors, options, input attributes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflows.engine.form_fields import SEVERAL, Choices, Field, options_of
from workflows.engine.form_values import rows_of

_INPUTS: Mapping[str, Mapping[str, str]] = {
    "text": {"type": "text", "autocomplete": "off"},
    "textarea": {"rows": "4", "autocomplete": "off"},
    "number": {"type": "text", "inputmode": "decimal", "autocomplete": "off"},
    "date": {"type": "date"},
    "phone": {"type": "tel", "inputmode": "tel", "autocomplete": "off", "maxlength": "24"},
    "files": {"type": "file", "accept": "image/jpeg,image/png,image/webp,application/pdf"},
}


@dataclass(frozen=True)
class OptionView:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class RowView:
    """One row of a list; a spare one is blank and waits to be filled in."""

    index: int
    fields: "list[FieldView]"
    spare: bool


@dataclass(frozen=True)
class FieldView:
    """One field, ready for a template.

    Attributes:
        key: its key in the form.
        name: its name in the HTML form (``lines-0-points`` in the first row of ``lines``); also good as an
            id.
        value: a text, or a list of texts for checks and files.
        visible: False when its show-if condition does not hold.
        refreshes: whether a change of it may show or hide another field.
        seldom: whether a page may fold it away.
        attributes: attributes of the input element, without name, id, value and required.
        rows: of a list, its rows with one spare at the end while there is room.
    """

    key: str
    name: str
    type: str
    label: str
    help: str
    required: bool
    value: Any
    error: str
    options: list[OptionView]
    visible: bool
    refreshes: bool
    seldom: bool
    attributes: Mapping[str, str]
    panel: str | None
    rows: list[RowView]


def view_of(
    field: Field,
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    choices: Choices,
    *,
    name: str,
    visible: bool,
    refreshes: bool,
    rows: list[RowView],
) -> FieldView:
    """A field with the value to show in it."""
    value = shown_value(field, values)
    chosen = value if isinstance(value, list) else [value]
    options = [(str(v), label) for v, label in options_of(field, choices)]
    if field.type == "yesno":
        options = [("yes", "是"), ("no", "否")]
    return FieldView(
        key=field.key,
        name=name,
        type=field.type,
        label=field.label,
        help=field.help,
        required=field.required,
        value=value,
        error=errors.get(name, ""),
        options=[OptionView(v, label, v in chosen) for v, label in options],
        visible=visible,
        refreshes=refreshes,
        seldom=field.seldom,
        attributes=_attributes(field, name),
        panel=field.panel,
        rows=rows,
    )


def shown_value(field: Field, values: Mapping[str, Any]) -> Any:
    """A value as its input shows it: texts only, whether it was typed, kept as a draft or computed."""
    if field.has_rows:
        return rows_of(field, values)
    raw = values.get(field.key)
    if field.type in SEVERAL:
        given = raw if isinstance(raw, list) else [raw]
        return [_as_text(one) for one in given if one not in (None, "")]
    if isinstance(raw, list):
        raw = raw[0] if raw else None
    if field.type == "yesno":
        return ("yes" if raw else "no") if isinstance(raw, bool) else _as_text(raw)
    return _as_text(raw)


def _as_text(raw: Any) -> str:
    if raw is None:
        return ""
    return f"{raw:.12g}" if isinstance(raw, float) else str(raw)


def _attributes(field: Field, name: str) -> Mapping[str, str]:
    attributes = dict(_INPUTS.get(field.type, {}))
    if field.type in {"text", "textarea"}:
        attributes["maxlength"] = str(field.length)
    if field.type == "date":
        attributes |= {k: str(v) for k, v in (("min", field.min), ("max", field.max)) if v is not None}
    if field.type == "text" and (field.options or field.options_from):
        attributes["list"] = f"{name}-proposed"
    if field.type == "files" and field.most > 1:
        attributes["multiple"] = "multiple"
    return attributes
