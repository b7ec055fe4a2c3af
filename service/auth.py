"""Who may open a page. Denied unless it says so: the application does not start with a view that does not.

    @bp.get("/<case_id>")
    @signed_in
    def show(case_id: str) -> str: ...

A decorator only writes the policy on the function. `admit` enforces it before every request, in one place.
Routes authenticate and sort out roles; whether this actor may touch *this* row is decided in actions and queries.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from flask import Flask, request

from service import context, security
from service.context import Asking, NotSignedIn
from workflows.errors import NotAllowed
from workflows.people import actions, queries, rules
from workflows.storage.session import EVERYWHERE

View = TypeVar("View", bound=Callable[..., Any])
_POLICY: Final = "luji_policy"


@dataclass(frozen=True)
class Policy:
    """Who may.

    Attributes:
        public: everybody.
        roles: people with one of these roles; empty means every signed-in person.
        scope: programs with a token of this scope instead of people.
    """

    public: bool = False
    roles: frozenset[str] = frozenset()
    scope: str | None = None


class NoPolicy(Exception):
    """A view does not say who may use it: a defect, found at start."""


class BadToken(Exception):
    """A program came without a token, or with one that does not hold (any more)."""


def public(view: View) -> View:
    """Everybody may, signed in or not."""
    return _with_policy(view, Policy(public=True))


def signed_in(view: View) -> View:
    """Every signed-in person may."""
    return _with_policy(view, Policy())


def roles(*names: str) -> Callable[[View], View]:
    """Signed-in people who hold one of these roles may."""
    unknown = set(names) - set(rules.ROLES)
    if unknown or not names:
        raise ValueError(f"no such roles: {unknown or names}")
    return lambda view: _with_policy(view, Policy(roles=frozenset(names)))


def api_token(scope: str) -> Callable[[View], View]:
    """Programs may, with ``Authorization: Bearer …`` of a token that has this scope. Cookies do not count."""
    if scope not in rules.SCOPES:
        raise ValueError(f"no such scope: {scope}")
    return lambda view: _with_policy(view, Policy(scope=scope))


def policy_of(view: object) -> Policy | None:
    policy: Policy | None = getattr(view, _POLICY, None)
    return policy


def require_policies(app: Flask) -> None:
    """
    Raises:
        NoPolicy: some view does not say who may use it.
    """
    missing = list(_views_without_policy(app))
    if missing:
        raise NoPolicy(f"these views do not say who may use them: {', '.join(missing)}")


def admit() -> None:
    """Before each request: find out who is asking and whether this view is for them.

    Raises:
        NotSignedIn: a page for signed-in people, and nobody is.
        BadToken: an API route without a valid token.
        NotAllowed: signed in, with none of the roles or without the scope.
        CsrfFailed: a changing request that did not come from our own pages.
    """
    policy = policy_of(context.the_view())
    if policy is None:  # no such page: nothing to protect, and nobody to look up
        return
    now = context.the_workplace().engine.clock()
    if policy.scope is not None:
        context.remember(_program(policy.scope, now))
        return
    asking = _browser(now)
    context.remember(asking)
    security.check_same_site()
    if policy.public:
        return
    if asking.actor is None:
        raise NotSignedIn
    if policy.roles and not policy.roles & asking.actor.roles:
        raise NotAllowed("您的身份不能打开这个页面，如有需要请联系流程管理员。")


def _browser(now: datetime) -> Asking:
    token = security.session_token()
    if not token:
        return Asking()
    database = context.the_workplace().database
    with database.reading(EVERYWHERE) as session:
        visitor = queries.visitor_of(session, token, now)
    if visitor is None:
        return Asking()
    if now - visitor.seen_at >= rules.SESSION_SEEN_STEP:
        with database.unit_of_work(EVERYWHERE) as session:
            actions.touch(session, token=token, at=now)
    return Asking(visitor.actor, visitor)


def _program(scope: str, now: datetime) -> Asking:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise BadToken
    with context.the_workplace().database.reading(EVERYWHERE) as session:
        holder = queries.holder_of_token(session, token.strip(), now)
    if holder is None:
        raise BadToken
    if scope not in holder.scopes:
        raise NotAllowed("这个访问令牌没有“{scope}”权限，请换一个令牌。", scope=scope)
    return Asking(holder.actor)


def _with_policy(view: View, policy: Policy) -> View:
    if policy_of(view) is not None:
        raise ValueError(f"{view.__name__} names two policies")
    setattr(view, _POLICY, policy)
    return view


def _views_without_policy(app: Flask) -> Iterator[str]:
    for endpoint, view in sorted(app.view_functions.items()):
        if policy_of(view) is None:
            yield endpoint
