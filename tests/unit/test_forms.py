"""A form takes what people type, says at each field what does not fit, and loses nothing."""

from datetime import date
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from werkzeug.datastructures import MultiDict

from workflows.engine import expressions, forms
from workflows.engine.forms import Form
from workflows.errors import Invalid

CHOICES = {
    "people.departments": [("d1", "住建局"), ("d2", "城管执法队")],
    "people.deputies": [("u1", "周一"), ("u2", "吴二")],
}

REGISTRATION: dict[str, Any] = {
    "key": "register",
    "title": "登记群众反映的问题",
    "fields": [
        {"key": "hint", "type": "note", "label": "请在接待当日登记。"},
        {"key": "summary", "type": "textarea", "label": "反映内容", "required": True, "maxlen": 20},
        {"key": "place", "type": "text", "label": "地点"},
        {"key": "received_on", "type": "date", "label": "收到日期", "required": True, "min": "2026-01-01"},
        {
            "key": "category",
            "type": "select",
            "label": "事项类别",
            "required": True,
            "options": [{"value": "road", "label": "道路交通"}, {"value": "other", "label": "其他"}],
        },
        {
            "key": "road_name",
            "type": "text",
            "label": "路名",
            "required": True,
            "show_if": {"field": "category", "op": "==", "value": "road"},
        },
        {"key": "department", "type": "org", "label": "承办单位", "options_from": "people.departments"},
        {"key": "deputy", "type": "user", "label": "代表", "options_from": "people.deputies"},
        {
            "key": "channels",
            "type": "checks",
            "label": "渠道",
            "max": 2,
            "options": [{"value": v, "label": v} for v in ("来访", "来电", "来信")],
        },
        {"key": "urgent", "type": "yesno", "label": "紧急"},
        {"key": "phone", "type": "phone", "label": "电话"},
        {"key": "points", "type": "number", "label": "分值", "min": 0, "max": 10, "step": 0.5},
        {"key": "grade", "type": "rating", "label": "满意度"},
        {"key": "photos", "type": "files", "label": "照片", "max": 2},
        {"key": "case", "type": "panel", "label": "概况", "panel": "cases.summary"},
        {
            "key": "lines",
            "type": "list",
            "label": "明细",
            "max": 3,
            "fields": [
                {"key": "what", "type": "text", "label": "事项", "required": True},
                {"key": "points", "type": "number", "label": "分值", "min": 0, "step": 0.5},
            ],
        },
    ],
}
GOOD = {"summary": "路灯不亮", "received_on": "2026-03-02", "category": "other"}


@pytest.fixture(name="form")
def _form() -> Form:
    return forms.load(REGISTRATION)


def answered(form: Form, **given: Any) -> dict[str, Any]:
    return form.parse({**GOOD, **given}, CHOICES)


