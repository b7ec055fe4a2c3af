"""A year of the whole town, through its processes with a moved clock, against a calculation of its own.

The calculation below knows nothing of our code: points, caps, indexes, board and grades as the domain book gives them
(R1, R7 to R9, Q19, Q33, Q35, Q36, Q39 to Q42), worked out from the same attendance sheets.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.factories import DeputySeat, Town, full_town
from tests.process.assessing import AGREED, TRUTHFUL, Office
from workflows.assessment import queries, year_queries
from workflows.assessment.tables import MonthlyAssessment
from workflows.clock import MovableClock
from workflows.people import actions as people
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace
from workflows.workdays import queries as workdays

YEAR = 2026
OPENED = time(8, 31)
WORTH = {"到会": 100, "半程": 50, "请假": 0, "缺席": 0}
MOVER, MOVED_ON = 2, date(2026, 8, 15)  # the third deputy of the first village joins the second one
FORGETFUL, FORGOTTEN = 7, 4  # who hands in nothing in which month
RETURNED, RETURNED_IN = 5, 6
OBJECTOR, DISPUTED = 18, 3  # whose left-out visit counts in which quarter
LATE_STATION, LATE_QUARTER = 4, 2
MISSED = (3, 5)  # no reception day of this station in this month
FALSE_CLAIM = (30, 5)
CLAIMS: Mapping[tuple[int, int], list[tuple[str, str, str, int]]] = {
    (0, 2): [("获得履职表彰", "市", "市优秀代表", 150), ("意见建议被采纳或批示", "市", "防汛建议", 150)],
    (12, 8): [("履职事迹被媒体报道", "区", "接待日的一天", 30)],
    (25, 11): [("意见建议被采纳或批示", "街道", "路灯建议", 50)],
    FALSE_CLAIM: [("获得履职表彰", "区", "区先进", 100)],
}
"""Who claims what in which month, and what the table R2 gives for it, in tenths."""


@dataclass
class Books:
    """What happened, as somebody would write it down with a pencil."""

    base: dict[tuple[int, int], int] = field(default_factory=dict)  # quarter, deputy -> tenths
    bonus: dict[tuple[int, int], int] = field(default_factory=dict)
    village: dict[tuple[int, int], int] = field(default_factory=dict)  # quarter, village -> tenths
    receptions: dict[tuple[int, int], set[int]] = field(default_factory=dict)  # quarter, village -> months
    late: set[tuple[int, int]] = field(default_factory=set)

    def add(self, which: dict[tuple[int, int], int], quarter: int, whom: int, tenths: int) -> None:
        which[quarter, whom] = which.get((quarter, whom), 0) + tenths


def village_of(deputy: int, day: date) -> int:
    """Eleven deputies to a village, and one who moves."""
    return 1 if deputy == MOVER and day >= MOVED_ON else deputy // 11


@dataclass
class Year:
    """Lives the year and keeps the books."""

    office: Office
    town: Town
    books: Books = field(default_factory=Books)
    chance: random.Random = field(default_factory=lambda: random.Random(42))  # noqa: S311

    def live(self) -> None:
        with self.office.workplace.reading(self.town.subdistrict_id) as session:
            self.calendar = workdays.working_calendar(session)
        for month in range(1, 13):
            self._hold_activities(month)
            self._assess_month(month)
            if month == 2:  # later would be too late for the first quarter, sooner would ask for the year before
                self.office.publish("quarterly_assessment", "year_assessment")
            if month % 3 == 2 and month > 3:
                self.review_the_rules(month // 3)
            if month % 3 == 0:
                self._assess_quarter(month // 3)

    # -------------------------------------------------------------------------------------------- months

    def _hold_activities(self, month: int) -> None:
        if month == MOVED_ON.month:
            self._move()
        self.office.clock.set_beijing(date(YEAR, month, 22))
        self._hold(date(YEAR, month, 8), "议政代表会" if month % 3 == 0 else "专题培训", range(44), None)
        if month % 2:
            self._hold(date(YEAR, month, 16), "专题审议", range(44), None)
        for village in range(4):
            day = date(YEAR, month, 10 + village)
            group = [each for each in range(44) if village_of(each, day) == village]
            self._hold(day, ("视察", "走访选民")[month % 2], group, village)
            if (village + 1, month) != MISSED:
                self.office.hold_reception(date(YEAR, month, 6), self.town.villages[village])
                self.books.receptions.setdefault((quarter_of(month), village), set()).add(month)

    def _hold(self, day: date, kind: str, group: Any, village: int | None) -> None:
        states = {}
        for deputy in group:
            # In the last quarter two villages miss nothing, and so share the first place; the others miss a lot.
            best = day.month > 9 and village_of(deputy, day) in (0, 1)
            often = [80, 8, 7, 5] if day.month <= 9 else [40, 10, 30, 20]
            state = "到会" if best else self.chance.choices(list(WORTH), often)[0]
            states[self.town.deputies[deputy].person_id] = state
            self.books.add(self.books.base, quarter_of(day.month), deputy, WORTH[state])
            self.books.add(self.books.village, quarter_of(day.month), village_of(deputy, day), WORTH[state])
        station = None if village is None else self.town.villages[village].station_id
        self.office.attend(day, kind, states, station_id=station)

    def _move(self) -> None:
        admin, at = self.town.actor("admin"), self.office.clock()
        with self.office.workplace.unit_of_work(self.town.subdistrict_id) as session:
            seat = self.town.deputies[MOVER]
            mandate = next(
                each for each in people.queries.deputies_on(session, MOVED_ON) if each.person_id == seat.person_id
            )
            last = MOVED_ON - timedelta(days=1)
            people.end_mandate(session, admin, mandate_id=mandate.mandate_id, last_day=last, basis="迁居", at=at)
            people.seat_deputy(
                session,
                admin,
                person_id=seat.person_id,
                term="第一届",
                group_id=self.town.villages[1].id,
                valid_from=MOVED_ON,
                at=at,
            )

    def _assess_month(self, month: int) -> None:
        days = [day for day in month_days(month) if self.calendar.is_working_day(day)]
        self.office.pass_time_to(days[-5], OPENED)
        for number, seat in enumerate(self.town.deputies):
            if (number, month) != (FORGETFUL, FORGOTTEN):
                self._self_assess(number, seat, month)
                self._review(number, seat, month)
        if month == FORGOTTEN:
            self.office.pass_time_to(next_month(month), time(0, 1))
            self._review(FORGETFUL, self.town.deputies[FORGETFUL], month)

    def _self_assess(self, number: int, seat: DeputySeat, month: int) -> None:
        claims = []
        for kind, level, fact, tenths in CLAIMS.get((number, month), []):
            held = date(YEAR, month, 9).isoformat()
            claims.append({"kind": kind, "level": level, "fact": fact, "occurred_on": held, "proof": "证书或批示件"})
            if (number, month) != FALSE_CLAIM:
                self.books.add(self.books.bonus, quarter_of(month), number, tenths)
                village = village_of(number, next_month(month) - timedelta(days=1))
                self.books.add(self.books.village, quarter_of(month), village, tenths)
        node = "self_assess" if seat.login else "assess_for"
        self.office.complete(seat.login or self._station(number, month), node, {**TRUTHFUL, "claims": claims})

    def _review(self, number: int, seat: DeputySeat, month: int) -> None:
        station = self._station(number, month)
        if (number, month) == (RETURNED, RETURNED_IN):
            back = {"decision": "退回", "opinion": "请补充走访记录。"}
            self.office.complete(station, "station_review", back, about=seat.name)
            self.office.complete(seat.login or "", "self_assess", TRUTHFUL)
        self.office.complete(station, "station_review", AGREED, about=seat.name)

    def _station(self, number: int, month: int) -> str:
        return f"station{village_of(number, next_month(month) - timedelta(days=1)) + 1}"

    # ------------------------------------------------------------------------------------------ quarters

    def _assess_quarter(self, quarter: int) -> None:
        office, first = self.office, next_month(quarter * 3)
        days = working_days(self.calendar, first)
        opening = next(days)
        office.pass_time_to(opening, OPENED)
        self._roll_up(quarter, days)
        office.complete("committee1", "verify", self._false_claims(quarter))
        office.complete("committee2", "announce", {"notice": "公示五个工作日。"})
        if quarter == DISPUTED:
            self._object(quarter)
        for _ in range(6):
            day = next(days)
        office.pass_time_to(day, OPENED)  # the day after five working days of publicity
        office.complete("director", "approve", AGREED)
        office.complete("office", "receive_index", {"document_no": f"陆街办收{quarter}号", "weight": 5})
        for _ in range(4):
            day = next(days)
        office.pass_time_to(day, OPENED)  # villages had three working days to explain
        office.complete("director", "confirm_board", {})

    def review_the_rules(self, quarter: int) -> None:
        """Ten working days after the results are final; by then the next month's activities are over too."""
        self.office.complete("committee1", "review", {"conclusion": "维持"})
        assert self.office.instance(f"quarter:{YEAR}Q{quarter}").status == "completed"

    def _roll_up(self, quarter: int, days: Iterator[date]) -> None:
        late = LATE_STATION if quarter == LATE_QUARTER else None
        for station in range(1, 5):
            if station != late:
                self.office.complete(f"station{station}", "report", {"letter": "按计划开展。", "checked": True})
        if late:
            for _ in range(5):
                day = next(days)
            self.office.pass_time_to(day, OPENED)  # the sixth working day
            self.office.complete(f"station{late}", "report", {"letter": "迟报。", "checked": True})
            self.books.late.add((quarter, late - 1))

    def _false_claims(self, quarter: int) -> dict[str, Any]:
        if quarter != quarter_of(FALSE_CLAIM[1]):
            return {}
        with self.office.workplace.reading(self.town.subdistrict_id) as session:
            row = queries.quarter_of(session, f"{YEAR}Q{quarter}")
            (claim,) = [item for item in queries.verifications(session, row.id) if item.claim_id]
            return {"items": [{"number": claim.number, "reason": "证书查无此事"}]}

    def _object(self, quarter: int) -> None:
        month = quarter * 3 - 1
        answer = {"what": "漏记", "month": f"{YEAR}-{month:02d}", "dimension": "代表联系群众", "title": "走访困难户"}
        login = self.town.deputies[OBJECTOR].login or ""
        key = f"quarter:{YEAR}Q{quarter}"
        self.office.trigger(login, "deputy_objects", {**answer, "reason": "村里有记录。"}, key)
        self.office.complete("station2", "answer_objection", {"text": "确有此事。"})
        self.office.complete("director", "decide_objection", {"upheld": True, "points": 10, "opinion": "补记。"})
        self.books.add(self.books.base, quarter, OBJECTOR, 100)
        self.books.add(self.books.village, quarter, 1, 100)


