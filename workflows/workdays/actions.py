"""Change the calendar: seed it, draft a year, confirm it, enter local days."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from workflows import audit
from workflows.actor import Actor
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.storage.session import EVERYWHERE, scope_of
from workflows.workdays import queries, seed
from workflows.workdays.checks import Finding, ReadYear, check_against
from workflows.workdays.drafts import draft_as_json, draft_from_json, rule_as_json
from workflows.workdays.rules import DayRule, Layer, WorkingCalendar, YearStatus, notice_title
from workflows.workdays.tables import CalendarDay, CalendarRevision, CalendarYear

MAY_CHANGE = "流程管理员"
MAY_CONFIRM = "街道人大工委"  # an office has one process administrator: the second person is its supervisor
BUNDLED = "随系统提供"


@dataclass(frozen=True)
class CalendarChange:
    """What a change of the calendar did; rooms above recompute their open deadlines from it.

    Attributes:
        days: those that are working days now and were not, or the other way round. A deadline that was final can
            only move when `rules.affected` by them; a provisional one has to be looked at in any case.
    """

    revision: int
    days: frozenset[date]
    reason: str


@dataclass(frozen=True)
class Preview:
    """What a draft would change.

    Attributes:
        added, removed: day rules compared with what is in force.
        findings: everything the checks found; those that block and those that need a reason.
        read: the draft itself.
    """

    year: int
    added: tuple[DayRule, ...]
    removed: tuple[DayRule, ...]
    findings: tuple[Finding, ...]
    read: ReadYear

    @property
    def blocked(self) -> bool:
        return any(finding.blocks for finding in self.findings)

    @property
    def needs_reason(self) -> bool:
        return any(not finding.blocks for finding in self.findings)


def seed_national_days(session: Session, actor: Actor, *, at: datetime) -> CalendarChange | None:
    """Store the bundled years that have no row yet; a stored year is never overwritten. None when there is no new one.

    Safe to repeat at every start and upgrade.
    """
    known = set(session.scalars(select(CalendarYear.year)))
    new = {year: days for year, days in seed.national_days().items() if year not in known}
    if not new:
        return None
    before = queries.read_calendar(session)
    for year in new:
        session.add(_bundled_year(year, at))
    session.flush()
    for year, days in new.items():
        _add_days(session, days, owner=None, notice_year=year)
    diff = _diff([rule for days in new.values() for rule in days], [])
    return _revise(
        session, actor, before, diff, owner=None, at=at, reason=f"{BUNDLED} {min(new)}–{max(new)} 年放假安排"
    )


def draft_year(session: Session, actor: Actor, read: ReadYear, *, at: datetime) -> Preview:
    """Keep what was read of a year as its draft, and show what it would change. Nothing is in force yet.

    The same content again leaves the draft with whoever imported it first.

    Raises:
        NotAllowed: the actor does not keep the calendar.
    """
    _must_keep(actor)
    seed_national_days(session, actor, at=at)  # a year confirmed on an empty calendar must not be its only one
    row = session.get(CalendarYear, read.year, with_for_update=True)
    if row is None:
        row = CalendarYear(year=read.year, status=YearStatus.DRAFT)
        session.add(row)
    content = draft_as_json(read)
    if row.draft is None or any(row.draft[key] != value for key, value in content.items()):
        row.draft = {**content, "by": actor.name, "by_id": actor.id, "at": at.isoformat()}
    session.flush()
    return preview(session, read)


def preview(session: Session, read: ReadYear) -> Preview:
    """Compare what was read with what is in force."""
    of_notice = queries.days_of_notice(session, read.year)
    # A notice may also decide about days that another year's notice holds (the last of December).
    days = {rule.day for rule in read.days} - {rule.day for rule in of_notice}
    elsewhere = [rule for rule in queries.day_rules(session, Layer.NATIONAL) if rule.day in days]
    before = [*of_notice, *elsewhere]
    old, new = _facts(before), _facts(read.days)
    return Preview(
        read.year,
        tuple(rule for rule in read.days if (rule.day, rule.working) not in old),
        tuple(rule for rule in before if (rule.day, rule.working) not in new),
        (*read.findings, *check_against(read, before)),
        read,
    )


def if_confirmed(session: Session, shown: Preview) -> WorkingCalendar:
    """The calendar of the session's sub-district as it would be with a draft in force."""
    before, gone = queries.read_calendar(session), set(shown.removed)
    rules = [rule for rule in queries.day_rules(session) if rule not in gone]
    return WorkingCalendar.of([*rules, *shown.added], before.official | {shown.year})


