"""The calendar as the office keeps it: seeded, drafted, confirmed by a second person, superseded, never deleted."""

import dataclasses
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from tests.unit.workdays_notices import NEXT_YEAR, transcript
from workflows import audit
from workflows.actor import Actor, Membership, the_clock
from workflows.clock import BEIJING, MovableClock, datetime
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.people.tables import Subdistrict
from workflows.storage.session import EVERYWHERE, Base, Database
from workflows.wiring import Workplace
from workflows.workdays import actions, queries, seed, sheets
from workflows.workdays.actions import CalendarChange, Preview
from workflows.workdays.checks import ReadYear
from workflows.workdays.notice import read_notice
from workflows.workdays.rules import DayRule, Layer, YearStatus, affected, local_day
from workflows.workdays.tables import CalendarDay, CalendarRevision, CalendarYear

KEEPER = Actor("u1", "周敏", None, frozenset({Membership("流程管理员")}))
SECOND = Actor("u2", "吴强", None, frozenset({Membership("流程管理员")}))
CLERK = Actor("u3", "郑丽", None, frozenset({Membership("工作站", "x")}))
Row = TypeVar("Row")
NEXT = read_notice(transcript(2027, NEXT_YEAR), 2027)


@dataclass
class Office:
    """An installation with two streets, seeded."""

    database: Database
    clock: MovableClock
    streets: tuple[str, str]

    def draft(self, read: ReadYear, actor: Actor = KEEPER) -> Preview:
        with self.database.unit_of_work(EVERYWHERE) as session:
            return actions.draft_year(session, actor, read, at=self.clock())

    def confirm(self, year: int, actor: Actor = SECOND, reason: str = "", second_person: bool = True) -> CalendarChange:
        with self.database.unit_of_work(EVERYWHERE) as session:
            return actions.confirm_year(
                session, actor, year=year, reason=reason, second_person=second_person, at=self.clock()
            )

    def local(self, *days: DayRule, scope: str, reason: str = "汛指〔2026〕3号", **more: object) -> CalendarChange:
        layer = Layer.REGION if scope == EVERYWHERE else Layer.OFFICE
        with self.database.unit_of_work(scope) as session:
            return actions.set_local_days(
                session, KEEPER, **{"layer": layer, "days": days, "reason": reason, "at": self.clock(), **more}
            )

    def due(self, start: date, count: int = 7, scope: str = EVERYWHERE) -> tuple[date, bool]:
        with self.database.reading(scope) as session:
            calendar = queries.working_calendar(session)
            last = calendar.add_working_days(start, count)
            return last, calendar.is_final(start, last)

    def read(self, query: Callable[[Session], Row], scope: str = EVERYWHERE) -> Row:
        with self.database.reading(scope) as session:
            return query(session)


