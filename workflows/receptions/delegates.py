"""What the three diagrams of reception days may call, and the facts they may read. Thin: look up, act, return."""

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

from sqlalchemy.orm import Session

from workflows.clock import beijing_moment
from workflows.engine.delegates import DelegateContext, Registry
from workflows.engine.facts import Sources
from workflows.errors import Invalid, NotAllowed, NotFound
from workflows.notifications import actions as notifications
from workflows.people import queries as people
from workflows.people.rules import STATION, UnitKind
from workflows.receptions import actions, queries, rules
from workflows.receptions.queries import KEY, Rostered
from workflows.receptions.rules import Slot
from workflows.receptions.tables import ReceptionSession
from workflows.workdays import queries as workdays

YEAR_KEY, MONTH_KEY = "reception_year", "reception_month"

FACTS: Mapping[str, str] = {
    "id": "编号",
    "station": "代表工作站",
    "station_name": "代表工作站名称",
    "kind": "种类（例行、流动、补办）",
    "month": "计入的月份",
    "held_on": "日期",
    "starts": "开始时间",
    "ends": "结束时间",
    "venue": "地点",
    "when": "日期、时间和地点，一行文字",
    "status": "状态",
    "roster_on": "定名单的日子",
    "notice_on": "公告的日子",
    "remind_on": "提醒代表的日子",
    "deputies": "名单上的代表，一行文字",
    "unanswered": "还没有答复的人数",
    "levels_missing": "本月还缺哪一级代表",
    "visits": "已登记的来访件数",
}


def register(registry: Registry) -> None:
    """Every delegate of this room, with the words that staff read in the editor."""
    _register_plan(registry)
    _register_preparation(registry)
    _register_roster(registry)
    _register_end(registry)
    _register_duty(registry)


def _register_plan(registry: Registry) -> None:
    of_station = {"station": "代表工作站", "year": "年份"}
    registry.add(
        "receptions.open_plan",
        open_plan,
        label="开启年度接待日计划，列出各站和建议的日期",
        parameters={"year": "年份"},
    )
    registry.add(
        "receptions.save_plan",
        save_plan,
        label="登记本站的年度计划",
        parameters={**of_station, "sessions": "各场接待日"},
    )
    registry.add(
        "receptions.return_plan",
        return_plan,
        label="退回年度计划",
        parameters={**of_station, "opinion": "意见"},
    )
    registry.add(
        "receptions.confirm_plan",
        confirm_plan,
        label="审定年度计划，每场接待日各自开始",
        parameters={**of_station, "opinion": "意见"},
        optional={"opinion"},
    )


def _register_preparation(registry: Registry) -> None:
    registry.add(
        "receptions.take_up",
        take_up,
        label="接待日开始筹备",
        parameters={"answer": "安排表单的内容，已经排定的为空"},
        optional={"answer"},
    )
    registry.add(
        "receptions.set_lead_times",
        set_lead_times,
        label="定出名单、公告和提醒的日子",
        parameters={
            "roster_days": "提前几天定名单",
            "notice_days": "提前几天公告",
            "remind_days": "提前几天提醒",
            "roster_size": "几位代表",
            "make_up_days": "次月前几个工作日可以补办",
        },
    )
    registry.add("receptions.announce", announce, label="公告接待日")
    registry.add("receptions.record_posted", record_posted, label="记录公告已经张贴")
    registry.add(
        "receptions.postpone",
        postpone,
        label="改期",
        parameters={"answer": "改期表单的内容", "make_up_days": "次月前几个工作日可以补办"},
    )
    registry.add("receptions.cancel", cancel, label="取消这一场", parameters={"reason": "原因"})


def _register_roster(registry: Registry) -> None:
    registry.add("receptions.propose_roster", propose_roster, label="按轮值提出名单")
    registry.add("receptions.save_roster", save_roster, label="确定名单", parameters={"deputies": "代表"})
    registry.add(
        "receptions.record_answer",
        record_answer,
        label="记录代表能否参加",
        parameters={"person": "代表", "coming": "能否参加", "reason": "换班原因"},
        optional={"reason"},
    )
    registry.add(
        "receptions.ask_swap",
        ask_swap,
        label="代表自己申请换班",
        parameters={"reason": "原因"},
        returns={"person": "代表", "name": "姓名", "user": "账号"},
    )
    registry.add(
        "receptions.swap",
        swap,
        label="换班",
        parameters={"person": "换下的代表", "successor": "替换的代表", "reason": "原因"},
        optional={"successor", "reason"},
    )
    registry.add(
        "receptions.tell_roster",
        tell_roster,
        label="告知名单上的代表（没有账号的告知工作站）",
        parameters={
            "template": "通知模板",
            "fields": "模板里的内容",
            "not_after": "过了哪一天不再发",
        },
        optional={"fields", "not_after"},
    )


