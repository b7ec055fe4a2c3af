"""The decision tables of the process version that is running, as the actions of this room see them.

Every ruling keeps which table, row and version it came from, so that a point can be explained years later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflows.engine.delegates import Decide


@dataclass(frozen=True)
class Ruling:
    """What a table said.

    Attributes:
        result: output name -> value; a list of those for a table that collects.
        trace: process, version, table, rows that counted and what was tested: plain JSON, to be stored.
    """

    result: Any
    trace: dict[str, Any]

    def __getitem__(self, output: str) -> Any:
        return self.result[output]


@dataclass(frozen=True)
class RuleBook:
    """Decision tables of one version of one process.

    Attributes:
        process: key of the process package.
        version: its published version.
        tables: those that it has.
    """

    decide: Decide
    process: str
    version: int
    tables: frozenset[str] = frozenset()

    def rule(self, table: str, facts: Mapping[str, Any]) -> Ruling:
        """Ask a table.

        Raises:
            DecisionError: the table has no answer for these facts.
        """
        outcome = self.decide(table, facts)
        told = outcome.explain()
        trace = {key: told[key] for key in ("decision", "table", "inputs", "rows", "by_default")}
        return Ruling(outcome.result, {"process": self.process, "version": self.version, **trace})

    def rule_if_any(self, table: str, facts: Mapping[str, Any]) -> Ruling | None:
        """The same; None when this version has no such table, as earlier ones and an office's own may not."""
        return self.rule(table, facts) if table in self.tables else None
