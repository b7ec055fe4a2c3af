"""The figures of a period equal counts taken straight from the rows, on both databases, and open the cases behind."""

from collections import Counter
from datetime import date, timedelta

import pytest

from tests.factories import Town, second_street, small_town
from tests.process.casework import DONE, TOLD, Desk
from tests.process.suggesting import FINE, SATISFIED, House
from workflows.activities import actions as activities
from workflows.actor import Actor, Membership
from workflows.cases import clock_queries, clocks
from workflows.cases.clock_rules import Kind
from workflows.cases.rules import Status
from workflows.cases.tables import Case, CaseParty
from workflows.clock import MovableClock, beijing_date
from workflows.errors import Invalid, NotAllowed
from workflows.people.rules import DISTRICT
from workflows.reports import queries as reports
from workflows.reports.queries import Part, Statistics
from workflows.reports.rules import OUTCOMES, REPLIES, Counts, Figure, Period, Rate
from workflows.storage.session import EVERYWHERE
from workflows.suggestions.tables import Suggestion
from workflows.wiring import Workplace
from workflows.workdays import queries as workdays

SECOND_HALF = Period.read("2026-H2")
SEEN_ON = date(2026, 10, 20)


@pytest.fixture
def desk(each_workplace: Workplace, clock: MovableClock) -> Desk:
    clock.set_beijing(date(2026, 6, 30))
    desk = Desk(small_town(each_workplace), clock)
    desk.publish()
    return desk


def told(desk: Desk, case: str, satisfaction: str = "", result: str = "A") -> None:
    desk.refer(case)
    desk.do(case, "handle", {**DONE, "result_class": result})
    desk.do(case, "reply", TOLD)
    if satisfaction:
        desk.do(case, "feedback", {"satisfaction": satisfaction})


def a_season(desk: Desk) -> dict[str, str]:
    """Visits of July to October that end in every way; each name says in which."""
    found = {"before": desk.register(title="六月的事", outcome="当场答复", answer="已说明。")}
    desk.clock.set_beijing(date(2026, 7, 6))
    found["spot"] = desk.register(outcome="当场答复", answer="已说明。", matter_class="咨询", topic="公交线路")
    found["spot2"] = desk.register("station2", outcome="当场答复", answer="已说明。")
    found["declined"] = desk.register(outcome="不予受理", guidance="请到法院。")
    found["good"] = desk.register(topic="路灯")
    told(desk, found["good"], "满意")
    found["fair"] = desk.register("station2")
    desk.clock.set_beijing(date(2026, 7, 9))
    told(desk, found["fair"], "基本满意", "B")
    found["last day"] = desk.register()
    desk.pass_time_to(date(2026, 7, 20))
    told(desk, found["last day"], "不满意", "D")  # handled again from here on
    found["late"] = desk.register(topic="路灯")
    desk.pass_time_to(date(2026, 7, 30))
    told(desk, found["late"], "满意", "C")
    found["never"] = desk.register()
    found["anonymous"] = desk.register(name="", phone="")
    desk.pass_time_to(date(2026, 10, 12))
    found["running"] = desk.register(matter_class="投诉反映")
    found["longer"] = desk.register()
    found["paused"] = desk.register()
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        clerk, director = desk.town.actor("station1a"), desk.town.actor("director")
        longer, paused = desk._case(session, found["longer"]), desk._case(session, found["paused"])
        clocks.ask(session, clerk, longer, kind=Kind.EXTENSION, reason="要查管线", days=5, at=desk.clock())
        clocks.decide(session, director, longer, kind=Kind.EXTENSION, agreed=True, opinion="同意", at=desk.clock())
        clocks.extend(session, director, longer, days=5, at=desk.clock())
        clocks.ask(session, clerk, paused, kind=Kind.EXTENSION, reason="人手不够", days=5, at=desk.clock())
        clocks.decide(session, director, paused, kind=Kind.EXTENSION, agreed=False, opinion="不行", at=desk.clock())
        clocks.pause(session, director, paused, reason="等待来访人补充材料", limit_days=15, at=desk.clock())
        desk._case(session, found["running"]).respond_by_final = False
        running = desk._case(session, found["running"])
        running.respond_by = running.respond_by - timedelta(days=14)
    desk.clock.set_beijing(SEEN_ON)
    return found


def counted(desk: Desk, login: str = "committee1", period: Period = SECOND_HALF, station: str = "") -> Statistics:
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        return reports.statistics(session, desk.town.actor(login), period, now=desk.clock(), station=station)


