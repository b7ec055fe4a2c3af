"""Earlier visits of the same person and matters like this one, proposed while a visit is entered (domain D8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows.actor import Actor
from workflows.cases import matching_rules, queries
from workflows.cases.tables import Case, CaseParty

LOOKED_AT_DAYS = 365
LOOKED_AT_CASES = 2_000
SHOWN = 5
SHORTEST_NUMBER = 7  # digits: a local number without its area code


@dataclass(frozen=True)
class Match:
    """An earlier case.

    Attributes:
        same_visitor: by telephone number or name.
        likeness: 0 to 1, of the words.
    """

    case: Case
    same_visitor: bool
    likeness: float


def similar(
    session: Session,
    actor: Actor,
    *,
    today: date,
    title: str = "",
    place: str = "",
    description: str = "",
    name: str = "",
    phone: str = "",
    without: str = "",
) -> list[Match]:
    """The nearest earlier cases that this person may see: the same visitor's first, then the most alike.

    Args:
        without: a case that is not proposed to itself.
    """
    query = select(Case).where(queries.visible(actor), Case.received_on >= today - timedelta(days=LOOKED_AT_DAYS))
    recent = session.scalars(query.order_by(Case.id.desc()).limit(LOOKED_AT_CASES)).all()
    visits = _visits_of(session, recent, name.strip(), matching_rules.digits(phone))
    words = matching_rules.pairs(f"{title} {place} {description}")
    found = []
    for case in recent:
        likeness = matching_rules.likeness(words, matching_rules.pairs(f"{case.title} {case.place} {case.description}"))
        if case.id != without and (case.id in visits or likeness >= matching_rules.LIKE):
            found.append(Match(case, case.id in visits, likeness))
    found.sort(key=lambda match: (match.same_visitor, match.likeness, match.case.id), reverse=True)
    return found[:SHOWN]


def of_case(session: Session, actor: Actor, case: Case, today: date) -> list[Match]:
    """What is like a case that is entered already."""
    came = queries.parties(session, case)
    return similar(
        session,
        actor,
        today=today,
        title=case.title,
        place=case.place,
        description=case.description,
        name=came[0].name if came else "",
        phone=came[0].phone if came else "",
        without=case.id,
    )


def related(session: Session, actor: Actor, case: Case) -> list[Case]:
    """What has to do with a case as somebody noted, on either side, as far as this person may see it; newest first."""
    either = (Case.id == case.about_id) | (Case.about_id == case.id)
    return list(session.scalars(select(Case).where(either, queries.visible(actor)).order_by(Case.id.desc())))


def _visits_of(session: Session, cases: Sequence[Case], name: str, number: str) -> set[str]:
    """Ids of the cases that somebody of this name or number came with."""
    if not name and len(number) < SHORTEST_NUMBER:
        return set()
    ids = {case.id for case in cases}
    query = select(CaseParty).where(CaseParty.deleted_at.is_(None), CaseParty.masked_at.is_(None))
    return {
        party.case_id
        for party in session.scalars(query)
        if party.case_id in ids
        and (
            (name and party.name == name)
            or (len(number) >= SHORTEST_NUMBER and matching_rules.digits(party.phone) == number)
        )
    }
