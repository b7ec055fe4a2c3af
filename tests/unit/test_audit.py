"""The audit log: one chain per sub-district; whoever changes, removes or cuts an entry is found out."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, select, update

from workflows import audit
from workflows.actor import Actor, the_clock
from workflows.audit import AuditEntry, AuditHead, Breach
from workflows.storage.session import EVERYWHERE, Database
from workflows.wiring import Workplace

CLERK = Actor("u1", "小陆", "lu")
OTHER = Actor("u2", "小新", "xin")


def note(workplace: Workplace, actor: Actor, *objects: str) -> None:
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        for key in objects:
            audit.record(session, actor, "registered", key, at=workplace.engine.clock(), matter="虎山村积水")


def breaches(database: Database) -> list[Breach]:
    with database.reading(EVERYWHERE) as session:
        return audit.verify(session)


@pytest.fixture
def noted(each_workplace: Workplace) -> Iterator[Database]:
    """Five entries in one chain, written in three units of work, and one in another."""
    for objects in (("case:1", "case:2"), ("case:3",), ("case:4", "case:5")):
        note(each_workplace, CLERK, *objects)
    note(each_workplace, OTHER, "case:9")
    return each_workplace.database


def test_entries_are_numbered_per_sub_district_in_the_order_in_which_things_were_done(noted: Database) -> None:
    with noted.reading(EVERYWHERE) as session:
        found = session.execute(
            select(AuditEntry.chain, AuditEntry.seq, AuditEntry.object_key).order_by(AuditEntry.chain, AuditEntry.seq)
        ).all()
    assert [tuple(row) for row in found] == [
        *(("lu", number, f"case:{number}") for number in range(1, 6)),
        ("xin", 1, "case:9"),
    ]
    assert breaches(noted) == []


def test_work_for_the_whole_installation_has_a_chain_of_its_own(each_workplace: Workplace) -> None:
    note(each_workplace, the_clock(None), "calendar:2026")
    with each_workplace.reading(None) as session:
        assert session.scalars(select(AuditEntry.chain)).one() == EVERYWHERE


def test_a_failed_unit_of_work_leaves_no_entry_and_no_gap(each_workplace: Workplace) -> None:
    note(each_workplace, CLERK, "case:1")
    with pytest.raises(ZeroDivisionError), each_workplace.unit_of_work("lu") as session:
        audit.record(session, CLERK, "registered", "case:2", at=each_workplace.engine.clock())
        _ = 1 / 0
    note(each_workplace, CLERK, "case:3")
    with each_workplace.reading(None) as session:
        assert list(session.scalars(select(AuditEntry.seq).order_by(AuditEntry.seq))) == [1, 2]
    assert breaches(each_workplace.database) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor_name", "别人"),
        ("action", "deleted"),
        ("object_key", "case:8"),
        ("facts", {"matter": "nothing"}),
        ("actor_id", "u8"),
    ],
)
def test_a_changed_entry_is_found_at_its_number(noted: Database, column: str, value: object) -> None:
    with noted.unit_of_work(EVERYWHERE) as session:
        session.execute(update(AuditEntry).where(AuditEntry.chain == "lu", AuditEntry.seq == 3).values({column: value}))
    assert breaches(noted) == [Breach("lu", 3, "entry was changed")]


def test_a_removed_entry_is_found(noted: Database) -> None:
    with noted.unit_of_work(EVERYWHERE) as session:
        session.execute(delete(AuditEntry).where(AuditEntry.chain == "lu", AuditEntry.seq == 2))
    assert breaches(noted) == [Breach("lu", 2, "entry is missing")]


def test_a_chain_cut_at_its_end_is_found_by_its_head(noted: Database) -> None:
    with noted.unit_of_work(EVERYWHERE) as session:
        session.execute(delete(AuditEntry).where(AuditEntry.chain == "lu", AuditEntry.seq == 5))
    assert breaches(noted) == [Breach("lu", 4, "the chain does not end where its head says")]


def test_a_lost_head_is_found(noted: Database) -> None:
    with noted.unit_of_work(EVERYWHERE) as session:
        session.execute(delete(AuditHead).where(AuditHead.chain == "xin"))
    assert [breach.chain for breach in breaches(noted)] == ["xin"]


def test_many_at_once_still_make_one_chain(each_workplace: Workplace) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: note(each_workplace, CLERK, f"case:{number}"), range(24)))
    with each_workplace.reading(None) as session:
        assert sorted(session.scalars(select(AuditEntry.seq))) == list(range(1, 25))
    assert breaches(each_workplace.database) == []
