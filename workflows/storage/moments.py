"""Dates and spans of stored moments inside a statement, alike on PostgreSQL and SQLite."""

from datetime import date
from typing import Any

from sqlalchemy import Date, Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class beijing_day(FunctionElement[date]):  # noqa: N801  # used like any function of SQL
    """The Beijing date of a stored moment: ``beijing_day(Case.replied_at)``. China keeps UTC+8 all year."""

    type = Date()
    inherit_cache = True
    name = "beijing_day"


class days_between(FunctionElement[float]):  # noqa: N801
    """Days, with fractions, from one stored moment to another."""

    type = Float()
    inherit_cache = True
    name = "days_between"


@compiles(beijing_day, "sqlite")
def _beijing_day_on_sqlite(element: beijing_day, compiler: Any, **how: Any) -> str:
    return f"date({compiler.process(element.clauses, **how)}, '+8 hours')"


@compiles(beijing_day, "postgresql")
def _beijing_day_on_postgresql(element: beijing_day, compiler: Any, **how: Any) -> str:
    return f"CAST(timezone('UTC', {compiler.process(element.clauses, **how)}) + INTERVAL '8 hours' AS DATE)"


@compiles(days_between, "sqlite")
def _days_between_on_sqlite(element: days_between, compiler: Any, **how: Any) -> str:
    first, last = (compiler.process(clause, **how) for clause in element.clauses)
    return f"(julianday({last}) - julianday({first}))"


@compiles(days_between, "postgresql")
def _days_between_on_postgresql(element: days_between, compiler: Any, **how: Any) -> str:
    first, last = (compiler.process(clause, **how) for clause in element.clauses)
    return f"(EXTRACT(EPOCH FROM {last} - {first})::double precision / 86400)"
