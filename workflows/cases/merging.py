"""One matter that several people came with (domain D8): handled once, answered to each of them.

A follower keeps its own visitor, clock, reply and feedback; only the handling is the leading case's.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflows import audit
from workflows.actor import Actor
from workflows.cases import queries, rules
from workflows.cases.rules import Status
from workflows.cases.tables import Case
from workflows.engine import instances
from workflows.engine.engine import Engine
from workflows.errors import Conflict, Invalid, NotFound

RESULT = "leading_result"
"""The message that brings a follower the result of its leading case."""
TOLD = "follower_told"
"""The message that tells the leading case that a follower's visitor was told."""


MERGED: Final = "case.merged"
JOINED: Final = "case.joined"
SPLIT: Final = "case.split"
LEFT: Final = "case.left"
"""What the log says of a follower, and at the same time of its leading case."""


def merge(engine: Engine, session: Session, actor: Actor, case: Case, *, number: str, at: datetime) -> Case:
    """Make `case` a follower of the case with this number; returns the leading one.

    Raises:
        Invalid: no such unfinished case, the case itself, one that follows another, or `case` leads others.
    """
    try:
        leading = queries.case_by_number(session, actor, number)
    except NotFound as error:
        raise _no_leader("没有编号为 {number} 的事项，请核对编号。", number) from error
    if leading.id == case.id:
        raise _no_leader("不能并入事项自己，请填写另一件事项的编号。", number)
    if leading.merged_into_id is not None:
        raise _no_leader("{number} 已经并入别的事项，请填写主办事项的编号。", number)
    if leading.status not in rules.UNFINISHED:
        raise _no_leader("{number} 已经办结，不能再并入；请单独办理，并在交办意见里写明。", number)
    if followers(session, case.id):
        raise _no_leader("已有事项并入本件，本件不能再并入 {number}。", number)
    case.merged_into_id, case.handler = leading.id, rules.MERGED
    _record(session, actor, MERGED, case, at, other=leading.number)
    _record(session, actor, JOINED, leading, at, other=case.number)
    if leading.result_class is not None:
        _send_result(engine, session, leading, case)
    return leading


def split(session: Session, actor: Actor, case: Case, *, at: datetime) -> Case:
    """Let a follower go its own way again, as long as there is no result; returns the case that led it.

    Raises:
        Conflict: it follows none, or the result is there: it may be on its way to the follower.
    """
    leading = session.get(Case, case.merged_into_id) if case.merged_into_id else None
    if leading is None:
        raise Conflict("这件事项没有并入别的事项。")
    if leading.result_class is not None or case.result_class is not None:
        raise Conflict("主办事项已经有结果，不能再拆分；来访人不满意的，可以重新办理。")
    case.merged_into_id, case.handler = None, ""
    _record(session, actor, SPLIT, case, at, other=leading.number)
    _record(session, actor, LEFT, leading, at, other=case.number)
    return leading


def share_result(engine: Engine, session: Session, leading: Case) -> int:
    """Hand the result of a leading case to each follower that has none yet; returns to how many."""
    waiting = [case for case in followers(session, leading.id) if case.result_class is None]
    for case in waiting:
        _send_result(engine, session, leading, case)
    return len(waiting)


def tell_leader(engine: Engine, session: Session, case: Case) -> None:
    """Tell the leading case, if there is one, that this follower's visitor was told."""
    if case.merged_into_id is not None:
        _post(engine, session, case, TOLD, case.merged_into_id, {})


def followers(session: Session, case_id: str) -> list[Case]:
    """The cases that follow this one, in the order of their numbers."""
    query = select(Case).where(Case.merged_into_id == case_id)
    return list(session.scalars(query.order_by(Case.number)))


def count_untold(session: Session, case_id: str) -> int:
    """How many followers' visitors have not been told."""
    query = select(func.count()).where(Case.merged_into_id == case_id, Case.status == Status.OPEN)
    return session.scalar(query) or 0


def _send_result(engine: Engine, session: Session, leading: Case, case: Case) -> None:
    payload = {"result_class": leading.result_class, "result": leading.result_text}
    _post(engine, session, leading, RESULT, case.id, payload)


def _post(
    engine: Engine, session: Session, sender: Case, name: str, case_id: str, payload: dict[str, str | None]
) -> None:
    instance = queries.instance_of(session, sender)
    if instance is not None:
        instances.post_message(
            engine,
            session,
            sender=instance.id,
            name=name,
            business_key=queries.business_key(case_id),
            payload=dict(payload),
        )


def _no_leader(sentence: str, number: str) -> Invalid:
    return Invalid(sentence, fields={"lead_number": sentence.format(number=number)}, number=number)


def _record(session: Session, actor: Actor, action: str, case: Case, at: datetime, **facts: object) -> None:
    audit.record(session, actor, action, queries.business_key(case.id), at=at, **facts)
