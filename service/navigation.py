"""The places of the top bar and of the phone's tab bar."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import request
from flask_babel import lazy_gettext as _l

from service import context
from workflows.actor import Actor
from workflows.people import rules


@dataclass(frozen=True)
class Place:
    """One entry. `roles` empty: for everybody who is signed in."""

    endpoint: str
    label: object
    icon: str
    roles: frozenset[str] = frozenset()

    @property
    def is_current(self) -> bool:
        return request.blueprint == self.endpoint.partition(".")[0]


_EVERY_OFFICE = frozenset(rules.ROLES) - {rules.DISTRICT}

PLACES = (
    Place("inbox.show", _l("待办"), "inbox", _EVERY_OFFICE),
    Place("cases.index", _l("办件"), "case", _EVERY_OFFICE),
    Place("assessment.index", _l("考核"), "chart", _EVERY_OFFICE),
    Place("processes.index", _l("流程"), "flow", _EVERY_OFFICE),
    Place("people.index", _l("人员"), "people", frozenset({rules.PROCESS_ADMIN})),
)


def places(actor: Actor | None) -> Iterator[Place]:
    """What this person can open."""
    if actor is None:
        return
    for place in PLACES:
        if context.has_page(place.endpoint) and (not place.roles or place.roles & actor.roles):
            yield place
