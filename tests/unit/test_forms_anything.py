"""Whatever a program sends, a form answers with an answer or with sentences, never with a crash."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.test_forms import CHOICES, GOOD, REGISTRATION
from workflows.engine import forms
from workflows.errors import Invalid

FORM = forms.load(REGISTRATION)
KEYS = [field.key for field in FORM.fields]
NAMES = st.sampled_from([*KEYS, "lines-0-what", "lines-0-points", "lines-999-what", "other"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["yes", "road", "d1", "3.5", "2026-03-02", "13900001234", "来访"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["what", "points", ""]), inner, max_size=3)
    ),
    max_leaves=6,
)
SETTINGS = st.dictionaries(
    st.sampled_from(["key", "type", "label", "options", "min", "max", "show_if", "fields", "default", "panel"]),
    VALUES | st.sampled_from(["number", "list", "select", "date", "rating", "checks"]),
    max_size=6,
)


@settings(deadline=None, max_examples=180)
@given(raw=st.dictionaries(NAMES, VALUES, max_size=6))
def test_any_answer_is_taken_or_refused(raw: dict[str, Any]) -> None:
    given_values = {**GOOD, **raw}
    errors: dict[str, str] = {}
    try:
        answer = FORM.parse(given_values, CHOICES)
    except Invalid as refusal:
        errors = refusal.fields
        assert errors
    else:
        assert set(answer) == {field.key for field in FORM.fields if field.takes_answer}
        json.dumps(answer, allow_nan=False)
        assert FORM.parse(answer, CHOICES) == answer
        FORM.read_out(answer, CHOICES)
    views = FORM.view(FORM.echo(given_values), errors, CHOICES)
    assert [view.key for view in views] == KEYS


@settings(deadline=None, max_examples=180)
@given(fields=st.lists(SETTINGS | VALUES, max_size=4), top=SETTINGS)
def test_any_json_is_a_form_or_has_faults(fields: list[Any], top: dict[str, Any]) -> None:
    data = {"key": "f", "title": "表", "fields": fields, **top}
    if forms.check(data):
        return
    form = forms.load(data)
    form.json_schema(CHOICES)
    form.view({}, {}, CHOICES)
