"""A reception day from the first note to each of its ends, with a moved clock: on time, late, moved, called off."""

from datetime import date, time
from typing import Any

import pytest

from tests.factories import small_town
from tests.process.receiving import House
from workflows.activities import queries as activities
from workflows.cases import actions as cases
from workflows.clock import MovableClock
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.receptions import actions, queries
from workflows.wiring import Workplace

DAY = date(2026, 3, 16)


@pytest.fixture
def house(workplace: Workplace, clock: MovableClock) -> House:
    house = House(small_town(workplace), clock)
    house.publish("reception_day")
    return house


# ------------------------------------------------------------------------------------------- the long way


def test_a_session_is_rostered_announced_held_and_filed(house: House) -> None:
    reception = house.arrange(DAY)
    assert house.waits_at(reception) == []  # ten days before it begins
    house.pass_time_to(date(2026, 3, 6))
    assert house.waits_at(reception) == ["settle_roster"]
    house.do(reception, "settle_roster", {"deputies": house.people(1, 2)})
    assert house.told(reception, "tell_deputy") == {"deputy01", "deputy02"}
    for login in ("deputy01", "deputy02"):
        house.do(reception, "can_come", {"coming": True}, login)
    assert house.roster(reception) == dict.fromkeys(house.names(1, 2), "能参加")
    house.pass_time_to(date(2026, 3, 12))
    assert house.session(reception).status == "名单已定"
    house.pass_time_to(date(2026, 3, 13))  # three days before it
    assert house.session(reception).status == "已公告"
    house.do(reception, "post_notice", {}, "station1b")
    house.pass_time_to(date(2026, 3, 15))
    assert house.told(reception, "remind_deputies") == {"deputy01", "deputy02"}
    house.hold(reception)
    assert house.session(reception).status == "已接待"
    house.do(reception, "note_report", {"opinion": "很好"}, "director")
    assert house.ended_at(reception) == "filed"
    assert house.session(reception).status == "已归档"
    assert house.milestones(reception) == ["排定", "名单", "公告", "张贴", "接待", "归档"]
    assert house.breaches() == []


def test_a_held_session_is_an_activity_with_its_attendance_and_a_report(house: House) -> None:
    reception = house.rostered(DAY, 1, 2)
    one, two = house.people(1, 2)
    sheet = [{"person": one, "state": "到会"}, {"person": two, "state": "请假"}]
    house.hold(reception, sheet=sheet, also=house.people(3))
    with house.reading() as session:
        activity = activities.activity(session, house.session(reception).activity_id or "")
        attendance = activities.attendance_of(session, [activity.id])[activity.id]
        report = queries.report_of(session, reception)
        assert report is not None
        assert (activity.kind, activity.held_on, activity.station_id) == ("接待日", DAY, house.station())
        assert {row.person_id: row.state for row in attendance} == {
            one: "到会",
            two: "请假",
            house.seat(3).person_id: "到会",
        }
        assert {(row["name"], row["attendance"]) for row in report.deputies} == {
            (house.seat(1).name, "到会"),
            (house.seat(2).name, "请假"),
            (house.seat(3).name, "到会"),
        }
        assert report.remarks == "来访多为道路积水。"


def test_the_roster_is_proposed_with_both_levels_and_those_whose_turn_it_is(house: House) -> None:
    first = house.rostered(DAY, 1, 2)
    house.hold(first)
    second = house.arrange(date(2026, 4, 15))
    house.pass_time_to(date(2026, 4, 5))
    with house.reading() as session:
        proposed = actions.propose_roster(session, queries.get(session, second))
    # Of the district there is only number 2; of the others number 3 was not there yet.
    assert set(proposed) == set(house.people(2, 3))


def test_a_month_without_one_level_is_said_when_the_roster_is_settled(house: House) -> None:
    reception = house.rostered(DAY, 1, 3)
    assert house.told(reception, "tell_level:") == {"committee1", "committee2", "director"}
    assert house.told(reception, "tell_level_station") == {"station1a", "station1b"}
    other = house.rostered(date(2026, 3, 20), 2)  # the same month, the other level
    assert house.told(other, "tell_level") == set()


