"""What the diagrams of activities and meetings may call, and the facts they may read. Thin: look up, act, return."""

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

from sqlalchemy.orm import Session

from workflows.activities import plan_queries, plan_rules, plans, queries
from workflows.activities.plan_queries import KEY, Invited
from workflows.activities.plan_rules import Answer
from workflows.activities.tables import ActivityPlan
from workflows.clock import beijing_moment
from workflows.engine.delegates import DelegateContext, Registry
from workflows.engine.facts import Sources
from workflows.errors import Invalid, NotAllowed, NotFound
from workflows.notifications import actions as notifications
from workflows.people import queries as people
from workflows.people.rules import STATION, VILLAGE

FACTS: Mapping[str, str] = {
    "id": "编号",
    "kind": "活动类别",
    "dimension": "考核方面",
    "title": "名称",
    "held_on": "日期",
    "when": "日期、时间和地点，一行文字",
    "place": "地点",
    "station": "代表工作站",
    "is_duty": "是否必须参加",
    "status": "状态",
    "contact": "联系人和电话",
    "text": "通知内容",
    "notice_on": "发通知的日子",
    "notice_due": "最迟应通知的日子",
    "is_late_notice": "通知晚于规定",
    "remind_on": "电话联系没有答复的代表的日子",
    "asked": "通知的代表人数",
    "unanswered": "还没有答复的人数",
    "proofs": "佐证份数",
    "to_answer": "要答复审议意见的部门数",
}


def register(registry: Registry) -> None:
    """Every delegate of this room about plans, with the words that staff read in the editor."""
    registry.add(
        "activities.arrange",
        arrange,
        label="安排一项活动，登记要通知的代表",
        parameters={"answer": "安排表", "whole_street": "由街道人大工委组织"},
        optional={"whole_street"},
        returns={"plan": "活动编号"},
    )
    registry.add(
        "activities.set_notice_times",
        set_notice_times,
        label="排出通知、提醒的日子",
        parameters={
            "lead_days": "最迟提前几个工作日通知",
            "send_days": "提前几个工作日发通知",
            "remind_days": "提前几个工作日电话联系",
            "now": "马上通知",
        },
    )
    registry.add("activities.announce", announce, label="发出通知，列出要答复的代表")
    registry.add(
        "activities.tell_invited",
        tell_invited,
        label="告知要参加的代表（没有账号的由所在工作站转告）",
        parameters={"template": "通知模板", "fields": "通知内容", "person": "只告知这位代表"},
        optional={"fields", "person"},
        returns={"count": "人数"},
    )
    registry.add(
        "activities.tell_villages",
        tell_villages,
        label="告知各村（社区）本组哪些代表要参加",
        parameters={"template": "通知模板", "fields": "通知内容"},
        optional={"fields"},
        returns={"count": "人数"},
    )
    registry.add(
        "activities.record_answer",
        record_answer,
        label="登记代表的答复",
        parameters={"person": "代表", "answer": "答复", "by_phone": "电话答复", "reason": "请假的原因"},
        optional={"by_phone", "reason"},
        returns={"answer": "答复"},
    )
    registry.add(
        "activities.ask_leave",
        ask_leave,
        label="代表请假",
        parameters={"reason": "请假的原因"},
        returns={"person": "代表", "name": "姓名", "user": "账号", "station": "代表工作站"},
    )
    registry.add(
        "activities.decide_leave",
        decide_leave,
        label="登记准假或者不准假",
        parameters={"person": "代表", "agreed": "准假", "opinion": "理由"},
        optional={"opinion"},
        returns={"answer": "结果"},
    )
    registry.add("activities.postpone", postpone, label="改期，重新通知", parameters={"answer": "改期表"})
    registry.add("activities.cancel", cancel, label="取消活动", parameters={"reason": "原因"})
    registry.add("activities.change_agenda", change_agenda, label="更换议程", parameters={"items": "各项议程"})
    registry.add(
        "activities.record_held",
        record_held,
        label="登记已举行：考勤、佐证、记录",
        parameters={"answer": "登记表"},
        returns={"present": "到会人数", "proofs": "佐证份数", "to_answer": "要答复意见的部门数"},
    )
    registry.add(
        "activities.add_proofs",
        add_proofs,
        label="补充佐证材料",
        parameters={"answer": "补充表"},
        returns={"proofs": "佐证份数"},
    )
    registry.add("activities.units_to_answer", units_to_answer, label="列出要答复审议意见的部门")
    registry.add(
        "activities.answer_opinions",
        answer_opinions,
        label="登记部门对审议意见的答复",
        parameters={"department": "部门", "rows": "各条答复"},
        returns={"count": "条数"},
    )
    registry.add("activities.file", file, label="活动归档")


