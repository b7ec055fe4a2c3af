"""A form as JSON Schema 2020-12: what the programming interface accepts as an answer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workflows.engine.form_fields import Choices, Field, ShowIf, options_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def object_schema(fields: Sequence[Field], choices: Choices) -> dict[str, Any]:
    """The schema of one answer, or of one row."""
    answered = [field for field in fields if field.takes_answer]
    by_key = {field.key: field for field in answered}
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {field.key: _property(field, choices) for field in answered},
        "required": [field.key for field in answered if field.required and not field.show_if],
        "additionalProperties": False,
    }
    conditional = [
        {"if": _conditions(field.show_if, by_key), "then": {"required": [field.key]}}
        for field in answered
        if field.required and field.show_if
    ]
    return {**schema, "allOf": conditional} if conditional else schema


def _property(field: Field, choices: Choices) -> dict[str, Any]:
    schema = _array(field, choices) if field.has_rows else _SCHEMAS[field.type](field, choices)
    schema["title"] = field.label
    if field.help:
        schema["description"] = field.help
    if not field.required and isinstance(schema.get("type"), str) and field.empty is None:
        schema["type"] = [schema["type"], "null"]
    return schema


def _conditions(conditions: Sequence[ShowIf], fields: Mapping[str, Field]) -> dict[str, Any]:
    every = [_condition(condition, fields) for condition in conditions]
    return every[0] if len(every) == 1 else {"allOf": every}


def _condition(condition: ShowIf, fields: Mapping[str, Field]) -> dict[str, Any]:
    """Holds exactly when the server would show the field, as far as the looked-at field is itself shown."""
    several = fields[condition.field].holds_several
    if condition.op == "not_empty":
        test: dict[str, Any] = {"minItems": 1} if several else {"not": {"enum": ["", None]}}
    else:
        wanted = condition.value if isinstance(condition.value, list) else [condition.value]
        test = {"contains": {"enum": wanted}} if several else {"enum": wanted}
    holds = {"properties": {condition.field: test}, "required": [condition.field]}
    return {"not": holds} if condition.op == "!=" else holds


def _text(field: Field, choices: Choices) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "maxLength": field.length}
    return {**schema, "minLength": 1} if field.required else schema


def _number(field: Field, choices: Choices) -> dict[str, Any]:
    bounds = {"minimum": field.min, "maximum": field.max, "multipleOf": field.step}
    return {"type": "number", **{name: value for name, value in bounds.items() if value is not None}}


def _date(field: Field, choices: Choices) -> dict[str, Any]:
    return {"type": "string", "format": "date"}


def _choice(field: Field, choices: Choices) -> dict[str, Any]:
    listed: list[dict[str, Any]] = [{"const": value, "title": label} for value, label in options_of(field, choices)]
    if not field.required:
        listed.append({"const": None, "title": "不选"})
    return {"oneOf": listed} if options_of(field, choices) else {"type": "string"}


def _array(field: Field, choices: Choices) -> dict[str, Any]:
    items: dict[str, Any] = {"type": "string"}
    if field.has_rows:
        items = object_schema(field.fields, choices)
    elif field.type == "checks":
        items = {"enum": options} if (options := [value for value, _ in options_of(field, choices)]) else items
    least = field.least if field.required else 0
    return {"type": "array", "items": items, "minItems": least, "maxItems": field.most}


def _yesno(field: Field, choices: Choices) -> dict[str, Any]:
    return {"type": "boolean"}


def _rating(field: Field, choices: Choices) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1, "maximum": len(options_of(field, choices))}


_SCHEMAS: Mapping[str, Callable[[Field, Choices], dict[str, Any]]] = {
    "text": _text,
    "textarea": _text,
    "phone": _text,
    "number": _number,
    "date": _date,
    "select": _choice,
    "radio": _choice,
    "user": _choice,
    "org": _choice,
    "checks": _array,
    "files": _array,
    "yesno": _yesno,
    "rating": _rating,
}
