"""Cases over the API: list and read. They are changed through the user tasks of their process."""

from datetime import date, datetime
from typing import Literal

from flask import Blueprint
from pydantic import BaseModel, Field

from service.api.operations import PREFIX, Model, operation
from service.context import the_actor, the_workplace
from workflows.cases import queries, search
from workflows.cases.queries import Filter
from workflows.cases.tables import Case
from workflows.people.rules import SCOPE_READ

bp = Blueprint("api_cases", __name__, url_prefix=f"{PREFIX}/cases")


class CaseLine(BaseModel):
    """A case without any personal data."""

    number: str
    title: str
    matter_class: str
    topic: str
    place: str
    status: str
    received_on: date
    anonymous: bool
    respond_by: date | None = Field(description="null when it was answered on the spot, or is an anonymous visit")
    respond_by_final: bool = Field(description="false: provisional, next year's calendar is not published yet")
    excerpt: str = Field(default="", description="in a search: a line of the text that holds what was looked for")


class Cases(BaseModel):
    items: list[CaseLine]
    next: str | None = Field(description="cursor of the next page, null at the end")


class LinkLine(BaseModel):
    link: Literal["登记", "反映", "处理", "结果", "反馈"]
    state: str
    at: datetime | None
    by: str | None


class DayLine(BaseModel):
    date: date
    counted: int | None = Field(description="which working day it counts as, null when it does not count")
    reason: str


class CaseFile(CaseLine):
    result: str
    replied_at: datetime | None
    satisfaction: str | None
    links: list[LinkLine]
    deadline: list[DayLine] = Field(description="every day from the day of receipt to the deadline")


class CaseQuery(Model):
    text: str = Field(default="", description="words that stand anywhere in the case's texts; the nearest first")
    status: str | None = None
    after: str | None = Field(default=None, description="cursor of the page before")
    limit: int = Field(default=50, ge=1, le=200)


@bp.get("")
@operation("List the cases that this person may see", scope=SCOPE_READ, query=CaseQuery, gives=Cases)
def index(query: CaseQuery) -> Cases:
    actor, workplace = the_actor(), the_workplace()
    with workplace.reading(actor.subdistrict_id) as session:
        if query.text.strip():
            only = Filter(status=query.status)
            found = search.find(session, actor, query.text, only=only, after=query.after, limit=query.limit)
            return Cases(items=[CaseLine(**_line(hit.case), excerpt=hit.line) for hit in found.rows], next=found.next)
        page = queries.listed(session, actor, status=query.status, after=query.after, limit=query.limit)
    return Cases(items=[CaseLine(**_line(case)) for case in page.rows], next=page.next)


@bp.get("/<number>")
@operation("Read a case with its five links and its deadline day by day", scope=SCOPE_READ, gives=CaseFile)
def show(number: str) -> CaseFile:
    actor, workplace = the_actor(), the_workplace()
    with workplace.reading(actor.subdistrict_id) as session:
        case = queries.case_by_number(session, actor, number)
        links = queries.links(session, case, workplace.engine.clock())
        deadline = queries.explained(session, case)
    return CaseFile(
        **_line(case),
        result=case.result_text,
        replied_at=case.replied_at,
        satisfaction=case.satisfaction,
        links=[LinkLine(link=link.link.value, state=link.state, at=link.at, by=link.by) for link in links],
        deadline=[DayLine(date=day.day, counted=day.ordinal, reason=day.reason) for day in deadline.trace]
        if deadline
        else [],
    )


def _line(case: Case) -> dict[str, object]:
    names = ("number", "title", "matter_class", "topic", "place", "status", "received_on", "anonymous", "respond_by")
    return {**{name: getattr(case, name) for name in names}, "respond_by_final": case.respond_by_final}