def _register_end(registry: Registry) -> None:
    registry.add(
        "receptions.record_held",
        record_held,
        label="登记到会、照片，计入履职活动，生成接待日报告",
        parameters={"answer": "到会表单的内容"},
        returns={"visits": "来访件数", "pending": "转办件数"},
    )
    registry.add(
        "receptions.note_report",
        note_report,
        label="阅知接待日报告，归档",
        parameters={"opinion": "意见"},
        optional={"opinion"},
    )


def _register_duty(registry: Registry) -> None:
    of_month = {"station": "代表工作站", "month": "月份"}
    registry.add(
        "receptions.open_duty",
        open_duty,
        label="检查各站本月有没有接待日",
        parameters={"on": "检查日期", "make_up_days": "次月前几个工作日可以补办"},
    )
    registry.add(
        "receptions.duty_now",
        duty_now,
        label="看本站当月的接待日办了没有",
        parameters=of_month,
        returns={"held": "已经举行", "arranged": "已经举行或者已经安排"},
    )
    registry.add(
        "receptions.make_up",
        make_up,
        label="安排补办",
        parameters={**of_month, "answer": "补办表单的内容"},
    )
    registry.add(
        "receptions.close_duty",
        close_duty,
        label="记录当月接待日完成情况",
        parameters=of_month,
        returns={"state": "完成情况", "levels_missing": "缺哪一级代表"},
    )


def register_facts(sources: Sources) -> None:
    sources.add(KEY, facts, fields=FACTS)


def facts(session: Session, key: str) -> Mapping[str, Any]:
    """``reception.…`` in every expression about a session; dates as ISO text."""
    reception = queries.get(session, key)
    on_duty = queries.on_duty(session, reception.id)
    shown = queries.levels_shown(session, reception.station_id, reception.month)
    return {
        "id": reception.id,
        "station": reception.station_id,
        "station_name": people.unit(session, reception.station_id).name,
        "kind": reception.kind,
        "month": reception.month,
        "held_on": reception.held_on.isoformat(),
        "starts": reception.starts,
        "ends": reception.ends,
        "venue": reception.venue,
        "when": in_words(reception),
        "status": reception.status,
        "roster_on": _iso(reception.roster_on),
        "notice_on": _iso(reception.notice_on),
        "remind_on": _iso(reception.remind_on),
        "deputies": "、".join(each.name for each in on_duty),
        "unanswered": sum(each.entry.answer == rules.Answer.ASKED for each in on_duty),
        "levels_missing": rules.level_words(rules.levels_missing(shown)),
        "visits": len(queries.visits(session, reception.id)),
    }


def in_words(reception: ReceptionSession) -> str:
    """``3月16日 09:00至11:00，官庄村人大代表工作站``."""
    day = reception.held_on
    return f"{day.month}月{day.day}日 {reception.starts}至{reception.ends}，{reception.venue}"


def the_reception(context: DelegateContext) -> ReceptionSession:
    """The session that the process is about.

    Raises:
        NotFound: the process is about something else.
    """
    kind, _, key = context.instance.business_key.partition(":")
    if kind != KEY:
        raise NotFound("这个流程不是由一场接待日发起的，请从“接待”页面安排。")
    return queries.get(context.session, key)


# ------------------------------------------------------------------------------------------------- the year


def open_plan(context: DelegateContext, year: int) -> list[dict[str, Any]]:
    """The stations that have to plan, each with the rows to begin with."""
    context.instance.business_key = f"{YEAR_KEY}:{year}"
    context.instance.title = f"{year}年代表接待日计划"
    names = people.unit_names(context.session)
    return [
        {"station": plan.station_id, "name": names[plan.station_id], "rows": plan.rows}
        for plan in actions.open_plan(context.session, context.actor, year=int(year), at=context.now)
    ]


def save_plan(
    context: DelegateContext, station: str, year: int, sessions: Sequence[Mapping[str, Any]]
) -> list[dict[str, str]]:
    """The rows as they are kept."""
    slots = [
        Slot(date.fromisoformat(row["held_on"]), row["starts"] or "", row["ends"] or "", row.get("venue") or "")
        for row in sessions
    ]
    plan = actions.save_plan(
        context.session, context.actor, station_id=station, year=int(year), slots=slots, at=context.now
    )
    return list(plan.rows)


