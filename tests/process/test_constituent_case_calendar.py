"""Open deadlines when the calendar changes: dates, reminders, who is told, and what stays."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.factories import Town, small_town
from tests.process.casework import DONE, TOLD, Desk
from tests.process.conftest import Opened
from workflows.cases import clocks, queries
from workflows.cases.tables import DeadlineChange
from workflows.clock import MovableClock, beijing_date
from workflows.engine.tables import Job
from workflows.errors import NotAllowed
from workflows.wiring import Workplace
from workflows.workdays import actions as workdays
from workflows.workdays.actions import CalendarChange
from workflows.workdays.rules import DayRule, Layer

RECEIVED = date(2026, 3, 2)  # a Monday: seven working days end on Wednesday 11 March
STORM = DayRule(date(2026, 3, 5), False, "台风停工", Layer.OFFICE, "区政府五停令")
SATURDAY_SHIFT = DayRule(date(2026, 3, 7), True, "调休上班", Layer.OFFICE, "区政府通知")


@pytest.fixture
def desk(opened: Opened, clock: MovableClock) -> Desk:
    return Desk(opened(_published), clock)


def _published(workplace: Workplace, clock: MovableClock) -> Town:
    clock.set_beijing(RECEIVED)
    desk = Desk(small_town(workplace), clock)
    desk.publish()
    return desk.town


def _change(desk: Desk, day: DayRule) -> CalendarChange:
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        return workdays.set_local_days(
            session, desk.town.actor("admin"), layer=day.layer, days=[day], reason="停工通知第1号", at=desk.clock()
        )


def _recompute(desk: Desk, change: CalendarChange, login: str = "admin") -> int:
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        return clocks.recompute_deadlines(desk.workplace.engine, session, desk.town.actor(login), change=change)


def _log(desk: Desk, case_id: str) -> list[DeadlineChange]:
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        query = select(DeadlineChange).where(DeadlineChange.case_id == case_id).order_by(DeadlineChange.id)
        return list(session.scalars(query))


def test_a_storm_moves_open_dates_and_their_reminders_later(desk: Desk) -> None:
    case = desk.register()
    before = desk.timers(case)
    assert _recompute(desk, _change(desk, STORM)) == 1
    assert desk.case(case).respond_by == date(2026, 3, 12)
    assert desk.case(case).original_respond_by == date(2026, 3, 11)
    after = desk.timers(case)
    assert beijing_date(after["soon3"]) == date(2026, 3, 9)
    assert beijing_date(after["late1"]) == date(2026, 3, 13)
    assert all(after[name] > before[name] for name in ("soon3", "soon1", "today", "late1", "late3"))
    assert [(line.old, line.new, line.flagged) for line in _log(desk, case)] == [
        (None, date(2026, 3, 11), False),
        (date(2026, 3, 11), date(2026, 3, 12), False),
    ]
    assert {login for step, login, _ in desk.notices(case) if step == "moved"} == {
        "station1a",
        "station1b",
        "committee1",
        "committee2",
        "director",
    }
    assert desk.breaches() == []


def test_recomputing_twice_changes_nothing_more(desk: Desk) -> None:
    case = desk.register()
    change = _change(desk, STORM)
    _recompute(desk, change)
    notices = desk.notices(case)
    assert _recompute(desk, change) == 0
    assert len(_log(desk, case)) == 2
    assert desk.notices(case) == notices


def test_a_change_outside_the_period_touches_nothing(desk: Desk) -> None:
    case = desk.register()
    outside = DayRule(date(2026, 3, 12), False, "台风停工", Layer.OFFICE, "区政府五停令")
    assert _recompute(desk, _change(desk, outside)) == 0
    assert len(_log(desk, case)) == 1


def test_an_answered_case_keeps_the_date_it_was_answered_under(desk: Desk) -> None:
    case = desk.register()
    desk.refer(case)
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", TOLD)
    assert _recompute(desk, _change(desk, STORM)) == 0
    assert desk.case(case).respond_by == date(2026, 3, 11)
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        assert queries.explained(session, desk.case(case)) is None  # today's calendar would say another day


def test_a_date_that_moves_into_the_past_is_flagged_and_not_overdue_by_itself(desk: Desk) -> None:
    case = desk.register()
    desk.clock.set_beijing(date(2026, 3, 11))
    assert _recompute(desk, _change(desk, SATURDAY_SHIFT)) == 1
    moved = desk.case(case)
    assert (moved.respond_by, moved.calendar_moved) == (date(2026, 3, 10), True)
    assert _log(desk, case)[-1].flagged
    assert not queries.is_overdue(moved, desk.clock())
    desk.clock.set_beijing(date(2026, 3, 12))
    assert queries.is_overdue(moved, desk.clock())


def test_a_date_of_the_unpublished_year_is_provisional_and_never_overdue(desk: Desk) -> None:
    desk.clock.set_beijing(date(2026, 12, 24))
    case = desk.register()
    assert not desk.case(case).respond_by_final
    desk.clock.set_beijing(date(2027, 2, 1))
    assert not queries.is_overdue(desk.case(case), desk.clock())


def test_only_those_who_keep_the_calendar_or_supervise_recompute(desk: Desk) -> None:
    change = _change(desk, STORM)
    with pytest.raises(NotAllowed):
        _recompute(desk, change, login="station1a")


def test_a_moved_reminder_that_was_sent_already_is_not_sent_again(desk: Desk) -> None:
    case = desk.register()
    desk.pass_time_to(date(2026, 3, 6))  # three working days before Wednesday the 11th
    _recompute(desk, _change(desk, DayRule(date(2026, 3, 9), False, "台风停工", Layer.OFFICE, "区政府五停令")))
    for day in range(6, 13):
        desk.pass_time_to(date(2026, 3, day))
    days = [(step, day) for step, login, day in desk.notices(case) if login == "director" and step != "moved"]
    assert days == [
        ("soon3_notice", date(2026, 3, 6)),
        ("soon1_notice", date(2026, 3, 11)),
        ("today_notice", date(2026, 3, 12)),
    ]
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        assert session.scalars(select(Job).where(Job.status == "dead")).all() == []
