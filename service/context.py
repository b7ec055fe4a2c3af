"""Who is asking, and for what house. The only reader of Flask's globals."""

from dataclasses import dataclass
from datetime import date

from flask import Flask, current_app, g, request

from workflows.actor import Actor
from workflows.clock import beijing_date
from workflows.people.queries import Visitor
from workflows.wiring import Workplace

WORKPLACE = "luji.workplace"


class NotSignedIn(Exception):
    """A page that needs to know who is asking was asked for by nobody in particular."""


@dataclass(frozen=True)
class Asking:
    """What is known about the sender of this request.

    Attributes:
        actor: None when nobody is signed in.
        visitor: set for a signed-in browser, None for a program with a token.
    """

    actor: Actor | None = None
    visitor: Visitor | None = None


def the_application() -> Flask:
    """The application that answers, for those who describe or enumerate its routes."""
    application: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return application


def the_workplace() -> Workplace:
    workplace: Workplace = current_app.extensions[WORKPLACE]
    return workplace


def the_actor() -> Actor:
    """
    Raises:
        NotSignedIn: nobody is.
    """
    actor = the_asking().actor
    if actor is None:
        raise NotSignedIn
    return actor


def the_asking() -> Asking:
    asking: Asking = g.get("asking") or Asking()
    return asking


def remember(asking: Asking) -> None:
    g.asking = asking


def the_view() -> object | None:
    """The function that will answer this request, None when there is no such page."""
    return current_app.view_functions.get(request.endpoint) if request.endpoint else None


def has_page(endpoint: str) -> bool:
    return endpoint in current_app.view_functions


def today() -> date:
    """The Beijing date of this request, on the house's clock."""
    return beijing_date(the_workplace().engine.clock())


def setting(name: str) -> object:
    """One value of the application's configuration."""
    return current_app.config.get(name)
