"""Signing in and out through the pages."""

import time

import pytest
from flask import Flask
from sqlalchemy import select

from service.app import create_app
from service.assets import WITHOUT_SCRIPTS
from tests.factories import PASSWORD, Town
from tests.service.browsing import Browser
from workflows.clock import MovableClock
from workflows.people.tables import WebSession
from workflows.storage.session import EVERYWHERE


def test_whoever_is_not_signed_in_is_led_to_the_sign_in_page_and_back(browser: Browser) -> None:
    asked = browser.get("/inbox/groups?overdue=1")
    assert asked.status_code == 303
    assert asked.location == "/sign-in?next=/inbox/groups?overdue%3D1"
    answer = browser.post("/sign-in", {"login": "station1a", "password": PASSWORD, "next": "/inbox/groups?overdue=1"})
    assert answer.location == "/inbox/groups?overdue=1"
    assert "官庄村站干事" in browser.get(answer.location).text


@pytest.mark.parametrize(
    "outside", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "javascript:x"]
)
def test_signing_in_never_leads_to_another_site(browser: Browser, outside: str) -> None:
    answer = browser.post("/sign-in", {"login": "station1a", "password": PASSWORD, "next": outside})
    assert answer.location == "/"


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(browser: Browser) -> None:
    wrong = browser.post("/sign-in", {"login": "station1a", "password": "not the password"})
    unknown = browser.post("/sign-in", {"login": "nobody", "password": "not the password"})
    assert wrong.status_code == unknown.status_code == 422
    assert "账号或密码不对" in wrong.text
    assert wrong.text.replace("station1a", "nobody") == unknown.text


@pytest.mark.usefixtures("shipped_passwords")
def test_a_known_and_an_unknown_account_take_the_same_time(browser: Browser) -> None:
    times: dict[str, list[float]] = {"station1a": [], "nobody": []}
    for _ in range(4):  # by turns, so that a busy machine slows both
        for login, taken in times.items():
            began = time.perf_counter()
            browser.post("/sign-in", {"login": login, "password": "not the password"})
            taken.append(time.perf_counter() - began)
    fastest = sorted(min(taken) for taken in times.values())
    assert fastest[0] > 0.3 * fastest[1]  # without the hash it is less than a tenth


def test_after_five_wrong_passwords_one_waits_and_is_told_how_long(browser: Browser, clock: MovableClock) -> None:
    for _ in range(5):
        answer = browser.post("/sign-in", {"login": "station1a", "password": "not the password"})
    assert "请过 1 分钟再试" in answer.text
    assert "请过 1 分钟再试" in browser.post("/sign-in", {"login": "station1a", "password": PASSWORD}).text
    clock.forward(minutes=1)
    browser.sign_in("station1a")


def test_signing_out_ends_the_session_for_a_copied_cookie_too(web: Flask) -> None:
    thief, owner = Browser(web), Browser(web).sign_in("station1a")
    cookie = owner.client.get_cookie("luji_session")
    assert cookie is not None
    thief.client.set_cookie("luji_session", cookie.value)
    assert thief.get("/inbox/").status_code == 200
    assert owner.post("/sign-out").location == "/sign-in"
    assert owner.get("/inbox/").status_code == 303
    assert thief.get("/inbox/").status_code == 303


def test_signing_in_gives_a_new_session_and_a_planted_one_stays_worthless(web: Flask) -> None:
    victim = Browser(web)
    victim.client.set_cookie("luji_session", "planted-by-an-attacker")
    victim.sign_in("station1a")
    cookie = victim.client.get_cookie("luji_session")
    assert cookie is not None
    assert cookie.value != "planted-by-an-attacker"
    attacker = Browser(web)
    attacker.client.set_cookie("luji_session", "planted-by-an-attacker")
    assert attacker.get("/inbox/").status_code == 303


def test_a_session_that_is_in_use_stays_and_is_noted_at_most_every_five_minutes(
    clerk: Browser, town: Town, clock: MovableClock
) -> None:
    def seen() -> object:
        with town.workplace.database.reading(EVERYWHERE) as session:
            return session.scalar(select(WebSession.seen_at))

    first = seen()
    clock.forward(minutes=4)
    clerk.get("/inbox/")
    assert seen() == first
    for _ in range(3):
        clock.forward(minutes=20)
        assert clerk.get("/inbox/").status_code == 200
    assert seen() == clock()
    clock.forward(minutes=31)
    assert clerk.get("/inbox/").status_code == 303


def test_a_form_sent_after_the_session_ended_says_so(clerk: Browser, clock: MovableClock) -> None:
    token = clerk.token()
    clock.forward(hours=1)
    answer = clerk.client.post("/inbox/some-task/claim", data={"csrf_token": token})
    assert answer.status_code == 401
    assert "登录已过期" in answer.text


def test_demo_accounts_are_shown_only_where_a_demo_town_is(town: Town, browser: Browser) -> None:
    assert "演示账号" not in browser.get("/sign-in").text
    demo = create_app(
        town.workplace, assets=WITHOUT_SCRIPTS, demo_accounts=[("station1a", "官庄村站")], demo_password=PASSWORD
    )
    page = Browser(demo).get("/sign-in").text
    assert "演示账号" in page
    assert PASSWORD in page


def test_large_print_is_remembered_with_the_account(web: Flask) -> None:
    office = Browser(web).sign_in("station1a")
    office.post("/preferences", {"large": "1"})
    assert 'class="large"' in office.get("/inbox/").text
    home = Browser(web).sign_in("station1a")
    assert 'class="large"' in home.get("/inbox/").text
    home.post("/preferences", {"large": "0"})
    assert 'class="large"' not in office.get("/inbox/").text