def behind(desk: Desk, part: Part, login: str = "committee1", period: Period = SECOND_HALF) -> list[str]:
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        actor = desk.town.actor(login)
        rows = reports.cases_behind(session, actor, period, part, now=desk.clock()).rows
        assert len(rows) == reports.count_behind(session, actor, period, part, now=desk.clock())
        return [case.id for case in rows]


def straight(desk: Desk, period: Period) -> tuple[list[Case], dict[str, int]]:
    """The rows of a period and how many people came with each, read without any of our conditions."""
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        cases = [case for case in session.query(Case) if period.first <= case.received_on <= period.last]
        people = Counter(party.case_id for party in session.query(CaseParty))
        return cases, {case.id: max(people[case.id], 1) for case in cases}


def reply_of(case: Case, today: date) -> Figure:
    """How a reply stands, as a person would say who reads the row."""
    if case.respond_by is None:
        return Figure.UNTIMED
    stopped, last = clock_queries.stopped_at(case), max(case.respond_by, case.protected_until or case.respond_by)
    if stopped is not None and beijing_date(stopped) <= last:
        return Figure.IN_TIME
    if not case.respond_by_final:
        return Figure.PROVISIONAL
    if stopped is not None:
        return Figure.LATE
    return Figure.OVERDUE if last < today else Figure.NOT_DUE


def by_hand(cases: list[Case], people: dict[str, int], today: date) -> Counts:
    figures: Counter[Figure] = Counter()
    for case in cases:
        outcome = {Status.ON_THE_SPOT: Figure.ON_THE_SPOT, Status.DECLINED: Figure.DECLINED}
        figures.update([Figure.VISITS, outcome.get(Status(case.status), Figure.TAKEN_IN)])
        if case.status not in outcome:
            figures[reply_of(case, today)] += 1
        figures[Figure.CLOSED] += case.status == Status.CLOSED
        figures[Figure.REOPENED] += case.times_reopened > 0
        figures[Figure.MERGED] += case.merged_into_id is not None
        figures[Figure.ANONYMOUS] += case.anonymous
        figures[Figure.JOINT] += people[case.id] > 1
        for figure, word in {
            Figure.SATISFIED: "满意",
            Figure.FAIRLY: "基本满意",
            Figure.DISSATISFIED: "不满意",
            Figure.UNREACHED: "联系不上",
        }.items():
            figures[figure] += case.satisfaction == word
        for letter in "abcd":
            figures[Figure(f"result_{letter}")] += (case.result_class or "").lower() == letter
    return Counts(figures, sum(people[case.id] for case in cases))


def assert_same(found: Counts, wanted: Counts) -> None:
    special = {Figure.EXTENDED, Figure.PAUSED}
    assert {f: found[f] for f in Figure if f not in special} == {f: wanted[f] for f in Figure if f not in special}
    assert found.people == wanted.people


def test_every_figure_equals_a_count_of_the_rows(desk: Desk) -> None:
    a_season(desk)
    cases, people = straight(desk, SECOND_HALF)
    found = counted(desk)
    assert_same(found.total, by_hand(cases, people, SEEN_ON))
    for groups, key_of in (
        (found.stations, lambda case: case.station_id),
        (found.classes, lambda case: case.matter_class),
        (found.topics, lambda case: case.topic),
        (found.months, lambda case: (case.received_on.year, case.received_on.month)),
    ):
        for key, counts in groups.items():
            assert_same(counts, by_hand([c for c in cases if key_of(c) == key], people, SEEN_ON))
        assert sum(counts[Figure.VISITS] for counts in groups.values()) == len(cases)


def test_the_season_is_worth_counting(desk: Desk) -> None:
    """Every figure that the story is about is there, and the right one."""
    cases = a_season(desk)
    total = counted(desk).total
    assert {figure: total[figure] for figure in (*OUTCOMES, *REPLIES)} == {
        Figure.ON_THE_SPOT: 2,
        Figure.DECLINED: 1,
        Figure.TAKEN_IN: 9,
        Figure.IN_TIME: 2,
        Figure.LATE: 1,
        Figure.OVERDUE: 2,
        Figure.NOT_DUE: 2,
        Figure.PROVISIONAL: 1,
        Figure.UNTIMED: 1,
    }
    expected = {
        Figure.LATE: ["late"],
        Figure.OVERDUE: ["last day", "never"],
        Figure.PROVISIONAL: ["running"],
        Figure.EXTENDED: ["longer"],
        Figure.PAUSED: ["paused"],
        Figure.REOPENED: ["last day"],
        Figure.ANONYMOUS: ["anonymous"],
        Figure.RESULT_C: ["late"],
        Figure.FAIRLY: ["fair"],
    }
    for figure, names in expected.items():
        assert behind(desk, Part(figure)) == [cases[name] for name in names], figure


