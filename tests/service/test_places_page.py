"""The page of the gazetteer, and its names in the register's form."""

import re

from flask import Flask

from tests.factories import Town
from tests.process.casework import Desk
from tests.service.browsing import Browser
from workflows.clock import MovableClock

GROUP = {"kind": "村民小组", "name": "虎山村三组"}


def test_a_clerk_adds_a_place_and_the_administrator_retires_it(web: Flask, town: Town) -> None:
    clerk = Browser(web).sign_in("station1a")
    added = clerk.post("/places/", {**GROUP, "village_id": town.villages[1].id})
    assert added.status_code == 303
    page = clerk.get("/places/").text
    assert "虎山村三组" in page
    assert "/retire" not in page
    admin = Browser(web).sign_in("admin")
    action = re.search(r"/places/[^/\"]+/retire", admin.get("/places/").text)
    assert action
    assert clerk.post(action[0]).status_code == 403
    assert admin.post(action[0]).status_code == 303
    assert "停用的地名" in admin.get("/places/").text


def test_a_refused_place_keeps_what_was_typed(clerk: Browser) -> None:
    refused = clerk.post("/places/", GROUP)
    assert refused.status_code == 422
    assert "村民小组要选择所在的村" in refused.text
    assert 'value="虎山村三组"' in refused.text


def test_a_deputy_has_no_business_there(web: Flask) -> None:
    assert Browser(web).sign_in("deputy01").get("/places/").status_code == 403


def test_the_register_proposes_places_and_takes_any(web: Flask, town: Town, clock: MovableClock) -> None:
    Desk(town, clock).publish()
    clerk = Browser(web).sign_in("station1a")
    clerk.post("/places/", {**GROUP, "village_id": town.villages[1].id})
    page = clerk.get("/cases/register").text
    assert 'list="place-proposed"' in page
    assert '<option value="虎山村三组">' in page
    form = {"matter_class": "求助", "outcome": "待办理", "title": "路灯不亮", "topic": "路灯", "place": "老粮站门口"}
    assert "来访登记回执" in clerk.post("/cases/register", {**form, "name": "王桂兰"}).text
