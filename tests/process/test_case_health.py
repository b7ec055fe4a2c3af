"""The check of the five links finds every broken chain among real cases, and nothing else (domain D5)."""

from datetime import date

import pytest
from sqlalchemy import delete, update

from tests.factories import small_town
from tests.process.casework import DONE, TOLD, Desk
from workflows.actor import Actor
from workflows.cases import health
from workflows.cases.health_rules import Kind
from workflows.cases.rules import LINKS, Link
from workflows.clock import MovableClock
from workflows.engine.tables import History, ProcessInstance, UserTask
from workflows.wiring import Workplace

RECEIVED = date(2026, 3, 2)
Found = dict[str, list[tuple[Link, Kind]]]


@pytest.fixture
def desk(workplace: Workplace, clock: MovableClock) -> Desk:
    desk = Desk(small_town(workplace), clock)
    desk.publish()
    return desk


def examine(desk: Desk, login: str = "director", **changes: object) -> health.Health:
    actor: Actor = desk.town.actor(login)
    wanted = {"first": RECEIVED, "last": desk.clock().date(), **changes}
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        return health.examine(session, actor, now=desk.clock(), **wanted)  # type: ignore[arg-type]


def broken(desk: Desk, login: str = "director") -> Found:
    return {one.case.id: [(each.link, each.kind) for each in one.breaks] for one in examine(desk, login).broken}


def finished(desk: Desk) -> str:
    """A case with all five links."""
    case = desk.register()
    desk.refer(case)
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", {**TOLD, "satisfaction": "满意"})
    assert desk.done_links(case) == list(LINKS)
    return case


def forget(desk: Desk, case_id: str, milestone: str) -> None:
    """As if the diagram of that time had not written it down."""
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        instance = session.query(ProcessInstance).filter_by(business_key=f"case:{case_id}").one()
        session.execute(delete(History).where(History.instance_id == instance.id, History.milestone == milestone))


def test_cases_in_time_and_finished_ones_are_healthy(desk: Desk) -> None:
    finished(desk)
    desk.register(outcome="当场答复", answer="已说明。")
    desk.register(outcome="不予受理", matter_class="诉讼仲裁", guidance="请到法院。")
    desk.refer(desk.register())
    desk.register()
    assert broken(desk) == {}
    assert examine(desk).examined == 5


@pytest.mark.parametrize(
    ("milestone", "link"), [("反映", Link.REFERRAL), ("结果", Link.RESULT), ("反馈", Link.FEEDBACK)]
)
def test_a_finished_case_without_a_link_is_found(desk: Desk, milestone: str, link: Link) -> None:
    finished(desk)
    case = finished(desk)
    forget(desk, case, milestone)
    assert broken(desk) == {case: [(link, Kind.MISSING)]}


def test_a_case_that_nobody_has_is_found(desk: Desk) -> None:
    desk.register()
    case = desk.register()
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        instance = session.query(ProcessInstance).filter_by(business_key=f"case:{case}").one()
        session.execute(update(UserTask).where(UserTask.instance_id == instance.id).values(status="cancelled"))
    assert broken(desk) == {case: [(Link.REFERRAL, Kind.STALLED)]}


def test_each_late_step_breaks_its_link_and_names_who_must_act(desk: Desk) -> None:
    """Registered on Monday 2 March: referral by 4 March, the department by 10 March, the reply by 11 March."""
    unreferred, unhandled, untold = desk.register(), desk.register(), desk.register()
    desk.refer(unhandled)
    desk.refer(untold)
    desk.do(untold, "handle", DONE)
    desk.pass_time_to(date(2026, 3, 4))
    assert broken(desk) == {}
    desk.pass_time_to(date(2026, 3, 5))
    assert broken(desk) == {unreferred: [(Link.REFERRAL, Kind.LATE)]}
    desk.pass_time_to(date(2026, 3, 12))
    assert broken(desk) == {
        unreferred: [(Link.REFERRAL, Kind.LATE), (Link.FEEDBACK, Kind.UNTOLD)],
        unhandled: [(Link.HANDLING, Kind.LATE), (Link.FEEDBACK, Kind.UNTOLD)],
        untold: [(Link.FEEDBACK, Kind.UNTOLD)],
    }
    rows = {one.case.id: one for one in examine(desk).broken}
    assert [each.who for each in rows[unhandled].breaks] == ["承办单位（城管办）"] * 2
    assert rows[untold].breaks[0].who == f"工作站（{desk.town.villages[0].station_name}）"
    assert (rows[untold].working_days, rows[unreferred].working_days) == ([1], [6, 1])


def test_a_station_is_told_of_its_own_cases_only(desk: Desk) -> None:
    mine, other = desk.register(), desk.register("station2")
    desk.pass_time_to(date(2026, 3, 5))
    assert set(broken(desk, "station1a")) == {mine}
    assert set(broken(desk, "station2")) == {other}
    assert broken(desk, "dept1") == {}


def test_the_table_counts_each_link_of_each_station(desk: Desk) -> None:
    finished(desk)
    desk.register()
    desk.register("station2")
    desk.pass_time_to(date(2026, 3, 5))
    found, station = examine(desk), desk.town.villages[0].station_id
    assert [(found.cells[station, link].cases, found.cells[station, link].broken) for link in LINKS] == [
        (2, 0),
        (2, 1),
        (1, 0),
        (1, 0),
        (1, 0),
    ]
    assert found.cells[station, Link.FEEDBACK].median_days == 0


def test_a_link_that_should_be_there_by_now_counts_as_one_to_look_at(desk: Desk) -> None:
    desk.register()
    desk.pass_time_to(date(2026, 3, 12))
    found, station = examine(desk), desk.town.villages[0].station_id
    assert (found.cells[station, Link.FEEDBACK].cases, found.cells[station, Link.FEEDBACK].broken) == (1, 1)


def test_an_older_unfinished_case_is_looked_at_whatever_the_month(desk: Desk) -> None:
    case = desk.register()
    finished(desk)
    desk.pass_time_to(date(2026, 5, 6))
    found = examine(desk, first=date(2026, 5, 1), last=date(2026, 5, 31))
    assert [one.case.id for one in found.broken] == [case]
    assert found.examined == 1
