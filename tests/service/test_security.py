"""What every route keeps to: who may, where a change may come from, headers, cookies, silent errors."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.routing import Rule

from service import auth
from tests.factories import Town
from tests.service.browsing import Browser, application
from workflows.wiring import Workplace

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}


def _rules(app: Flask) -> list[Rule]:
    return list(app.url_map.iter_rules())


def _policy(app: Flask, rule: Rule) -> auth.Policy:
    policy = auth.policy_of(app.view_functions[rule.endpoint])
    assert policy
    return policy


def _address(rule: Rule) -> str:
    return re.sub(r"<[^>]+>", "00000000000000000x0", rule.rule)


def test_every_page_turns_strangers_away_unless_it_is_public(web: Flask, browser: Browser) -> None:
    tried = 0
    for rule in _rules(web):
        policy = _policy(web, rule)
        if policy.public:
            continue
        tried += 1
        if "GET" in (rule.methods or ()):
            expected = 401 if policy.scope else 303
            assert browser.get(_address(rule)).status_code == expected, rule
        for method in CHANGING & (rule.methods or set()):
            answer = browser.client.open(_address(rule), method=method, data={"csrf_token": browser.token()})
            assert answer.status_code == 401, rule
    assert tried > 8


def test_every_change_needs_the_token_of_our_own_pages(web: Flask, clerk: Browser) -> None:
    tried = 0
    for rule in _rules(web):
        if _policy(web, rule).scope:
            continue  # programs send no cookies, so there is nothing to forge
        for method in CHANGING & (rule.methods or set()):
            tried += 1
            assert clerk.client.open(_address(rule), method=method).status_code == 400, rule
            wrong = clerk.client.open(_address(rule), method=method, data={"csrf_token": "0" * 64})
            assert wrong.status_code == 400, rule
    assert tried > 5


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://localhost"}, 303),
        ({"Origin": "http://127.0.0.1"}, 303),  # the public address
        ({"Origin": "https://elsewhere.example"}, 400),
        ({"Origin": "null"}, 400),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 400),
        ({}, 303),
    ],
)
def test_a_change_comes_from_our_own_address(clerk: Browser, headers: dict[str, str], status: int) -> None:
    assert clerk.post("/preferences", {"large": "0"}, headers=headers).status_code == status


def test_the_token_of_one_browser_is_worth_nothing_in_another(web: Flask, clerk: Browser) -> None:
    other = Browser(web).sign_in("station2")
    answer = clerk.client.post("/preferences", data={"csrf_token": other.token()})
    assert answer.status_code == 400


def test_looking_changes_nothing(web: Flask, clerk: Browser, town: Town) -> None:
    def everything() -> list[str]:
        with town.workplace.database.sql.connect() as connection:
            lines = connection.connection.driver_connection.iterdump()  # type: ignore[union-attr]
            # Wrong tracking codes are counted, however they come.
            return [line for line in lines if not line.startswith('INSERT INTO "sign_in_tries"')]

    before = everything()
    for rule in _rules(web):
        if "GET" in (rule.methods or ()):
            assert clerk.get(_address(rule)).status_code < 500, rule
    assert everything() == before


def test_every_answer_carries_the_strict_headers(web: Flask, clerk: Browser) -> None:
    for path in ("/sign-in", "/inbox/", "/nowhere", "/healthz", "/static/ui.css"):
        answer = clerk.get(path, follow_redirects=True)
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert "Access-Control-Allow-Origin" not in answer.headers, path
        if not path.startswith("/static/"):
            policy = answer.headers["Content-Security-Policy"]
            assert "unsafe" not in policy
            assert "default-src 'none'" in policy
            assert answer.headers["Cache-Control"] == "no-store", path
        answer.close()


def test_no_page_holds_inline_script_or_style(clerk: Browser) -> None:
    for path in ("/sign-in", "/inbox/", "/inbox/done", "/feedback", "/nowhere"):
        page = clerk.get(path).text
        assert " style=" not in page, path
        assert "<style" not in page, path
        assert not re.search(r"<script(?![^>]*\bsrc=)", page), path
        assert not re.search(r"\son[a-z]+=", page), path


def test_every_page_has_the_feedback_link(clerk: Browser) -> None:
    for path in ("/sign-in", "/inbox/", "/feedback", "/nowhere"):
        assert 'href="/feedback"' in clerk.get(path, follow_redirects=True).text, path


def test_cookies_are_closed_to_scripts_and_other_sites(browser: Browser) -> None:
    browser.sign_in("station1a")
    for name in ("luji_session", "luji_visit"):
        cookie = browser.client.get_cookie(name)
        assert cookie is not None
        assert cookie.http_only
        assert cookie.same_site == "Lax"


def test_over_https_cookies_are_secure_and_bound_to_the_host(town: Town) -> None:
    settings = replace(town.workplace.settings, public_url="https://luji.example")
    app = application(replace(town.workplace, settings=settings))
    answer = app.test_client().get("/sign-in", base_url="https://luji.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-luji_visit=")
    assert "Secure" in cookie
    assert "Strict-Transport-Security" in answer.headers


def test_an_unknown_host_name_is_refused_where_names_are_set(town: Town) -> None:
    settings = replace(town.workplace.settings, trusted_hosts=("luji.example",))
    app = application(replace(town.workplace, settings=settings))
    assert app.test_client().get("/sign-in", base_url="http://luji.example").status_code == 200
    assert app.test_client().get("/sign-in", base_url="http://elsewhere.example").status_code == 400


def test_too_large_a_request_is_refused_with_a_sentence(clerk: Browser) -> None:
    answer = clerk.post("/preferences", {"large": "x" * 2_000_000})
    assert answer.status_code == 413
    assert "太大" in answer.text


def test_an_unforeseen_error_tells_a_number_and_nothing_else(workplace: Workplace, town: Town) -> None:
    app = application(town.workplace)
    town.workplace.database.dispose()
    (town.workplace.settings.home / "luji.sqlite3").write_bytes(b"not a database at all" * 100)
    answer = Browser(app).get("/healthz")
    assert answer.status_code == 500
    assert re.search(r"编号：<code>[0-9a-f]{8}</code>", answer.text)
    assert "Traceback" not in answer.text
    assert "sqlite" not in answer.text


def test_a_view_that_does_not_say_who_may_use_it_keeps_the_door_shut(web: Flask) -> None:
    def forgotten() -> str:
        return "anybody"

    bare = Flask("bare", static_folder=None)
    bare.add_url_rule("/forgotten", view_func=forgotten)
    with pytest.raises(auth.NoPolicy, match="forgotten"):
        auth.require_policies(bare)


def test_roles_open_their_own_pages_only(web: Flask) -> None:
    for login, status in (("admin", 200), ("station1a", 403), ("committee1", 403), ("deputy01", 403)):
        answer = Browser(web).sign_in(login).get("/people/")
        assert answer.status_code == status, login
    assert "您的身份不能打开这个页面" in answer.text
