"""What the diagram of a request may do to its clocks. Thin: look up, act, return."""

from collections.abc import Mapping
from datetime import date

from workflows.cases import clocks
from workflows.cases.clock_rules import Kind
from workflows.cases.tables import Case
from workflows.engine.delegates import DelegateContext, Registry
from workflows.errors import Invalid, NotFound


def register(registry: Registry) -> None:
    registry.add(
        "cases.start_handling",
        start_handling,
        label="办理时限开始计时",
        parameters={"working_days": "办理工作日数"},
    )
    registry.add(
        "cases.ask",
        ask,
        label="登记申请（延期、暂停、阶段性答复）",
        parameters={
            "kind": "延期、暂停或阶段性答复",
            "reason": "理由，或者告诉来访人的内容",
            "days": "工作日数",
            "promised_on": "承诺的日期",
        },
        optional={"days", "promised_on"},
    )
    registry.add(
        "cases.decide",
        decide,
        label="登记对申请的决定",
        parameters={"kind": "延期、暂停或阶段性答复", "agreed": "是否同意", "opinion": "意见"},
        optional={"opinion"},
        returns={"asked_by": "申请人", "days": "工作日数", "reason": "理由", "promised_on": "承诺的日期"},
    )
    registry.add("cases.extend", extend, label="延长答复期限", parameters={"days": "工作日数"})
    registry.add(
        "cases.pause", pause, label="暂停计时", parameters={"reason": "理由", "limit_days": "累计最多几个工作日"}
    )
    registry.add("cases.resume", resume, label="恢复计时", parameters={"note": "说明"}, optional={"note"})
    registry.add(
        "cases.record_interim",
        record_interim,
        label="记录阶段性答复",
        parameters={"stops_clock": "是否停止答复计时"},
    )
    registry.add("cases.urge", urge, label="催办", parameters={"note": "催办的话"})
    registry.add(
        "cases.tell",
        tell,
        label="告知工作站和经办的人",
        parameters={"template": "通知模板", "fields": "模板里的内容"},
        optional={"fields"},
    )
    registry.add("cases.note_board", note_board, label="列入公示的逾期事项")
    registry.add(
        "cases.refuse",
        refuse,
        label="不允许，退回给填写的人",
        parameters={"why": "为什么，怎么办", "field": "显示在表单的哪个字段"},
        optional={"field"},
    )


def start_handling(context: DelegateContext, working_days: int) -> str:
    due = clocks.start_handling(
        context.session, context.actor, the_case(context), working_days=working_days, at=context.now
    )
    context.dates_moved()
    return due.isoformat()


def ask(
    context: DelegateContext, kind: str, reason: str | None, days: int | None = None, promised_on: str | None = None
) -> None:
    clocks.ask(
        context.session,
        context.actor,
        the_case(context),
        kind=Kind(kind),
        reason=reason or "",
        days=days,
        promised_on=date.fromisoformat(promised_on) if promised_on else None,
        at=context.now,
    )


def decide(context: DelegateContext, kind: str, agreed: bool, opinion: str | None = None) -> dict[str, object]:
    request = clocks.decide(
        context.session,
        context.actor,
        the_case(context),
        kind=Kind(kind),
        agreed=bool(agreed),
        opinion=opinion or "",
        at=context.now,
    )
    return {
        "asked_by": request.asked_by_id,
        "days": request.days,
        "reason": request.reason,
        "promised_on": request.promised_on.isoformat() if request.promised_on else None,
    }


def extend(context: DelegateContext, days: int) -> str:
    due = clocks.extend(context.session, context.actor, the_case(context), days=days, at=context.now)
    context.dates_moved()
    return due.isoformat()


def pause(context: DelegateContext, reason: str, limit_days: int) -> None:
    clocks.pause(
        context.session, context.actor, the_case(context), reason=reason, limit_days=limit_days, at=context.now
    )
    context.dates_moved()


def resume(context: DelegateContext, note: str | None = None) -> None:
    clocks.resume(context.session, context.actor, the_case(context), note=note or "", at=context.now)
    context.dates_moved()


def record_interim(context: DelegateContext, stops_clock: bool) -> None:
    clocks.record_interim(
        context.session, context.actor, the_case(context), stops_clock=bool(stops_clock), at=context.now
    )
    context.dates_moved()


def urge(context: DelegateContext, note: str | None) -> None:
    clocks.urge(context.session, context.actor, the_case(context), note=note or "", at=context.now)


def tell(context: DelegateContext, template: str, fields: Mapping[str, object] | None = None) -> None:
    clocks.tell(
        context.session, the_case(context), step=context.node_id, template=template, fields=fields or {}, at=context.now
    )


def note_board(context: DelegateContext) -> None:
    clocks.note_board(context.session, context.actor, the_case(context), at=context.now)


def refuse(context: DelegateContext, why: str, field: str | None = None) -> None:
    """
    Raises:
        Invalid: always: what was handed in is undone, and whoever handed it in reads why.
    """
    raise Invalid("{sentence}", fields={field: why} if field else None, sentence=why)


def the_case(context: DelegateContext) -> Case:
    """The case that this process is about.

    Raises:
        NotFound: the diagram calls this before the case was registered.
    """
    kind, _, case_id = context.instance.business_key.partition(":")
    case = context.session.get(Case, case_id) if kind == "case" else None
    if case is None:
        raise NotFound("流程还没有登记来访事项，不能进行这一步。请让流程管理员检查流程图。")
    return case
