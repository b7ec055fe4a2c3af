"""The villages' red and black board of a quarter: proposed by tables, explained by villages, confirmed (domain R8)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from workflows import audit
from workflows.actor import Actor
from workflows.assessment import queries, rules
from workflows.assessment.rulebook import RuleBook
from workflows.assessment.rules import BoardColour, Quarter, QuarterStatus
from workflows.assessment.tables import BoardEntry, QuarterAssessment, VillageIndex
from workflows.cases import queries as cases
from workflows.engine.engine import Engine
from workflows.errors import Conflict, Invalid
from workflows.people import queries as people

_MONTHS = 3


def propose(engine: Engine, session: Session, actor: Actor, *, period: str, book: RuleBook) -> list[dict[str, Any]]:
    """Put every village on the quarter's board as the tables say.

    Returns:
        those proposed for the black board: village, name, reasons. They are told first (domain Q38).

    Raises:
        NotFound: the quarter was not opened.
        Conflict: its results are not final, or the board was proposed before.
    """
    quarter = queries.quarter_of(session, period)
    if quarter.status not in (QuarterStatus.FINAL, QuarterStatus.HANDED_OVER):
        raise Conflict("考核结果还没有审定，不能排红黑榜。")
    if queries.board(session, quarter.id):
        raise Conflict("这个季度的红黑榜已经排过，不能重排。")
    indexes = queries.village_indexes(session, quarter.id)
    places = rules.ranks([row.index_tenths for row in indexes])
    entries = [_entry(session, quarter, row, place, book) for row, place in zip(indexes, places, strict=True)]
    session.add_all(entries)
    session.flush()
    audit.record(session, actor, "board.proposed", f"quarter:{period}", at=engine.clock(), villages=len(entries))
    names = people.unit_names(session)
    return [
        {"village": entry.village_id, "name": names[entry.village_id], "reasons": "；".join(entry.reasons)}
        for entry in entries
        if entry.proposed == BoardColour.BLACK
    ]


def _entry(session: Session, quarter: QuarterAssessment, row: VillageIndex, place: int, book: RuleBook) -> BoardEntry:
    when = Quarter.read(quarter.period)
    unit = people.unit(session, row.village_id)
    facts = {
        "index": row.index_tenths / 10,
        "rank": place,
        "late_cases": cases.count_noted_for_board(session, unit.station_id or "", when.first_day, when.last_day),
        "missed_months": _MONTHS - int(row.facts["reception_months"]),
    }
    black, red = book.rule("board_black", facts), book.rule("board_red", facts)
    reasons = [str(each["reason"]) for each in black.result]
    colour = BoardColour.BLACK if reasons else BoardColour.RED if red["red"] else BoardColour.NONE
    return BoardEntry(
        quarter_id=quarter.id,
        village_id=row.village_id,
        rank=place,
        index_tenths=row.index_tenths,
        proposed=colour.value,
        colour=colour.value,
        reasons=reasons or ([str(red["reason"])] if colour is BoardColour.RED else []),
        facts=facts,
        rule={"black": black.trace, "red": red.trace},
    )


def explain(engine: Engine, session: Session, actor: Actor, *, period: str, village_id: str, text: str) -> BoardEntry:
    """The village says what it has to say before the board is put up (domain Q38).

    Raises:
        NotFound: no such quarter, or the village is not on its board.
        NotAllowed: not this village's.
        Conflict: the board is confirmed.
    """
    quarter = queries.quarter_of(session, period)
    entry = queries.board_entry(session, quarter.id, village_id)
    rules.check_is_village(actor, village_id)
    if entry.confirmed_at is not None:
        raise Conflict("红黑榜已经审定，不能再说明。如有意见请与街道人大工委联系。")
    entry.explanation, entry.explained_at, entry.explained_by = text.strip(), engine.clock(), actor.name
    audit.record(session, actor, "board.explained", f"board_entry:{entry.id}", at=engine.clock())
    return entry


def confirm(
    engine: Engine, session: Session, actor: Actor, *, period: str, answer: Mapping[str, Any]
) -> dict[str, int]:
    """The committee settles the board; it may leave a village out of the black part, with a reason.

    Args:
        answer: of the board form: ``items`` (number on the list and reason of what is left out).

    Returns:
        how many villages are red and how many black.

    Raises:
        NotFound: no such quarter.
        NotAllowed: not of the committee.
        Conflict: there is no board, or it is confirmed.
        Invalid: a number that is not a proposed black entry, or no reason.
    """
    quarter = queries.quarter_of(session, period)
    rules.check_is_committee(actor)
    entries = queries.board(session, quarter.id)
    if not entries or entries[0].confirmed_at is not None:
        raise Conflict("这个季度的红黑榜还没有排出来，或者已经审定，请刷新页面。")
    waived = _waived(entries, answer)
    for entry in entries:
        if entry.id in waived:
            entry.colour, entry.waived = BoardColour.NONE.value, waived[entry.id]
        entry.confirmed_at, entry.confirmed_by = engine.clock(), actor.name
    session.flush()
    counts = {
        "red": sum(entry.colour == BoardColour.RED for entry in entries),
        "black": sum(entry.colour == BoardColour.BLACK for entry in entries),
    }
    audit.record(session, actor, "board.confirmed", f"quarter:{period}", at=engine.clock(), **counts)
    return counts


def _waived(entries: list[BoardEntry], answer: Mapping[str, Any]) -> dict[str, str]:
    """Entry -> why it is left out of the black board."""
    found: dict[str, str] = {}
    for row in answer.get("items") or []:
        number, reason = int(row.get("number") or 0), str(row.get("reason") or "").strip()
        if not 0 < number <= len(entries) or entries[number - 1].proposed != BoardColour.BLACK:
            raise _refused(f"第 {number} 个村（社区）没有拟列入黑榜，不用免列。请刷新页面后重新填写。")
        if not reason:
            raise _refused(f"第 {number} 个村（社区）不列入黑榜，请写明理由。")
        found[entries[number - 1].id] = reason[:300]
    return found


def _refused(sentence: str) -> Invalid:
    return Invalid("{sentence}", fields={"items": sentence}, sentence=sentence)
