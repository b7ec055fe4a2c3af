"""What the process administrator sees of accounts, deputies and units; the bell."""

from flask import Flask

from tests.factories import Town, second_street
from tests.service.browsing import Browser
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
