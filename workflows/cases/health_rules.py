"""Where the chain of five links is broken, since when, and who must act (domain D5). No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from workflows.cases.rules import LINKS, Link, LinkState


class Kind(StrEnum):
    """What is wrong with a link."""

    MISSING = "缺失"  # the case is finished without it
    UNTOLD = "逾期未答复"  # the promise to the visitor is broken
    LATE = "超过期限"  # the step that should make it is past its day
    STALLED = "无人办理"  # the case is not finished, and nothing waits for anybody


@dataclass(frozen=True)
class Waiting:
    """A step of the process that waits for somebody.

    Attributes:
        who: the person, or role and unit, in words.
    """

    name: str
    due_on: date | None
    who: str


@dataclass(frozen=True)
class Break:
    """One broken link of one case.

    Attributes:
        since: the last day on which it was in order.
        who: who must act; empty for a finished case, which the committee has to look at.
    """

    link: Link
    kind: Kind
    since: date
    who: str = ""
    step: str = ""


def breaks(
    states: Sequence[LinkState],
    *,
    ended_on: date | None,
    respond_by: date | None,
    waiting: Sequence[Waiting],
    still_since: date,
    today: date,
    keeper: str,
) -> list[Break]:
    """Every broken link of a case, in the order of the links; empty while all is well.

    Args:
        ended_on: the day on which the case was finished; None while it is not.
        respond_by: the last day for the reply when that is past and the visitor was not told; otherwise None.
        still_since: the day of the last thing that happened.
        keeper: who looks after a case that nobody has.
    """
    undone = [state.link for state in states if state.state != "done"]
    if ended_on is not None:
        return [Break(link, Kind.MISSING, ended_on) for link in undone]
    if not undone:
        return []
    found = _of_the_current_link(undone[0], waiting, still_since, today, keeper)
    if respond_by is not None:
        found = [one for one in found if one.link != Link.FEEDBACK]
        found.append(Break(Link.FEEDBACK, Kind.UNTOLD, respond_by, _who(waiting) or keeper))
    return sorted(found, key=lambda one: LINKS.index(one.link))


def _of_the_current_link(
    link: Link, waiting: Sequence[Waiting], still_since: date, today: date, keeper: str
) -> list[Break]:
    if not waiting:
        return [Break(link, Kind.STALLED, still_since, keeper)]
    late = [(step.due_on, step) for step in waiting if step.due_on is not None and step.due_on < today]
    if not late:
        return []
    since, step = min(late, key=lambda each: each[0])
    return [Break(link, Kind.LATE, since, step.who, step.name)]


def _who(waiting: Sequence[Waiting]) -> str:
    return "、".join(dict.fromkeys(step.who for step in waiting))
