"""What is wrong with a form is said when it is published, at its field, in Chinese."""

from typing import Any

import pytest

from workflows.engine import forms
from workflows.errors import Invalid

TEXT = {"key": "a", "type": "text", "label": "甲"}
YES = {"key": "y", "type": "yesno", "label": "是否"}
SELECT = {"key": "s", "type": "select", "label": "选", "options": [{"value": "1", "label": "一"}]}


def form(*fields: Any, **settings: Any) -> dict[str, Any]:
    return {"key": "f", "title": "表", "fields": list(fields), **settings}


@pytest.mark.parametrize(
    ("fields", "key", "sentence"),
    [
        ([], "", "fields 应当是一组字段，至少一个。"),
        (["text"], "", "fields 应当是一组字段，至少一个。"),
        ([{**TEXT, "key": "第一"}], "#1", "字段要有 key"),
        ([{**TEXT, "key": "a-b"}], "#1", "字段要有 key"),
        ([TEXT, TEXT], "a", "这个 key 用了两次"),
        ([{**TEXT, "type": "html"}], "a", "不认识的字段类型“html”"),
        ([{**TEXT, "label": " "}], "a", "字段要有名称"),
        ([{**TEXT, "lable": "甲"}], "a", "不能有设置“lable”"),
        ([{**TEXT, "required": "yes"}], "a", "必填（required）只能是"),
        ([{**TEXT, "maxlen": 10_001}], "a", "最大字数（maxlen）应当在 1 到 10000 之间。"),
        ([{**TEXT, "maxlen": True}], "a", "最大字数"),
        ([{"key": "s", "type": "select", "label": "选"}], "s", "要写明选项"),
        ([{**SELECT, "options_from": "people.departments"}], "s", "二者选一"),
        ([{**SELECT, "options": []}], "s", "至少一个"),
        ([{**SELECT, "options": ["一"]}], "s", "应当是一组 {value, label}"),
        ([{**SELECT, "options": [{"value": "1", "label": "一"}] * 2}], "s", "重复的值"),
        ([{"key": "o", "type": "org", "label": "单位"}], "o", "要写明选项"),
        ([{"key": "o", "type": "org", "label": "单位", "options_from": "units"}], "o", "people.departments"),
        ([{"key": "n", "type": "number", "label": "数", "min": 3, "max": 1}], "n", "比最大值"),
        ([{"key": "n", "type": "number", "label": "数", "min": "3"}], "n", "与字段类型不符"),
        ([{"key": "n", "type": "number", "label": "数", "step": 0}], "n", "步长"),
        ([{"key": "d", "type": "date", "label": "日", "min": "2026-02-30"}], "d", "与字段类型不符"),
        (
            [{"key": "d", "type": "date", "label": "日", "min": "2026-03-01", "max": "2026-01-01"}],
            "d",
            "比最大值",
        ),
        ([{"key": "p", "type": "files", "label": "图", "max": 21}], "p", "不能超过 20"),
        ([{"key": "r", "type": "rating", "label": "评", "max": 11}], "r", "不能超过 10"),
        (
            [{"key": "r", "type": "rating", "label": "评", "options": [{"value": "好", "label": "好"}]}],
            "r",
            "依次是 1、2、3",
        ),
        ([{**TEXT, "default": "import os"}], "a", "默认值的表达式不对"),
        ([{**TEXT, "default": 3}], "a", "应当是一个表达式"),
        ([{"key": "n", "type": "note", "label": "说明", "required": True}], "n", "不能有设置“required”"),
        ([{"key": "p", "type": "panel", "label": "概况"}], "p", "面板要写明 panel"),
        ([{"key": "p", "type": "panel", "label": "概况", "panel": "x"}], "p", "cases.summary"),
        (
            [{"key": "p", "type": "panel", "label": "概况", "panel": "a.b", "required": True}],
            "p",
            "不能设为必填",
        ),
        ([{"key": "l", "type": "list", "label": "明细"}], "l", "一行里有哪些字段"),
        ([{"key": "l", "type": "list", "label": "明细", "fields": []}], "l", "至少一个"),
        (
            [{"key": "l", "type": "list", "label": "明细", "fields": [{**TEXT, "type": "list"}]}],
            "l.a",
            "不能有 list",
        ),
        (
            [{"key": "l", "type": "list", "label": "明细", "fields": [{**TEXT, "default": "1"}]}],
            "l.a",
            "默认值",
        ),
        ([{**TEXT, "show_if": "y"}], "a", "应当是 {field, op, value}"),
        ([YES, {**TEXT, "show_if": [{"field": "y", "op": "not_empty"}, {"field": "x"}]}], "a", "“x”不存在"),
        ([{**TEXT, "seldom": "yes"}], "a", "少用"),
        ([{**TEXT, "seldom": True, "required": True}], "a", "不能收起"),
        ([{**TEXT, "options": [], "options_from": "people.places"}], "a", "只能写一个"),
        ([{**TEXT, "show_if": {"field": "y", "op": "not_empty"}}], "a", "不存在，或者排在它后面"),
        ([{**TEXT, "show_if": {"field": "y", "op": "not_empty"}}, YES], "a", "不存在，或者排在它后面"),
        ([YES, {**TEXT, "show_if": {"field": "y", "op": ">", "value": 1}}], "a", "比较只能是"),
        ([YES, {**TEXT, "show_if": {"field": "y", "op": "==", "value": "yes"}}], "a", "true 或 false"),
        (
            [SELECT, {**TEXT, "show_if": {"field": "s", "op": "==", "value": "2"}}],
            "a",
            "“2”不在那个字段的选项中",
        ),
        ([SELECT, {**TEXT, "show_if": {"field": "s", "op": "in", "value": "1"}}], "a", "in 要比较一组值"),
        ([SELECT, {**TEXT, "show_if": {"field": "s", "op": "==", "value": {}}}], "a", "应当是文字、数字"),
        (
            [
                {"key": "n", "type": "note", "label": "说明"},
                {**TEXT, "show_if": {"field": "n", "op": "not_empty"}},
            ],
            "a",
            "不能看说明",
        ),
        ([{**TEXT, "key": f"a{n}"} for n in range(61)], "", "字段太多：最多 60 个"),
    ],
)
def test_a_fault_is_said_at_its_field(fields: list[Any], key: str, sentence: str) -> None:
    found = forms.check(form(*fields))
    assert [where for where, message in found if sentence in message] == [key], found


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ([], "表单应当是一个 JSON 对象。"),
        (form(TEXT, key="第一"), "表单要有 key"),
        (form(TEXT, title=""), "表单要有标题"),
        (form(TEXT, colour="red"), "表单里有不认识的设置“colour”。"),
    ],
)
def test_a_fault_of_the_form_itself(data: Any, sentence: str) -> None:
    assert sentence in dict(forms.check(data))[""]


def test_every_fault_is_found_at_once() -> None:
    faults = forms.check(form({**TEXT, "maxlen": 0}, {"key": "x", "type": "html"}, SELECT))
    assert [key for key, _ in faults] == ["a", "x"]


def test_a_faulty_form_does_not_load_and_says_where() -> None:
    with pytest.raises(Invalid, match=r"表单“f”不能用：字段 a：最大字数") as refusal:
        forms.load(form({**TEXT, "maxlen": 0}))
    assert list(refusal.value.fields) == ["a"]


def test_a_panel_with_fields_takes_rows() -> None:
    loaded = forms.load(
        form(
            {
                "key": "sheet",
                "type": "panel",
                "label": "自评表",
                "panel": "assessment.sheet",
                "fields": [TEXT],
            }
        )
    )
    assert loaded.parse({"sheet-0-a": "走访"}) == {"sheet": [{"a": "走访"}]}
    assert loaded.parse({}) == {"sheet": []}
