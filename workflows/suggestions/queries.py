"""Reads: suggestions a person may see, who signed and handles them, deadlines with reasons, figures."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, literal, not_, or_, select
from sqlalchemy.orm import Session

from workflows.actor import Actor
from workflows.clock import beijing_date
from workflows.engine.tables import NO_DUE_DATE, ProcessInstance, UserTask
from workflows.errors import Invalid, NotFound
from workflows.people import queries as people
from workflows.people.queries import Deputy
from workflows.people.rules import COMMITTEE, DEPARTMENT, DEPUTY, OFFICE, STATION
from workflows.people.tables import Person
from workflows.suggestions import rules
from workflows.suggestions.rules import SignerState, Status
from workflows.suggestions.tables import (
    Suggestion,
    SuggestionAnswer,
    SuggestionOpinion,
    SuggestionSigner,
    SuggestionUnit,
)
from workflows.workdays import queries as workdays
from workflows.workdays.months import MonthsDeadline, months_deadline

PAGE = 50
_STRANGE_CURSOR = "翻页位置不对，请从第一页重新查看。"


@dataclass(frozen=True)
class SuggestionPage:
    rows: list[Suggestion]
    next: str | None


@dataclass(frozen=True)
class Signature:
    """A deputy on a paper, with the name."""

    signer: SuggestionSigner
    name: str


@dataclass(frozen=True)
class Figures:
    """What came of the suggestions registered in a period.

    Attributes:
        registered: kind -> how many.
        classes: class of the last answer -> how many.
        opinions: the deputies' last word about the result -> how many; those without a word are in `silent` only.
        in_time, answered: answers within their months, and all answers.
    """

    registered: dict[str, int]
    classes: dict[str, int]
    opinions: dict[str, int]
    silent: int
    in_time: int
    answered: int


def suggestion_for(session: Session, actor: Actor, suggestion_id: str) -> Suggestion:
    """One suggestion.

    Raises:
        NotFound: there is none that this person may see (which of the two is not told).
    """
    return _one(session, visible(actor), Suggestion.id == suggestion_id)


def by_number(session: Session, actor: Actor, number: str) -> Suggestion:
    """As `suggestion_for`, by the number people say."""
    return _one(session, visible(actor), Suggestion.number == number.strip())


def get(session: Session, suggestion_id: str) -> Suggestion:
    """A suggestion of this sub-district for somebody whom its process gave a task about it.

    Raises:
        NotFound: there is none.
    """
    return _one(session, Suggestion.id == suggestion_id)


def _one(session: Session, *wanted: ColumnElement[bool]) -> Suggestion:
    found = session.scalar(select(Suggestion).where(*wanted))
    if found is None:
        raise NotFound("没有这件建议，请检查编号。")
    return found


def listed(
    session: Session,
    actor: Actor,
    *,
    finished: bool | None = None,
    kind: str | None = None,
    status: str | None = None,
    text: str = "",
    overdue_on: date | None = None,
    after: str | None = None,
    limit: int = PAGE,
) -> SuggestionPage:
    """Suggestions this person may see: unfinished ones by their date, most urgent first; otherwise newest first.

    Args:
        text: words that are part of the number, title or topic.
        overdue_on: only unanswered ones whose final date lies before this day.
        after: the cursor of the page before.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    query = select(Suggestion).where(visible(actor), *_wanted(finished, kind, status, text, overdue_on))
    if finished is False:
        due = func.coalesce(Suggestion.answer_by, NO_DUE_DATE)
        query = query.order_by(due, Suggestion.id)
        if after is not None:
            day, identity = _cursor(session, actor, after)
            query = query.where(or_(due > day, and_(due == day, Suggestion.id > identity)))
    else:
        query = query.order_by(Suggestion.id.desc())
        if after is not None:
            query = query.where(Suggestion.id < _known(session, actor, after))
    rows = list(session.scalars(query.limit(limit + 1)))
    more, rows = len(rows) > limit, rows[:limit]
    if not more:
        return SuggestionPage(rows, None)
    last = rows[-1]
    return SuggestionPage(rows, f"{last.answer_by or NO_DUE_DATE}.{last.id}" if finished is False else last.id)