def test_every_figure_opens_as_many_cases_as_it_says(desk: Desk) -> None:
    a_season(desk)
    found = counted(desk)
    for figure in Figure:
        assert len(behind(desk, Part(figure))) == found.total[figure], figure
        for topic, counts in found.topics.items():
            assert len(behind(desk, Part(figure, topic=topic))) == counts[figure]
        for station, counts in found.stations.items():
            assert len(behind(desk, Part(figure, station=station))) == counts[figure]
        for (_, month), counts in found.months.items():
            assert len(behind(desk, Part(figure, month=month))) == counts[figure]
        for matter_class, counts in found.classes.items():
            assert len(behind(desk, Part(figure, matter_class=matter_class))) == counts[figure]


def test_the_parts_add_up(desk: Desk) -> None:
    a_season(desk)
    whole = counted(desk).total
    assert sum(whole[figure] for figure in OUTCOMES) == whole[Figure.VISITS]
    assert sum(whole[figure] for figure in REPLIES) == whole[Figure.TAKEN_IN]
    quarters = [counted(desk, period=Period.read(f"2026-Q{n}")).total for n in (3, 4)]
    for figure in Figure:
        assert sum(quarter[figure] for quarter in quarters) == whole[figure], figure
    assert counted(desk, period=Period.read("2026-H1")).total[Figure.VISITS] == 1


def test_working_days_until_the_reply(desk: Desk) -> None:
    a_season(desk)
    cases, _ = straight(desk, SECOND_HALF)
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        calendar = workdays.working_calendar(session)
    spans = [
        len(calendar.working_days_after(case.clock_started_on, beijing_date(case.replied_at)))
        for case in cases
        if case.clock_started_on and case.replied_at
    ]
    found = counted(desk).reply_days
    assert (found.total, found.cases) == (sum(spans), len(spans))
    assert sorted(spans) == [0, 3, 8]


def test_days_from_link_to_link(desk: Desk) -> None:
    desk.clock.set_beijing(date(2026, 7, 1))
    case = desk.register()
    desk.pass_time_to(date(2026, 7, 3))
    desk.refer(case)
    desk.pass_time_to(date(2026, 7, 7))
    desk.do(case, "handle", DONE)
    desk.pass_time_to(date(2026, 7, 8))
    desk.do(case, "reply", TOLD)
    desk.pass_time_to(date(2026, 7, 10))
    desk.do(case, "feedback", {"satisfaction": "满意"})
    desk.register(outcome="当场答复", answer="已说明。")  # one conversation: no time lies between its links
    running = desk.register()
    desk.pass_time_to(date(2026, 7, 13))
    desk.refer(running)
    found = counted(desk).links
    assert {link.value: (round(average.total, 3), average.cases) for link, average in found.items()} == {
        "反映": (5.0, 2),
        "处理": (4.0, 1),
        "结果": (0.0, 1),
        "反馈": (3.0, 1),
    }


def test_a_station_has_its_own_figures_only(desk: Desk) -> None:
    a_season(desk)
    other = desk.town.villages[1].station_id
    whole, own = counted(desk), counted(desk, "station2")
    assert own.total[Figure.VISITS] == whole.stations[other][Figure.VISITS] == 2
    assert set(own.stations) == {other}
    assert counted(desk, station=other).total.figures == own.total.figures
    assert len(behind(desk, Part(), "station2")) == 2
    with pytest.raises(NotAllowed):
        counted(desk, "station1a", station=other)
    with pytest.raises(NotAllowed):
        behind(desk, Part(station=other), "station1a")
    for login in ("dept1", "deputy01", "office"):
        with pytest.raises(NotAllowed):
            counted(desk, login)


def test_the_district_has_totals_of_every_street_and_nothing_else(desk: Desk) -> None:
    a_season(desk)
    second_street(desk.workplace)
    district = Actor("d", "区人大", None, frozenset({Membership(DISTRICT)}))
    with desk.workplace.reading(EVERYWHERE) as session:
        totals = reports.street_totals(session, district, SECOND_HALF, now=desk.clock())
        with pytest.raises(NotAllowed):
            reports.street_totals(session, desk.town.actor("committee1"), SECOND_HALF, now=desk.clock())
        with pytest.raises(NotAllowed):
            reports.statistics(session, district, SECOND_HALF, now=desk.clock())
    assert [name for name, _ in totals] == ["陆集街道", "新桥街道"]
    assert totals[0][1].figures == counted(desk).total.figures
    assert totals[1][1][Figure.VISITS] == 0


