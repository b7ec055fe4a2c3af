"""What is true about 请示 and 报告 to the party working committee: kinds, dates, numbers, who may. No I/O.

A 请示 asks before something is done and waits for a reply; a 报告 tells and may be noted without one (S104–S106).
When it has to be filed depends on its category; the numbers come from a decision table (Q45).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from workflows.actor import Actor
from workflows.errors import Invalid
from workflows.people.rules import COMMITTEE, DEPARTMENT, STATION
from workflows.workdays.rules import WorkingCalendar

TITLE_LENGTH: Final = 80
THIS_MONTH: Final = "本月"
LAST_MONTH: Final = "上月"


class Kind(StrEnum):
    REQUEST = "请示"
    REPORT = "报告"


class Category(StrEnum):
    PROBLEM = "重大问题"
    MATTER = "重要事项"
    WORK = "重要工作"


class Basis(StrEnum):
    """From what the last day for filing is counted; the words of the decision table."""

    KNOWN = "获知后"
    ACTING = "行动前"
    MONTH = "当月内"


class Status(StrEnum):
    CHECKED = "审核中"
    RETURNED = "退回修改"
    TO_SIGN = "待签发"
    FILED = "已报送"
    REPLIED = "已批复"
    CARRIED_OUT = "落实中"
    ARCHIVED = "已归档"
    WITHDRAWN = "已撤回"


FINISHED: Final = frozenset({Status.ARCHIVED, Status.WITHDRAWN})
WRITTEN: Final = frozenset({Status.CHECKED, Status.RETURNED, Status.TO_SIGN})
"""Before it is filed: it has no number yet."""


class Decision(StrEnum):
    AGREED = "同意"
    CHANGED = "原则同意，按意见修改"
    REFUSED = "不同意"
    NOTED = "已阅"


class Outcome(StrEnum):
    """What came of a task."""

    DONE = "已落实"
    PARTLY = "部分落实"
    NOT_DONE = "未能落实"


OWNER_ROLES: Final = (COMMITTEE, STATION, DEPARTMENT)
"""Who may be given a task; a station and a department with their unit."""

_TOO_LATE_TO_ASK: Final = "计划实施日期必须晚于今天：重要事项要在实施前请示报告。"


@dataclass(frozen=True)
class Draft:
    """What somebody wrote, checked and trimmed.

    Attributes:
        day: when a 重大问题 became known, when a 重要事项 is to be done; the first day of the month that a 重要工作
            is about.
    """

    kind: Kind
    category: Category
    title: str
    text: str
    day: date


@dataclass(frozen=True)
class PlannedTask:
    """One task that follows from the reply."""

    what: str
    role: str
    unit_id: str | None
    due_on: date


def checked_draft(answer: Mapping[str, Any], today: date, written_on: date | None = None) -> Draft:
    """A draft with the date that its category is measured by.

    Args:
        answer: the form: kind, category, title, text and known_on, planned_on or month (本月, 上月).
        written_on: the day of the first draft, from which 本月 and 上月 are understood; today while there is none.

    Raises:
        Invalid: a part is missing or a date can not be right.
    """
    faults: dict[str, str] = {}
    title, text = (answer.get("title") or "").strip(), (answer.get("text") or "").strip()
    if answer.get("kind") not in set(Kind):
        faults["kind"] = "请选择请示还是报告。"
    if answer.get("category") not in set(Category):
        faults["category"] = "请选择类别。"
    if not title:
        faults["title"] = "请写明标题。"
    if not text:
        faults["text"] = "请写明正文。"
    day = date.min
    if answer.get("category") == Category.WORK:
        day = _month_meant(answer.get("month") or "", written_on or today)
    elif "category" not in faults:
        day = _measured_from(Category(answer["category"]), answer, today, faults)
    if faults:
        raise Invalid("还没有写完整，请补上标出的内容。", fields=faults)
    return Draft(Kind(answer["kind"]), Category(answer["category"]), title[:TITLE_LENGTH], text, day)


def _measured_from(category: Category, answer: Mapping[str, Any], today: date, faults: dict[str, str]) -> date:
    field = "known_on" if category is Category.PROBLEM else "planned_on"
    day = date.fromisoformat(answer[field]) if answer.get(field) else None
    if day is None:
        faults[field] = "请填写获知日期。" if category is Category.PROBLEM else "请填写计划实施日期。"
        return date.min
    if category is Category.PROBLEM and day > today:
        faults[field] = "获知日期不能晚于今天。"
    if category is Category.MATTER and day <= today:
        faults[field] = _TOO_LATE_TO_ASK
    return day


def _month_meant(word: str, written_on: date) -> date:
    first = written_on.replace(day=1)
    return (first - timedelta(days=1)).replace(day=1) if word == LAST_MONTH else first


def file_by(basis: str, day: date, days: int, calendar: WorkingCalendar) -> date:
    """The last day on which it is filed in time.

    Args:
        basis: a word of the decision table.
        day: what it is measured from, see `Draft`; day zero.
        days: working days after (获知后) or before (行动前) it; of the month's report working days before its end.

    Raises:
        Invalid: the table says something else.
    """
    if basis == Basis.KNOWN:
        return calendar.add_working_days(day, days) if days else day
    if basis == Basis.ACTING:
        return calendar.working_days_before(day, days) if days else day - timedelta(days=1)
    if basis == Basis.MONTH:
        last = _month_end(day)
        return calendar.working_days_before(last, days) if days else last
    raise Invalid("决策表“报送时限”里没有“{basis}”这种算法，请告诉流程管理员。", basis=basis)


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def check_filed_on(filed_on: date | None, *, written_on: date, category: str, day: date, today: date) -> date:
    """The day on which it went out.

    Args:
        day: see `Draft`.

    Raises:
        Invalid: it lies before it was written or after today, or a 重要事项 is done already.
    """
    if filed_on is None:
        filed_on = today
    if filed_on > today:
        raise _wrong("filed_on", "报送日期不能晚于今天。")
    if filed_on < written_on:
        raise _wrong("filed_on", "报送日期不能早于起草日期。")
    if category == Category.MATTER and filed_on >= day:
        why = "计划实施日期已到，请退回起草人核对计划实施日期：重要事项要在实施前报送。"
        raise Invalid(why, fields={"filed_on": "计划实施日期已到。"})
    return filed_on


def number_of(year: int, count: int) -> str:
    """``〔2026〕3号``, as official papers are numbered."""
    return f"〔{year}〕{count}号"


def check_reply(kind: str, decision: str, *, text: str, replied_on: date, filed_on: date, today: date) -> Decision:
    """What the party working committee said.

    Raises:
        Invalid: a 请示 was only noted, an opinion is missing, or the date can not be right.
    """
    if decision not in set(Decision):
        raise _wrong("decision", "请选择批复结论。")
    if kind == Kind.REQUEST and decision == Decision.NOTED:
        raise _wrong("decision", "请示要有明确的批复，不能只是已阅。")
    if decision in (Decision.CHANGED, Decision.REFUSED) and not text.strip():
        raise _wrong("text", "请写明批复意见。")
    if replied_on > today:
        raise _wrong("replied_on", "批复日期不能晚于今天。")
    if replied_on < filed_on:
        raise _wrong("replied_on", "批复日期不能早于报送日期。")
    return Decision(decision)


def planned_tasks(rows: Sequence[Mapping[str, Any]], replied_on: date) -> list[PlannedTask]:
    """The tasks that follow from the reply.

    Args:
        rows: of the form: what, owner (as `owner_value` writes it) and due_on.

    Raises:
        Invalid: none, or one of them is due before the reply.
    """
    found = []
    for number, row in enumerate(rows, 1):
        role, unit_id = owner_of(row.get("owner") or "")
        due_on = date.fromisoformat(row["due_on"]) if row.get("due_on") else None
        if not (row.get("what") or "").strip() or due_on is None:
            raise _wrong("tasks", "每一项任务都要写明做什么、谁来做、什么时候完成。")
        if due_on < replied_on:
            raise Invalid(
                "第{number}项任务的完成期限早于批复日期，请改正。",
                fields={"tasks": "有一项任务的完成期限早于批复日期。"},
                number=number,
            )
        found.append(PlannedTask(row["what"].strip(), role, unit_id, due_on))
    if not found:
        raise _wrong("tasks", "请至少列出一项任务。")
    return found


def owner_value(role: str, unit_id: str | None = None) -> str:
    """An owner as one value of a form."""
    return f"{role}@{unit_id}" if unit_id else role


def owner_of(value: str) -> tuple[str, str | None]:
    """
    Raises:
        Invalid: nobody who may be given a task.
    """
    role, _at, unit_id = value.partition("@")
    if role not in OWNER_ROLES or bool(unit_id) is (role == COMMITTEE):
        raise _wrong("tasks", "请为每一项任务选择由谁来做。")
    return role, unit_id or None


def check_another_person(actor: Actor, writer_id: str, committee: Sequence[str]) -> None:
    """Who wrote it does not check it, as long as the committee has anybody else.

    Raises:
        Invalid: the actor wrote it, and another member could check it.
    """
    if actor.id == writer_id and any(member != writer_id for member in committee):
        raise _wrong("agreed", "起草人不能审核自己起草的文件，请由工委其他同志审核。")


def check_may_withdraw(actor: Actor, writer_id: str, committee: Sequence[str]) -> None:
    """Whoever wrote it withdraws it; somebody else only when the writer has left the committee.

    Raises:
        Invalid: somebody else.
    """
    if actor.id != writer_id and writer_id in committee:
        raise _wrong("reason", "只有起草人可以撤回，请与起草人联系。")


def month_of(text: str) -> tuple[date, date]:
    """First and last day of ``2026-03``."""
    first = date.fromisoformat(f"{text}-01")
    return first, _month_end(first)


def _wrong(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, fields={field: sentence})
