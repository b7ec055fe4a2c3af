"""What expressions may read of a suggestion: live from its rows, each thing only when it is asked for."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from workflows.people import queries as people
from workflows.suggestions import queries, rules
from workflows.suggestions.tables import Suggestion

LABELS: Final[Mapping[str, str]] = {
    "id": "建议",
    "number": "编号",
    "title": "标题",
    "kind": "类别",
    "situation": "情况",
    "proposal": "建议",
    "topic": "主题",
    "addressee": "提交给谁",
    "source_kind": "来源",
    "source_id": "来源的编号",
    "status": "状态",
    "station": "领衔代表的工作站",
    "writer_role": "由谁执笔（身份）",
    "writer_user": "由谁执笔（用户）",
    "lead_user": "领衔代表的用户，没有账号时为空",
    "lead_name": "领衔代表姓名",
    "lead_confirmed": "领衔代表是否已确认",
    "cosigners": "附议代表",
    "signatures": "领衔和已确认的附议代表",
    "round": "第几次办理",
    "unit": "主办单位",
    "answer_by": "答复期限",
    "answer_by_final": "期限是否确定",
    "part_by": "会办意见期限",
    "return_by": "退回期限",
    "opinion_by": "反馈意见期限",
    "handed_over_on": "交办日期",
    "sent_on": "报送日期",
    "process_opinion": "代表对办理过程的意见",
    "satisfaction": "代表对办理结果的意见",
    "decision_note": "退回或不予受理的理由",
}


class SuggestionFacts(Mapping[str, Any]):
    """The facts of one suggestion."""

    def __init__(self, session: Session, suggestion: Suggestion) -> None:
        self._session = session
        self._suggestion = suggestion

    def __getitem__(self, name: str) -> Any:
        value = _SOURCES[name](self._session, self._suggestion)
        return value.isoformat() if isinstance(value, date) else value

    def __iter__(self) -> Iterator[str]:
        return iter(_SOURCES)

    def __len__(self) -> int:
        return len(_SOURCES)


def _row(name: str) -> Callable[[Session, Suggestion], Any]:
    return lambda session, suggestion: getattr(suggestion, name)


def _lead_user(session: Session, suggestion: Suggestion) -> str:
    user = people.user_of_person(session, suggestion.lead_id)
    return user.id if user is not None else ""


def _lead_confirmed(session: Session, suggestion: Suggestion) -> bool:
    return any(each.signer.is_lead for each in queries.confirmed(session, suggestion.id))


def _cosigners(session: Session, suggestion: Suggestion) -> list[str]:
    return [each.signer.person_id for each in queries.signatures(session, suggestion.id) if not each.signer.is_lead]


def _signatures(session: Session, suggestion: Suggestion) -> list[dict[str, str]]:
    return [
        {"person": each.signer.person_id, "state": rules.attendance_of(is_lead=each.signer.is_lead)}
        for each in queries.confirmed(session, suggestion.id)
    ]


def _unit(session: Session, suggestion: Suggestion) -> str | None:
    unit = queries.lead_unit(session, suggestion)
    return unit.unit_id if unit is not None else None


def _opinion(name: str) -> Callable[[Session, Suggestion], Any]:
    return lambda session, suggestion: getattr(queries.opinion_now(session, suggestion), name, None)


_ROWS: Final = (
    "id",
    "number",
    "title",
    "kind",
    "situation",
    "proposal",
    "topic",
    "addressee",
    "source_kind",
    "source_id",
    "status",
    "writer_role",
    "round",
    "answer_by",
    "answer_by_final",
    "part_by",
    "return_by",
    "opinion_by",
    "handed_over_on",
    "sent_on",
    "decision_note",
)

_SOURCES: Final[Mapping[str, Callable[[Session, Suggestion], Any]]] = {
    **{name: _row(name) for name in _ROWS},
    "station": _row("station_id"),
    "writer_user": _row("writer_id"),
    "lead_user": _lead_user,
    "lead_name": lambda session, suggestion: people.person(session, suggestion.lead_id).name,
    "lead_confirmed": _lead_confirmed,
    "cosigners": _cosigners,
    "signatures": _signatures,
    "unit": _unit,
    "process_opinion": _opinion("process"),
    "satisfaction": _opinion("result"),
}