def _wanted(
    finished: bool | None, kind: str | None, status: str | None, text: str, overdue_on: date | None
) -> Iterator[ColumnElement[bool]]:
    if finished is not None:
        yield Suggestion.status.in_(rules.FINISHED) if finished else Suggestion.status.not_in(rules.FINISHED)
    if kind:
        yield Suggestion.kind == kind
    if status:
        yield Suggestion.status == status
    for word in text.split():
        parts = (Suggestion.number, Suggestion.title, Suggestion.topic)
        yield or_(*(part.contains(word, autoescape=True) for part in parts))
    if overdue_on:
        yield Suggestion.status == Status.HANDLED
        yield and_(Suggestion.answer_by < overdue_on, Suggestion.answer_by_final)


def _cursor(session: Session, actor: Actor, text: str) -> tuple[date, str]:
    day, _, identity = text.partition(".")
    try:
        return date.fromisoformat(day), _known(session, actor, identity)
    except ValueError as error:
        raise Invalid(_STRANGE_CURSOR) from error


def _known(session: Session, actor: Actor, suggestion_id: str) -> str:
    if session.scalar(select(Suggestion.id).where(visible(actor), Suggestion.id == suggestion_id)) is None:
        raise Invalid(_STRANGE_CURSOR)
    return suggestion_id


def born_from(session: Session, actor: Actor, source_id: str) -> list[Suggestion]:
    """The suggestions that came out of a visit or an activity, as far as this person may see them."""
    query = select(Suggestion).where(visible(actor), Suggestion.source_id == source_id)
    return list(session.scalars(query.order_by(Suggestion.id)))


def seat_of(session: Session, person_id: str, day: date) -> Deputy:
    """The seat of a sitting 议政代表.

    Raises:
        Invalid: they hold none on that day.
    """
    seats = [seat for seat in people.deputies_on(session, day) if seat.person_id == person_id]
    if not seats:
        raise Invalid("请选择一位在任的议政代表。", fields={"lead": "请选择一位在任的议政代表。"})
    return seats[0]


def signatures(session: Session, suggestion_id: str) -> list[Signature]:
    """Everybody who was asked to sign, the lead first."""
    query = (
        select(SuggestionSigner, Person.name)
        .join(Person, Person.id == SuggestionSigner.person_id)
        .where(SuggestionSigner.suggestion_id == suggestion_id)
        .order_by(SuggestionSigner.is_lead.desc(), SuggestionSigner.id)
    )
    return [Signature(signer, name) for signer, name in session.execute(query)]


def confirmed(session: Session, suggestion_id: str) -> list[Signature]:
    """Those who stand behind the paper."""
    return [each for each in signatures(session, suggestion_id) if each.signer.state == SignerState.CONFIRMED]


def lead_names(session: Session, suggestions: Iterable[Suggestion]) -> dict[str, str]:
    """Person id -> name of the leads."""
    wanted = {each.lead_id for each in suggestions}
    if not wanted:
        return {}
    return {person.id: person.name for person in session.scalars(select(Person).where(Person.id.in_(wanted)))}


def units(session: Session, suggestion_id: str) -> list[SuggestionUnit]:
    """Every hand-over, oldest first, the lead unit before the joint ones."""
    query = select(SuggestionUnit).where(SuggestionUnit.suggestion_id == suggestion_id)
    return list(session.scalars(query.order_by(SuggestionUnit.round, SuggestionUnit.handed_at, SuggestionUnit.id)))


def units_now(session: Session, suggestion: Suggestion) -> list[SuggestionUnit]:
    """Who handles it in this round; what came back is left out."""
    every = units(session, suggestion.id)
    return [unit for unit in every if unit.round == suggestion.round and unit.returned_at is None]


