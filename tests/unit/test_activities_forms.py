"""The shipped forms of activities offer exactly what the books know: nothing that is refused, nothing left out."""

from pathlib import Path
from typing import Any

import pytest

from workflows.activities import plan_rules, rules
from workflows.engine import packages

BPMN = Path(__file__).parents[2] / "bpmn"


def field(package: str, form: str, key: str) -> dict[str, Any]:
    fields = packages.read_folder(BPMN / package).forms[form]["fields"]
    found: dict[str, Any] = next(each for each in fields if each["key"] == key)
    return found


def offered(options: list[dict[str, str]]) -> list[str]:
    return [option["value"] for option in options]


def test_a_meeting_can_be_of_every_kind_and_a_stations_activity_of_every_other() -> None:
    kinds = [kind for _dimension, kind in plan_rules.kinds()]
    assert offered(field("meeting", "arrange", "kind")["options"]) == kinds
    assert offered(field("activity", "arrange", "kind")["options"]) == [k for k in kinds if k != plan_rules.MEETING]


@pytest.mark.parametrize("package", ["activity", "meeting"])
def test_answers_and_attendance_are_those_of_the_rules(package: str) -> None:
    sheet = field(package, "write_up", "sheet")["fields"]
    assert offered(next(cell for cell in sheet if cell["key"] == "state")["options"]) == list(rules.MEETING_STATES)
    assert offered(field(package, "phone", "answer")["options"]) == list(plan_rules.BY_PHONE)
    assert set(offered(field(package, "answer", "answer")["options"])) <= set(plan_rules.BY_PHONE)


def test_an_agenda_has_the_kinds_of_the_rules() -> None:
    for form in ("arrange", "new_agenda"):
        kind = field("meeting", form, "agenda")["fields"][0]
        assert offered(kind["options"]) == [each.value for each in plan_rules.AgendaKind]
