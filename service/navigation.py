"""The places of the top bar and of the phone's tab bar."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import request

from service import context
from service.language import translate as _
from workflows.actor import Actor
from workflows.people import rules


@dataclass(frozen=True)
class Place:
    """One entry. `roles` empty: for everybody who is signed in."""

    endpoint: str
    label: str
    icon: str
    roles: frozenset[str] = frozenset()

    @property
    def is_current(self) -> bool:
        return request.blueprint == self.endpoint.partition(".")[0]


_EVERY_OFFICE = frozenset(rules.ROLES) - {rules.DISTRICT}
SUPERVISORS = frozenset({rules.COMMITTEE, rules.PROCESS_ADMIN})


def places(actor: Actor | None) -> Iterator[Place]:
    """What this person can open."""
    if actor is None:
        return
    for place in _all():
        if context.has_page(place.endpoint) and (not place.roles or place.roles & actor.roles):
            yield place


def _all() -> tuple[Place, ...]:
    return (
        Place("overview.show", _("总览"), "clock", frozenset({rules.COMMITTEE, rules.STATION})),
        Place("inbox.show", _("待办"), "inbox", _EVERY_OFFICE),
        Place("cases.index", _("办件"), "case", _EVERY_OFFICE),
        Place("receptions.index", _("接待"), "door", _EVERY_OFFICE),
        Place("activities.index", _("活动"), "calendar", _EVERY_OFFICE),
        Place("suggestions.index", _("建议"), "pen", _EVERY_OFFICE),
        Place("filings.index", _("请示"), "send", frozenset({rules.COMMITTEE})),
        Place("reports.show", _("统计"), "table", frozenset({rules.COMMITTEE, rules.STATION, rules.DISTRICT})),
        Place("assessment.index", _("考核"), "chart", _EVERY_OFFICE),
        Place("processes.index", _("流程"), "flow", SUPERVISORS),
        Place("people.index", _("人员"), "people", frozenset({rules.PROCESS_ADMIN})),
    )