def lead_unit(session: Session, suggestion: Suggestion) -> SuggestionUnit | None:
    return next((unit for unit in units_now(session, suggestion) if unit.is_lead), None)


def lead_unit_ids(session: Session, suggestions: Iterable[Suggestion]) -> dict[str, str]:
    """Suggestion -> the unit that leads now; those that no unit handles are left out."""
    rounds = {each.id: each.round for each in suggestions}
    query = select(SuggestionUnit).where(
        SuggestionUnit.suggestion_id.in_(rounds), SuggestionUnit.is_lead, SuggestionUnit.returned_at.is_(None)
    )
    found = session.scalars(query.order_by(SuggestionUnit.id))
    return {unit.suggestion_id: unit.unit_id for unit in found if unit.round == rounds[unit.suggestion_id]}


def answers(session: Session, suggestion_id: str) -> list[SuggestionAnswer]:
    """Every answer, oldest first, also those that the committee sent back."""
    query = select(SuggestionAnswer).where(SuggestionAnswer.suggestion_id == suggestion_id)
    return list(session.scalars(query.order_by(SuggestionAnswer.id)))


def last_answer(session: Session, suggestion: Suggestion) -> SuggestionAnswer | None:
    """The newest answer of this round."""
    given = [answer for answer in answers(session, suggestion.id) if answer.round == suggestion.round]
    return given[-1] if given else None


def opinions(session: Session, suggestion_id: str) -> list[SuggestionOpinion]:
    query = select(SuggestionOpinion).where(SuggestionOpinion.suggestion_id == suggestion_id)
    return list(session.scalars(query.order_by(SuggestionOpinion.round)))


def opinion_now(session: Session, suggestion: Suggestion) -> SuggestionOpinion | None:
    return next((each for each in opinions(session, suggestion.id) if each.round == suggestion.round), None)


def instance_of(session: Session, suggestion: Suggestion) -> ProcessInstance | None:
    """The process that handles a suggestion."""
    query = select(ProcessInstance).where(ProcessInstance.business_key == business_key(suggestion.id))
    return session.scalar(query.order_by(ProcessInstance.id.desc()).limit(1))


def writing_task(session: Session, suggestion: Suggestion) -> UserTask:
    """The step of its process that waits for the text.

    Raises:
        NotFound: it was written already.
    """
    query = (
        select(UserTask)
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .where(ProcessInstance.business_key == business_key(suggestion.id), UserTask.status == "open")
    )
    task = session.scalar(query.limit(1)) if suggestion.status == Status.DRAFT else None
    if task is None:
        raise NotFound("这件建议已经提交，请在它的页面查看。")
    return task


def explained(session: Session, suggestion: Suggestion) -> MonthsDeadline | None:
    """How the date of the answer was counted; None while it has none, or keeps one of another calendar."""
    if suggestion.handed_over_on is None or suggestion.months is None:
        return None
    reckoned = months_deadline(workdays.working_calendar(session), suggestion.handed_over_on, suggestion.months)
    return reckoned if reckoned.due == suggestion.answer_by else None


def is_overdue(suggestion: Suggestion, now: datetime) -> bool:
    """Whether the answer is, or was, later than its last day; a provisional date is never overdue."""
    if suggestion.answer_by is None or not suggestion.answer_by_final:
        return False
    return (suggestion.told_on or beijing_date(now)) > suggestion.answer_by


def with_running_clock(session: Session) -> list[Suggestion]:
    """Every unanswered suggestion with a date: for recomputing, not for eyes."""
    query = select(Suggestion).where(Suggestion.status == Status.HANDLED, Suggestion.answer_by.is_not(None))
    return list(session.scalars(query.order_by(Suggestion.id)))