def refusals(form: Form, **given: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        answered(form, **given)
    return refusal.value.fields


def test_an_answer_holds_every_field_so_that_expressions_never_miss_one(form: Form) -> None:
    assert answered(form) == {
        "summary": "路灯不亮",
        "place": "",
        "received_on": "2026-03-02",
        "category": "other",
        "road_name": "",
        "department": None,
        "deputy": None,
        "channels": [],
        "urgent": None,
        "phone": "",
        "points": None,
        "grade": None,
        "photos": [],
        "lines": [],
    }


def test_a_page_and_a_program_give_the_same_answer(form: Form) -> None:
    posted = MultiDict(
        [
            ("csrf_token", "x"),
            ("summary", " 路灯不亮\r\n三天了 "),
            ("received_on", "2026年3月2日"),
            ("category", "road"),
            ("road_name", "人民路"),
            ("channels", "来电"),
            ("channels", "来访"),
            ("urgent", "yes"),
            ("points", "３．５"),
            ("grade", "4"),
            ("photos", "f1"),
            ("photos", "f2"),
            ("lines-0-what", "走访"),
            ("lines-0-points", "1.5"),
            ("lines-1-what", ""),
            ("lines-1-points", " "),
            ("lines-2-what", "接待"),
            ("lines-2-points", "2"),
        ]
    )
    sent = {
        "summary": "路灯不亮\n三天了",
        "received_on": "2026-03-02",
        "category": "road",
        "road_name": "人民路",
        "channels": ["来访", "来电"],
        "urgent": True,
        "points": 3.5,
        "grade": 4,
        "photos": ["f1", "f2"],
        "lines": [{"what": "走访", "points": 1.5}, {"what": "接待", "points": 2}],
    }
    assert form.parse(posted, CHOICES) == form.parse(sent, CHOICES)
    assert form.parse(sent, CHOICES) == answered(form, **sent)


def test_whole_numbers_stay_whole_and_halves_stay_halves(form: Form) -> None:
    assert (answered(form, points="2.0")["points"], answered(form, points="2.5")["points"]) == (2, 2.5)
    assert isinstance(answered(form, points="2.0")["points"], int)


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("summary", "  ", "请填写“反映内容”。"),
        ("summary", "长" * 21, "太长了：最多 20 个字，现在有 21 个字。"),
        ("summary", 7, "这里应当是文字。"),
        ("place", ["一", "二"], "这里只能有一个值。"),
        ("received_on", "", "请选择“收到日期”。"),
        ("received_on", "三月二日", "日期不对，请写成 2026-03-05 这样。"),
        ("received_on", "2026-02-30", "没有这一天，请检查年月日。"),
        ("received_on", "2025-12-31", "不能早于 2026-01-01。"),
        ("category", "water", "所选的不在选项中，请重新选择。"),
        ("department", "d9", "所选的不在选项中，请重新选择。"),
        ("deputy", "u9", "所选的不在选项中，请重新选择。"),
        ("channels", ["来访", "传真"], "所选的不在选项中，请重新选择。"),
        ("channels", ["来访", "来电", "来信"], "最多选择 2 项，现在选了 3 项。"),
        ("urgent", "也许", "请选择“是”或“否”。"),
        ("points", "三分", "这里应当是数字，例如 3 或 3.5。"),
        ("points", "nan", "这里应当是数字，例如 3 或 3.5。"),
        ("points", True, "这里应当是数字，例如 3 或 3.5。"),
        ("points", "1e3", "这里应当是数字，例如 3 或 3.5。"),
        ("points", -1, "不能小于 0。"),
        ("points", 10.5, "不能大于 10。"),
        ("points", "0.3", "应当是 0.5 的整数倍。"),
        ("grade", "6", "请选择其中一个等级。"),
        ("photos", ["f1", "f2", "f3"], "最多上传 2 个文件，现在有 3 个。"),
        ("photos", ["../etc/passwd"], "文件没有传上来，请重新选择文件。"),
        ("lines", [{"what": str(n)} for n in range(4)], "最多 3 行，现在有 4 行。"),
        ("lines", ["走访"], "每一行应当是一组字段。"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(form: Form, field: str, typed: Any, sentence: str) -> None:
    assert refusals(form, **{field: typed}) == {field: sentence}


def test_all_faults_are_said_at_once_also_in_rows(form: Form) -> None:
    faults = refusals(form, summary="", points="x", lines=[{"what": "走访"}, {"what": "", "points": "0.2"}])
    assert faults == {
        "summary": "请填写“反映内容”。",
        "points": "这里应当是数字，例如 3 或 3.5。",
        "lines-1-what": "请填写“事项”。",
        "lines-1-points": "应当是 0.5 的整数倍。",
    }


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("19900001234", "19900001234"),
        ("199-0000-1234", "19900001234"),
        ("+86 139 1234 5678", "13912345678"),
        ("１３９１２３４５６７８", "13912345678"),
        ("0571-88001234", "0571-88001234"),
        ("057188001234", "0571-88001234"),
        ("(010) 6123 4567", "010-61234567"),
        ("021-51234567-801", "021-51234567-801"),
        ("88001234", "88001234"),
    ],
)
def test_telephone_numbers_are_kept_in_one_spelling(form: Form, typed: str, kept: str) -> None:
    assert answered(form, phone=typed)["phone"] == kept


@pytest.mark.parametrize("typed", ["12345678901", "1391234567", "call me", "139123456789", "010-1234567", "88"])
def test_what_is_no_telephone_number_is_refused(form: Form, typed: str) -> None:
    assert "电话号码不对" in refusals(form, phone=typed)["phone"]


def test_control_characters_do_not_get_into_texts(form: Form) -> None:
    assert answered(form, place="人民路\x00\x1b 1 号\n东")["place"] == "人民路 1 号 东"


def test_a_hidden_field_is_neither_demanded_nor_kept(form: Form) -> None:
    assert answered(form, road_name="人民路")["road_name"] == ""
    assert refusals(form, category="road") == {"road_name": "请填写“路名”。"}


