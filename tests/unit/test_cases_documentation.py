"""What people who edit diagrams may use is written down, all of it, and nothing else."""

import re
from pathlib import Path

from workflows import wiring
from workflows.cases import rules
from workflows.people.rules import DISTRICT, ROLES

README = (Path(__file__).parents[2] / "bpmn" / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([a-z]+\.[a-z_]+)` \| .+? \| ?(.*?) ?\|$", re.MULTILINE)
FACTS = re.compile(r"^\| `([a-z]+)` \| ((?:`[a-z_]+` ?)+)\|$", re.MULTILINE)


def test_every_delegate_is_listed_with_its_parameters() -> None:
    written = {
        name: {(word, bool(mark)) for word, mark in re.findall(r"`([a-z_]+)`(°?)", parameters)}
        for name, parameters in ROW.findall(README)
    }
    known = {
        delegate.name: {(name, name in delegate.optional) for name in delegate.parameters}
        for delegate in wiring.vocabulary().delegates
    }
    assert written == known


def test_every_fact_is_listed() -> None:
    written = {name: set(re.findall(r"`([a-z_]+)`", fields)) for name, fields in FACTS.findall(README)}
    assert written == {name: set(fields) for name, fields in wiring.vocabulary().facts.fields.items()}


def test_every_lane_and_milestone_is_named() -> None:
    missing = [word for word in (set(ROLES) - {DISTRICT}) | set(rules.COVERS) | set(rules.UNDOES) if word not in README]
    assert missing == []
