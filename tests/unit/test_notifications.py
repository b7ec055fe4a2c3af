"""Notices: what the shipped templates say, and that every shipped diagram gives them what they ask for."""

import ast
import re
from pathlib import Path

import pytest
from lxml import etree

from workflows import calendar_watch
from workflows.assessment import actions as assessment
from workflows.cases import clocks
from workflows.errors import Invalid, NotFound
from workflows.notifications import rules

BPMN = Path(__file__).parents[2] / "bpmn"
SPIFF = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"
GIVEN_ALWAYS = {"title"}
GIVEN_BY = {"activities.tell_villages": {"names"}}  # what a delegate knows by itself


def calls() -> list[tuple[str, str, set[str]]]:
    """Diagram and step, template, fields given: every notice that a shipped diagram may send."""
    found = []
    for path in sorted(BPMN.glob("*/*.bpmn")):
        for operator in etree.parse(path).iter(f"{SPIFF}serviceTaskOperator"):
            given = {parameter.get("id"): parameter.get("value") for parameter in operator.iter(f"{SPIFF}parameter")}
            if "template" not in given:
                continue
            step = operator.getparent().getparent().get("id")
            fields = ast.parse(given.get("fields") or "{}", mode="eval").body
            assert isinstance(fields, ast.Dict)
            keys = {key.value for key in fields.keys if isinstance(key, ast.Constant)}
            keys |= GIVEN_BY.get(operator.get("id"), set())
            chosen = templates(ast.parse(given["template"], mode="eval").body)
            found += [(f"{path.parent.name}:{step}", template, keys) for template in chosen]
    return found


def templates(expression: ast.expr) -> list[str]:
    """The templates that an expression may choose: a name, or one of two under a condition."""
    if isinstance(expression, ast.IfExp):
        return templates(expression.body) + templates(expression.orelse)
    assert isinstance(expression, ast.Constant)
    return [str(expression.value)]


@pytest.mark.parametrize(("step", "template", "given"), calls(), ids=[step for step, _, _ in calls()])
def test_a_shipped_diagram_gives_its_notices_what_they_ask_for(step: str, template: str, given: set[str]) -> None:
    assert rules.fields(template) <= given | GIVEN_ALWAYS, step


def test_every_shipped_template_is_sent_by_some_diagram_or_by_the_house_itself() -> None:
    rooms = [Path(room.__file__).read_text(encoding="utf-8") for room in (calendar_watch, clocks, assessment)]
    named = re.compile(r'"(calendar_\w+)"|template="(urged|self_assessment_asked)"')
    by_the_house = {"".join(found) for room in rooms for found in named.findall(room)}
    assert len(by_the_house) == 4
    assert {template for _, template, _ in calls()} | by_the_house == set(rules.names())


@pytest.mark.parametrize("name", rules.names())
def test_a_template_is_a_title_and_a_sentence_in_chinese(name: str) -> None:
    text = rules.fill(name, dict.fromkeys(rules.fields(name), "甲"))
    assert re.search("[\u4e00-\u9fff]", text.title)
    assert text.body
    assert "{" not in text.title + text.body


def test_only_names_in_braces_are_replaced() -> None:
    text = rules.fill("general", {"title": "{0.__class__} {text}", "text": "%s {{title}} ${title}"})
    assert text == rules.Text("{0.__class__} {text}", "%s {{title}} ${title}")


def test_what_is_missing_is_named() -> None:
    with pytest.raises(Invalid, match="text"):
        rules.fill("general", {"title": "提醒"})


@pytest.mark.parametrize("name", ["", "nothing", "../rules", "general.txt", "/etc/passwd"])
def test_there_is_no_other_template(name: str) -> None:
    with pytest.raises(NotFound):
        rules.template(name)


def test_a_long_title_is_cut_to_what_fits_the_list() -> None:
    assert len(rules.fill("general", {"title": "长" * 200, "text": "。"}).title) == rules.TITLE_LENGTH
