"""The one form model: what is asked, whether an answer fits, what a page and the programming interface show.

A form is an ordered JSON list of fields (see `form_fields`). Whether a field is shown is decided here and
nowhere else; what was typed into a field that is hidden in the end is dropped.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.engine import form_checks, form_schema, form_views
from workflows.engine.expressions import ExpressionError, plain
from workflows.engine.form_fields import Choices, Field, Options, ShowIf, options_of
from workflows.engine.form_values import Refused, holds, lenient_value, rows_of, value_of
from workflows.engine.form_views import FieldView, RowView
from workflows.errors import Invalid

__all__ = ["Choices", "Field", "FieldView", "Form", "Options", "RowView", "ShowIf", "check", "load"]

_NO_CHOICES: Choices = {}


@dataclass(frozen=True)
class Form:
    """A form of one version of a process.

    Attributes:
        key: the name of its file, and what a diagram says as ``formKey``.
        title: Chinese.
    """

    key: str
    title: str
    fields: tuple[Field, ...]
    description: str = ""

    @property
    def sources(self) -> frozenset[str]:
        """The names of the option sources it needs."""
        every = [*self.fields, *(inner for field in self.fields for inner in field.fields)]
        return frozenset(field.options_from for field in every if field.options_from)

    @property
    def panels(self) -> frozenset[str]:
        return frozenset(field.panel for field in self.fields if field.panel)

    @property
    def has_defaults(self) -> bool:
        return any(field.default for field in self.fields)

    def defaults(self, evaluate: Callable[[str], Any]) -> dict[str, Any]:
        """The values to begin with.

        A default that can not be computed on this data leaves its field empty: the form must open all the
        same.

        Args:
            evaluate: computes an expression on what the waiting step sees; may raise ExpressionError.
        """
        values: dict[str, Any] = {}
        for field in self.fields:
            if field.default:
                try:
                    values[field.key] = plain(evaluate(field.default))
                except ExpressionError:
                    values[field.key] = field.empty
        return values

    def parse(self, raw: Mapping[str, Any], choices: Choices = _NO_CHOICES) -> dict[str, Any]:
        """The answer in what was posted by an HTML form or sent as JSON.

        Every field of the form has its key in the answer: an empty or hidden one holds None, "" or [].

        Raises:
            Invalid: with a sentence for each field that does not fit.
        """
        errors: dict[str, str] = {}
        answer = _parse(self.fields, _plain(raw), choices, errors, prefix="")
        if errors:
            raise Invalid("有 {count} 处需要修改，请看标出的地方。", fields=errors, count=len(errors))
        return answer

    def so_far(self, raw: Mapping[str, Any], choices: Choices = _NO_CHOICES) -> dict[str, Any]:
        """The answer as far as it has been typed: what is hidden or does not fit counts as nothing."""
        given = _plain(raw)
        answer, _visible = _so_far(self.fields, given, choices)
        return {**answer, **{field.key: rows_of(field, given) for field in self.fields if field.has_rows}}

    def echo(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """What was typed, by field key, fit to be kept as a draft and shown again. Nothing is judged."""
        given = _plain(raw)
        return {field.key: form_views.shown_value(field, given) for field in self.fields if field.takes_answer}

    def view(
        self,
        values: Mapping[str, Any],
        errors: Mapping[str, str] | None = None,
        choices: Choices = _NO_CHOICES,
    ) -> list[FieldView]:
        """The fields in order, with `values` (an answer, draft, defaults or echo) and `errors` in place."""
        return _view(self.fields, _plain(values), errors or {}, choices, prefix="")

    def json_schema(self, choices: Choices = _NO_CHOICES) -> dict[str, Any]:
        """JSON Schema 2020-12 of an answer."""
        schema = form_schema.object_schema(self.fields, choices)
        return {"$schema": form_schema.DIALECT, "title": self.title, **schema}

    def read_out(self, answer: Mapping[str, Any], choices: Choices = _NO_CHOICES) -> list[tuple[str, str]]:
        """An answer for people: label and text of every field that holds something."""
        lines = []
        for field in self.fields:
            text = _spoken(field, answer.get(field.key), choices) if field.takes_answer else ""
            if text:
                lines.append((field.label, text))
        return lines


def check(form: Any) -> list[tuple[str, str]]:
    """Every fault of a form's JSON: field key ("" for the form itself) and a Chinese sentence."""
    return form_checks.faults(form)


