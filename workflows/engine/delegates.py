"""The registry of what a diagram may call.

A delegate writes rows; workers talk to the outside. So the effects of a completed step and everything after it
are one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy.orm import Session

from workflows.actor import Actor
from workflows.clock import beijing_date
from workflows.engine.tables import ProcessInstance

if TYPE_CHECKING:
    from workflows.engine.decisions import Outcome
    from workflows.engine.engine import Engine

Json = Any


class Decide(Protocol):
    """Evaluates a decision table of the instance's own version."""

    def __call__(self, decision_id: str, data: Mapping[str, Any]) -> Outcome: ...


@dataclass(frozen=True)
class DelegateContext:
    """What a delegate may know about the step that called it."""

    engine: Engine
    session: Session
    actor: Actor
    instance: ProcessInstance
    node_id: str
    decide: Decide
    dates_moved: Callable[[], None]  # to be called after a date that timers follow has changed

    @property
    def now(self) -> datetime:
        return self.engine.clock()

    @property
    def today(self) -> date:
        return beijing_date(self.now)


@dataclass(frozen=True)
class Delegate:
    """One registered function.

    Attributes:
        name: what a service task names, ``room.verb_noun``.
        label: what staff choose in the editor, Chinese.
        parameters: parameter -> Chinese label; every one must be given unless it is in `optional`.
    """

    name: str
    call: Callable[..., Json]
    label: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    returns: Mapping[str, str] = field(default_factory=dict)


class Registry:
    """Delegates by name."""

    def __init__(self) -> None:
        self._delegates: dict[str, Delegate] = {}

    def add(
        self,
        name: str,
        call: Callable[..., Json],
        *,
        label: str,
        parameters: Mapping[str, str] | None = None,
        optional: frozenset[str] | set[str] = frozenset(),
        returns: Mapping[str, str] | None = None,
    ) -> None:
        if name in self._delegates:
            raise ValueError(f"delegate {name} is registered twice")
        self._delegates[name] = Delegate(
            name, call, label, dict(parameters or {}), frozenset(optional), dict(returns or {})
        )

    def get(self, name: str) -> Delegate | None:
        return self._delegates.get(name)

    def __iter__(self) -> Iterator[Delegate]:
        return iter(self._delegates.values())
