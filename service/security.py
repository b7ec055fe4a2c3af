"""Cookies, cross-site request forgery, and the headers of every answer."""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from flask import Request, request
from werkzeug.wrappers import Response

from service import context

CSRF_FIELD = "csrf_token"
CSRF_HEADER = "X-CSRF-Token"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_SESSION_SECONDS = 12 * 3600
_PREFERENCE_SECONDS = 366 * 24 * 3600


class CsrfFailed(Exception):
    """A changing request without the token of our own pages, or from another site."""


MAX_REQUEST_BYTES = 32 * 1024 * 1024  # two photographs of the largest kind and a form
MAX_FORM_BYTES = 1024 * 1024


def limit_body() -> None:
    """Before each request: a plain form is read into memory at once, so it may not be as large as an upload."""
    if request.mimetype == "application/x-www-form-urlencoded":
        request.max_content_length = MAX_FORM_BYTES


# ---------------------------------------------------------------------------------------------- cookies


def _cookie_name(base: str) -> str:
    """``__Host-`` (needs https) makes browsers refuse the cookie from a neighbouring host name."""
    return f"__Host-{base}" if context.the_workplace().settings.secure_cookies else base


def session_token() -> str | None:
    """The token of this browser's session, valid or not."""
    return request.cookies.get(_cookie_name("luji_session"))


def set_session_cookie(response: Response, token: str) -> None:
    _set_cookie(response, "luji_session", token, _SESSION_SECONDS)


def clear_session_cookie(response: Response) -> None:
    _set_cookie(response, "luji_session", "", 0)


def set_preference_cookie(response: Response, name: str, value: str, *, max_age: int = _PREFERENCE_SECONDS) -> None:
    _set_cookie(response, f"luji_{name}", value, max_age)


def preference(name: str) -> str:
    return request.cookies.get(_cookie_name(f"luji_{name}"), "")


def _set_cookie(response: Response, base: str, value: str, max_age: int | None) -> None:
    response.set_cookie(
        _cookie_name(base),
        value,
        max_age=max_age,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=context.the_workplace().settings.secure_cookies,
    )


# ------------------------------------------------------------------------------------------------- CSRF


def csrf_token() -> str:
    """What a form of this browser must send back: bound to its session, or to its visit before sign-in."""
    return _csrf_for(session_token() or _visit())


def check_same_site() -> None:
    """Let a changing request through only from one of our own pages.

    Raises:
        CsrfFailed: no or a wrong token, or a foreign Origin.
    """
    if request.method in _SAFE_METHODS:
        return
    given = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD, "")
    bound_to = session_token() or request.cookies.get(_cookie_name("luji_visit"), "")
    if not bound_to or not hmac.compare_digest(given, _csrf_for(bound_to)) or not _same_origin(request):
        raise CsrfFailed


def _csrf_for(secret: str) -> str:
    key = context.the_workplace().settings.secret_key.encode()
    return hmac.new(key, b"csrf:" + secret.encode(), hashlib.sha256).hexdigest()


def _visit() -> str:
    """A random name for a browser that is not signed in; `finish` puts it into a cookie."""
    visit = request.cookies.get(_cookie_name("luji_visit")) or request.environ.get("luji.visit")
    if not visit:
        visit = request.environ["luji.visit"] = secrets.token_urlsafe(16)
    return str(visit)


def _same_origin(asked: Request) -> bool:
    """Origin when the browser sends one, else what it says about where the request started."""
    origin = asked.headers.get("Origin")
    if origin is not None:
        own = urlsplit(context.the_workplace().settings.public_url).netloc
        return urlsplit(origin).netloc in {asked.host, own}
    return asked.headers.get("Sec-Fetch-Site", "same-origin") in {"same-origin", "none"}


# ---------------------------------------------------------------------------------------------- headers


def finish(response: Response) -> Response:
    """The headers that every answer carries, and the visit cookie when a form was drawn."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    # "no-referrer" would make browsers send "Origin: null" with our own forms.
    headers["Referrer-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers.setdefault("Cache-Control", "no-store")
    if context.the_workplace().settings.secure_cookies:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    visit = request.environ.get("luji.visit")
    if visit:
        _set_cookie(response, "luji_visit", visit, None)
    return response