def opened(path: Path) -> Office:
    database = Database(f"sqlite:///{path}")
    with database.reading(EVERYWHERE) as session:
        here, there = session.scalars(select(Subdistrict.id).order_by(Subdistrict.code)).all()
    return Office(database, MovableClock(datetime(2026, 12, 1, 9, tzinfo=BEIJING)), (here, there))


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two databases, made once and copied for each test: two streets, without and with the bundled days."""
    folder = tmp_path_factory.mktemp("calendar")
    for name in ("empty", "seeded"):
        database = Database(f"sqlite:///{folder / name}")
        Base.metadata.create_all(database.sql)
        with database.unit_of_work(EVERYWHERE) as session:
            session.add_all(Subdistrict(code=code, name=code, district="东城区") for code in ("LJ", "XQ"))
            if name == "seeded":
                actions.seed_national_days(session, the_clock(None), at=datetime(2026, 1, 5, 9, tzinfo=BEIJING))
        with database.sql.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        database.dispose()
    return folder


@pytest.fixture
def empty(templates: Path, tmp_path: Path) -> Iterator[Office]:
    place = opened(Path(shutil.copy(templates / "empty", tmp_path)))
    yield place
    place.database.dispose()


@pytest.fixture
def office(templates: Path, tmp_path: Path) -> Iterator[Office]:
    place = opened(Path(shutil.copy(templates / "seeded", tmp_path)))
    yield place
    place.database.dispose()


# ------------------------------------------------------------------------------------------------- the seed


def test_before_the_seed_the_bundled_days_are_used(empty: Office) -> None:
    assert empty.due(date(2026, 9, 24)) == (date(2026, 10, 12), True)
    assert empty.read(queries.latest_revision) == 0


def test_the_seed_stores_exactly_the_bundled_calendar(office: Office) -> None:
    stored = office.read(queries.working_calendar)
    assert dict(stored.days) == dict(seed.bundled().days)
    assert stored.official == seed.bundled().official
    row = office.read(lambda session: session.get(CalendarYear, 2026))
    assert row is not None
    assert (row.status, row.imported_by, row.published_on) == ("official", "随系统提供", date(2025, 11, 4))


def test_seeding_again_changes_nothing(office: Office) -> None:
    with office.database.unit_of_work(EVERYWHERE) as session:
        assert actions.seed_national_days(session, the_clock(None), at=office.clock()) is None
    assert office.read(queries.latest_revision) == 1


def test_an_upgrade_adds_new_years_only(office: Office) -> None:
    with office.database.unit_of_work(EVERYWHERE) as session:  # as if 2026 had not been bundled when this was set up
        for day in session.scalars(select(CalendarDay).where(CalendarDay.notice_year == 2026)):
            session.delete(day)
        for day in session.scalars(select(CalendarDay).where(CalendarDay.day == date(2025, 10, 11))):
            day.working = False  # somebody's correction
        session.flush()
        session.delete(session.get_one(CalendarYear, 2026))
    with office.database.unit_of_work(EVERYWHERE) as session:
        change = actions.seed_national_days(session, the_clock(None), at=office.clock())
    assert change is not None
    assert {day.year for day in change.days} == {2026}
    assert date(2026, 10, 10) in change.days
    assert date(2026, 10, 1) not in change.days  # was assumed to be off, and is
    calendar = office.read(queries.working_calendar)
    assert calendar.is_working_day(date(2026, 10, 10))
    assert not calendar.is_working_day(date(2025, 10, 11))


# -------------------------------------------------------------------------------------- draft and confirm


def test_a_draft_changes_no_deadline(office: Office) -> None:
    shown = office.draft(NEXT)
    assert not shown.blocked
    assert not shown.needs_reason
    assert len(shown.added) == len(NEXT.days)
    assert shown.removed == ()
    assert office.due(date(2026, 12, 25)) == (date(2027, 1, 6), False)
    assert office.read(lambda session: queries.year_status(session, 2027)) is YearStatus.DRAFT


def test_a_confirmed_year_makes_the_dates_final_and_names_the_changed_days(office: Office) -> None:
    assert office.due(date(2027, 2, 1)) == (date(2027, 2, 12), False)  # four statutory days only
    office.draft(NEXT)
    change = office.confirm(2027)
    assert change.revision == 2
    assert change.days == {
        *(date(2027, 2, n) for n in (9, 10, 11, 14)),
        *(date(2027, 5, n) for n in (3, 4, 5, 8)),
        *(date(2027, 10, n) for n in (4, 5, 6, 7, 9)),
        date(2027, 9, 26),
    }
    assert affected(date(2027, 2, 1), date(2027, 2, 12), change.days)
    assert office.due(date(2027, 2, 1)) == (date(2027, 2, 16), True)
    assert office.due(date(2026, 12, 25)) == (date(2027, 1, 6), True)
    row = office.read(lambda session: session.get(CalendarYear, 2027))
    assert row is not None
    assert (row.status, row.imported_by, row.confirmed_by, row.draft) == ("official", "周敏", "吴强", None)
    assert row.raw_text == transcript(2027, NEXT_YEAR)
    assert row.number == "国办发明电〔2026〕7号"


def test_a_second_person_confirms(office: Office) -> None:
    office.draft(NEXT)
    with pytest.raises(NotAllowed, match="另一位人员"):
        office.confirm(2027, KEEPER)
    office.draft(NEXT, SECOND)  # handing in the same content again does not make it one's own draft
    with pytest.raises(NotAllowed, match="另一位人员"):
        office.confirm(2027, KEEPER)
    assert office.confirm(2027, SECOND).days


def test_an_office_of_one_may_switch_the_second_person_off(office: Office) -> None:
    office.draft(NEXT)
    assert office.confirm(2027, KEEPER, second_person=False).days


def test_only_the_administrator_keeps_the_calendar(office: Office) -> None:
    with pytest.raises(NotAllowed, match="只有流程管理员"):
        office.draft(NEXT, CLERK)
    office.draft(NEXT)
    with pytest.raises(NotAllowed, match="只有流程管理员"):
        office.confirm(2027, CLERK)
    with pytest.raises(NotAllowed, match="只有流程管理员"), office.database.unit_of_work(EVERYWHERE) as session:
        actions.set_local_days(session, CLERK, layer=Layer.REGION, reason="文", at=office.clock())


def test_without_a_draft_there_is_nothing_to_confirm(office: Office) -> None:
    with pytest.raises(NotFound, match="没有 2027 年的草稿"):
        office.confirm(2027)
    office.draft(NEXT)
    office.confirm(2027)
    with pytest.raises(NotFound, match="没有 2027 年的草稿"):
        office.confirm(2027)


def test_what_blocked_the_reading_blocks_the_confirmation(office: Office) -> None:
    """The days alone would pass: the wrong weekday stands only in the text."""
    damaged = read_notice(transcript(2027, NEXT_YEAR).replace("5月8日（周六）", "5月8日（周日）"), 2027)
    assert office.draft(damaged).blocked
    with pytest.raises(Invalid, match="5月8日是周六，文中写的是周日"):
        office.confirm(2027, reason="核对过")
    assert office.read(lambda session: queries.year_status(session, 2027)) is YearStatus.DRAFT


def test_a_doubt_needs_a_typed_reason(office: Office) -> None:
    doubtful = read_notice(transcript(2027, NEXT_YEAR).replace("5月8日（周六）上班。", ""), 2027)
    assert office.draft(doubtful).needs_reason
    with pytest.raises(Invalid, match="写明理由") as refused:
        office.confirm(2027, reason="  ")
    assert "reason" in refused.value.fields
    office.confirm(2027, reason="原文如此，已与市人社局核实")
    newest = office.read(queries.revisions)[0]
    assert (newest.by, newest.reason) == ("吴强", "原文如此，已与市人社局核实")


def test_a_mended_draft_replaces_the_broken_one(office: Office) -> None:
    office.draft(dataclasses.replace(NEXT, days=NEXT.days[:-1], findings=()))
    office.draft(NEXT, SECOND)
    assert office.confirm(2027, KEEPER).days
    assert office.due(date(2027, 9, 27)) == (date(2027, 10, 12), True)


def test_importing_an_official_year_again_unchanged_is_no_change(office: Office) -> None:
    shown = office.draft(read_notice(transcript(2026), 2026))
    assert (shown.added, shown.removed) == ((), ())
    with pytest.raises(Conflict, match="与已生效的相同"):
        office.confirm(2026)
    assert office.read(queries.latest_revision) == 1


def test_days_of_an_official_year_vanish_only_with_a_reason_and_are_kept_as_superseded(office: Office) -> None:
    fewer = read_notice(transcript(2026).replace("5月9日（周六）上班。", ""), 2026)
    shown = office.draft(fewer)
    assert [rule.day for rule in shown.removed] == [date(2026, 5, 9)]
    assert any("会消失或改变：2026年5月9日" in finding.text for finding in shown.findings)
    assert office.due(date(2026, 4, 30)) == (date(2026, 5, 13), True)  # a draft over an official year is a draft
    with pytest.raises(Invalid, match="会消失或改变"):
        office.confirm(2026)
    change = office.confirm(2026, reason="国务院取消补班")
    assert change.days == {date(2026, 5, 9)}
    assert office.due(date(2026, 4, 30)) == (date(2026, 5, 14), True)
    kept = office.read(
        lambda session: session.scalars(select(CalendarDay).where(CalendarDay.day == date(2026, 5, 9))).all()
    )
    assert [(row.working, row.superseded_by) for row in kept] == [(True, change.revision)]
    (entry,) = office.read(queries.revisions)[0].diff
    assert (entry["sign"], entry["day"], entry["working"]) == ("-", "2026-05-09", True)


def test_reading_a_notice_again_leaves_the_december_of_the_next_one_alone(office: Office) -> None:
    """29 to 31 December 2018 were decided by the notice for 2019."""
    shown = office.draft(read_notice(transcript(2018), 2018))
    assert (shown.added, shown.removed) == ((), ())


def test_a_new_notice_may_settle_the_last_days_of_this_year(office: Office) -> None:
    lines = NEXT_YEAR.replace(
        "1月1日（周五）至3日（周日）放假，共3天。",
        "2026年12月31日（周四）至2027年1月2日（周六）放假调休，共3天。2027年1月3日（周日）上班。",
    )
    office.draft(read_notice(transcript(2027, lines), 2027))
    change = office.confirm(2027)
    assert date(2026, 12, 31) in change.days
    assert affected(date(2026, 12, 24), date(2027, 1, 5), change.days)
    shown = office.draft(read_notice(transcript(2026), 2026))
    assert (shown.added, shown.removed) == ((), ())


def test_every_way_in_leads_to_the_same_preview(office: Office) -> None:
    rows = [(rule.day, "上班" if rule.working else "放假", rule.name) for rule in NEXT.days]
    office.draft(sheets.read_rows(rows, 2027))
    office.confirm(2027)
    shown = office.draft(NEXT)
    assert (shown.added, shown.removed, shown.findings) == ((), (), ())


def test_a_year_confirmed_on_an_unseeded_calendar_does_not_become_its_only_one(empty: Office) -> None:
    empty.draft(NEXT)
    empty.confirm(2027)
    assert empty.due(date(2026, 9, 24)) == (date(2026, 10, 12), True)
    assert empty.due(date(2026, 12, 25)) == (date(2027, 1, 6), True)


def test_each_change_stands_in_the_audit_log(office: Office) -> None:
    office.draft(NEXT)
    office.confirm(2027)
    entries = office.read(lambda session: session.scalars(select(audit.AuditEntry)).all())
    assert [entry.action for entry in entries] == ["calendar.revised"] * 2
    assert {entry.object_key for entry in entries} == {"calendar:1", "calendar:2"}


# ------------------------------------------------------------------------------------------- local days


def stoppage(affects: bool | None = True) -> DayRule:
    return local_day(
        date(2026, 12, 7),
        working=False,
        name="台风停工",
        layer=Layer.OFFICE,
        source="汛指〔2026〕3号",
        affects_deadline=affects,
    )


def test_one_streets_stoppage_moves_no_deadline_of_another(office: Office) -> None:
    here, there = office.streets
    change = office.local(stoppage(), scope=here)
    assert change.days == {date(2026, 12, 7)}
    start = date(2026, 12, 1)
    assert office.due(start, 5, here) == (date(2026, 12, 9), True)
    assert office.due(start, 5, there) == (date(2026, 12, 8), True)
    assert office.due(start, 5) == (date(2026, 12, 8), True)
    assert [row.number for row in office.read(queries.revisions, here)] == [2, 1]
    assert [row.number for row in office.read(queries.revisions, there)] == [1]


def test_an_offices_own_closure_changes_no_day(office: Office) -> None:
    here, _ = office.streets
    assert office.local(stoppage(affects=None), scope=here).days == frozenset()
    assert office.due(date(2026, 12, 1), 5, here) == (date(2026, 12, 8), True)


def test_a_regions_holiday_holds_in_every_street(office: Office) -> None:
    festival = local_day(date(2026, 12, 7), working=False, name="自治区节日", layer=Layer.REGION, source="区政办")
    office.local(festival, scope=EVERYWHERE)
    for scope in (*office.streets, EVERYWHERE):
        assert office.due(date(2026, 12, 1), 5, scope) == (date(2026, 12, 9), True)


def test_an_entry_withdrawn_is_superseded(office: Office) -> None:
    here, _ = office.streets
    office.local(stoppage(), scope=here)
    change = office.local(scope=here, withdrawn=[date(2026, 12, 7)], reason="命令撤销")
    assert change.days == {date(2026, 12, 7)}
    assert office.due(date(2026, 12, 1), 5, here) == (date(2026, 12, 8), True)
    rows = office.read(lambda session: session.scalars(select(CalendarDay).where(CalendarDay.layer == "office")).all())
    assert [row.superseded_by for row in rows] == [change.revision]


def test_a_withdrawal_in_one_street_leaves_the_others_entry(office: Office) -> None:
    here, there = office.streets
    office.local(stoppage(), scope=here)
    office.local(stoppage(), scope=there)
    office.local(scope=here, withdrawn=[date(2026, 12, 7)])
    assert office.due(date(2026, 12, 1), 5, here)[0] == date(2026, 12, 8)
    assert office.due(date(2026, 12, 1), 5, there)[0] == date(2026, 12, 9)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"reason": " "}, "请写明依据"),
        ({"layer": Layer.NATIONAL}, "通过导入通知"),
        ({"layer": Layer.REGION}, "全系统范围"),
        ({"days": [dataclasses.replace(stoppage(), layer=Layer.REGION)]}, "同一层级"),
        ({"days": [stoppage(), stoppage()]}, "同一天只能写一次"),
        ({"withdrawn": [date(2026, 12, 7)]}, "同一天只能写一次"),
        ({"days": [], "withdrawn": [date(2026, 12, 8)]}, "没有可以撤销或录入的日期：2026-12-08"),
        ({"days": []}, "没有可以撤销或录入的日期"),
    ],
)
def test_a_local_entry_that_does_not_fit_is_refused(office: Office, wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        office.local(**{"days": (stoppage(),), "scope": office.streets[0], **wrong})
    assert office.read(queries.latest_revision) == 1


def test_an_offices_day_needs_its_street(office: Office) -> None:
    with pytest.raises(Invalid, match="所属街道"):
        office.local(stoppage(), scope=EVERYWHERE, layer=Layer.OFFICE)


# ---------------------------------------------------------------------------------------------- the cache


def test_a_calendar_that_has_not_changed_costs_one_small_statement(office: Office) -> None:
    office.due(date(2026, 3, 2))
    statements: list[str] = []

    @event.listens_for(office.database.sql, "before_cursor_execute")
    def count(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    with office.database.reading(EVERYWHERE) as session:
        first = queries.working_calendar(session)
    with office.database.reading(EVERYWHERE) as session:
        assert queries.working_calendar(session) is first
    asked = [statement for statement in statements if not statement.startswith("BEGIN")]
    assert len(asked) == 2
    assert all("calendar_revision" in statement for statement in asked)


def test_a_change_that_was_rolled_back_leaves_no_trace_in_the_cache(office: Office) -> None:
    office.draft(NEXT)
    with office.database.reading(EVERYWHERE) as session:  # a unit of work that fails after the confirmation
        actions.confirm_year(session, SECOND, year=2027, at=office.clock())
        assert 2027 in queries.working_calendar(session).official
    office.draft(dataclasses.replace(NEXT, days=tuple(rule for rule in NEXT.days if rule.day != date(2027, 5, 8))))
    office.confirm(2027, reason="原文没有 5 月 8 日")  # gets the number the lost change had
    assert not office.read(queries.working_calendar).is_working_day(date(2027, 5, 8))


def test_two_changes_at_once_cannot_both_become_the_next_revision(office: Office) -> None:
    office.draft(NEXT)
    with office.database.sql.connect() as connection:  # as if another transaction took the number after our look at it
        connection.exec_driver_sql(
            "CREATE TRIGGER other BEFORE INSERT ON calendar_revision WHEN NEW.number = 2"
            " BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: calendar_revision.number'); END"
        )
    with pytest.raises(Conflict, match="有人正在修改工作日历"):
        office.confirm(2027)
    rows = office.read(lambda session: session.scalars(select(CalendarRevision)).all())
    assert [row.number for row in rows] == [1]


# --------------------------------------------------------------------------------------------- PostgreSQL


@pytest.mark.postgres
def test_the_same_on_postgresql(postgres_workplace: Workplace) -> None:
    database, clock = postgres_workplace.database, MovableClock(datetime(2026, 12, 1, 9, tzinfo=BEIJING))
    with database.unit_of_work(EVERYWHERE) as session:
        session.add_all(Subdistrict(code=code, name=code, district="东城区") for code in ("LJ", "XQ"))
        actions.seed_national_days(session, the_clock(None), at=clock())
    with database.reading(EVERYWHERE) as session:
        here, there = session.scalars(select(Subdistrict.id).order_by(Subdistrict.code)).all()
    office = Office(database, clock, (here, there))
    office.draft(NEXT)
    assert date(2027, 2, 14) in office.confirm(2027).days
    office.local(stoppage(), scope=here)
    assert office.due(date(2026, 12, 1), 5, here) == (date(2026, 12, 9), True)
    assert office.due(date(2026, 12, 1), 5, there) == (date(2026, 12, 8), True)
    office.local(scope=here, withdrawn=[date(2026, 12, 7)])
    assert office.due(date(2026, 12, 1), 5, here) == (date(2026, 12, 8), True)