@pytest.mark.parametrize(
    ("condition", "given", "shown"),
    [
        ({"field": "a", "op": "==", "value": "x"}, {"a": "x"}, True),
        ({"field": "a", "op": "==", "value": "x"}, {"a": "y"}, False),
        ({"field": "a", "op": "==", "value": "x"}, {}, False),
        ({"field": "a", "op": "!=", "value": "x"}, {"a": "y"}, True),
        ({"field": "a", "op": "!=", "value": "x"}, {"a": "x"}, False),
        ({"field": "a", "op": "in", "value": ["x", "y"]}, {"a": "y"}, True),
        ({"field": "a", "op": "in", "value": ["x", "y"]}, {"a": "z"}, False),
        ({"field": "a", "op": "not_empty"}, {"a": " "}, False),
        ({"field": "a", "op": "not_empty"}, {"a": "z"}, True),
        ({"field": "yes", "op": "==", "value": False}, {"yes": "no"}, True),
        ({"field": "yes", "op": "==", "value": False}, {}, False),
        ({"field": "n", "op": "==", "value": 2}, {"n": "2.0"}, True),
        ({"field": "n", "op": "==", "value": 2}, {"n": "zwei"}, False),
        ({"field": "many", "op": "==", "value": "p"}, {"many": ["p", "q"]}, True),
        ({"field": "many", "op": "!=", "value": "p"}, {"many": ["p", "q"]}, False),
        ({"field": "many", "op": "in", "value": ["q"]}, {"many": "q"}, True),
        ({"field": "many", "op": "not_empty"}, {"many": []}, False),
    ],
)
def test_show_if(condition: dict[str, Any], given: dict[str, Any], shown: bool) -> None:
    form = forms.load(
        {
            "key": "f",
            "title": "表",
            "fields": [
                {"key": "a", "type": "text", "label": "甲"},
                {"key": "yes", "type": "yesno", "label": "是否"},
                {"key": "n", "type": "number", "label": "数"},
                {
                    "key": "many",
                    "type": "checks",
                    "label": "多选",
                    "options": [{"value": "p", "label": "P"}, {"value": "q", "label": "Q"}],
                },
                {"key": "more", "type": "text", "label": "乙", "show_if": condition},
            ],
        }
    )
    assert form.view(given)[-1].visible is shown
    if given.get("n") != "zwei":
        assert form.parse({**given, "more": "有"})["more"] == ("有" if shown else "")


def test_a_condition_on_a_hidden_field_sees_nothing() -> None:
    form = forms.load(
        {
            "key": "f",
            "title": "表",
            "fields": [
                {"key": "a", "type": "yesno", "label": "甲"},
                {
                    "key": "b",
                    "type": "text",
                    "label": "乙",
                    "show_if": {"field": "a", "op": "==", "value": True},
                },
                {"key": "c", "type": "text", "label": "丙", "show_if": {"field": "b", "op": "not_empty"}},
            ],
        }
    )
    assert form.parse({"a": "no", "b": "旧", "c": "旧"}) == {"a": False, "b": "", "c": ""}
    assert [field.visible for field in form.view({"a": "no", "b": "旧"})] == [True, False, False]


def test_several_conditions_must_all_hold() -> None:
    both = [{"field": "a", "op": "==", "value": True}, {"field": "b", "op": "!=", "value": "旧"}]
    form = forms.load(
        {
            "key": "f",
            "title": "表",
            "fields": [
                {"key": "a", "type": "yesno", "label": "甲"},
                {"key": "b", "type": "text", "label": "乙"},
                {"key": "c", "type": "text", "label": "丙", "required": True, "show_if": both},
            ],
        }
    )
    assert [form.view({"a": a, "b": b})[2].visible for a, b in (("yes", "新"), ("yes", "旧"), ("no", "新"))] == [
        True,
        False,
        False,
    ]
    assert [field.refreshes for field in form.view({})] == [True, True, False]
    assert form.parse({"a": "no", "b": "新", "c": "丢"})["c"] == ""
    with pytest.raises(Invalid) as refusal:
        form.parse({"a": "yes", "b": "新"})
    assert list(refusal.value.fields) == ["c"]
    fits = Draft202012Validator(form.json_schema()).is_valid
    assert not fits({"a": True, "b": "新"})
    assert fits({"a": True, "b": "旧"})
    assert fits({"a": True, "b": "新", "c": "有"})


def test_a_text_proposes_its_options_and_takes_any_other() -> None:
    field = {"key": "place", "type": "text", "label": "地点", "options_from": "people.places"}
    form = forms.load({"key": "f", "title": "表", "fields": [field]})
    [view] = form.view({}, choices={"people.places": [("虎山村三组", "虎山村三组")]})
    assert view.attributes["list"] == "place-proposed"
    assert [option.value for option in view.options] == ["虎山村三组"]
    assert form.parse({"place": "老粮站门口"}) == {"place": "老粮站门口"}


def test_nothing_typed_is_lost(form: Form) -> None:
    posted = MultiDict(
        [
            ("summary", "长" * 30),
            ("points", "三分"),
            ("received_on", "昨天"),
            ("channels", "来访"),
            ("urgent", "no"),
            ("lines-4-what", "走访"),
            ("lines-4-points", "半分"),
        ]
    )
    with pytest.raises(Invalid) as refusal:
        form.parse(posted, CHOICES)
    draft = form.echo(posted)
    shown = {field.key: field for field in form.view(draft, refusal.value.fields, CHOICES)}
    assert shown["summary"].value == "长" * 30
    assert shown["points"].value == "三分"
    assert shown["received_on"].value == "昨天"
    assert [option.value for option in shown["channels"].options if option.chosen] == ["来访"]
    assert [option.label for option in shown["urgent"].options if option.chosen] == ["否"]
    row = shown["lines"].rows[0]
    assert [(field.name, field.value) for field in row.fields] == [
        ("lines-0-what", "走访"),
        ("lines-0-points", "半分"),
    ]
    assert row.fields[1].error == "这里应当是数字，例如 3 或 3.5。"
    assert form.echo(draft) == draft


