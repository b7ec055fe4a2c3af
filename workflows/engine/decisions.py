"""Decisions: what a DMN file says (`dmn`), how a table decides (`decision_tables`), what a table forgets
(`decision_findings`).

Tables are DMN; what stands in their cells is our own expression language. Two things differ from other DMN
engines on purpose: UNIQUE is checked (at publishing and at every decision), and nothing that we do not run is
silently ignored.
"""

from workflows.engine import dmn
from workflows.engine.decision_findings import Finding, gaps_and_overlaps
from workflows.engine.decision_tables import (
    Aggregation,
    DecisionError,
    DecisionTable,
    FiredRow,
    HitPolicy,
    Outcome,
)
from workflows.errors import Invalid

__all__ = [
    "Aggregation",
    "DecisionError",
    "DecisionTable",
    "Finding",
    "FiredRow",
    "HitPolicy",
    "Outcome",
    "check",
    "gaps_and_overlaps",
    "parse",
    "warnings",
]


def check(content: bytes) -> list[tuple[str, str]]:
    """Every fault of a decision file, as element id and Chinese sentence. Includes rows that overlap wrongly."""
    try:
        tables, faults = dmn.read(content)
    except Invalid as error:
        return [("definitions", str(error))]
    return faults or [(f.element, f.message) for f in _findings(tables) if f.is_fault]


def warnings(content: bytes) -> list[tuple[str, str]]:
    """What a person should look at before publishing a faultless file: cases no row covers, rows never used.

    Raises:
        Invalid: the file has faults.
    """
    return [(f.element, f.message) for f in _findings(parse(content)) if not f.is_fault]


def parse(content: bytes) -> dict[str, DecisionTable]:
    """The decisions of a file by id, compiled.

    Raises:
        Invalid: the file has faults; `fields` maps each element to its sentence.
    """
    tables, faults = dmn.read(content)
    if faults:
        raise Invalid(
            "决策文件有 {count} 处问题。第一处：{first}",
            fields=dict(faults),
            count=len(faults),
            first=faults[0][1],
        )
    return tables


def _findings(tables: dict[str, DecisionTable]) -> list[Finding]:
    return [finding for table in tables.values() for finding in gaps_and_overlaps(table)]
