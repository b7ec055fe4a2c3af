"""The ground under every table: identifiers, moments, units of work, the wall between sub-districts."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import StatementError

from workflows.clock import BEIJING
from workflows.engine.tables import Job
from workflows.errors import Conflict
from workflows.people.tables import Subdistrict
from workflows.storage.session import EVERYWHERE, CrossedSubdistricts, Database, before_commit, database_now
from workflows.storage.types import new_id
from workflows.wiring import Workplace

HERE, THERE = "lu", "xin"
NOON = datetime(2026, 3, 2, 12, tzinfo=BEIJING)


def job(**more: object) -> Job:
    return Job(kind="start", run_at=NOON, **more)


@pytest.fixture
def database(each_workplace: Workplace) -> Iterator[Database]:
    """Two sub-districts, one job of each."""
    database = each_workplace.database
    with database.unit_of_work(EVERYWHERE) as session:
        for identity, name in ((HERE, "陆集街道"), (THERE, "新桥街道")):
            session.add(Subdistrict(id=identity, code=identity, name=name, district="宿城区"))
        session.flush()
        session.add_all([job(name="ours", subdistrict_id=HERE), job(name="theirs", subdistrict_id=THERE)])
    return database


def names(database: Database, scope: str) -> list[str]:
    with database.reading(scope) as session:
        return sorted(row.name for row in session.scalars(select(Job)))


def test_identifiers_sort_by_creation_even_when_many_threads_make_them() -> None:
    with ThreadPoolExecutor(8) as pool:
        batches = list(pool.map(lambda _: [new_id() for _ in range(500)], range(8)))
    assert all(batch == sorted(batch) for batch in batches)
    everything = [identity for batch in batches for identity in batch]
    assert len(set(everything)) == len(everything)
    assert {len(identity) for identity in everything} == {19}
    assert not set("".join(everything)) & set("ilouILOU")


def test_a_moment_without_an_offset_cannot_be_stored(database: Database) -> None:
    # The missing offset is the point of this test.
    naive = datetime(2026, 3, 2, 12)  # noqa: DTZ001
    with pytest.raises(StatementError, match="without an offset"), database.unit_of_work(HERE) as session:
        session.add(Job(kind="start", run_at=naive))


def test_moments_come_back_in_utc(database: Database) -> None:
    with database.reading(HERE) as session:
        run_at = session.scalars(select(Job.run_at)).one()
    assert run_at == NOON
    assert run_at.utcoffset() == timedelta(0)


def test_the_clock_of_the_database_tells_utc(database: Database) -> None:
    with database.reading(HERE) as session:
        now = database_now(session)
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=10)


def test_a_sub_district_reads_only_its_own_rows(database: Database) -> None:
    assert names(database, HERE) == ["ours"]
    assert names(database, THERE) == ["theirs"]
    assert names(database, EVERYWHERE) == ["ours", "theirs"]


def test_not_by_key_not_by_count_not_by_a_join_either(database: Database) -> None:
    with database.reading(EVERYWHERE) as session:
        theirs = session.scalars(select(Job.id).where(Job.name == "theirs")).one()
    with database.reading(HERE) as session:
        assert session.get(Job, theirs) is None
        assert session.scalar(select(func.count()).select_from(Job)) == 1
        joined = select(Subdistrict.id).join(Job, Job.subdistrict_id == Subdistrict.id)
        assert list(session.scalars(joined)) == [HERE]
        assert (
            list(session.scalars(select(Subdistrict.id).where(select(Job.id).where(Job.id == theirs).exists()))) == []
        )


def test_new_rows_belong_to_the_sub_district_of_the_work(database: Database) -> None:
    with database.unit_of_work(THERE) as session:
        session.add(job(name="new"))
    assert names(database, THERE) == ["new", "theirs"]


def test_a_row_of_another_sub_district_cannot_be_written(database: Database) -> None:
    with pytest.raises(CrossedSubdistricts), database.unit_of_work(HERE) as session:
        session.add(job(name="smuggled", subdistrict_id=THERE))
    with pytest.raises(CrossedSubdistricts), database.unit_of_work(EVERYWHERE) as session:
        session.add(job(name="nobody's"))
    assert names(database, EVERYWHERE) == ["ours", "theirs"]


def test_updates_and_deletes_of_many_rows_stay_inside_too(database: Database) -> None:
    with database.unit_of_work(HERE) as session:
        session.execute(update(Job).values(name="renamed"))
    assert names(database, EVERYWHERE) == ["renamed", "theirs"]
    with database.unit_of_work(HERE) as session:
        session.execute(delete(Job))
    assert names(database, EVERYWHERE) == ["theirs"]


def test_everything_or_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.unit_of_work(HERE) as session:
        session.add(job(name="half"))
        session.flush()
        _ = 1 / 0
    assert names(database, HERE) == ["ours"]


def test_what_is_changed_while_reading_is_thrown_away(database: Database) -> None:
    with database.reading(HERE) as session:
        session.add(job(name="scribble"))
        session.flush()
    assert names(database, HERE) == ["ours"]


def test_a_hook_runs_last_and_its_failure_undoes_everything(database: Database) -> None:
    with pytest.raises(RuntimeError, match="no"), database.unit_of_work(HERE) as session:
        before_commit(session, lambda _: (_ for _ in ()).throw(RuntimeError("no")))
        session.add(job(name="doomed"))
    assert names(database, HERE) == ["ours"]


@pytest.mark.postgres
def test_the_second_writer_of_a_row_hears_of_a_conflict(postgres_workplace: Workplace) -> None:
    database = postgres_workplace.database
    with database.unit_of_work(EVERYWHERE) as session:
        session.add(Subdistrict(id=HERE, code=HERE, name="陆集街道", district="宿城区"))
    with database.unit_of_work(EVERYWHERE) as first:
        row = first.get_one(Subdistrict, HERE, with_for_update=True)
        row.name = "陆集"
        first.flush()
        with pytest.raises(Conflict), database.unit_of_work(EVERYWHERE) as second:
            second.connection().exec_driver_sql("SET LOCAL lock_timeout = '100ms'")
            second.get_one(Subdistrict, HERE, with_for_update=True)