def return_plan(context: DelegateContext, station: str, year: int, opinion: str | None) -> None:
    actions.return_plan(
        context.session, context.actor, station_id=station, year=int(year), opinion=opinion or "", at=context.now
    )


def confirm_plan(context: DelegateContext, station: str, year: int, opinion: str | None = None) -> int:
    """How many sessions were begun."""
    begun = actions.confirm_plan(
        context.engine, context.session, context.actor, station_id=station, year=int(year), opinion=opinion or ""
    )
    return len(begun)


# ------------------------------------------------------------------------------------------- the preparation


def take_up(context: DelegateContext, answer: Mapping[str, Any] | None = None) -> None:
    """The process begins about a session in the books, or puts one there as the form says."""
    if not context.instance.business_key:
        reception = _arranged(context, answer or {})
        context.instance.business_key = queries.business_key(reception.id)
    reception = the_reception(context)
    context.instance.title = _title(context.session, reception)


def _arranged(context: DelegateContext, answer: Mapping[str, Any]) -> ReceptionSession:
    own = list(context.actor.units_of(STATION))
    station = answer.get("station") or (own[0] if len(own) == 1 else None)
    if not station:
        raise Invalid("请选择代表工作站。", fields={"station": "请选择代表工作站。"})
    return actions.open_session(
        context.engine,
        context.session,
        context.actor,
        station_id=station,
        held_on=date.fromisoformat(answer["held_on"]),
        starts=answer.get("starts") or "",
        ends=answer.get("ends") or "",
        venue=answer.get("venue") or "",
        kind=answer.get("kind") or rules.Kind.REGULAR.value,
        month=answer.get("month") or "",
        reason=answer.get("reason") or "",
    )


def _title(session: Session, reception: ReceptionSession) -> str:
    day = reception.held_on
    return f"{day.month}月{day.day}日 {actions.activity_title(session, reception)}"


def set_lead_times(
    context: DelegateContext, roster_days: int, notice_days: int, remind_days: int, roster_size: int, make_up_days: int
) -> None:
    reception = the_reception(context)
    calendar = workdays.working_calendar(context.session)
    rules.check_keeps_month(reception.held_on, reception.month, calendar.is_working_day, int(make_up_days))
    actions.set_lead_times(
        reception,
        roster_days=int(roster_days),
        notice_days=int(notice_days),
        remind_days=int(remind_days),
        roster_size=int(roster_size),
    )
    context.dates_moved()


def announce(context: DelegateContext) -> None:
    actions.announce(context.session, context.actor, the_reception(context), context.now)


def record_posted(context: DelegateContext) -> None:
    actions.record_posted(context.session, context.actor, the_reception(context), context.now)


def postpone(context: DelegateContext, answer: Mapping[str, Any], make_up_days: int) -> None:
    reception = the_reception(context)
    actions.postpone(
        context.session,
        context.actor,
        reception,
        held_on=date.fromisoformat(answer["held_on"]),
        starts=answer.get("starts") or "",
        ends=answer.get("ends") or "",
        reason=answer.get("reason") or "",
        make_up_days=int(make_up_days),
        at=context.now,
    )
    context.instance.title = _title(context.session, reception)
    context.dates_moved()


def cancel(context: DelegateContext, reason: str | None) -> None:
    actions.cancel(context.session, context.actor, the_reception(context), reason=reason or "", at=context.now)


# -------------------------------------------------------------------------------------------------- rosters


def propose_roster(context: DelegateContext) -> list[str]:
    return actions.propose_roster(context.session, the_reception(context))


def save_roster(context: DelegateContext, deputies: Sequence[str]) -> list[dict[str, str]]:
    """Those who are to be asked."""
    asked = actions.save_roster(
        context.session, context.actor, the_reception(context), person_ids=list(deputies), at=context.now
    )
    return [_seat(each) for each in asked]


def record_answer(context: DelegateContext, person: str, coming: bool, reason: str | None = None) -> str:
    """What the deputy stands as now; 已换下 for one whose place was given away meanwhile."""
    return actions.record_answer(
        context.session,
        context.actor,
        the_reception(context),
        person_id=person,
        coming=bool(coming),
        note=reason or "",
        at=context.now,
    )