def register_facts(sources: Sources) -> None:
    sources.add(KEY, facts, fields=FACTS)


def facts(session: Session, key: str) -> Mapping[str, Any]:
    """``plan.…`` in every expression about a planned activity; dates as ISO text."""
    plan = plan_queries.get(session, key)
    said = plan_queries.answers(session, [plan.id])[plan.id]
    return {
        "id": plan.id,
        "kind": plan.kind,
        "dimension": plan.dimension,
        "title": plan.title,
        "held_on": plan.held_on.isoformat(),
        "when": plan_rules.when_in_words(plan.held_on, plan.starts, plan.ends, plan.place),
        "place": plan.place,
        "station": plan.station_id,
        "is_duty": plan.is_duty,
        "status": plan.status,
        "contact": plan.contact,
        "text": plan.text,
        "notice_on": _iso(plan.notice_on),
        "notice_due": _iso(plan.notice_due),
        "is_late_notice": bool(plan.notice_on and plan.notice_due and plan.notice_on > plan.notice_due),
        "remind_on": _iso(plan.remind_on),
        "asked": sum(said.values()),
        "unanswered": said[Answer.ASKED],
        "proofs": len(queries.evidence_of(session, [plan.activity_id]).get(plan.activity_id, []))
        if plan.activity_id
        else 0,
        "to_answer": len(plans.units_to_answer(session, plan)),
    }


def the_plan(context: DelegateContext) -> ActivityPlan:
    """The activity that the process is about.

    Raises:
        NotFound: the process is about something else.
    """
    kind, _, key = context.instance.business_key.partition(":")
    if kind != KEY:
        raise NotFound("这个流程不是由一项活动发起的，请从“活动”页面安排。")
    return plan_queries.get(context.session, key)


def arrange(context: DelegateContext, answer: Mapping[str, Any], whole_street: bool | None = None) -> dict[str, str]:
    """
    Raises:
        Invalid: whoever begins it works for several stations and chose none.
    """
    station = None
    if not whole_street:
        own = list(context.actor.units_of(STATION))
        station = answer.get("station") or (own[0] if len(own) == 1 else None)
        if not station:
            raise Invalid("请选择代表工作站。", fields={"station": "请选择代表工作站。"})
    plan = plans.arrange(context.session, context.actor, station_id=station, answer=answer, at=context.now)
    context.instance.business_key = plan_queries.business_key(plan.id)
    context.instance.title = plan.title
    return {"plan": plan.id}


def set_notice_times(context: DelegateContext, lead_days: int, send_days: int, remind_days: int, now: bool) -> None:
    plans.set_notice_times(
        context.session,
        the_plan(context),
        lead_days=lead_days,
        send_days=send_days,
        remind_days=remind_days,
        now=bool(now),
        today=context.today,
    )
    context.dates_moved()


def announce(context: DelegateContext) -> list[dict[str, str]]:
    """Those who are to answer."""
    asked = plans.announce(context.session, context.actor, the_plan(context), at=context.now)
    return [_seat(each) for each in asked]


def tell_invited(
    context: DelegateContext,
    template: str,
    fields: Mapping[str, Any] | None = None,
    person: str | None = None,
) -> dict[str, int]:
    """A notice to everybody who is asked, or to one of them; the station passes it on to those without an account."""
    plan, recipients = the_plan(context), list[str]()
    for each in plan_queries.invitations(context.session, plan):
        if each.seat is None or (person and each.invitation.person_id != person):
            continue
        staff = people.members(context.session, STATION, each.seat.station_id)
        recipients += [each.user_id] if each.user_id else [user.id for user in staff]
    return {"count": _tell(context, plan, template, fields, recipients, person or "")}


