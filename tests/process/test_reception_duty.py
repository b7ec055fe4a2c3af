"""What a station owes in a month: warned, made up, missed; each end of the check, with a moved clock."""

from datetime import date, time

import pytest

from tests.factories import small_town
from tests.process.receiving import House
from workflows.clock import MovableClock
from workflows.receptions import queries
from workflows.receptions.tables import ReceptionDuty
from workflows.wiring import Workplace

KEY = "reception_month:2026-03"
COMMITTEE = {"committee1", "committee2", "director"}
FIRST = {"station1a", "station1b"}


@pytest.fixture
def house(workplace: Workplace, clock: MovableClock) -> House:
    house = House(small_town(workplace), clock)
    house.publish("reception_day", "reception_duty")
    return house


def duty(house: House, station: int = 1) -> ReceptionDuty | None:
    with house.reading() as session:
        found = queries.duties(session, date(2026, 3, 1), date(2026, 3, 31))
        return found.get((house.station(station), "2026-03"))


def state(house: House, station: int = 1) -> tuple[str, str, str]:
    found = duty(house, station)
    assert found is not None
    return found.state, found.levels_missing, found.reason


def test_a_station_that_held_its_day_with_both_levels_has_done_its_duty(house: House) -> None:
    house.hold(house.rostered(date(2026, 3, 16), 1, 2))
    house.pass_time_to(date(2026, 4, 1))
    assert state(house) == ("已完成", "", "")
    assert house.told_by(KEY, "warn:") == {"station2"}
    assert "duty_done" in house.ends(house.instance_about(KEY))


def test_a_level_that_did_not_come_is_said_but_the_duty_is_done(house: House) -> None:
    house.hold(house.rostered(date(2026, 3, 16), 1, 3))
    house.pass_time_to(date(2026, 4, 1))
    assert state(house) == ("已完成", "区", "")
    assert house.told_by(KEY, "tell_level") == COMMITTEE
    assert "duty_without_level" in house.ends(house.instance_about(KEY))


def test_a_station_without_a_session_is_warned_five_working_days_before_the_month_ends(house: House) -> None:
    house.pass_time_to(date(2026, 3, 24))
    assert house.told_by(KEY, "warn") == set()
    house.pass_time_to(date(2026, 3, 25))
    assert house.told_by(KEY, "warn:") == FIRST | {"station2"}
    assert house.told_by(KEY, "warn_committee") == COMMITTEE


def test_a_session_that_is_arranged_is_no_reason_to_warn(house: House) -> None:
    house.arrange(date(2026, 3, 30))
    house.pass_time_to(date(2026, 3, 26))
    assert house.told_by(KEY, "warn:") == {"station2"}


def test_a_missed_month_is_made_up_with_its_reason(house: House) -> None:
    house.pass_time_to(date(2026, 4, 1))
    month = house.instance_about(KEY)
    assert house.told_by(KEY, "tell_make_up") == FIRST | {"station2"}
    answer = {"held_on": "2026-04-07", "starts": "09:00", "ends": "11:00", "venue": "", "reason": "三月防汛"}
    house.complete(month, "plan_make_up", answer, "station1a")
    (make_up,) = house.sessions()
    assert (make_up.kind, make_up.month, make_up.reason) == ("补办", "2026-03", "三月防汛")
    house.pass_time_to(date(2026, 4, 4))
    house.do(make_up.id, "settle_roster", {"deputies": house.people(1, 2)})
    house.hold(make_up.id)
    house.pass_time_to(date(2026, 4, 9))
    assert state(house) == ("补办", "", "三月防汛")
    assert state(house, 2)[0] == "未完成"
    with house.reading() as session:
        counted = queries.reception_months(session, date(2026, 3, 1), date(2026, 4, 30))
    assert counted == {house.station(): frozenset({"2026-03"})}  # April still owes its own


def test_a_make_up_beyond_its_days_is_refused_at_the_form(house: House) -> None:
    house.pass_time_to(date(2026, 4, 1))
    answer = {"held_on": "2026-04-09", "starts": "09:00", "ends": "11:00", "venue": "", "reason": "三月防汛"}
    with pytest.raises(Exception, match="最迟 04-08"):
        house.complete(house.instance_about(KEY), "plan_make_up", answer, "station1a")


def test_a_month_that_nobody_made_up_is_missed_and_told(house: House) -> None:
    house.pass_time_to(date(2026, 4, 9))
    assert [state(house, station) for station in (1, 2)] == [("未完成", "", "")] * 2
    assert house.told_by(KEY, "tell_missed:") == COMMITTEE
    assert house.told_by(KEY, "tell_missed_station") == FIRST | {"station2"}
    assert house.ends(house.instance_about(KEY)) == ["duty_missed", "duty_missed", "month_checked"]


def test_a_session_that_was_put_off_into_the_make_up_days_counts_for_its_month(house: House) -> None:
    reception = house.rostered(date(2026, 3, 27), 1, 2)
    house.trigger(
        reception, "put_off", {"held_on": "2026-04-08", "starts": "", "ends": "", "reason": "暴雨"}, "station1a"
    )
    house.pass_time_to(date(2026, 4, 1))
    assert house.told_by(KEY, "tell_make_up") == {"station2"}
    house.do(reception, "settle_roster", {"deputies": house.people(1, 2)})
    house.hold(reception)
    house.pass_time_to(date(2026, 4, 9), time(10))
    assert state(house) == ("补办", "", "暴雨")


def test_a_session_that_is_written_up_after_the_check_still_counts(house: House) -> None:
    reception = house.rostered(date(2026, 3, 27), 1, 2)
    house.pass_time_to(date(2026, 4, 9))
    assert state(house)[0] == "未完成"
    house.hold(reception)
    assert state(house)[0] == "已完成"
    assert house.breaches() == []
