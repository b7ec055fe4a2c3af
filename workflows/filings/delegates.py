"""What the diagrams of 请示报告 may call, and the facts they may read. Thin: look up, act, return."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from workflows.engine.delegates import DelegateContext, Registry
from workflows.engine.facts import Sources
from workflows.errors import NotFound
from workflows.filings import actions, filing_facts, queries
from workflows.filings.tables import Filing

MONTH_KEY = "monthly"
Answer = Mapping[str, Any]


def register(registry: Registry) -> None:
    """Every delegate of this room, with the words that staff read in the editor."""
    registry.add("filings.begin", begin, label="登记请示报告草稿", parameters={"answer": "起草表单的内容"})
    registry.add("filings.save", save, label="保存修改后的草稿", parameters={"answer": "起草表单的内容"})
    registry.add(
        "filings.set_terms",
        set_terms,
        label="定报送期限和批复期限",
        parameters={"answer": "决策表“报送时限”的结果"},
    )
    registry.add(
        "filings.check",
        check,
        label="记录审核（起草人不能自己审核）",
        parameters={"agreed": "是否同意", "note": "意见"},
        optional={"note"},
    )
    registry.add("filings.send_back", send_back, label="不签发，退回修改", parameters={"note": "理由"})
    registry.add(
        "filings.file",
        file,
        label="编号报送街道党工委",
        parameters={"filed_on": "报送日期"},
        optional={"filed_on"},
        returns={"number": "编号"},
    )
    registry.add("filings.withdraw", withdraw, label="撤回（限起草人）", parameters={"reason": "理由"})
    registry.add("filings.record_reply", record_reply, label="登记批复", parameters={"answer": "批复表单的内容"})
    registry.add("filings.note_unanswered", note_unanswered, label="报告没有批示，视为已阅")
    _register_tasks(registry)


def _register_tasks(registry: Registry) -> None:
    registry.add(
        "filings.add_tasks",
        add_tasks,
        label="分解落实任务",
        parameters={"rows": "任务清单"},
        returns={
            "task": "任务",
            "what": "做什么",
            "role": "由哪个身份落实",
            "unit": "由哪个单位落实",
            "due_on": "完成期限",
        },
    )
    registry.add(
        "filings.record_task",
        record_task,
        label="登记任务落实情况",
        parameters={"task": "任务", "answer": "落实表单的内容"},
    )
    registry.add("filings.report_back", report_back, label="报告落实情况", parameters={"answer": "报告表单的内容"})
    registry.add("filings.archive", archive, label="请示报告归档")
    registry.add(
        "filings.open_month",
        open_month,
        label="看当月有没有重要工作报告",
        parameters={"on": "检查日期"},
        returns={"month": "月份"},
    )


def register_facts(sources: Sources) -> None:
    sources.add(queries.KEY, facts, fields=filing_facts.LABELS)
    sources.add(MONTH_KEY, filing_facts.month_facts, fields=filing_facts.MONTH_LABELS)


def facts(session: Session, key: str) -> Mapping[str, Any]:
    return filing_facts.FilingFacts(session, queries.get(session, key))


def the_filing(context: DelegateContext) -> Filing:
    """The filing that the process is about.

    Raises:
        NotFound: the process is about something else.
    """
    kind, _, key = context.instance.business_key.partition(":")
    if kind != queries.KEY:
        raise NotFound("这个流程还没有登记请示报告，请从“请示报告”页面起草。")
    return queries.get(context.session, key)


def begin(context: DelegateContext, answer: Answer) -> None:
    filing = actions.begin(context.session, context.actor, answer, at=context.now)
    context.instance.business_key = queries.business_key(filing.id)
    context.instance.title = _title(filing)


def save(context: DelegateContext, answer: Answer) -> None:
    filing = the_filing(context)
    actions.save(context.session, context.actor, filing, answer, at=context.now)
    context.instance.title = _title(filing)


def set_terms(context: DelegateContext, answer: Answer) -> None:
    actions.set_terms(
        context.session,
        context.actor,
        the_filing(context),
        basis=answer["basis"],
        file_days=int(answer["file_days"]),
        reply_days=int(answer["reply_days"]),
        reply_needed=bool(answer["reply_needed"]),
        rule=answer.get("rule") or "",
        at=context.now,
    )
    context.dates_moved()


def check(context: DelegateContext, agreed: bool, note: str | None = None) -> None:
    actions.check(
        context.session, context.actor, the_filing(context), agreed=bool(agreed), note=note or "", at=context.now
    )


def send_back(context: DelegateContext, note: str | None) -> None:
    actions.send_back(context.session, context.actor, the_filing(context), note=note or "", at=context.now)


def file(context: DelegateContext, filed_on: str | None = None) -> dict[str, str]:
    filing = the_filing(context)
    number = actions.file(context.session, context.actor, filing, filed_on=_day(filed_on), at=context.now)
    context.instance.title = _title(filing)
    context.dates_moved()
    return {"number": number}


def withdraw(context: DelegateContext, reason: str | None) -> None:
    actions.withdraw(context.session, context.actor, the_filing(context), reason=reason or "", at=context.now)


def record_reply(context: DelegateContext, answer: Answer) -> None:
    actions.record_reply(
        context.session,
        context.actor,
        the_filing(context),
        decision=answer.get("decision") or "",
        text=answer.get("text") or "",
        document_no=answer.get("document_no") or "",
        replied_on=_day(answer.get("replied_on")),
        has_tasks=bool(answer.get("has_tasks")),
        files=answer.get("files") or (),
        at=context.now,
    )


def note_unanswered(context: DelegateContext) -> None:
    actions.note_unanswered(context.session, context.actor, the_filing(context), at=context.now)


def add_tasks(context: DelegateContext, rows: Sequence[Answer]) -> list[dict[str, str]]:
    made = actions.add_tasks(context.session, context.actor, the_filing(context), rows or (), at=context.now)
    return [
        {
            "task": each.id,
            "what": each.what,
            "role": each.role,
            "unit": each.unit_id or "",
            "due_on": each.due_on.isoformat(),
        }
        for each in made
    ]


def record_task(context: DelegateContext, task: str, answer: Answer) -> None:
    actions.record_task(
        context.session,
        context.actor,
        the_filing(context),
        task_id=task,
        outcome=answer.get("outcome") or "",
        result=answer.get("result") or "",
        files=answer.get("files") or (),
        at=context.now,
    )


def report_back(context: DelegateContext, answer: Answer) -> None:
    actions.report_back(
        context.session,
        context.actor,
        the_filing(context),
        text=answer.get("text") or "",
        reported_on=_day(answer.get("reported_on")),
        at=context.now,
    )


def archive(context: DelegateContext) -> None:
    actions.archive(context.session, context.actor, the_filing(context), at=context.now)


def open_month(context: DelegateContext, on: str) -> dict[str, str]:
    """The process is about that day's month; what the month owes is read live."""
    month = on[:7]
    context.instance.business_key = f"{MONTH_KEY}:{month}"
    context.instance.title = f"{month} 重要工作报告"
    return {"month": month}


def _title(filing: Filing) -> str:
    return f"{filing.number or ''} {filing.title}".strip()


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