def tell_villages(context: DelegateContext, template: str, fields: Mapping[str, Any] | None = None) -> dict[str, int]:
    """Each village hears which deputies of its group are asked, so that it can tell them too (domain S55)."""
    plan, groups, count = the_plan(context), dict[str, list[str]](), 0
    for each in plan_queries.invitations(context.session, plan):
        if each.seat:
            groups.setdefault(each.seat.group_id, []).append(each.name)
    for group, names in groups.items():
        secretaries = [user.id for user in people.members(context.session, VILLAGE, group)]
        count += _tell(context, plan, template, {**(fields or {}), "names": "、".join(names)}, secretaries)
    return {"count": count}


def _tell(
    context: DelegateContext,
    plan: ActivityPlan,
    template: str,
    fields: Mapping[str, Any] | None,
    recipients: Sequence[str],
    person: str = "",
) -> int:
    return notifications.enqueue(
        context.session,
        # A day can be moved away and back: only the moment tells such notices apart.
        subject_key=":".join(
            filter(None, (context.instance.business_key, context.node_id, person, f"{context.now:%Y%m%dT%H%M%S}"))
        ),
        template=template,
        params={"title": plan.title, **(fields or {})},
        recipients=recipients,
        at=context.now,
        not_after=beijing_moment(plan.held_on, time(23, 59, 59)) if plan.held_on >= context.today else None,
        link=f"/activities/{plan.id}",
    )


def record_answer(
    context: DelegateContext, person: str, answer: str, by_phone: bool | None = None, reason: str | None = None
) -> dict[str, str]:
    row = plans.record_answer(
        context.session,
        context.actor,
        the_plan(context),
        person_id=person,
        answer=answer,
        by_phone=bool(by_phone),
        reason=reason or "",
        at=context.now,
    )
    return {"answer": row.answer}


def ask_leave(context: DelegateContext, reason: str | None) -> dict[str, str]:
    """
    Raises:
        NotAllowed: whoever asks is not on the list.
    """
    plan, person = the_plan(context), context.actor.person_id
    mine = [each for each in plan_queries.invitations(context.session, plan) if each.invitation.person_id == person]
    if not mine:
        raise NotAllowed("您不在这项活动的通知名单上，不用请假。")
    plans.record_answer(
        context.session,
        context.actor,
        plan,
        person_id=person or "",
        answer="请假",
        by_phone=False,
        reason=reason or "",
        at=context.now,
    )
    return _seat(mine[0])


def decide_leave(context: DelegateContext, person: str, agreed: bool, opinion: str | None = None) -> dict[str, str]:
    row = plans.decide_leave(
        context.session,
        context.actor,
        the_plan(context),
        person_id=person,
        agreed=bool(agreed),
        opinion=opinion or "",
        at=context.now,
    )
    return {"answer": row.answer}


def postpone(context: DelegateContext, answer: Mapping[str, Any]) -> None:
    plans.postpone(context.session, context.actor, the_plan(context), answer=answer, at=context.now)
    context.dates_moved()


def cancel(context: DelegateContext, reason: str | None) -> None:
    plans.cancel(context.session, context.actor, the_plan(context), reason=reason or "", at=context.now)


def change_agenda(context: DelegateContext, items: Sequence[Mapping[str, Any]]) -> None:
    plans.change_agenda(context.session, context.actor, the_plan(context), items=items, at=context.now)


def record_held(context: DelegateContext, answer: Mapping[str, Any]) -> dict[str, int]:
    return plans.record_held(context.engine, context.session, context.actor, the_plan(context), answer=answer)


def add_proofs(context: DelegateContext, answer: Mapping[str, Any]) -> dict[str, int]:
    plan = the_plan(context)
    return {"proofs": plans.add_proofs(context.engine, context.session, context.actor, plan, answer=answer)}


def units_to_answer(context: DelegateContext) -> list[dict[str, str]]:
    names = people.unit_names(context.session)
    found = plans.units_to_answer(context.session, the_plan(context))
    return [{"department": unit, "name": names[unit]} for unit in found]


def answer_opinions(context: DelegateContext, department: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    count = plans.answer_opinions(
        context.session, context.actor, the_plan(context), department_id=department, rows=rows, at=context.now
    )
    return {"count": count}


def file(context: DelegateContext) -> None:
    plans.file(context.session, context.actor, the_plan(context), at=context.now)


def _seat(each: Invited) -> dict[str, str]:
    """As diagrams know a deputy who is asked; `user` is empty for one without an account."""
    return {
        "person": each.invitation.person_id,
        "name": each.name,
        "user": each.user_id or "",
        "station": each.seat.station_id if each.seat else "",
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