def test_a_deputy_without_an_account_is_asked_by_the_station(house: House) -> None:
    reception = house.rostered(DAY, 5, 6, login="station2")
    assert house.told(reception, "tell_deputy") == {"deputy05"}
    house.do(reception, "ask_for", {"coming": True}, "station2")
    assert house.roster(reception)[house.seat(6).name] == "能参加"
    house.pass_time_to(date(2026, 3, 15))
    assert house.told(reception, "remind_deputies") == {"deputy05", "station2"}  # who tells number 6


def test_a_visit_that_strayed_into_another_stations_session_is_not_shown_there_but_reported(house: House) -> None:
    reception = house.rostered(DAY, 1, 2)
    house.pass_time_to(DAY)
    visit: dict[str, Any] = {
        "matter_class": "咨询",
        "topic": "路灯",
        "place": "",
        "title": "路灯不亮",
        "description": "",
    }
    person = {"name": "", "phone": "", "address": "", "received_on": None}
    with house.workplace.unit_of_work(house.town.subdistrict_id) as session:
        for login in ("station1a", "station2"):
            actor = house.town.actor(login)
            cases.open_case(session, actor, station_id=None, session_id=reception, at=house.clock(), **visit, **person)
    with house.reading() as session:
        (shown,) = queries.visits(session, reception)
        assert shown.station_id == house.station(1)
    assert [reason for _key, reason in house.breaches()] == ["来访登记在别的工作站的接待日里"]


# ------------------------------------------------------------------------------------------------- swaps


def test_a_deputy_who_can_not_come_is_replaced_and_the_successor_is_asked(house: House) -> None:
    reception = house.rostered(DAY, 1, 2)
    with pytest.raises(Invalid):
        house.do(reception, "can_come", {"coming": False, "reason": " "}, "deputy01")
    house.do(reception, "can_come", {"coming": False, "reason": "出差"}, "deputy01")
    house.do(reception, "arrange_swap", {"successor": house.seat(3).person_id, "note": ""}, "station1a")
    assert house.roster(reception) == {
        house.seat(1).name: "已换下",
        house.seat(2).name: "待答复",
        house.seat(3).name: "待答复",
    }
    house.do(reception, "can_come", {"coming": True}, "deputy03")
    assert house.roster(reception)[house.seat(3).name] == "能参加"


def test_nobody_may_have_to_take_the_place(house: House) -> None:
    reception = house.rostered(DAY, 1, 2)
    house.do(reception, "can_come", {"coming": False, "reason": "出差"}, "deputy01")
    house.do(reception, "arrange_swap", {"successor": None, "note": "一位也够"}, "station1a")
    assert "not_replaced" in house.ends(house.instance(reception))
    house.do(reception, "can_come", {"coming": False, "reason": "生病"}, "deputy02")
    with pytest.raises(Invalid):  # the last one
        house.do(reception, "arrange_swap", {"successor": None, "note": ""}, "station1a")


def test_a_deputy_who_had_said_yes_may_ask_for_a_swap_later(house: House) -> None:
    reception = house.rostered(DAY, 1, 2)
    house.do(reception, "can_come", {"coming": True}, "deputy01")
    with pytest.raises(NotAllowed):
        house.trigger(reception, "asks_swap", {"reason": "开会"}, "deputy03")
    house.trigger(reception, "asks_swap", {"reason": "开会"}, "deputy01")
    assert house.roster(reception)[house.seat(1).name] == "申请换班"
    house.do(reception, "arrange_swap", {"successor": house.seat(3).person_id, "note": ""}, "station1a")
    house.do(reception, "can_come", {"coming": True}, "deputy03")
    assert house.roster(reception)[house.seat(3).name] == "能参加"
    assert "swap_settled" in house.ends(house.instance(reception))


def test_the_station_changes_the_roster_itself(house: House) -> None:
    reception = house.rostered(DAY, 1, 2)
    one, two, three = house.people(1, 2, 3)
    with pytest.raises(Invalid):
        house.trigger(reception, "changes_roster", {"person": one, "successor": two, "reason": "轮换"}, "station1a")
    house.trigger(reception, "changes_roster", {"person": one, "successor": three, "reason": "轮换"}, "station1a")
    assert house.told(reception, "tell_deputy") == {"deputy01", "deputy02", "deputy03"}
    house.trigger(reception, "changes_roster", {"person": two, "successor": None, "reason": "生病"}, "station1a")
    assert house.roster(reception)[house.seat(2).name] == "已换下"
    house.hold(reception)  # only number 3 is on the sheet now
    assert house.session(reception).status == "已接待"


