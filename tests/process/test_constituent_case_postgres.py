"""The request on PostgreSQL: numbers under contention, the whole way once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from tests.factories import small_town
from tests.process.casework import DONE, TOLD, Desk
from workflows.clock import MovableClock
from workflows.wiring import Workplace

pytestmark = pytest.mark.postgres


@pytest.fixture
def desk(postgres_workplace: Workplace, clock: MovableClock) -> Desk:
    clock.set_beijing(date(2026, 9, 24))
    desk = Desk(small_town(postgres_workplace), clock)
    desk.publish()
    return desk


def test_visits_registered_at_once_get_numbers_without_gap_or_double(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as clerks:
        cases = list(clerks.map(lambda n: desk.register(title=f"第{n}件"), range(16)))
    assert sorted(desk.case(case).number for case in cases) == [f"2026-{n:04d}" for n in range(1, 17)]


def test_a_request_goes_the_whole_way_with_its_reminders(desk: Desk) -> None:
    case = desk.register()
    desk.refer(case)
    for day in (8, 10, 12, 13):
        desk.pass_time_to(date(2026, 10, day))
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", TOLD)
    desk.do(case, "feedback", {"satisfaction": "满意"})
    assert desk.ended_at(case) == "closed"
    assert {(step, day) for step, _, day in desk.notices(case)} == {
        ("tell_department", date(2026, 9, 24)),
        ("soon3_notice", date(2026, 10, 8)),
        ("soon1_notice", date(2026, 10, 10)),
        ("today_notice", date(2026, 10, 12)),
        ("late1_notice", date(2026, 10, 13)),
    }
    assert desk.breaches() == []


def test_what_people_may_do_and_the_clocks_that_follow(desk: Desk) -> None:
    case = desk.register()
    desk.refer(case)
    for n in range(3):
        desk.trigger(case, "urge", {"reason": f"第{n + 1}次催办。"})
    desk.pass_time_to(date(2026, 10, 8))
    desk.trigger(case, "station_asks_time", {"days": 5, "reason": "要等管道材料到货。"})
    desk.do(case, "approve_extension", {"agreed": True})
    desk.trigger(case, "department_asks_pause", {"reason": "等待上级机关答复"})
    desk.do(case, "approve_pause", {"agreed": True})
    desk.pass_time_to(date(2026, 10, 12))
    desk.do(case, "resume", {"note": "已答复。"})
    assert desk.case(case).respond_by == date(2026, 10, 22)  # 12 working days, three that did not count
    for day in (19, 21, 22, 23):
        desk.pass_time_to(date(2026, 10, day))
    told = [(step, day) for step, login, day in desk.notices(case) if login in ("dept1", "director")]
    assert told == [
        ("tell_department", date(2026, 9, 24)),
        *[("urge_holder", date(2026, 9, 24))] * 3,
        ("soon3_notice", date(2026, 10, 8)),
        ("tell_extended", date(2026, 10, 8)),
        ("tell_paused", date(2026, 10, 8)),
        ("tell_resumed", date(2026, 10, 12)),
        ("soon3_notice", date(2026, 10, 19)),
        ("soon1_notice", date(2026, 10, 21)),
        ("today_notice", date(2026, 10, 22)),
        ("late1_notice", date(2026, 10, 23)),
    ]
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", TOLD)
    assert desk.breaches() == []
