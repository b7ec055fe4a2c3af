"""What is done now and then: the reminder that next year's holidays are not imported, with a moved clock."""

from collections import Counter
from datetime import date

import pytest
from sqlalchemy import select

from tests.factories import Town, second_street, small_town
from tests.process.casework import Desk
from tests.unit.workdays_notices import NEXT_YEAR, transcript
from workers import outbox, periodic
from workflows.actor import the_clock
from workflows.clock import MovableClock
from workflows.notifications.tables import Notice, OutboxMessage
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace
from workflows.workdays import actions as workdays
from workflows.workdays.notice import read_notice

NEXT = read_notice(transcript(2027, NEXT_YEAR), 2027)
WATCHERS = {"admin", "committee1", "committee2", "director"}


@pytest.fixture
def town(workplace: Workplace) -> Town:
    return small_town(workplace)


@pytest.fixture
def desk(town: Town, clock: MovableClock) -> Desk:
    return Desk(town, clock)


def told(town: Town) -> Counter[str]:
    """Who was told, how often."""
    outbox.drain(town.workplace)
    logins = {actor.id: login for login, actor in town.actors.items()}
    query = select(Notice.recipient_id).join(OutboxMessage, OutboxMessage.id == Notice.message_id)
    with town.workplace.reading(EVERYWHERE) as session:
        about = query.where(OutboxMessage.subject_key.startswith("calendar:"))
        return Counter(logins.get(user, user) for user in session.scalars(about))


def test_nobody_is_reminded_before_notices_come_out(desk: Desk, clock: MovableClock) -> None:
    clock.set_beijing(date(2026, 10, 19))
    assert periodic.remind_of_calendar(desk.workplace) == 0


def test_those_who_can_do_it_are_told_once_a_week_until_it_is_done(desk: Desk, clock: MovableClock) -> None:
    town = desk.town
    clock.set_beijing(date(2026, 10, 20))
    assert periodic.remind_of_calendar(town.workplace) == len(WATCHERS)
    for day in range(20, 26):  # a worker looks every ten minutes, and there may be two
        clock.set_beijing(date(2026, 10, day))
        assert periodic.remind_of_calendar(town.workplace) == 0
    assert told(town) == dict.fromkeys(WATCHERS, 1)
    clock.set_beijing(date(2026, 10, 26))
    assert periodic.remind_of_calendar(town.workplace) == len(WATCHERS)
    assert told(town) == dict.fromkeys(WATCHERS, 2)
    _import(desk)
    clock.forward(days=7)
    assert periodic.remind_of_calendar(town.workplace) == 0


def test_a_draft_is_asked_to_be_confirmed(desk: Desk, clock: MovableClock) -> None:
    clock.set_beijing(date(2026, 11, 30))
    with desk.workplace.unit_of_work(None) as session:
        workdays.draft_year(session, the_clock(None), NEXT, at=clock())
    periodic.remind_of_calendar(desk.workplace)
    with desk.workplace.reading(EVERYWHERE) as session:
        assert {message.title for message in session.scalars(select(OutboxMessage))} == {"请确认2027年放假安排"}


def test_a_provisional_deadline_is_reason_enough_in_any_month(desk: Desk, clock: MovableClock) -> None:
    clock.set_beijing(date(2026, 3, 2))
    desk.publish()
    case = desk.register()
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        desk._case(session, case).respond_by_final = False
    assert periodic.remind_of_calendar(desk.workplace) == len(WATCHERS)


def test_each_street_tells_its_own(desk: Desk, clock: MovableClock) -> None:
    second = second_street(desk.workplace)
    clock.set_beijing(date(2026, 12, 1))
    assert periodic.remind_of_calendar(desk.workplace) == len(WATCHERS) + 1
    assert told(second)["committee@xq"] == 1


def _import(desk: Desk) -> None:
    with desk.workplace.unit_of_work(None) as session:
        at = desk.clock()
        workdays.draft_year(session, the_clock(None), NEXT, at=at)
        workdays.confirm_year(session, the_clock(None), year=2027, reason="核对无误", second_person=False, at=at)
