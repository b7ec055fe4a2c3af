"""What expressions may read of a case: live from its rows, each thing only when it is asked for."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from workflows.cases import clock_queries, merging, queries
from workflows.cases.clock_rules import Kind
from workflows.cases.tables import Case

LABELS: Final[Mapping[str, str]] = {
    "id": "事项",
    "number": "编号",
    "title": "事由",
    "matter_class": "事项类别",
    "topic": "主题",
    "place": "地点",
    "station": "代表工作站",
    "department": "承办单位",
    "received_on": "来访日期",
    "respond_by": "答复期限",
    "respond_by_final": "期限是否确定",
    "reply_due": "正在计的答复期限（没有、停了都是空）",
    "settle_by": "办理时限",
    "promised_on": "阶段性答复承诺的日期",
    "handle_by": "承办期限",
    "handed_over_on": "交办日期",
    "handler": "由谁办理",
    "holder_role": "现在该谁办（身份）",
    "holder_unit": "现在该谁办（单位）",
    "anonymous": "是否匿名",
    "status": "状态",
    "result": "办理结果",
    "satisfaction": "满意度",
    "times_reopened": "重新办理次数",
    "merged_into": "并入的事项",
    "untold_followers": "并入本件、还没有答复的事项数",
    "asked_days": "申请延期几个工作日",
    "extensions": "已经延期几次",
    "paused": "是否在暂停",
    "pause_until": "暂停最迟到哪一天",
    "pause_days_used": "已经暂停几个工作日",
    "pause_reason": "申请暂停的理由",
    "interim_promise": "申请里承诺的日期",
    "interims": "已经阶段性答复几次",
}


class CaseFacts(Mapping[str, Any]):
    """The facts of one case."""

    def __init__(self, session: Session, case: Case) -> None:
        self._session = session
        self._case = case

    def __getitem__(self, name: str) -> Any:
        value = _SOURCES[name](self._session, self._case)
        return value.isoformat() if isinstance(value, date) else value

    def __iter__(self) -> Iterator[str]:
        return iter(_SOURCES)

    def __len__(self) -> int:
        return len(_SOURCES)


def _row(name: str) -> Callable[[Session, Case], Any]:
    return lambda session, case: getattr(case, name)


def _asked(kind: Kind, name: str) -> Callable[[Session, Case], Any]:
    """A detail of the request that waits for a decision; None when none does."""
    return lambda session, case: getattr(clock_queries.pending(session, case, kind), name, None)


_SOURCES: Final[Mapping[str, Callable[[Session, Case], Any]]] = {
    **{
        name: _row(name)
        for name in (
            "id",
            "number",
            "title",
            "matter_class",
            "topic",
            "place",
            "received_on",
            "respond_by",
            "respond_by_final",
            "settle_by",
            "promised_on",
            "handle_by",
            "handler",
            "anonymous",
            "status",
            "satisfaction",
            "times_reopened",
        )
    },
    "station": _row("station_id"),
    "merged_into": _row("merged_into_id"),
    "untold_followers": lambda session, case: merging.count_untold(session, case.id),
    "department": _row("department_id"),
    "result": _row("result_text"),
    "reply_due": lambda session, case: clock_queries.reply_due(case),
    "handed_over_on": queries.handed_over_on,
    "holder_role": lambda session, case: queries.holder(case)[0],
    "holder_unit": lambda session, case: queries.holder(case)[1],
    "asked_days": _asked(Kind.EXTENSION, "days"),
    "extensions": lambda session, case: clock_queries.granted(session, case, Kind.EXTENSION),
    "paused": lambda session, case: clock_queries.open_pause(session, case) is not None,
    "pause_until": lambda session, case: clock_queries.pause_until(session, case),
    "pause_days_used": lambda session, case: clock_queries.pause_days_used(session, case),
    "pause_reason": _asked(Kind.PAUSE, "reason"),
    "interim_promise": _asked(Kind.INTERIM, "promised_on"),
    "interims": lambda session, case: clock_queries.granted(session, case, Kind.INTERIM),
}
