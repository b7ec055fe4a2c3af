"""What expressions may read of a filing and of a month's report: live from the rows, each only when it is asked for."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from workflows.filings import queries, rules
from workflows.filings.tables import Filing

LABELS: Final[Mapping[str, str]] = {
    "id": "请示报告",
    "number": "编号",
    "title": "标题",
    "kind": "请示还是报告",
    "category": "类别",
    "text": "正文",
    "status": "状态",
    "known_on": "获知日期",
    "planned_on": "计划实施日期",
    "month": "本月还是上月的工作",
    "writer_user": "起草人",
    "file_by": "报送期限",
    "file_due": "报送期限，报送以后为空",
    "filed_on": "报送日期",
    "reply_by": "预计批复日期",
    "reply_due": "请示的预计批复日期，批复以后为空",
    "noted_by": "报告没有批示、视为已阅的日期，批复以后为空",
    "decision": "批复结论",
    "reply_text": "批复意见",
    "replied_on": "批复日期",
    "return_note": "退回的理由",
    "times_returned": "退回了几次",
    "has_tasks": "批复有没有要落实的任务",
    "tasks_open": "还没有落实的任务数",
}

MONTH_LABELS: Final[Mapping[str, str]] = {
    "id": "月份",
    "name": "月份名称",
    "last_day": "当月最后一天",
    "last_workday": "当月最后一个工作日",
    "reported": "是否已有当月重要工作报告",
}


class FilingFacts(Mapping[str, Any]):
    """The facts of one filing."""

    def __init__(self, session: Session, filing: Filing) -> None:
        self._session = session
        self._filing = filing

    def __getitem__(self, name: str) -> Any:
        value = _SOURCES[name](self._session, self._filing)
        return value.isoformat() if isinstance(value, date) else value

    def __iter__(self) -> Iterator[str]:
        return iter(_SOURCES)

    def __len__(self) -> int:
        return len(_SOURCES)


def month_facts(session: Session, month: str) -> Mapping[str, Any]:
    """What a month owes, ``2026-03``."""
    first, last = rules.month_of(month)
    return {
        "id": month,
        "name": f"{first.year}年{first.month}月",
        "last_day": last.isoformat(),
        "last_workday": queries.last_working_day(session, last).isoformat(),
        "reported": queries.month_reported(session, first),
    }


def _row(name: str) -> Callable[[Session, Filing], Any]:
    return lambda session, filing: getattr(filing, name)


def _measured(category: rules.Category) -> Callable[[Session, Filing], Any]:
    return lambda session, filing: filing.measured_from if filing.category == category else None


def _month(session: Session, filing: Filing) -> str:
    return rules.THIS_MONTH if filing.measured_from == filing.written_on.replace(day=1) else rules.LAST_MONTH


def _waiting(name: str, *, needed: bool) -> Callable[[Session, Filing], Any]:
    """A date that holds while the reply is waited for."""
    return lambda session, filing: (
        getattr(filing, name) if filing.status == rules.Status.FILED and filing.reply_needed is needed else None
    )


_ROWS: Final = (
    "id",
    "number",
    "title",
    "kind",
    "category",
    "text",
    "status",
    "file_by",
    "filed_on",
    "reply_by",
    "decision",
    "reply_text",
    "replied_on",
    "return_note",
    "times_returned",
    "has_tasks",
)

_SOURCES: Final[Mapping[str, Callable[[Session, Filing], Any]]] = {
    **{name: _row(name) for name in _ROWS},
    "known_on": _measured(rules.Category.PROBLEM),
    "planned_on": _measured(rules.Category.MATTER),
    "month": _month,
    "writer_user": _row("writer_id"),
    "file_due": lambda session, filing: None if filing.filed_on else filing.file_by,
    "reply_due": _waiting("reply_by", needed=True),
    "noted_by": _waiting("reply_by", needed=False),
    "tasks_open": lambda session, filing: queries.open_tasks(session, filing.id),
}
