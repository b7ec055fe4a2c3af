"""Earlier visits of the same person and matters like this one, proposed while a visit is entered (domain D8, D9)."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from workflows.actor import Actor
from workflows.cases import matching_rules, queries, rules, search
from workflows.cases.tables import Case, CaseParty
from workflows.people.rules import COMMITTEE, STATION

LOOKED_AT_DAYS = 365
LOOKED_AT_CASES = 200
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


@dataclass(frozen=True)
class Elsewhere:
    """A case of another station that is like this one: all that this station is told of it."""

    number: str
    title: str
    station_id: str


@dataclass(frozen=True)
class Proposals:
    """The nearest earlier cases that a person may see, the same visitor's first, then the most alike; and others'."""

    matches: list[Match]
    elsewhere: list[Elsewhere]


@dataclass(frozen=True)
class Wanted:
    """A matter as far as it is written down.

    Attributes:
        without: a case that is not proposed to itself.
        leading: the case that it is merged into.
    """

    title: str = ""
    place: str = ""
    topic: str = ""
    description: str = ""
    name: str = ""
    phone: str = ""
    without: str = ""
    leading: str = ""

    @property
    def text(self) -> str:
        return f"{self.title} {self.place} {self.description}"


def propose(session: Session, actor: Actor, *, today: date, **words: str) -> Proposals:
    """What is like a matter, as far as this person may know of it.

    Args:
        words: as in `Wanted`.
    """
    wanted, since = Wanted(**words), today - timedelta(days=LOOKED_AT_DAYS)
    visits = _visits_of(session, wanted, since)
    near = {case.id: case for case in search.nearest(session, wanted.text, since=since, limit=LOOKED_AT_CASES)}
    found = []
    for case in (visits | near).values():
        likeness = _likeness(wanted, case)
        alike = matching_rules.is_like(likeness, same_topic=_same_topic(wanted, case))
        if (case.id in visits or alike) and _is_other(wanted, case):
            found.append(Match(case, case.id in visits, likeness))
    found.sort(key=lambda each: (each.same_visitor, _nearness(wanted, each, today), each.case.id), reverse=True)
    seen = [match for match in found if _may_see(actor, match.case)]
    return Proposals(seen[:SHOWN], _elsewhere(session, actor, found))


def _elsewhere(session: Session, actor: Actor, found: list[Match]) -> list[Elsewhere]:
    """Of unfinished matters of other stations: their number and what they are about, nobody's name."""
    if actor.has_role(COMMITTEE) or STATION not in actor.roles:
        return []
    alike = [match.case for match in found if match.likeness >= matching_rules.LIKE]
    theirs = [case for case in alike if case.status in rules.UNFINISHED and not _may_see(actor, case)][:SHOWN]
    came = queries.parties_of(session, [case.id for case in theirs])
    return [
        Elsewhere(
            case.number,
            rules.without_persons(case.listed_title, [(one.name, one.phone) for one in came.get(case.id, [])]),
            case.station_id,
        )
        for case in theirs
    ]


def of_case(session: Session, actor: Actor, case: Case, today: date) -> Proposals:
    """What is like a case that is entered already."""
    return propose(session, actor, today=today, **_words_of(session, case))


def earlier_at_this_place(session: Session, actor: Actor, case: Case) -> list[Case]:
    """What was said to be done about the same topic at the same place in the year before (domain D9); newest first."""
    if not case.topic or not case.place:
        return []
    first = case.received_on - timedelta(days=LOOKED_AT_DAYS)
    query = select(Case).where(
        queries.visible(actor),
        Case.topic == case.topic,
        Case.received_on.between(first, case.received_on),
        Case.id < case.id,
        or_(Case.result_class.is_not(None), Case.status.not_in(rules.UNFINISHED)),
        or_(Case.merged_into_id.is_(None), Case.merged_into_id != case.id),
    )
    rows = session.scalars(query.order_by(Case.received_on.desc(), Case.id.desc()))
    return [row for row in rows if row.id != case.merged_into_id and matching_rules.same_place(row.place, case.place)]


def in_common(one: Case, other: Case) -> list[str]:
    """The runs of characters that stand in both cases, the longest first."""
    return matching_rules.in_common(_text(one), _text(other))


def same_visitor(session: Session, one: Case, other: Case) -> bool:
    """Whether somebody came with both, by telephone number or name."""
    came = [queries.parties(session, case) for case in (one, other)]
    names, numbers = ([_names(people) for people in came], [_numbers(people) for people in came])
    return bool(names[0] & names[1] or numbers[0] & numbers[1])


def _names(people: list[CaseParty]) -> set[str]:
    return {one.name for one in people if one.name}


def _numbers(people: list[CaseParty]) -> set[str]:
    numbers = {matching_rules.digits(one.phone) for one in people}
    return {number for number in numbers if len(number) >= SHORTEST_NUMBER}


def _words_of(session: Session, case: Case) -> dict[str, str]:
    came = queries.parties(session, case)
    return {
        "title": case.title,
        "place": case.place,
        "topic": case.topic,
        "description": case.description,
        "name": came[0].name if came else "",
        "phone": came[0].phone if came else "",
        "without": case.id,
        "leading": case.merged_into_id or "",
    }


def _text(case: Case) -> str:
    return f"{case.title} {case.place} {case.description}"


def _is_other(wanted: Wanted, case: Case) -> bool:
    """Neither the case itself nor one that it is merged with."""
    if case.id in (wanted.without, wanted.leading):
        return False
    return case.merged_into_id is None or case.merged_into_id not in (wanted.without, wanted.leading)


def _likeness(wanted: Wanted, case: Case) -> float:
    return matching_rules.likeness(matching_rules.pairs(wanted.text), matching_rules.pairs(_text(case)))


def _same_topic(wanted: Wanted, case: Case) -> bool:
    return bool(wanted.topic) and wanted.topic == case.topic


def _nearness(wanted: Wanted, match: Match, today: date) -> float:
    days = (today - match.case.received_on).days
    return matching_rules.nearness(match.likeness, same_topic=_same_topic(wanted, match.case), days=days)


def _may_see(actor: Actor, case: Case) -> bool:
    return rules.may_see(actor, case.station_id, case.department_id)


def _visits_of(session: Session, wanted: Wanted, since: date) -> dict[str, Case]:
    """The cases that somebody of this name or number came with, by their ids."""
    number, same = matching_rules.digits(wanted.phone), list[ColumnElement[bool]]()
    if wanted.name.strip():
        same.append(CaseParty.name == wanted.name.strip())
    if len(number) >= SHORTEST_NUMBER:
        plain = func.replace(func.replace(CaseParty.phone, "-", ""), " ", "")
        same.append(plain == number)
    if not same:
        return {}
    shown = and_(CaseParty.deleted_at.is_(None), CaseParty.masked_at.is_(None))
    query = select(Case).join(CaseParty, CaseParty.case_id == Case.id).where(shown, Case.received_on >= since)
    return {case.id: case for case in session.scalars(query.where(or_(*same)))}
