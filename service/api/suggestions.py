"""Suggestions over the API: list and read. They are changed through the user tasks of their process."""

from datetime import date, datetime

from flask import Blueprint
from pydantic import BaseModel, Field

from service.api.operations import PREFIX, Model, operation
from service.context import the_actor, the_workplace
from workflows.people import queries as people
from workflows.people.rules import SCOPE_READ
from workflows.suggestions import queries
from workflows.suggestions.tables import Suggestion
from workflows.workdays import months

bp = Blueprint("api_suggestions", __name__, url_prefix=f"{PREFIX}/suggestions")

_LINE = ("number", "title", "kind", "topic", "status", "registered_on", "answer_by", "answer_by_final", "satisfaction")


class SuggestionLine(BaseModel):
    id: str
    number: str | None = Field(description="null until it is registered")
    title: str
    kind: str
    topic: str
    status: str
    registered_on: date | None
    answer_by: date | None = Field(description="last day for the answer; null when no months run")
    answer_by_final: bool = Field(description="false: provisional, the calendar of that year is not published yet")
    satisfaction: str | None


class Suggestions(BaseModel):
    items: list[SuggestionLine]
    next: str | None = Field(description="cursor of the next page, null at the end")


class SignerLine(BaseModel):
    name: str
    lead: bool
    state: str


class UnitLine(BaseModel):
    unit: str
    lead: bool
    round: int
    part: str
    returned: bool


class AnswerLine(BaseModel):
    round: int
    result_class: str
    text: str
    at: datetime
    agreed: bool | None = Field(description="whether the committee let it go out; null while it has not decided")


class SuggestionFile(SuggestionLine):
    situation: str
    proposal: str
    addressee: str
    source_kind: str
    round: int
    told_on: date | None
    public: bool
    signers: list[SignerLine]
    units: list[UnitLine]
    answers: list[AnswerLine]
    deadline: str = Field(description="how the date was counted, in a sentence; empty when there is none")


class SuggestionQuery(Model):
    text: str = ""
    kind: str | None = None
    status: str | None = None
    after: str | None = Field(default=None, description="cursor of the page before")
    limit: int = Field(default=50, ge=1, le=200)


@bp.get("")
@operation("List the suggestions that this person may see", scope=SCOPE_READ, query=SuggestionQuery, gives=Suggestions)
def index(query: SuggestionQuery) -> Suggestions:
    actor = the_actor()
    with the_workplace().reading(actor.subdistrict_id) as session:
        page = queries.listed(
            session,
            actor,
            text=query.text,
            kind=query.kind,
            status=query.status,
            after=query.after,
            limit=query.limit,
        )
    return Suggestions(items=[SuggestionLine(**_line(row)) for row in page.rows], next=page.next)


@bp.get("/<suggestion_id>")
@operation(
    "Read a suggestion with its signers, units, answers and how its date was counted",
    scope=SCOPE_READ,
    gives=SuggestionFile,
)
def show(suggestion_id: str) -> SuggestionFile:
    actor = the_actor()
    with the_workplace().reading(actor.subdistrict_id) as session:
        found = queries.suggestion_for(session, actor, suggestion_id)
        counted, names = queries.explained(session, found), people.unit_names(session)
        more = ("situation", "proposal", "addressee", "source_kind", "round", "told_on", "public")
        return SuggestionFile(
            **_line(found),
            **{name: getattr(found, name) for name in more},
            signers=[
                SignerLine(name=each.name, lead=each.signer.is_lead, state=each.signer.state)
                for each in queries.signatures(session, found.id)
            ],
            units=[
                UnitLine(
                    unit=names.get(unit.unit_id, ""),
                    lead=unit.is_lead,
                    round=unit.round,
                    part=unit.part,
                    returned=unit.returned_at is not None,
                )
                for unit in queries.units(session, found.id)
            ],
            answers=[
                AnswerLine(round=a.round, result_class=a.result_class, text=a.text, at=a.at, agreed=a.agreed)
                for a in queries.answers(session, found.id)
            ],
            deadline=months.sentence(counted) if counted else "",
        )


def _line(found: Suggestion) -> dict[str, object]:
    return {"id": found.id, **{name: getattr(found, name) for name in _LINE}}
