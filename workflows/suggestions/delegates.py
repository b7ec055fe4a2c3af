"""What the diagram of a suggestion may call, and the facts it may read. Thin: look up, act, return."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from sqlalchemy.orm import Session

from workflows.clock import beijing_moment
from workflows.engine.delegates import DelegateContext, Registry
from workflows.engine.facts import Sources
from workflows.errors import NotFound
from workflows.notifications import actions as notifications
from workflows.people import queries as people
from workflows.people.rules import STATION
from workflows.suggestions import actions, queries, suggestion_facts
from workflows.suggestions.tables import Suggestion

KEY = "suggestion"


def register(registry: Registry) -> None:
    """Every delegate of this room, with the words that staff read in the editor."""
    _register_writing(registry)
    _register_examination(registry)
    _register_handling(registry)
    _register_end(registry)


def _register_writing(registry: Registry) -> None:
    registry.add("suggestions.take_up", take_up, label="建议开始办理")
    registry.add(
        "suggestions.save_text",
        save_text,
        label="保存建议内容，列出要征求的附议代表",
        parameters={"answer": "起草表单的内容"},
    )
    registry.add(
        "suggestions.record_signature",
        record_signature,
        label="记录附议",
        parameters={"person": "代表", "agreed": "是否同意，逾期为空", "note": "说明"},
        optional={"note"},
    )
    registry.add("suggestions.submit", submit, label="提交审查")
    registry.add("suggestions.withdraw", withdraw, label="撤回")


def _register_examination(registry: Registry) -> None:
    registry.add("suggestions.send_back", send_back, label="退回修改", parameters={"note": "理由"})
    registry.add(
        "suggestions.decline", decline, label="不予受理", parameters={"excluded": "不予受理的情形", "note": "理由"}
    )
    registry.add("suggestions.register", register_it, label="立件编号")
    registry.add(
        "suggestions.tell_signers",
        tell_signers,
        label="告知领衔和附议代表（没有账号的告知工作站）",
        parameters={
            "template": "通知模板",
            "fields": "模板里的内容",
            "key": "去重标识",
            "not_after": "过了哪一天不再发",
        },
        optional={"fields", "key", "not_after"},
    )


def _register_handling(registry: Registry) -> None:
    registry.add(
        "suggestions.hand_over",
        hand_over,
        label="交办主办、会办单位，开始计算答复期限",
        parameters={
            "answer": "交办表单的内容",
            "months": "答复的月数",
            "part_months": "会办意见的月数",
            "return_days": "可以退回的工作日数",
        },
    )
    registry.add("suggestions.record_return", record_return, label="登记退回交办", parameters={"reason": "退回理由"})
    registry.add(
        "suggestions.record_part",
        record_part,
        label="记录会办意见",
        parameters={"unit": "会办单位", "text": "会办意见"},
    )
    registry.add(
        "suggestions.record_answer",
        record_answer,
        label="记录答复",
        parameters={"result_class": "答复类别", "text": "答复内容", "contacted": "是否与代表沟通"},
        optional={"contacted"},
    )
    registry.add(
        "suggestions.check_answer",
        check_answer,
        label="记录工委对答复的审核",
        parameters={"agreed": "是否同意答复", "note": "审核意见", "public": "是否公开"},
        optional={"note", "public"},
    )
    registry.add(
        "suggestions.pass_on",
        pass_on,
        label="转送有关单位",
        parameters={"unit": "单位", "note": "意见"},
        optional={"note"},
    )
    registry.add(
        "suggestions.send_letter",
        send_letter,
        label="登记报送函件",
        parameters={"addressee": "报送给谁", "letter_no": "文号", "sent_on": "报送日期"},
        optional={"letter_no", "sent_on"},
    )
    registry.add("suggestions.note_overdue", note_overdue, label="记录答复逾期")


def _register_end(registry: Registry) -> None:
    registry.add(
        "suggestions.tell",
        tell,
        label="答复代表，开始计算反馈意见期限",
        parameters={"opinion_days": "反馈意见的工作日数，不征求时为空"},
        optional={"opinion_days"},
    )
    registry.add(
        "suggestions.record_opinion",
        record_opinion,
        label="记录代表意见（都为空时不计入满意率）",
        parameters={"process": "对办理过程", "result": "对办理结果", "comment": "说明"},
        optional={"process", "result", "comment"},
    )
    registry.add(
        "suggestions.decide",
        decide,
        label="记录工委的最后决定",
        parameters={"word": "决定", "note": "说明"},
        optional={"note"},
    )
    registry.add("suggestions.reopen", reopen, label="再次办理")
    registry.add("suggestions.close", close, label="建议办结")


def register_facts(sources: Sources) -> None:
    sources.add(KEY, facts, fields=suggestion_facts.LABELS)


def facts(session: Session, key: str) -> Mapping[str, Any]:
    suggestion = session.get(Suggestion, key)
    if suggestion is None:
        raise NotFound("没有这件建议。")
    return suggestion_facts.SuggestionFacts(session, suggestion)


def the_suggestion(context: DelegateContext) -> Suggestion:
    """The suggestion that the process is about.

    Raises:
        NotFound: the process is about something else.
    """
    kind, _, key = context.instance.business_key.partition(":")
    if kind != KEY:
        raise NotFound("这个流程不是由一件建议发起的，请从“建议”页面提出。")
    return queries.get(context.session, key)


def take_up(context: DelegateContext) -> None:
    actions.take_up(context.session, the_suggestion(context), context.instance.id)


def save_text(context: DelegateContext, answer: Mapping[str, Any]) -> list[dict[str, str]]:
    suggestion = the_suggestion(context)
    asked = actions.save_text(
        context.session,
        context.actor,
        suggestion,
        title=answer.get("title") or "",
        situation=answer.get("situation") or "",
        proposal=answer.get("proposal") or "",
        topic=answer.get("topic") or "",
        addressee=answer.get("addressee") or "",
        cosigners=answer.get("cosigners") or [],
        at=context.now,
    )
    context.instance.title = suggestion.title
    return [each.plain() for each in asked]


def record_signature(context: DelegateContext, person: str, agreed: bool | None, note: str | None = None) -> None:
    actions.record_signature(
        context.session,
        context.actor,
        the_suggestion(context),
        person_id=person,
        agreed=agreed,
        note=note or "",
        at=context.now,
    )


def submit(context: DelegateContext) -> None:
    actions.submit(context.session, context.actor, the_suggestion(context), at=context.now)


def withdraw(context: DelegateContext) -> None:
    actions.withdraw(context.session, context.actor, the_suggestion(context), at=context.now)


def send_back(context: DelegateContext, note: str | None) -> None:
    actions.send_back(context.session, context.actor, the_suggestion(context), note=note or "", at=context.now)


def decline(context: DelegateContext, excluded: str | None, note: str | None) -> None:
    suggestion = the_suggestion(context)
    actions.decline(
        context.session, context.actor, suggestion, excluded=excluded or "", note=note or "", at=context.now
    )
    context.instance.title = suggestion.title


def register_it(context: DelegateContext) -> str:
    suggestion = the_suggestion(context)
    number = actions.register(context.session, context.actor, suggestion, at=context.now)
    context.instance.title = f"{number} {suggestion.title}"
    return number


def tell_signers(
    context: DelegateContext,
    template: str,
    fields: Mapping[str, Any] | None = None,
    key: str | None = None,
    not_after: str | None = None,
) -> dict[str, int]:
    """A notice to every deputy who stands behind it; their station tells those without an account."""
    suggestion, recipients = the_suggestion(context), list[str]()
    for signature in _behind(context, suggestion):
        user = people.user_of_person(context.session, signature.signer.person_id)
        told = [user] if user else people.members(context.session, STATION, signature.signer.station_id)
        recipients += [each.id for each in told]
    count = notifications.enqueue(
        context.session,
        subject_key=":".join(part for part in (context.instance.business_key, context.node_id, key or "") if part),
        template=template,
        params={"title": context.instance.title, **(fields or {})},
        recipients=recipients,
        at=context.now,
        not_after=beijing_moment(date.fromisoformat(not_after), time(23, 59, 59)) if not_after else None,
        link=f"/suggestions/{suggestion.id}",
    )
    return {"count": count}


def _behind(context: DelegateContext, suggestion: Suggestion) -> list[queries.Signature]:
    every = queries.confirmed(context.session, suggestion.id)
    return every or [each for each in queries.signatures(context.session, suggestion.id) if each.signer.is_lead]


def hand_over(
    context: DelegateContext, answer: Mapping[str, Any], months: int, part_months: int, return_days: int
) -> list[dict[str, str]]:
    joint = actions.hand_over(
        context.engine,
        context.session,
        context.actor,
        the_suggestion(context),
        lead_unit=answer["unit"],
        joint_units=answer.get("joint") or [],
        broad=answer.get("breadth") == "涉及面广或难度大",
        months=months,
        part_months=part_months,
        return_days=return_days,
        note=answer.get("note") or "",
    )
    return [{"unit": unit} for unit in joint]


def record_return(context: DelegateContext, reason: str | None) -> None:
    actions.record_return(context.session, context.actor, the_suggestion(context), reason=reason or "", at=context.now)


def record_part(context: DelegateContext, unit: str, text: str | None) -> None:
    actions.record_part(
        context.session, context.actor, the_suggestion(context), unit_id=unit, text=text or "", at=context.now
    )


def record_answer(context: DelegateContext, result_class: str, text: str | None, contacted: bool | None = None) -> None:
    actions.record_answer(
        context.session,
        context.actor,
        the_suggestion(context),
        result_class=result_class,
        text=text or "",
        contacted=bool(contacted),
        at=context.now,
    )


def check_answer(context: DelegateContext, agreed: bool, note: str | None = None, public: bool | None = None) -> None:
    actions.check_answer(
        context.session,
        context.actor,
        the_suggestion(context),
        agreed=agreed,
        note=note or "",
        public=bool(public),
        at=context.now,
    )


def pass_on(context: DelegateContext, unit: str, note: str | None = None) -> None:
    actions.pass_on(
        context.session, context.actor, the_suggestion(context), unit_id=unit, note=note or "", at=context.now
    )


def send_letter(
    context: DelegateContext, addressee: str, letter_no: str | None = None, sent_on: str | None = None
) -> None:
    actions.send_letter(
        context.session,
        context.actor,
        the_suggestion(context),
        addressee=addressee or "",
        letter_no=letter_no or "",
        sent_on=date.fromisoformat(sent_on) if sent_on else None,
        at=context.now,
    )


def note_overdue(context: DelegateContext) -> None:
    actions.note_overdue(context.session, context.actor, the_suggestion(context), at=context.now)


def tell(context: DelegateContext, opinion_days: int | None = None) -> None:
    actions.tell(context.session, context.actor, the_suggestion(context), opinion_days=opinion_days, at=context.now)


def record_opinion(
    context: DelegateContext, process: str | None = None, result: str | None = None, comment: str | None = None
) -> None:
    actions.record_opinion(
        context.session,
        context.actor,
        the_suggestion(context),
        process=process,
        result=result,
        comment=comment or "",
        at=context.now,
    )


def decide(context: DelegateContext, word: str, note: str | None = None) -> None:
    actions.decide(context.session, context.actor, the_suggestion(context), word=word, note=note or "", at=context.now)


def reopen(context: DelegateContext) -> None:
    actions.reopen(context.session, context.actor, the_suggestion(context), at=context.now)


def close(context: DelegateContext) -> None:
    actions.close(context.session, context.actor, the_suggestion(context), at=context.now)
