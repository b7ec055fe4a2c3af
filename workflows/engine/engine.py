"""The engine as one object: everything it was given, and the cache of compiled versions."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows.clock import Clock
from workflows.engine import packages, spiff
from workflows.engine.delegates import Registry
from workflows.engine.facts import Sources
from workflows.engine.promises import Promise
from workflows.engine.spiff import Compiled
from workflows.engine.tables import ProcessDefinition
from workflows.engine.timer_rules import Calendar
from workflows.errors import NotFound

CACHED_VERSIONS = 64

Choices = Callable[[Session], Sequence[tuple[str, str]]]
"""The options of a form field that are rows: value and Chinese label."""


class SpecCache:
    """Compiled versions by id, least recently used first out. A version never changes, so nothing goes stale."""

    def __init__(self, size: int = CACHED_VERSIONS) -> None:
        self._size = size
        self._compiled: OrderedDict[str, Compiled] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, session: Session, definition_id: str) -> Compiled:
        """The version, parsed at its first use in this process (2–4 ms) and then kept.

        Raises:
            NotFound: no such version.
        """
        with self._lock:
            if definition_id in self._compiled:
                self._compiled.move_to_end(definition_id)
                return self._compiled[definition_id]
        content = session.scalar(select(ProcessDefinition.package).where(ProcessDefinition.id == definition_id))
        if content is None:
            raise NotFound("没有这个流程版本，请刷新页面。")
        compiled = spiff.build(packages.read_zip(content))
        with self._lock:
            self._compiled[definition_id] = compiled
            while len(self._compiled) > self._size:
                self._compiled.popitem(last=False)
        return compiled


@dataclass
class Engine:
    """What the engine needs from the house; built once, in `wiring`.

    Attributes:
        clock: the present moment, UTC.
        delegates: what diagrams may call.
        facts: what expressions may read of business rows.
        calendar: the working calendar that holds for a session's sub-district.
        groups: lane names that people can be members of.
        choices: option sources of form fields.
        promises: process -> what publishing never lets a diagram of it drop.
        subdistricts: ids of the sub-districts that scheduled processes start for.
        role_has_member: whether anybody in the session's sub-district holds a role.
        home: the data folder with the stored files that answers name.
    """

    clock: Clock
    calendar: Callable[[Session], Calendar]
    groups: frozenset[str]
    delegates: Registry = field(default_factory=Registry)
    facts: Sources = field(default_factory=Sources)
    choices: Mapping[str, Choices] = field(default_factory=dict)
    panels: frozenset[str] = frozenset()
    promises: Mapping[str, tuple[Promise, ...]] = field(default_factory=dict)
    subdistricts: Callable[[Session], Sequence[str]] = lambda session: ()
    role_has_member: Callable[[Session, str], bool] = lambda session, role: True
    home: Path = Path()
    specs: SpecCache = field(default_factory=SpecCache)
