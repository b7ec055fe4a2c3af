"""What the diagram of a constituent's request may call, and the facts it may read. Thin: look up, act, return."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from workflows.cases import actions, case_facts, clock_delegates, clocks, merging, queries, record, rules
from workflows.cases.clock_delegates import the_case
from workflows.cases.tables import Case
from workflows.engine.delegates import DelegateContext, Registry
from workflows.engine.facts import Sources
from workflows.engine.promises import Promise
from workflows.errors import NotFound
from workflows.workdays.months import months_before

_OPEN_OPTIONAL = {
    "station",
    "received_on",
    "name",
    "phone",
    "address",
    "channel",
    "topic",
    "place",
    "title",
    "description",
    "companions",
    "sensitive",
    "attachments",
    "session",
}


PROCESS = "constituent_case"
PROMISES = tuple(
    Promise(
        rules.PROMISED[link],
        kept_by=frozenset(word for word, links in rules.COVERS.items() if link in links),
        undone_by=frozenset(
            word for word, first in rules.UNDOES.items() if rules.LINKS.index(first) <= rules.LINKS.index(link)
        ),
    )
    for link in rules.LINKS
)
"""The five links: publishing refuses a diagram in which a case can end without one of them (domain D5)."""


def register(registry: Registry) -> None:
    """Every delegate of this room, with the words that staff read in the editor."""
    registry.add(
        "cases.open_case",
        open_case,
        label="来访登记",
        parameters={
            "station": "代表工作站",
            "matter_class": "事项类别",
            "topic": "主题",
            "place": "地点",
            "title": "事由",
            "description": "来访人原话",
            "received_on": "来访日期",
            "name": "来访人",
            "phone": "电话",
            "address": "住址",
            "channel": "希望怎样答复",
            "companions": "同来的人",
            "sensitive": "涉及敏感个人信息",
            "attachments": "附件",
            "session": "接待日",
        },
        optional=_OPEN_OPTIONAL,
        returns={"id": "事项", "number": "编号"},
    )
    registry.add(
        "cases.merge",
        merge,
        label="并入已有事项",
        parameters={"number": "主办事项的编号"},
        returns={"number": "主办事项的编号"},
    )
    registry.add("cases.split", split, label="从并案中拆分", returns={"number": "原主办事项的编号"})
    registry.add(
        "cases.attach",
        attach,
        label="添加附件",
        parameters={"files": "附件", "kind": "种类（材料、办理前、办理后）"},
        optional={"files", "kind"},
    )
    registry.add("cases.share_result", share_result, label="把结果告诉并案的事项")
    registry.add("cases.tell_leader", tell_leader, label="告诉主办事项：来访人已答复")
    registry.add("cases.answer_on_the_spot", answer_on_the_spot, label="当场答复", parameters={"answer": "答复内容"})
    registry.add("cases.decline", decline, label="不予受理并引导", parameters={"guidance": "引导说明"})
    registry.add("cases.set_deadline", set_deadline, label="开始计时", parameters={"working_days": "答复工作日数"})
    registry.add(
        "cases.refer",
        refer,
        label="交办",
        parameters={
            "handler": "由谁办理（承办单位、工作站或街道人大工委）",
            "department": "承办单位",
            "handle_days": "办理工作日数",
            "note": "交办意见",
        },
        optional={"department", "handle_days", "note"},
    )
    registry.add("cases.record_return", record_return, label="退回交办", parameters={"reason": "退回理由"})
    registry.add(
        "cases.record_result",
        record_result,
        label="记录办理结果",
        parameters={"result_class": "结果类别", "result": "办理结果"},
    )
    registry.add(
        "cases.record_attempt",
        record_attempt,
        label="记录联系情况",
        parameters={"channel": "方式", "reached": "是否联系上", "note": "说明", "proof": "凭据"},
        optional={"note", "proof"},
        returns={"missed": "未联系上次数", "days": "不同工作日数"},
    )
    registry.add(
        "cases.record_reply",
        record_reply,
        label="记录答复",
        parameters={"channel": "答复方式", "content": "答复内容", "satisfaction": "当场表示的满意度"},
        optional={"satisfaction"},
    )
    registry.add(
        "cases.record_feedback",
        record_feedback,
        label="记录反馈",
        parameters={"satisfaction": "满意度", "comment": "来访人的意见"},
        optional={"comment"},
    )
    registry.add(
        "cases.conclude",
        conclude,
        label="记录工委的最后决定",
        parameters={"word": "决定", "note": "说明"},
        optional={"note"},
    )
    clock_delegates.register(registry)
    registry.add("cases.reopen", reopen, label="重新办理", parameters={"working_days": "答复工作日数"})
    registry.add(
        "cases.mask_contacts",
        mask_contacts,
        label="遮蔽到期的联系方式",
        parameters={"on": "检查日期", "months": "办结后几个月"},
    )
    registry.add(
        "cases.count_contacts_to_delete",
        count_contacts_to_delete,
        label="统计到期应删除的联系方式",
        parameters={"on": "检查日期", "months": "办结后几个月"},
    )
    registry.add(
        "cases.count_papers_to_destroy",
        count_papers_to_destroy,
        label="统计到期应销毁的来访材料",
        parameters={"on": "检查日期", "months": "办结后几个月"},
    )
    registry.add(
        "cases.delete_contacts",
        delete_contacts,
        label="删除到期的联系方式，销毁来访材料",
        parameters={"on": "检查日期", "months": "办结后几个月"},
    )
    registry.add("cases.note_overdue", note_overdue, label="记录逾期")
    registry.add("cases.close", close, label="办结")


def register_facts(sources: Sources) -> None:
    sources.add("case", facts, fields=case_facts.LABELS)


def facts(session: Session, key: str) -> Mapping[str, Any]:
    case = session.get(Case, key)
    if case is None:
        raise NotFound("没有这件来访事项。")
    return case_facts.CaseFacts(session, case)


def open_case(
    context: DelegateContext,
    matter_class: str,
    topic: str | None = None,
    title: str | None = None,
    station: str | None = None,
    place: str | None = None,
    description: str | None = None,
    received_on: str | None = None,
    name: str | None = None,
    phone: str | None = None,
    address: str | None = None,
    channel: str | None = None,
    companions: Sequence[Mapping[str, str]] | None = None,
    sensitive: bool | None = None,
    attachments: Sequence[str] | None = None,
    session: str | None = None,
) -> dict[str, str]:
    """Make the case and make the process be about it."""
    case = actions.open_case(
        context.session,
        context.actor,
        station_id=station or None,
        matter_class=matter_class,
        topic=topic or "",
        place=place or "",
        title=title or "",
        description=description or "",
        received_on=date.fromisoformat(received_on) if received_on else None,
        name=name or "",
        phone=phone or "",
        address=address or "",
        channel=channel or "",
        companions=[(one.get("name") or "", one.get("phone") or "") for one in companions or ()],
        sensitive=bool(sensitive),
        attachments=attachments or (),
        session_id=session or None,
        at=context.now,
    )
    context.instance.business_key = queries.business_key(case.id)
    context.instance.title = f"{case.number} {case.title}"
    return {"id": case.id, "number": case.number}


def merge(context: DelegateContext, number: str) -> dict[str, str]:
    leading = merging.merge(
        context.engine, context.session, context.actor, the_case(context), number=number or "", at=context.now
    )
    return {"number": leading.number}


def split(context: DelegateContext) -> dict[str, str]:
    leading = merging.split(context.session, context.actor, the_case(context), at=context.now)
    return {"number": leading.number}


def attach(context: DelegateContext, files: Sequence[str] | None = None, kind: str | None = None) -> int:
    """How many were added."""
    case = the_case(context)
    added = record.attach(
        context.session, context.actor, case, files=files or (), kind=kind or record.PAPER, at=context.now
    )
    return len(added)


def share_result(context: DelegateContext) -> int:
    return merging.share_result(context.engine, context.session, the_case(context))


def tell_leader(context: DelegateContext) -> None:
    merging.tell_leader(context.engine, context.session, the_case(context))


def answer_on_the_spot(context: DelegateContext, answer: str | None) -> None:
    actions.answer_on_the_spot(context.session, context.actor, the_case(context), answer=answer or "", at=context.now)


def decline(context: DelegateContext, guidance: str | None) -> None:
    actions.decline(context.session, context.actor, the_case(context), guidance=guidance or "", at=context.now)


def set_deadline(context: DelegateContext, working_days: int) -> str:
    case = the_case(context)
    due = clocks.set_deadline(
        context.session,
        context.actor,
        case,
        working_days=working_days,
        start=case.received_on,
        reason=f"{case.matter_class}，{working_days} 个工作日",
        at=context.now,
    )
    return due.isoformat()


def refer(
    context: DelegateContext,
    handler: str,
    department: str | None = None,
    handle_days: int | None = None,
    note: str | None = None,
) -> None:
    actions.refer(
        context.session,
        context.actor,
        the_case(context),
        handler=handler,
        department_id=department or None,
        handle_days=handle_days,
        note=note or "",
        at=context.now,
    )


def record_return(context: DelegateContext, reason: str | None) -> None:
    actions.record_return(context.session, context.actor, the_case(context), reason=reason or "", at=context.now)


def record_result(context: DelegateContext, result_class: str, result: str | None) -> None:
    actions.record_result(
        context.session, context.actor, the_case(context), result_class=result_class, text=result or "", at=context.now
    )


def record_attempt(
    context: DelegateContext, channel: str, reached: bool, note: str | None = None, proof: str | None = None
) -> dict[str, int]:
    missed, days = actions.record_attempt(
        context.session,
        context.actor,
        the_case(context),
        channel=channel,
        reached=bool(reached),
        note=note or "",
        proof=proof or "",
        at=context.now,
    )
    return {"missed": missed, "days": days}


def record_reply(context: DelegateContext, channel: str, content: str | None, satisfaction: str | None = None) -> None:
    actions.record_reply(
        context.session,
        context.actor,
        the_case(context),
        channel=channel,
        text=content or "",
        satisfaction=satisfaction,
        at=context.now,
    )


def record_feedback(context: DelegateContext, satisfaction: str, comment: str | None = None) -> None:
    actions.record_feedback(
        context.session,
        context.actor,
        the_case(context),
        satisfaction=satisfaction,
        comment=comment or "",
        at=context.now,
    )


def conclude(context: DelegateContext, word: str, note: str | None = None) -> None:
    actions.conclude(context.session, context.actor, the_case(context), word=word, note=note or "", at=context.now)


def reopen(context: DelegateContext, working_days: int) -> str:
    due = actions.reopen(context.session, context.actor, the_case(context), working_days=working_days, at=context.now)
    return due.isoformat()


def mask_contacts(context: DelegateContext, on: str, months: int) -> int:
    before = months_before(date.fromisoformat(on), months)
    return actions.mask_contacts(context.session, context.actor, closed_before=before, at=context.now)


def count_contacts_to_delete(context: DelegateContext, on: str, months: int) -> int:
    before = months_before(date.fromisoformat(on), months)
    return len(queries.contacts_of_closed(context.session, before, masked=True))


def count_papers_to_destroy(context: DelegateContext, on: str, months: int) -> int:
    """Also those of visitors who gave no name: their case has no contact data to count."""
    before = months_before(date.fromisoformat(on), months)
    return sum(paper.removed_at is None for paper in queries.papers_of_closed(context.session, before))


def delete_contacts(context: DelegateContext, on: str, months: int) -> int:
    before = months_before(date.fromisoformat(on), months)
    return actions.delete_contacts(
        context.session, context.actor, home=context.engine.home, closed_before=before, at=context.now
    )


def note_overdue(context: DelegateContext) -> None:
    actions.note_overdue(context.session, context.actor, the_case(context), at=context.now)


def close(context: DelegateContext) -> None:
    actions.close(context.session, context.actor, the_case(context), at=context.now)