def ask_swap(context: DelegateContext, reason: str | None) -> dict[str, str]:
    """
    Raises:
        NotAllowed: whoever asks is not on the roster.
    """
    reception, person = the_reception(context), context.actor.person_id
    mine = [each for each in queries.on_duty(context.session, reception.id) if each.entry.person_id == person]
    if not mine:
        raise NotAllowed("您不在这场接待日的名单上，不用申请换班。")
    actions.record_answer(
        context.session,
        context.actor,
        reception,
        person_id=person or "",
        coming=False,
        note=reason or "",
        at=context.now,
    )
    return _seat(mine[0])


def swap(
    context: DelegateContext, person: str, successor: str | None = None, reason: str | None = None
) -> dict[str, str] | None:
    """Who takes the place and is to be asked; None when nobody does."""
    found = actions.swap(
        context.session,
        context.actor,
        the_reception(context),
        person_id=person,
        successor_id=successor or None,
        reason=reason or "",
        at=context.now,
    )
    return _seat(found) if found else None


def tell_roster(
    context: DelegateContext,
    template: str,
    fields: Mapping[str, Any] | None = None,
    not_after: str | None = None,
) -> dict[str, int]:
    """A notice to everybody on the roster; the station passes it on to those without an account."""
    reception, recipients = the_reception(context), list[str]()
    for each in queries.on_duty(context.session, reception.id):
        staff = people.members(context.session, STATION, reception.station_id)
        recipients += [each.user_id] if each.user_id else [user.id for user in staff]
    count = notifications.enqueue(
        context.session,
        # A day can be moved away and back: only the moment tells such notices apart.
        subject_key=f"{context.instance.business_key}:{context.node_id}:{context.now:%Y%m%dT%H%M%S}",
        template=template,
        params={"title": context.instance.title, **(fields or {})},
        recipients=recipients,
        at=context.now,
        not_after=beijing_moment(date.fromisoformat(not_after), time(23, 59, 59)) if not_after else None,
        link=f"/receptions/{reception.id}",
    )
    return {"count": count}


def _seat(each: Rostered) -> dict[str, str]:
    """As diagrams know a deputy on the roster; `user` is empty for one without an account."""
    return {"person": each.entry.person_id, "name": each.name, "user": each.user_id or ""}


# ------------------------------------------------------------------------------------------------ afterwards


def record_held(context: DelegateContext, answer: Mapping[str, Any]) -> dict[str, int]:
    report = actions.record_held(
        context.engine,
        context.session,
        context.actor,
        the_reception(context),
        attendance={row["person"]: row["state"] for row in answer.get("sheet") or ()},
        also=answer.get("also") or (),
        photos=answer.get("photos") or (),
        remarks=answer.get("remarks") or "",
    )
    return {"visits": report.visits, "pending": report.pending}


def note_report(context: DelegateContext, opinion: str | None = None) -> None:
    actions.note_report(context.session, context.actor, the_reception(context), opinion=opinion or "", at=context.now)


# ------------------------------------------------------------------------------------------- the month's duty


def open_duty(context: DelegateContext, on: str, make_up_days: int) -> list[dict[str, Any]]:
    """Every station with whether its month is arranged, and the last day to make it up."""
    month = on[:7]
    context.instance.business_key = f"{MONTH_KEY}:{month}"
    context.instance.title = f"{month[:4]}年{int(month[5:])}月接待日检查"
    calendar = workdays.working_calendar(context.session)
    last = rules.make_up_by(month, calendar.is_working_day, int(make_up_days))
    return [
        {
            "station": station.id,
            "name": station.name,
            "month": month,
            "last_day": rules.last_of(month).isoformat(),
            "make_up_by": last.isoformat(),
            **duty_now(context, station.id, month),
        }
        for station in people.units(context.session, UnitKind.STATION)
    ]


def duty_now(context: DelegateContext, station: str, month: str) -> dict[str, bool]:
    held = actions.is_held(context.session, station, month)
    return {"held": held, "arranged": held or bool(queries.of_month(context.session, station, month))}


def make_up(context: DelegateContext, station: str, month: str, answer: Mapping[str, Any]) -> None:
    reception = actions.open_session(
        context.engine,
        context.session,
        context.actor,
        station_id=station,
        held_on=date.fromisoformat(answer["held_on"]),
        starts=answer.get("starts") or "",
        ends=answer.get("ends") or "",
        venue=answer.get("venue") or "",
        kind=rules.Kind.MAKE_UP.value,
        month=month,
        reason=answer.get("reason") or "",
    )
    actions.begin_day(context.engine, context.session, reception)


def close_duty(context: DelegateContext, station: str, month: str) -> dict[str, str]:
    duty = actions.close_duty(context.session, context.actor, station_id=station, month=month, at=context.now)
    return {"state": duty.state, "levels_missing": duty.levels_missing}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