def quarter_of(month: int) -> int:
    return (month + 2) // 3


def next_month(month: int) -> date:
    return date(YEAR + 1, 1, 1) if month == 12 else date(YEAR, month + 1, 1)


def month_days(month: int) -> list[date]:
    first = date(YEAR, month, 1)
    return [first + timedelta(days=n) for n in range((next_month(month) - first).days)]


def working_days(calendar: Any, day: date) -> Iterator[date]:
    while True:
        if calendar.is_working_day(day):
            yield day
        day += timedelta(days=1)


# ---------------------------------------------------------------------------------------- by the domain book


def tenth(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


def quarter_total(books: Books, quarter: int, deputy: int) -> tuple[Decimal, Decimal]:
    """Points of a deputy, and the bonus that the cap cut off: 20 points or 30 % of the base, the larger one (Q19)."""
    base = Decimal(books.base.get((quarter, deputy), 0)) / 10
    bonus = Decimal(books.bonus.get((quarter, deputy), 0)) / 10
    counted = min(bonus, max(Decimal(20), base * Decimal("0.3")))
    return base + counted, bonus - counted


def index_by_hand(books: Books, quarter: int, village: int) -> Decimal:
    """60 % average per deputy of the target of 60, 20 % replies, 10 % reception days, 10 % timely roll-up (Q33)."""
    last = next_month(quarter * 3) - timedelta(days=1)
    members = [each for each in range(44) if village_of(each, last) == village]
    cut = sum(quarter_total(books, quarter, each)[1] for each in members)
    points = Decimal(books.village.get((quarter, village), 0)) / 10 - cut
    average = tenth(points / len(members))
    reached = min(tenth(average * 100 / 60), Decimal(100))
    receptions = tenth(Decimal(len(books.receptions.get((quarter, village), ()))) * 100 / 3)
    rollup = Decimal(0) if (quarter, village) in books.late else Decimal(100)
    return tenth((reached * 60 + Decimal(100) * 20 + receptions * 10 + rollup * 10) / 100)


def colour_by_hand(indexes: list[Decimal], books: Books, quarter: int, village: int) -> str:
    """Red: first and at least 85. Black: below 60, or a month without reception; nobody's reply was late (Q35)."""
    if indexes[village] < 60 or len(books.receptions.get((quarter, village), ())) < 3:
        return "黑榜"
    return "红榜" if indexes[village] == max(indexes) and indexes[village] >= 85 else ""


def grade_by_hand(totals: list[Decimal], deputy: int) -> tuple[int, str]:
    """Place and grade: the best fifth who reach the target are 优秀; 80 and 60 % of it divide the others (Q40)."""
    place = 1 + sum(other > totals[deputy] for other in totals)
    share = totals[deputy] / 240
    if share >= 1 and place * 100 <= 20 * len(totals):
        return place, "优秀"
    return place, "称职" if share >= Decimal("0.8") else "基本称职" if share >= Decimal("0.6") else "不称职"


# ------------------------------------------------------------------------------------------------- the test


def test_a_year_of_the_whole_town(workplace: Workplace, clock: MovableClock) -> None:
    clock.set_beijing(date(YEAR, 1, 1))
    town = full_town(workplace)
    office = Office(town, clock)
    office.publish("monthly_self_assessment")
    year = Year(office, town)
    year.live()
    assert office.count(MonthlyAssessment) == 528
    for quarter in range(1, 5):
        _check_quarter(office, year.books, quarter)

    office.pass_time_to(date(YEAR + 1, 2, 1), OPENED)
    year.review_the_rules(4)
    _check_year(office, year.books)
    assert office.incidents() == []
    with workplace.database.reading(EVERYWHERE) as session:
        assert queries.ledger_breaches(session) == []
        assert year_queries.breaches(session) == []


def _check_quarter(office: Office, books: Books, quarter: int) -> None:
    town = office.town
    with office.workplace.reading(town.subdistrict_id) as session:
        row = queries.quarter_of(session, f"{YEAR}Q{quarter}")
        results = {each.person_id: each.total_tenths for each in queries.deputy_results(session, row.id)}
        indexes = {each.village_id: each.index_tenths for each in queries.village_indexes(session, row.id)}
        board = {each.village_id: each for each in queries.board(session, row.id)}
    expected = [int(quarter_total(books, quarter, deputy)[0] * 10) for deputy in range(44)]
    assert [results[seat.person_id] for seat in town.deputies] == expected, quarter
    by_hand = [index_by_hand(books, quarter, village) for village in range(4)]
    assert [indexes[village.id] for village in town.villages] == [int(index * 10) for index in by_hand], quarter
    entries = [board[village.id] for village in town.villages]
    assert [each.rank for each in entries] == [1 + sum(o > index for o in by_hand) for index in by_hand]
    assert [each.colour for each in entries] == [colour_by_hand(by_hand, books, quarter, v) for v in range(4)]
    if quarter == 4:
        assert [each.colour for each in entries][:2] == ["红榜", "红榜"]  # a tie: both are first
        assert sorted(each.rank for each in entries)[:3] == [1, 1, 3]
    if quarter == quarter_of(MISSED[1]):
        assert entries[MISSED[0] - 1].colour == "黑榜"


def _check_year(office: Office, books: Books) -> None:
    town = office.town
    totals = [
        sum((quarter_total(books, quarter, deputy)[0] for quarter in range(1, 5)), Decimal(0)) for deputy in range(44)
    ]
    by_hand = [grade_by_hand(totals, deputy) for deputy in range(44)]
    excellent = sum(grade == "优秀" for _, grade in by_hand)
    assert excellent > 1
    office.complete("committee1", "settle", {"items": [{"number": 1, "reason": "本人谦让"}]})
    office.complete("director", "approve", AGREED)
    office.complete("office", "receive", {"document_no": "陆街办收〔2027〕8号"})
    with office.workplace.reading(town.subdistrict_id) as session:
        row = year_queries.year_of(session, YEAR)
        results = {each.person_id: each for each in year_queries.results(session, row.id)}
    rows = [results[seat.person_id] for seat in town.deputies]
    assert [each.total_tenths for each in rows] == [int(total * 10) for total in totals]
    assert [(each.place, each.grade) for each in rows] == by_hand
    assert sum(each.commended for each in rows) == excellent
    assert [each.left_out for each in rows if each.left_out] == ["本人谦让"]
    assert (row.status, (row.receipt or {})["document_no"]) == ("已移交", "陆街办收〔2027〕8号")
    assert office.instance(f"year:{YEAR}").status == "completed"
