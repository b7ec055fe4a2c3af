"""Change the calendar: seed it, draft a year, confirm it, add local days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from workflows import audit
from workflows.actor import Actor
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.storage.session import EVERYWHERE, scope_of
from workflows.workdays import queries, seed
from workflows.workdays.notice import Finding, ReadYear, check_against
from workflows.workdays.rules import DayRule, Layer
from workflows.workdays.tables import CalendarDay, CalendarRevision, CalendarYear

MAY_CHANGE = "流程管理员"


@dataclass(frozen=True)
class CalendarChange:
    """What a confirmation changed; rooms above recompute their open deadlines from it."""

    revision: int
    days: frozenset[date]
    reason: str


@dataclass(frozen=True)
class Preview:
    """What a draft would change.

    Attributes:
        added, removed: day rules compared with what is in force.
        findings: everything the checks found; those that block and those that need a reason.
    """

    year: int
    added: tuple[DayRule, ...]
    removed: tuple[DayRule, ...]
    findings: tuple[Finding, ...]

    @property
    def blocked(self) -> bool:
        return any(finding.blocks for finding in self.findings)

    @property
    def needs_reason(self) -> bool:
        return any(not finding.blocks for finding in self.findings)


def seed_national_days(session: Session, actor: Actor, *, at: datetime) -> list[int]:
    """Store the bundled years that are not stored yet; a stored year is never overwritten. Returns the new years."""
    known = set(session.scalars(select(CalendarYear.year)))
    new = [year for year in seed.years() if year not in known]
    if not new:
        return []
    rules = [rule for rule in seed.national_days() if rule.day.year in new]
    for year in new:
        session.add(
            CalendarYear(
                year=year,
                status="official",
                title=f"国务院办公厅关于{year}年部分节假日安排的通知",
                imported_by="随系统提供",
                imported_by_id=actor.id,
                imported_at=at,
                confirmed_by="随系统提供",
                confirmed_at=at,
            )
        )
    _revise(session, actor, at, f"随系统提供 {new[0]}–{new[-1]} 年放假安排", rules, [], None)
    return new


def draft_year(session: Session, actor: Actor, read: ReadYear, *, raw_text: str = "", at: datetime) -> Preview:
    """Keep what was read of a notice as a draft and show what it would change.

    Raises:
        NotAllowed: the actor does not keep the calendar.
    """
    _must_keep(actor)
    row = session.get(CalendarYear, read.year)
    if row is None:
        row = CalendarYear(year=read.year, status="draft", imported_by="", imported_by_id="", imported_at=at)
        session.add(row)
    row.draft = [_as_json(rule) for rule in read.days]
    row.title, row.number, row.raw_text = read.title or row.title, read.number, raw_text
    row.imported_by, row.imported_by_id, row.imported_at = actor.name, actor.id, at
    session.flush()
    return preview(session, read)


def preview(session: Session, read: ReadYear) -> Preview:
    """Compare what was read with what is in force."""
    # A notice may also settle the last days of the year before it.
    before = [rule for rule in queries.day_rules(session, layer=Layer.NATIONAL) if _concerns(rule.day, read)]
    old = {(rule.day, rule.working) for rule in before}
    new = {(rule.day, rule.working) for rule in read.days}
    row = session.get(CalendarYear, read.year)
    official = row is not None and row.status == "official"
    return Preview(
        read.year,
        tuple(rule for rule in read.days if (rule.day, rule.working) not in old),
        tuple(rule for rule in before if (rule.day, rule.working) not in new),
        (*read.findings, *check_against(read, before if official else [])),
    )


def confirm_year(
    session: Session, actor: Actor, *, year: int, reason: str = "", second_person: bool = True, at: datetime
) -> CalendarChange:
    """Make a draft official.

    Args:
        reason: needed when the checks had doubts.
        second_person: whether somebody other than the importer must confirm.

    Raises:
        NotFound: there is no draft of that year.
        NotAllowed: the actor does not keep the calendar, or drafted it himself.
        Invalid: a check blocks it, or a doubt has no reason.
        Conflict: nothing would change.
    """
    _must_keep(actor)
    row = session.get(CalendarYear, year, with_for_update=True)
    if row is None or row.draft is None:
        raise NotFound("没有 {year} 年的草稿，请先导入通知。", year=year)
    if second_person and row.imported_by_id == actor.id:
        raise NotAllowed("放假安排要由另一位人员确认，请换人登录后确认。")
    read = ReadYear(year, tuple(_from_json(item) for item in row.draft), row.title, row.number)
    shown = preview(session, read)
    blocking = [finding.text for finding in shown.findings if finding.blocks]
    if blocking:
        raise Invalid("这份放假安排不能生效：{why}", why="；".join(blocking))
    if shown.needs_reason and not reason.strip():
        doubts = "；".join(finding.text for finding in shown.findings)
        raise Invalid("这份放假安排有疑点，请核对原文并写明理由：{doubts}", doubts=doubts)
    if not shown.added and not shown.removed and row.status == "official":
        raise Conflict("{year} 年的放假安排没有变化。", year=year)
    row.status, row.draft = "official", None
    row.confirmed_by, row.confirmed_at = actor.name, at
    why = reason.strip() or f"导入 {year} 年放假安排"
    return _revise(session, actor, at, why, shown.added, shown.removed, None)


def set_local_days(
    session: Session, actor: Actor, *, days: Sequence[DayRule], reason: str, at: datetime
) -> CalendarChange:
    """Enter days of this sub-district or region (a typhoon stoppage, a regional holiday), also afterwards.

    Raises:
        NotAllowed: the actor does not keep the calendar.
        Invalid: no reason (document, who decided), or a national day.
    """
    _must_keep(actor)
    if not reason.strip():
        raise Invalid("请写明依据：文号和决定单位。")
    if any(rule.layer is Layer.NATIONAL for rule in days):
        raise Invalid("全国放假安排要通过导入通知修改。")
    scope = scope_of(session)
    owner = None if scope == EVERYWHERE else scope
    old = [
        rule
        for rule in queries.day_rules(session)
        if rule.layer is not Layer.NATIONAL and rule.day in {day.day for day in days}
    ]
    return _revise(session, actor, at, reason.strip(), days, old, owner)


def _revise(
    session: Session,
    actor: Actor,
    at: datetime,
    reason: str,
    added: Iterable[DayRule],
    removed: Iterable[DayRule],
    owner: str | None,
) -> CalendarChange:
    number = queries.latest_revision(session) + 1
    added, removed = list(added), list(removed)
    for rule in removed:
        session.execute(
            update(CalendarDay)
            .where(CalendarDay.day == rule.day, CalendarDay.layer == rule.layer.value)
            .where(CalendarDay.superseded_by.is_(None), CalendarDay.subdistrict_id.is_not_distinct_from(owner))
            .values(superseded_by=number)
        )
    session.add_all(
        CalendarDay(
            subdistrict_id=owner,
            layer=rule.layer.value,
            day=rule.day,
            working=rule.working,
            name=rule.name,
            source=rule.source,
            affects_deadline=rule.affects_deadline,
        )
        for rule in added
    )
    diff = [{"sign": "+", **_as_json(rule)} for rule in added] + [{"sign": "-", **_as_json(rule)} for rule in removed]
    session.add(
        CalendarRevision(number=number, subdistrict_id=owner, at=at, by=actor.name, reason=reason[:200], diff=diff)
    )
    session.flush()
    audit.record(session, actor, "calendar.revised", f"calendar:{number}", at=at, reason=reason, days=len(diff))
    return CalendarChange(number, frozenset(rule.day for rule in (*added, *removed)), reason)


def _concerns(day: date, read: ReadYear) -> bool:
    return day.year == read.year or day in {rule.day for rule in read.days}


def _must_keep(actor: Actor) -> None:
    if not (actor.is_clock or actor.has_role(MAY_CHANGE)):
        raise NotAllowed("只有流程管理员可以维护工作日历。")


def _as_json(rule: DayRule) -> dict[str, Any]:
    return {
        "day": rule.day.isoformat(),
        "working": rule.working,
        "name": rule.name,
        "layer": rule.layer.value,
        "source": rule.source,
        "affects_deadline": rule.affects_deadline,
    }


def _from_json(item: dict[str, Any]) -> DayRule:
    return DayRule(
        date.fromisoformat(item["day"]),
        item["working"],
        item["name"],
        Layer(item["layer"]),
        item["source"],
        item["affects_deadline"],
    )