def test_who_says_nothing_until_the_day_stays_on_the_roster(house: House) -> None:
    reception = house.rostered(DAY, 2, 6, login="station2")
    house.pass_time_to(date(2026, 3, 15))
    assert house.told(reception, "answer_soon_notice") == {"deputy02"}
    house.pass_time_to(date(2026, 3, 17))
    assert {"no_answer", "not_asked", "all_answered"} <= set(house.ends(house.instance(reception)))
    assert house.roster(reception) == dict.fromkeys(house.names(2, 6), "待答复")


# -------------------------------------------------------------------------------------------------- late


def test_a_late_roster_is_urged_and_then_told_to_the_committee(house: House) -> None:
    reception = house.arrange(DAY)
    house.pass_time_to(date(2026, 3, 13))
    assert house.told(reception, "roster_today_notice") == {"station1a", "station1b"}
    assert house.told(reception, "roster_late_notice") == set()
    house.pass_time_to(DAY)
    assert house.told(reception, "roster_late_notice") == {"committee1", "committee2", "director"}
    house.do(reception, "settle_roster", {"deputies": house.people(1, 2)})
    house.pass_time_to(DAY, time(10))
    assert house.session(reception).status == "已公告"  # everything that was due has followed
    assert "write_up" in house.waits_at(reception)
    house.hold(reception)
    assert house.session(reception).status == "已接待"


def test_a_poster_that_does_not_hang_is_urged_the_next_day(house: House) -> None:
    reception = house.rostered(DAY)
    house.pass_time_to(date(2026, 3, 14))
    assert house.told(reception, "post_late_notice") == {"station1a", "station1b"}


def test_a_session_that_is_not_written_up_is_urged_and_told_to_the_committee(house: House) -> None:
    reception = house.rostered(DAY)
    house.pass_time_to(date(2026, 3, 17))
    assert house.told(reception, "write_up_today_notice") == set()
    house.pass_time_to(date(2026, 3, 18))
    assert house.told(reception, "write_up_today_notice") == {"station1a", "station1b"}
    house.pass_time_to(date(2026, 3, 19))
    assert house.told(reception, "write_up_late_notice") == {"committee1", "committee2", "director"}
    house.hold(reception)
    house.pass_time_to(date(2026, 3, 27))
    assert house.told(reception, "note_late_notice") == {"committee1", "committee2", "director"}
    house.do(reception, "note_report", {"opinion": ""}, "committee1")
    assert house.ended_at(reception) == "filed"


def test_nobody_there_is_no_reception_day(house: House) -> None:
    reception = house.rostered(DAY, 1, 2)
    absent = [{"person": person, "state": "缺席"} for person in house.people(1, 2)]
    with pytest.raises(Invalid) as refusal:
        house.hold(reception, sheet=absent)
    assert list(refusal.value.fields) == ["sheet"]
    with pytest.raises(Invalid):
        house.hold(reception, sheet=absent[:1])


# -------------------------------------------------------------------------------- moved and called off


def test_a_session_is_put_off_three_times_and_each_day_is_the_one_that_was_typed_and_told(house: House) -> None:
    reception = house.rostered(DAY, 1, 2)
    for hour, day in enumerate((date(2026, 3, 27), date(2026, 3, 26), date(2026, 3, 27)), 13):
        house.clock.set_beijing(date(2026, 3, 13), time(hour))
        answer = {"held_on": day.isoformat(), "starts": "", "ends": "", "reason": "场地"}
        house.trigger(reception, "put_off", answer, "station1a")
        assert house.session(reception).held_on == day
    assert house.count_told(reception, "tell_moved") == 2 * 3


def test_a_session_is_put_off_and_everything_is_counted_anew(house: House) -> None:
    reception = house.rostered(DAY, 1, 2)
    house.pass_time_to(date(2026, 3, 13))
    house.trigger(
        reception, "put_off", {"held_on": "2026-03-27", "starts": "", "ends": "", "reason": "暴雨"}, "station1a"
    )
    assert house.told(reception, "tell_moved") == {"deputy01", "deputy02"}
    assert house.told(reception, "tell_committee_moved") == {"committee1", "committee2", "director"}
    moved = house.session(reception)
    assert (moved.planned_on, moved.held_on, moved.month, moved.status) == (
        DAY,
        date(2026, 3, 27),
        "2026-03",
        "已排定",
    )
    assert house.waits_at(reception) == []
    house.pass_time_to(date(2026, 3, 17))
    with house.reading() as session:  # who stood on the roster is proposed again
        assert actions.propose_roster(session, queries.get(session, reception)) == house.people(1, 2)
    house.do(reception, "settle_roster", {"deputies": house.people(1, 2)})
    house.hold(reception)
    assert house.milestones(reception) == ["排定", "名单", "公告", "改期", "排定", "名单", "公告", "接待"]
    assert house.session(reception).status == "已接待"


