"""Facts: live, read-only views of business rows that every expression of a diagram may use.

A process about ``case:42`` reads ``case.respond_by`` straight from the case's row. Nothing is copied into the
instance, so a date that moves (a new calendar, an extension) is seen by every gateway and timer at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

Provider = Callable[[Session, str], Mapping[str, Any]]
"""Given what follows the colon of a business key, the facts as plain JSON values (dates as ISO text)."""


@dataclass(frozen=True)
class Source:
    name: str
    provider: Provider
    fields: Mapping[str, str]  # field -> Chinese label


class Sources:
    """Fact sources by the first part of a business key."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}

    def add(self, name: str, provider: Provider, *, fields: Mapping[str, str]) -> None:
        if name in self._sources:
            raise ValueError(f"facts about {name} are registered twice")
        self._sources[name] = Source(name, provider, dict(fields))

    def get(self, name: str) -> Source | None:
        return self._sources.get(name)

    def __iter__(self) -> Any:
        return iter(self._sources.values())

    @property
    def fields(self) -> dict[str, Mapping[str, str]]:
        return {source.name: source.fields for source in self._sources.values()}