def test_a_list_offers_one_spare_row_while_there_is_room(form: Form) -> None:
    def spares(count: int) -> list[bool]:
        field = form.view({"lines": [{"what": str(n)} for n in range(count)]}, {}, CHOICES)[-1]
        return [row.spare for row in field.rows]

    assert spares(0) == [True]
    assert spares(2) == [False, False, True]
    assert spares(3) == [False, False, False]


def test_an_answer_can_be_shown_in_its_own_form(form: Form) -> None:
    answer = answered(form, urgent=False, points=2.5, channels=["来信"], department="d2", grade=4)
    shown = {field.key: field for field in form.view(answer, {}, CHOICES)}
    assert shown["points"].value == "2.5"
    for key, label in [
        ("urgent", "否"),
        ("channels", "来信"),
        ("department", "城管执法队"),
        ("grade", "满意"),
    ]:
        assert [option.label for option in shown[key].options if option.chosen] == [label]
    assert form.parse(form.echo(answer), CHOICES) == answer


def test_a_page_knows_what_an_input_needs(form: Form) -> None:
    shown = {field.key: field for field in form.view({}, {}, CHOICES)}
    assert shown["summary"].attributes["maxlength"] == "20"
    assert shown["points"].attributes["inputmode"] == "decimal"
    assert shown["phone"].attributes["type"] == "tel"
    assert shown["received_on"].attributes == {"type": "date", "min": "2026-01-01"}
    assert shown["photos"].attributes["multiple"] == "multiple"
    assert shown["case"].panel == "cases.summary"
    assert [key for key, field in shown.items() if field.refreshes] == ["category"]


def test_the_sources_a_form_needs(form: Form) -> None:
    assert form.sources == {"people.departments", "people.deputies"}
    assert form.panels == {"cases.summary"}


def test_an_answer_is_read_out_with_labels(form: Form) -> None:
    answer = answered(
        form,
        department="d1",
        urgent=True,
        channels=["来访", "来电"],
        grade=5,
        photos=["f1"],
        lines=[{"what": "走访", "points": 1.5}, {"what": "接待"}],
    )
    assert form.read_out(answer, CHOICES) == [
        ("反映内容", "路灯不亮"),
        ("收到日期", "2026-03-02"),
        ("事项类别", "其他"),
        ("承办单位", "住建局"),
        ("渠道", "来访、来电"),
        ("紧急", "是"),
        ("满意度", "很满意"),
        ("照片", "1 个文件"),
        ("明细", "事项：走访；分值：1.5\n事项：接待"),
    ]


def test_defaults_are_computed_by_the_caller_and_a_failing_one_leaves_its_field_empty() -> None:
    form = forms.load(
        {
            "key": "f",
            "title": "表",
            "fields": [
                {"key": "day", "type": "date", "label": "日", "default": "today()"},
                {"key": "gone", "type": "text", "label": "缺", "default": "gone.text"},
                {"key": "plain", "type": "text", "label": "无"},
            ],
        }
    )

    def evaluate(source: str) -> Any:
        if source == "today()":
            return date(2026, 3, 2)
        raise expressions.ExpressionError("没有 gone。")

    assert form.has_defaults
    assert form.defaults(evaluate) == {"day": "2026-03-02", "gone": ""}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"category": "road", "road_name": "人民路"},
        {"category": "road"},
        {"points": 0.3},
        {"points": 3.5, "grade": 5, "urgent": None},
        {"grade": 6},
        {"department": "d9"},
        {"department": None},
        {"channels": ["来访", "来电", "来信"]},
        {"lines": [{"what": "走访", "points": 1}]},
        {"lines": [{"points": 1}]},
        {"summary": "长" * 21},
    ],
)
def test_the_schema_for_programs_agrees_with_the_form(form: Form, given: dict[str, Any]) -> None:
    schema = form.json_schema(CHOICES)
    Draft202012Validator.check_schema(schema)
    fits = Draft202012Validator(schema).is_valid({**GOOD, **given})
    try:
        answered(form, **given)
    except Invalid:
        assert not fits
    else:
        assert fits


def test_a_schema_without_choices_is_still_a_schema(form: Form) -> None:
    Draft202012Validator.check_schema(form.json_schema())