def test_a_session_may_move_into_the_make_up_days_but_not_beyond(house: House) -> None:
    reception = house.rostered(DAY, 1, 2)
    with pytest.raises(Invalid) as refusal:
        house.trigger(
            reception, "put_off", {"held_on": "2026-04-10", "starts": "", "ends": "", "reason": "暴雨"}, "station1a"
        )
    assert list(refusal.value.fields) == ["held_on"]
    # 4 to 6 April is Qingming: the fifth working day of April is Wednesday the 8th.
    house.trigger(
        reception, "put_off", {"held_on": "2026-04-08", "starts": "", "ends": "", "reason": "暴雨"}, "station1a"
    )
    assert house.session(reception).month == "2026-03"


def test_only_the_station_puts_off_and_only_the_committee_calls_off(house: House) -> None:
    reception = house.rostered(DAY, 1, 2)
    assert house.offered(reception, "station1a") == ["put_off", "changes_roster"]
    assert house.offered(reception, "committee1") == ["call_off"]
    assert house.offered(reception, "station2") == []
    assert house.offered(reception, "deputy01") == ["asks_swap"]


def test_a_session_is_called_off(house: House) -> None:
    reception = house.rostered(DAY, 1, 2)
    house.trigger(reception, "call_off", {"reason": "村里停电"}, "committee1")
    assert house.ended_at(reception) == "cancelled"
    assert house.session(reception).status == "已取消"
    assert house.told(reception, "tell_deputies_cancelled") == {"deputy01", "deputy02"}
    assert house.told(reception, "tell_station_cancelled") == {"station1a", "station1b"}


# ------------------------------------------------------------------------------------------ who may, what fits


def test_a_station_arranges_for_itself_only(house: House) -> None:
    with pytest.raises(NotAllowed):
        house.arrange(DAY, station=house.station(2))
    with pytest.raises(NotAllowed):
        house.arrange(DAY, "deputy01", station=house.station(1))
    with pytest.raises(Invalid) as refusal:
        house.arrange(date(2026, 3, 1))
    assert list(refusal.value.fields) == ["held_on"]
    assert house.sessions() == []


def test_an_outreach_session_is_announced_five_days_before(house: House) -> None:
    reception = house.arrange(date(2026, 3, 20), kind="流动", venue="宿话说1号点")
    outreach = house.session(reception)
    assert (outreach.venue, outreach.notice_on, outreach.roster_size) == ("宿话说1号点", date(2026, 3, 15), 3)


def test_a_day_can_not_be_written_up_before_it_comes(house: House) -> None:
    reception = house.rostered(DAY, 1)
    with house.workplace.unit_of_work(house.town.subdistrict_id) as session, pytest.raises(Conflict):
        actions.record_held(
            house.workplace.engine,
            session,
            house.town.actor("station1a"),
            queries.get(session, reception),
            attendance={house.seat(1).person_id: "到会"},
        )


def test_the_way_is_the_same_on_both_databases(each_workplace: Workplace, clock: MovableClock) -> None:
    house = House(small_town(each_workplace), clock)
    house.publish()
    reception = house.rostered(DAY, 1, 2)
    house.do(reception, "can_come", {"coming": False, "reason": "出差"}, "deputy01")
    house.do(reception, "arrange_swap", {"successor": house.seat(3).person_id, "note": ""}, "station1a")
    house.hold(reception)
    house.do(reception, "note_report", {"opinion": "阅"}, "director")
    house.pass_time_to(date(2026, 4, 1))
    with house.reading() as session:
        duties = queries.duties(session, DAY, DAY)
        assert {duty.station_id: duty.state for duty in duties.values()} == {house.station(): "已完成"}
        assert set(queries.reception_months(session, DAY, DAY)) == {house.station()}
    assert house.ended_at(reception) == "filed"
    assert house.breaches() == []