def stored_draft(session: Session, year: int) -> Preview:
    """The draft of a year as it was imported, compared with what is in force now.

    Raises:
        NotFound: there is none.
    """
    row = session.get(CalendarYear, year)
    if row is None or row.draft is None:
        raise NotFound("没有 {year} 年的草稿，请先导入通知。", year=year)
    return preview(session, draft_from_json(year, row.draft))


def confirm_year(
    session: Session, actor: Actor, *, year: int, reason: str = "", second_person: bool = True, at: datetime
) -> CalendarChange:
    """Make a draft official. Rooms above then recompute their open deadlines with the change returned.

    Args:
        reason: needed when the checks had doubts.
        second_person: whether somebody other than the importer must confirm.

    Raises:
        NotFound: there is no draft of that year.
        NotAllowed: the actor neither keeps the calendar nor supervises, or drafted it himself.
        Invalid: a check blocks it, or a doubt has no reason.
        Conflict: nothing would change, or somebody else changes the calendar at this moment.
    """
    if not actor.has_role(MAY_CONFIRM):
        _must_keep(actor)
    row = session.get(CalendarYear, year, with_for_update=True)
    if row is None or row.draft is None:
        raise NotFound("没有 {year} 年的草稿，请先导入通知。", year=year)
    if second_person and row.draft["by_id"] == actor.id:
        raise NotAllowed("放假安排要由另一位人员确认，请换人登录后确认。")
    shown = preview(session, draft_from_json(year, row.draft))
    _must_be_confirmable(shown, reason)
    if row.status == YearStatus.OFFICIAL and not shown.added and not shown.removed:
        raise Conflict("{year} 年的放假安排与已生效的相同，不用再确认。", year=year)
    before = queries.read_calendar(session)
    _make_official(row, shown.read, actor, at)
    session.flush()
    _supersede(session, shown.removed, owner=None)
    _add_days(session, shown.added, owner=None, notice_year=year)
    why = reason.strip() or f"导入 {year} 年放假安排"
    return _revise(session, actor, before, _diff(shown.added, shown.removed), owner=None, at=at, reason=why)


def set_local_days(
    session: Session,
    actor: Actor,
    *,
    layer: Layer,
    days: Sequence[DayRule] = (),
    withdrawn: Collection[date] = (),
    reason: str,
    at: datetime,
) -> CalendarChange:
    """Enter or withdraw days of a region or of this office, also afterwards (a stoppage for a typhoon).

    A region's days belong to the installation (a unit of work for everywhere), an office's to its sub-district.

    Args:
        days: made by `rules.local_day`, all of this layer; they replace what the layer says of these dates.
        withdrawn: dates of which the layer shall say nothing any more.

    Raises:
        NotAllowed: the actor does not keep the calendar.
        Invalid: no reason (document number, who decided), a wrong layer or place, or a date that is not entered.
    """
    _must_keep(actor)
    owner = _owner_of(session, layer)
    if not reason.strip():
        raise Invalid("请写明依据：文号和决定单位。", fields={"reason": "请写明文号和决定单位。"})
    if any(rule.layer is not layer for rule in days):
        raise Invalid("一次只能录入同一层级的日期。")
    if len({rule.day for rule in days} | set(withdrawn)) != len(days) + len(withdrawn):
        raise Invalid("同一天只能写一次，请核对。")
    seed_national_days(session, actor, at=at)
    before = queries.read_calendar(session)
    touched = {rule.day for rule in days} | set(withdrawn)
    old = [rule for rule in queries.day_rules(session, layer) if rule.day in touched]
    unknown = sorted(set(withdrawn) - {rule.day for rule in old})
    if unknown or not touched:
        raise Invalid("没有可以撤销或录入的日期：{days}。", days="、".join(map(str, unknown)) or "（空）")
    _supersede(session, old, owner=owner)
    _add_days(session, days, owner=owner, notice_year=None)
    return _revise(session, actor, before, _diff(days, old), owner=owner, at=at, reason=reason.strip())


def _must_keep(actor: Actor) -> None:
    if not (actor.is_clock or actor.has_role(MAY_CHANGE)):
        raise NotAllowed("只有流程管理员可以维护工作日历。")


