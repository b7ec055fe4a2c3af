"""What the process administrator sees of accounts, deputies and units; the bell."""

from flask import Flask

from tests.factories import Town, second_street
from tests.process.casework import ORDINARY, Desk
from tests.service.browsing import Browser
from workflows.clock import MovableClock
from workflows.notifications import actions, queries


def test_the_administrator_sees_the_own_street_and_no_other(web: Flask, town: Town) -> None:
    second_street(town.workplace)
    page = Browser(web).sign_in("admin").get("/people/").text
    for name in ("官庄村站干事", "虎山村", "城管办", "工作站 · 官庄村人大代表工作站"):
        assert name in page, name
    assert "新桥" not in page
    assert "无（由工作站代办）" in page


def test_no_telephone_number_is_on_the_page(web: Flask) -> None:
    assert "1990000" not in Browser(web).sign_in("admin").get("/people/").text


def test_a_reminder_rings_the_bell_until_it_is_read(clerk: Browser, web: Flask, town: Town) -> None:
    workplace, at = town.workplace, town.workplace.engine.clock()
    assert "通知：0 条未读" in clerk.get("/inbox/").text
    with workplace.unit_of_work(town.subdistrict_id) as session:
        actions.enqueue(
            session,
            subject_key="case:1:soon",
            template="general",
            params={"title": "即将到期", "text": "虎山村村内积水，还有 3 个工作日"},
            recipients=[town.actor("station1a").id],
            link="/inbox/",
            at=at,
        )
    with workplace.unit_of_work(town.subdistrict_id) as session:
        for _street, message in queries.waiting_ids(session):
            actions.send(session, message, actions.deliver_in_app, at)
    assert "通知：1 条未读" in clerk.get("/inbox/").text
    assert "通知：0 条未读" in Browser(web).sign_in("station2").get("/inbox/").text
    page = clerk.get("/notices/").text
    assert "还有 3 个工作日" in page
    assert 'href="/inbox/"' in page
    clerk.post("/notices/read")
    assert "通知：0 条未读" in clerk.get("/notices/").text
    assert "还有 3 个工作日" in clerk.get("/notices/").text


def test_the_number_of_a_station_stands_on_the_slip(web: Flask, town: Town, clock: MovableClock) -> None:
    Desk(town, clock).publish()
    admin, station = Browser(web).sign_in("admin"), town.villages[0].station_id
    refused = admin.post(f"/people/units/{station}/phone", {"phone": "八八〇〇"})
    assert refused.status_code == 422
    assert "例如 0527-88001234" in refused.text
    assert admin.post(f"/people/units/{station}/phone", {"phone": "０５２７－88001234"}).status_code == 303
    clerk = Browser(web).sign_in("station1a")
    assert clerk.post(f"/people/units/{station}/phone", {"phone": "1"}).status_code == 403
    assert "电话 0527-88001234" in clerk.post("/cases/register", dict(ORDINARY)).text