def test_a_street_counts_only_its_own(desk: Desk) -> None:
    a_season(desk)
    neighbour: Town = second_street(desk.workplace)
    with desk.workplace.reading(neighbour.subdistrict_id) as session:
        found = reports.statistics(session, neighbour.actor("committee@xq"), SECOND_HALF, now=desk.clock())
    assert found.total[Figure.VISITS] == 0
    assert found.stations == {}
    assert found.reply_days.cases == 0
    assert [average.cases for average in found.links.values()] == [0, 0, 0, 0]


def test_activities_are_counted_by_kind(desk: Desk) -> None:
    engine, clerk, town = desk.workplace.engine, desk.town.actor("committee1"), desk.town
    desk.clock.set_beijing(SEEN_ON)
    plan = [("民生实事项目督查", 0)] * 2 + [("主题活动", None), ("接待日", 0), ("接待日", 1), ("接待日", 1)]
    with desk.workplace.unit_of_work(town.subdistrict_id) as session:
        for kind, village in plan:
            activities.record_activity(
                engine,
                session,
                clerk,
                held_on=date(2026, 9, 10),
                kind=kind,
                title=kind,
                place="",
                station_id=None if village is None else town.villages[village].station_id,
            )
    found = counted(desk)
    assert {kind: count for _, kind, count in found.activities} == {"民生实事项目督查": 2, "主题活动": 1, "接待日": 3}
    assert found.receptions == 3
    assert counted(desk, "station2").receptions == 2
    assert counted(desk, period=Period.read("2026-H1")).activities == []
    with desk.workplace.reading(town.subdistrict_id) as session:
        rows = reports.activities_behind(session, town.actor("station2"), SECOND_HALF, kind="接待日")
    assert [row.station_id for row in rows] == [town.villages[1].station_id] * 2


def test_suggestions_are_counted_by_kind(each_workplace: Workplace, clock: MovableClock) -> None:
    clock.set_beijing(date(2026, 7, 6))
    house = House(small_town(each_workplace), clock)
    house.publish()
    waiting = house.handed_in(2)  # not registered: not counted
    house.handed_over()
    done = house.handed_over(kind="意见建议")
    house.answered(done)
    house.do(done, "opinion", SATISFIED)
    heard = house.handed_in(kind="民情民意", login="deputy04", lead=4)
    house.do(heard, "examine", FINE)
    house.pass_time_to(date(2026, 11, 2))
    assert house.paper(waiting).registered_on is None
    with house.reading() as session:
        actor = house.town.actor("committee1")
        found = reports.statistics(session, actor, SECOND_HALF, now=clock()).suggestions
        straight = Counter(paper.kind for paper in session.query(Suggestion) if paper.registered_on is not None)
        own = reports.statistics(session, house.town.actor("station2"), SECOND_HALF, now=clock())
        rows = reports.suggestions_behind(session, actor, SECOND_HALF, kind="意见建议")
    assert {kind: papers.registered for kind, papers in found.items() if papers.registered} == straight
    assert [paper.kind for paper in rows] == ["意见建议"] * 2
    assert {kind: papers.registered for kind, papers in own.suggestions.items()} == {
        "意见建议": 0,
        "民情民意": 1,
        "立法监督意见": 0,
    }
    papers = found["意见建议"]
    assert (papers.registered, papers.answered, papers.in_time, papers.overdue) == (2, 1, 1, 1)
    assert (papers.on_time, papers.content) == (Rate(1, 2), Rate(1, 1))


def test_pages_of_cases_follow_each_other(desk: Desk) -> None:
    desk.clock.set_beijing(date(2026, 7, 1))
    registered = [desk.register(outcome="当场答复", answer="已说明。") for _ in range(5)]
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        actor, now = desk.town.actor("committee1"), desk.clock()
        first = reports.cases_behind(session, actor, SECOND_HALF, Part(), now=now, limit=3)
        rest = reports.cases_behind(session, actor, SECOND_HALF, Part(), now=now, limit=3, after=first.next)
        assert [case.id for case in first.rows + rest.rows] == registered
        assert rest.next is None
        with pytest.raises(Invalid):
            reports.cases_behind(session, actor, SECOND_HALF, Part(), now=now, after="strange")
        assert [case.id for batch in reports.batches(session, actor, SECOND_HALF) for case in batch] == registered