def figures(session: Session, first: date, last: date) -> Figures:
    """Registered from the first to the last day, both included, and what came of them (domain S65)."""
    query = select(Suggestion).where(Suggestion.registered_on.between(first, last))
    registered, classes, said = dict.fromkeys(map(str, rules.Kind), 0), dict[str, int](), dict[str, int]()
    silent = in_time = answered = 0
    for suggestion in session.scalars(query):
        registered[suggestion.kind] += 1
        if suggestion.told_on is None:
            continue
        answered += 1
        in_time += suggestion.answer_by is None or suggestion.told_on <= suggestion.answer_by
        answer = last_answer(session, suggestion)
        if answer is not None:
            classes[answer.result_class] = classes.get(answer.result_class, 0) + 1
        opinion = opinion_now(session, suggestion)
        if opinion is not None and opinion.result is None:
            silent += 1
        elif opinion is not None:
            said[str(opinion.result)] = said.get(str(opinion.result), 0) + 1
    return Figures(registered, classes, said, silent, in_time, answered)


def breaches(session: Session) -> list[tuple[str, str]]:
    """Suggestions whose row and process disagree: object key and reason."""
    query = select(Suggestion, ProcessInstance.status).outerjoin(
        ProcessInstance,
        and_(
            ProcessInstance.business_key == literal("suggestion:").concat(Suggestion.id),
            ProcessInstance.subdistrict_id == Suggestion.subdistrict_id,
        ),
    )
    found = []
    for suggestion, process in session.execute(query):
        finished = suggestion.status in rules.FINISHED
        if not finished and process != "running":
            found.append((business_key(suggestion.id), f"unfinished, but its process is {process or 'missing'}"))
        if finished and process == "running":
            found.append((business_key(suggestion.id), "finished, but its process still runs"))
    return found


def business_key(suggestion_id: str) -> str:
    return f"suggestion:{suggestion_id}"


def visible(actor: Actor) -> ColumnElement[bool]:
    """The condition for suggestions that this person may see.

    While it is written and signed: its writers and signers. Then also the committee and the stations of those who
    signed; the units it was handed to; the sub-district's office once it is registered.
    """
    if actor.is_clock:
        return Suggestion.id.is_not(None)
    ways: list[ColumnElement[bool]] = [Suggestion.writer_id == actor.id]
    handed_in = Suggestion.status.not_in(rules.PRIVATE)
    if actor.has_role(COMMITTEE):
        ways.append(or_(handed_in, Suggestion.writer_role == COMMITTEE))
    if actor.has_role(OFFICE):
        ways.append(Suggestion.status.not_in(rules.NOT_COUNTED))
    stations = [unit for unit in actor.units_of(STATION) if unit]
    if stations:
        ways.append(and_(Suggestion.station_id.in_(stations), Suggestion.writer_role == STATION))
        ways.append(and_(_signed_at(stations), or_(handed_in, Suggestion.status == Status.SIGNING)))
    if actor.has_role(DEPUTY) and actor.person_id:
        ways.append(_signed_by(actor.person_id))
    departments = [unit for unit in actor.units_of(DEPARTMENT) if unit]
    if departments:
        ways.append(_handed_to(departments))
    return or_(*ways)


def _signed_by(person_id: str) -> ColumnElement[bool]:
    signed = select(SuggestionSigner.id).where(
        SuggestionSigner.suggestion_id == Suggestion.id, SuggestionSigner.person_id == person_id
    )
    mine = Suggestion.lead_id == person_id
    return and_(signed.exists(), or_(mine, not_(Suggestion.status == Status.DRAFT)))


def _signed_at(stations: list[str]) -> ColumnElement[bool]:
    signed = select(SuggestionSigner.id).where(
        SuggestionSigner.suggestion_id == Suggestion.id, SuggestionSigner.station_id.in_(stations)
    )
    return signed.exists()


def _handed_to(departments: list[str]) -> ColumnElement[bool]:
    handed = select(SuggestionUnit.id).where(
        SuggestionUnit.suggestion_id == Suggestion.id,
        SuggestionUnit.unit_id.in_(departments),
        SuggestionUnit.returned_at.is_(None),
    )
    return handed.exists()
