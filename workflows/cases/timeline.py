"""The whole story of a case in one line of time: what its process did, and what is kept in rows of its own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import audit
from workflows.actor import Actor
from workflows.cases import clock_queries, merging, queries, record
from workflows.cases.clock_rules import Clock
from workflows.cases.tables import Case
from workflows.engine import queries as engine
from workflows.engine.tables import History

TOLD_KINDS: Final = frozenset({"completed", "event", "retimed", "cancelled"})
"""Steps that are told besides milestones; every gateway and automatic step is on the process's page."""


class Kind(StrEnum):
    """What a line is about; people may ask for one kind only."""

    STEP = "办理"
    CLOCK = "期限"
    CONTACT = "联系"
    REMARK = "意见"
    FILE = "附件"
    OTHERS = "关联"


@dataclass(frozen=True)
class Line:
    """Something that happened.

    Attributes:
        what: the event's name: for a step its kind in the engine's history, else a fixed word.
        row: where it is written.
        text: what somebody wrote about it.
        also: numbers of other cases it names, only those that the reader may see; photographs added together.
    """

    kind: Kind
    at: datetime
    by: str
    what: str
    row: Any
    text: str = ""
    also: tuple[Any, ...] = ()


def of_case(session: Session, actor: Actor, case: Case, *, only: Kind | None = None) -> list[Line]:
    """Everything that happened to a case, oldest first; `only`: one kind of it.

    For whoever may see the case. Other cases are named only as far as this person may see them. What was asked for
    about the clocks is a step too, so that among everything only the decision is told a second time.
    """
    sources = {
        Kind.STEP: _steps,
        Kind.CLOCK: _clocks,
        Kind.CONTACT: _contacts,
        Kind.REMARK: _remarks,
        Kind.FILE: _files,
    }
    lines = [line for kind, read in sources.items() if only in (None, kind) for line in read(session, case)]
    if only in (None, Kind.OTHERS):
        lines += _others(session, actor, case)
    if only is None:
        lines = [line for line in lines if line.what != "asked"]
    return sorted(lines, key=lambda line: line.at)


def _steps(session: Session, case: Case) -> Iterator[Line]:
    instance = queries.instance_of(session, case)
    rows: Iterable[History] = engine.history(session, instance.id) if instance is not None else ()
    for row in rows:
        if row.milestone or row.kind in TOLD_KINDS:
            yield Line(Kind.STEP, row.at, row.actor_name, row.kind, row, str((row.data or {}).get("reason") or ""))
    for referral in queries.referrals(session, case.id):
        yield Line(Kind.STEP, referral.at, referral.by, "referred", referral, referral.note)


def _clocks(session: Session, case: Case) -> Iterator[Line]:
    for change in (change for clock in Clock for change in clock_queries.changes(session, case, clock)):
        yield Line(Kind.CLOCK, change.at, change.by, "set" if change.old is None else "moved", change, change.reason)
    for request in clock_queries.requests(session, case):
        yield Line(Kind.CLOCK, request.asked_at, request.asked_by, "asked", request, request.reason)
        if request.decided_at is not None:
            yield Line(Kind.CLOCK, request.decided_at, request.decided_by, "decided", request, request.opinion)


def _contacts(session: Session, case: Case) -> Iterator[Line]:
    for attempt in queries.attempts(session, case.id):
        yield Line(
            Kind.CONTACT, attempt.at, attempt.by, "reached" if attempt.reached else "missed", attempt, attempt.note
        )


def _remarks(session: Session, case: Case) -> Iterator[Line]:
    for remark in record.comments(session, case.id):
        if remark.withdrawn_at is not None:
            yield Line(Kind.REMARK, remark.at, remark.by, "withdrawn", remark)
        else:
            yield Line(Kind.REMARK, remark.at, remark.by, "said", remark, remark.text)


def _files(session: Session, case: Case) -> Iterator[Line]:
    """Files that were added together are one line."""
    together: dict[tuple[datetime, str, str], list[str]] = {}
    for one in queries.attachments(session, case.id):
        together.setdefault((one.at, one.by, one.kind), []).append(one.file_id)
    for (at, by, kind), files in together.items():
        yield Line(Kind.FILE, at, by, kind, None, also=tuple(files))


def _others(session: Session, actor: Actor, case: Case) -> list[Line]:
    """Links to other cases that are there, and merges and links that were undone, from the log."""
    there = [
        Line(Kind.OTHERS, one.at, one.by, "linked", one, one.reason, (one.case.number,))
        for one in record.linked(session, actor, case)
    ]
    told = select(audit.AuditEntry).where(
        audit.AuditEntry.object_key == queries.business_key(case.id), audit.AuditEntry.action.in_(_TOLD_OF_OTHERS)
    )
    entries = session.scalars(told.order_by(audit.AuditEntry.seq)).all()
    numbers = {str(entry.facts["other"]) for entry in entries}
    seen = set(session.scalars(select(Case.number).where(queries.visible(actor), Case.number.in_(numbers))))
    return there + [
        Line(
            Kind.OTHERS,
            entry.at,
            entry.actor_name,
            _TOLD_OF_OTHERS[entry.action],
            entry,
            also=(entry.facts["other"],) if entry.facts["other"] in seen else (),
        )
        for entry in entries
    ]


_TOLD_OF_OTHERS: Final = {
    merging.MERGED: "merged",
    merging.JOINED: "joined",
    merging.SPLIT: "split",
    merging.LEFT: "left",
    record.UNLINKED: "unlinked",
}