def _must_be_confirmable(shown: Preview, reason: str) -> None:
    if shown.blocked:
        why = "；".join(finding.text.rstrip("。") for finding in shown.findings if finding.blocks)
        raise Invalid("这份放假安排不能生效：{why}。请改正后重新导入。", why=why)
    if shown.needs_reason and not reason.strip():
        doubts = "；".join(finding.text.rstrip("。") for finding in shown.findings)
        raise Invalid(
            "这份放假安排有疑点，请核对原文并写明理由：{doubts}。", fields={"reason": "请写明理由。"}, doubts=doubts
        )


def _owner_of(session: Session, layer: Layer) -> str | None:
    scope = scope_of(session)
    if layer is Layer.NATIONAL:
        raise Invalid("全国放假安排要通过导入通知修改。")
    if layer is Layer.REGION and scope != EVERYWHERE:
        raise Invalid("地区放假对全部街道生效，请由系统管理员在全系统范围录入。")
    if layer is Layer.OFFICE and scope == EVERYWHERE:
        raise Invalid("本机关的日期要在所属街道内录入。")
    return None if scope == EVERYWHERE else scope


def _bundled_year(year: int, at: datetime) -> CalendarYear:
    return CalendarYear(
        year=year,
        status=YearStatus.OFFICIAL,
        title=notice_title(year),
        published_on=seed.published_on(year),
        imported_by=BUNDLED,
        imported_at=at,
        confirmed_by=BUNDLED,
        confirmed_at=at,
    )


def _make_official(row: CalendarYear, read: ReadYear, actor: Actor, at: datetime) -> None:
    draft = row.draft or {}
    row.title, row.number, row.published_on = read.title, read.number, read.published_on
    row.url, row.raw_text = read.url, read.raw_text
    row.imported_by, row.imported_at = draft["by"], datetime.fromisoformat(draft["at"])
    row.status, row.draft = YearStatus.OFFICIAL, None
    row.confirmed_by, row.confirmed_at = actor.name, at


def _add_days(session: Session, rules: Iterable[DayRule], *, owner: str | None, notice_year: int | None) -> None:
    session.add_all(
        CalendarDay(
            subdistrict_id=owner,
            layer=rule.layer,
            notice_year=notice_year,
            day=rule.day,
            working=rule.working,
            name=rule.name[:40],
            source=rule.source[:160],
            affects_deadline=rule.affects_deadline,
        )
        for rule in rules
    )


def _supersede(session: Session, rules: Sequence[DayRule], *, owner: str | None) -> None:
    if not rules:
        return
    session.execute(
        update(CalendarDay)
        .where(CalendarDay.day.in_([rule.day for rule in rules]), CalendarDay.layer == rules[0].layer)
        .where(CalendarDay.superseded_by.is_(None), CalendarDay.subdistrict_id.is_not_distinct_from(owner))
        .values(superseded_by=queries.latest_revision(session) + 1)
    )


def _revise(
    session: Session,
    actor: Actor,
    before: WorkingCalendar,
    diff: list[dict[str, Any]],
    *,
    owner: str | None,
    at: datetime,
    reason: str,
) -> CalendarChange:
    number = queries.latest_revision(session) + 1
    session.add(
        CalendarRevision(number=number, subdistrict_id=owner, at=at, by=actor.name, reason=reason[:200], diff=diff)
    )
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict("有人正在修改工作日历，请稍后再试。") from error
    audit.record(session, actor, "calendar.revised", f"calendar:{number}", at=at, reason=reason, days=len(diff))
    return CalendarChange(number, _changed(before, queries.read_calendar(session)), reason)


def _changed(before: WorkingCalendar, after: WorkingCalendar) -> frozenset[date]:
    """Days that are working now and were not, or the other way round; also those a year without notice assumed."""
    days = set(before.days) | set(after.days)
    for year in before.official ^ after.official:
        days |= {date(year, 1, 1) + timedelta(days=n) for n in range(366)}
    return frozenset(day for day in days if before.is_working_day(day) != after.is_working_day(day))


def _facts(rules: Iterable[DayRule]) -> set[tuple[date, bool]]:
    return {(rule.day, rule.working) for rule in rules}


def _diff(added: Iterable[DayRule], removed: Iterable[DayRule]) -> list[dict[str, Any]]:
    return [{"sign": sign, **rule_as_json(rule)} for sign, rules in (("+", added), ("-", removed)) for rule in rules]