def load(form: dict[str, Any]) -> Form:
    """The form in its JSON.

    Raises:
        Invalid: it has faults; each is at its field.
    """
    found = form_checks.faults(form)
    if found:
        key, sentence = found[0]
        name = form.get("key") if isinstance(form, dict) else ""
        raise Invalid(
            "表单“{name}”不能用：{where}{sentence}",
            fields=dict(reversed(found)),
            name=name,
            where=f"字段 {key}：" if key else "",
            sentence=sentence,
        )
    fields = tuple(_field(each) for each in form["fields"])
    return Form(form["key"], form["title"], fields, form.get("description", ""))


def _field(data: Mapping[str, Any]) -> Field:
    settings = dict(data)
    conditions = settings.pop("show_if", [])
    options = tuple((option["value"], option["label"]) for option in settings.pop("options", ()))
    inner = tuple(_field(each) for each in settings.pop("fields", ()))
    return Field(
        **settings,
        options=options,
        fields=inner,
        show_if=tuple(ShowIf(**each) for each in (conditions if isinstance(conditions, list) else [conditions])),
    )


def _plain(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """An HTML post hands out only the first value of a name unless asked for all."""
    getlist = getattr(raw, "getlist", None)
    if getlist is None:
        return raw
    every = {name: getlist(name) for name in raw}
    return {name: values[0] if len(values) == 1 else values for name, values in every.items()}


def _parse(
    fields: Sequence[Field], raw: Mapping[str, Any], choices: Choices, errors: dict[str, str], *, prefix: str
) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    for field in fields:
        if not field.takes_answer:
            continue
        answer[field.key] = field.empty
        if not all(holds(condition, answer[condition.field]) for condition in field.show_if):
            continue
        try:
            if field.has_rows:
                answer[field.key] = _parse_rows(field, raw, choices, errors)
            else:
                answer[field.key] = value_of(field, raw.get(field.key), choices)
        except Refused as refusal:
            errors[prefix + field.key] = str(refusal)
    return answer


def _parse_rows(field: Field, raw: Mapping[str, Any], choices: Choices, errors: dict[str, str]) -> list[dict[str, Any]]:
    rows = rows_of(field, raw)
    if len(rows) < field.least and (rows or field.required):
        raise Refused(f"请至少填写 {field.least} 行“{field.label}”。")
    if len(rows) > field.most:
        raise Refused(f"最多 {field.most} 行，现在有 {len(rows)} 行。")
    if any("" in row for row in rows):
        raise Refused("每一行应当是一组字段。")
    return [
        _parse(field.fields, row, choices, errors, prefix=f"{field.key}-{index}-") for index, row in enumerate(rows)
    ]


def _view(
    fields: Sequence[Field],
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    choices: Choices,
    *,
    prefix: str,
) -> list[FieldView]:
    watched = {condition.field for field in fields for condition in field.show_if}
    _answer, visible = _so_far(fields, values, choices)
    return [
        form_views.view_of(
            field,
            values,
            errors,
            choices,
            name=prefix + field.key,
            visible=field.key in visible,
            refreshes=field.key in watched,
            rows=_row_views(field, values, errors, choices),
        )
        for field in fields
    ]


def _so_far(
    fields: Sequence[Field], values: Mapping[str, Any], choices: Choices
) -> tuple[dict[str, Any], frozenset[str]]:
    """The values of fields without rows, and the keys of the fields that are shown."""
    seen: dict[str, Any] = {}
    visible = set()
    for field in fields:
        if all(holds(condition, seen[condition.field]) for condition in field.show_if):
            visible.add(field.key)
        if not field.has_rows and field.takes_answer:
            shown = field.key in visible
            seen[field.key] = lenient_value(field, values.get(field.key), choices) if shown else field.empty
    return seen, frozenset(visible)


def _row_views(field: Field, values: Mapping[str, Any], errors: Mapping[str, str], choices: Choices) -> list[RowView]:
    if not field.has_rows:
        return []
    rows = rows_of(field, values)
    filled = len(rows)
    if filled < field.most:
        rows = [*rows, {}]
    return [
        RowView(
            index,
            _view(field.fields, row, errors, choices, prefix=f"{field.key}-{index}-"),
            spare=index == filled,
        )
        for index, row in enumerate(rows)
    ]


def _spoken(field: Field, value: Any, choices: Choices) -> str:
    if field.has_rows:
        return "\n".join(
            "；".join(f"{f.label}：{text}" for f in field.fields if (text := _spoken(f, row.get(f.key), choices)))
            for row in value or ()
        )
    if isinstance(value, bool):
        return "是" if value else "否"
    if field.type == "files":
        return f"{len(value)} 个文件" if value else ""
    labels = dict(options_of(field, choices))
    shown = form_views.shown_value(field, {field.key: value})
    several: list[str] = shown if isinstance(shown, list) else [shown]
    return "、".join(labels.get(one, one) for one in several)
