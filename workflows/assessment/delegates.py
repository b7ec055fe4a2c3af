"""What a diagram may call about months and quarters, and the facts it may read of them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from workflows.assessment import actions, publicity_delegates, quarter_actions, queries, year_delegates
from workflows.assessment.delegate_subject import book_of, period_of
from workflows.assessment.rules import Month, Quarter
from workflows.engine.delegates import DelegateContext, Registry
from workflows.engine.facts import Sources
from workflows.workdays import queries as workdays

Answer = Mapping[str, Any]


def register(registry: Registry) -> None:
    """Everything the three shipped processes call."""
    _register_month(registry)
    _register_quarter(registry)
    publicity_delegates.register(registry)
    year_delegates.register(registry)


def _register_month(registry: Registry) -> None:
    person = {"person": "代表"}
    registry.add(
        "assessment.open_month",
        open_month,
        label="开启本月自评",
        parameters={"on": "开启日期"},
        returns={"person": "代表", "user": "账号", "station": "工作站", "reviewer": "由谁审核"},
    )
    registry.add(
        "assessment.submit",
        submit,
        label="登记自评",
        parameters={**person, "answer": "自评表"},
        returns={"on_behalf": "是否代填"},
    )
    registry.add("assessment.mark_not_submitted", mark_not_submitted, label="登记未自评，按考勤", parameters=person)
    registry.add(
        "assessment.review",
        review,
        label="登记审核意见",
        parameters={**person, "answer": "审核表"},
        returns={"decision": "结论", "opinion": "意见", "missing": "代表的说明"},
    )
    registry.add(
        "assessment.archive",
        archive,
        label="认定积分并归档",
        parameters=person,
        returns={"seal": "封存校验码"},
    )
    registry.add(
        "assessment.close_month",
        close_month,
        label="本月自评结束",
        returns={"archived": "归档份数", "not_submitted": "未自评份数"},
    )


def _register_quarter(registry: Registry) -> None:
    registry.add(
        "assessment.open_quarter",
        open_quarter,
        label="开启季度考核",
        parameters={"on": "开启日期"},
        returns={"station": "工作站", "name": "名称"},
    )
    registry.add(
        "assessment.submit_rollup",
        submit_rollup,
        label="登记汇总上报",
        parameters={"station": "工作站", "due_on": "上报期限", "answer": "汇总表"},
        returns={"points": "本站积分合计"},
    )
    registry.add(
        "assessment.draw_sample",
        draw_sample,
        label="抽取核实名单",
        returns={"items": "核实项数", "claims": "其中加分项"},
    )
    registry.add(
        "assessment.record_verification",
        record_verification,
        label="登记核实结论",
        parameters={"answer": "核实表"},
        returns={"items": "核实项数", "false": "不实项数"},
    )
    registry.add(
        "assessment.compute_results",
        compute_results,
        label="计算考核结果",
        returns={"deputies": "代表人数", "villages": "各村指数"},
    )
    registry.add(
        "assessment.publish",
        publish,
        label="发布公示",
        parameters={"ends_on": "公示截止", "answer": "公示表"},
        returns={"ends_on": "公示截止"},
    )
    registry.add("assessment.send_back", send_back, label="退回重新核实", parameters={"opinion": "退回意见"})
    registry.add(
        "assessment.finalise",
        finalise,
        label="审定考核结果",
        parameters={"opinion": "审批意见"},
        returns={"seal": "封存校验码"},
    )
    registry.add("assessment.receive", receive, label="登记村考核指标接收", parameters={"answer": "接收单"})


def register_facts(sources: Sources) -> None:
    """``month.…``, ``quarter.…`` and ``year.…`` in every expression of the three processes."""
    year_delegates.register_facts(sources)
    sources.add(
        "month",
        month_facts,
        fields={
            "period": "月份",
            "name": "月份名称",
            "first_day": "第一天",
            "last_day": "最后一天",
            "last_workday": "最后一个工作日",
        },
    )
    sources.add(
        "quarter",
        quarter_facts,
        fields={
            "period": "季度",
            "name": "季度名称",
            "first_day": "第一天",
            "last_day": "最后一天",
            "objections_upheld": "成立的异议件数",
        },
    )


# ------------------------------------------------------------------------------------------------ facts


def month_facts(session: Session, key: str) -> dict[str, str]:
    """
    Raises:
        Invalid: not a month.
    """
    month = Month.read(key)
    return {
        "period": str(month),
        "name": month.label,
        "first_day": month.first_day.isoformat(),
        "last_day": month.last_day.isoformat(),
        "last_workday": month.last_working_day(workdays.working_calendar(session)).isoformat(),
    }


def quarter_facts(session: Session, key: str) -> dict[str, Any]:
    """
    Raises:
        Invalid: not a quarter.
    """
    quarter = Quarter.read(key)
    row = queries.quarter_of(session, key)
    return {
        "period": str(quarter),
        "name": quarter.label,
        "first_day": quarter.first_day.isoformat(),
        "last_day": quarter.last_day.isoformat(),
        "objections_upheld": sum(bool(each.upheld) for each in queries.objections(session, row.id)),
    }


# ------------------------------------------------------------------------------------------------ month


def open_month(context: DelegateContext, on: str) -> list[dict[str, str]]:
    """Names the instance after its month; `actions.open_month` does the rest."""
    day = date.fromisoformat(on)
    context.instance.business_key = f"month:{Month.of(day)}"
    context.instance.title = f"{Month.of(day).label}个人自评"
    return actions.open_month(context.engine, context.session, context.actor, on=day, book=book_of(context))


def submit(context: DelegateContext, person: str, answer: Answer) -> dict[str, bool]:
    month = actions.submit(
        context.engine,
        context.session,
        context.actor,
        period=period_of(context, "month"),
        person_id=person,
        answer=answer,
        book=book_of(context),
    )
    return {"on_behalf": month.on_behalf}


def mark_not_submitted(context: DelegateContext, person: str) -> None:
    actions.mark_not_submitted(
        context.engine,
        context.session,
        context.actor,
        period=period_of(context, "month"),
        person_id=person,
        book=book_of(context),
    )


def review(context: DelegateContext, person: str, answer: Answer) -> dict[str, Any]:
    return actions.review(
        context.engine,
        context.session,
        context.actor,
        period=period_of(context, "month"),
        person_id=person,
        answer=answer,
    )


def archive(context: DelegateContext, person: str) -> dict[str, Any]:
    month = actions.archive(
        context.engine,
        context.session,
        context.actor,
        period=period_of(context, "month"),
        person_id=person,
        book=book_of(context),
    )
    return {"seal": month.sealed_hash}


def close_month(context: DelegateContext) -> dict[str, int]:
    return actions.close_month(context.engine, context.session, context.actor, period=period_of(context, "month"))


# ---------------------------------------------------------------------------------------------- quarter


def open_quarter(context: DelegateContext, on: str) -> list[dict[str, str]]:
    """Names the instance after its quarter; `quarter_actions.open_quarter` does the rest."""
    day = date.fromisoformat(on)
    quarter = Quarter.before(day)
    context.instance.business_key = f"quarter:{quarter}"
    context.instance.title = f"{quarter.label}积分考核"
    return quarter_actions.open_quarter(context.engine, context.session, context.actor, on=day)


def submit_rollup(context: DelegateContext, station: str, due_on: str, answer: Answer) -> dict[str, float]:
    rollup = quarter_actions.submit_rollup(
        context.engine,
        context.session,
        context.actor,
        period=period_of(context, "quarter"),
        station_id=station,
        due_on=date.fromisoformat(due_on),
        answer=answer,
    )
    return {"points": rollup.points_tenths / 10}


def draw_sample(context: DelegateContext) -> dict[str, int]:
    return quarter_actions.draw_sample(
        context.engine,
        context.session,
        context.actor,
        period=period_of(context, "quarter"),
        book=book_of(context),
    )


def record_verification(context: DelegateContext, answer: Answer) -> dict[str, int]:
    return quarter_actions.record_verification(
        context.engine,
        context.session,
        context.actor,
        period=period_of(context, "quarter"),
        answer=answer,
        book=book_of(context),
    )


def compute_results(context: DelegateContext) -> dict[str, Any]:
    return quarter_actions.compute_results(
        context.engine,
        context.session,
        context.actor,
        period=period_of(context, "quarter"),
        book=book_of(context),
    )


def publish(context: DelegateContext, ends_on: str | date, answer: Answer) -> dict[str, str]:
    row = quarter_actions.publish(
        context.engine,
        context.session,
        context.actor,
        period=period_of(context, "quarter"),
        ends_on=date.fromisoformat(str(ends_on)),
        answer=answer,
    )
    return {"ends_on": row.ends_on.isoformat()}


def send_back(context: DelegateContext, opinion: str) -> None:
    quarter_actions.send_back(
        context.engine,
        context.session,
        context.actor,
        period=period_of(context, "quarter"),
        opinion=opinion,
    )


def finalise(context: DelegateContext, opinion: str) -> dict[str, Any]:
    quarter = quarter_actions.finalise(
        context.engine,
        context.session,
        context.actor,
        period=period_of(context, "quarter"),
        opinion=opinion,
    )
    return {"seal": quarter.sealed_hash}


def receive(context: DelegateContext, answer: Answer) -> None:
    quarter_actions.receive(
        context.engine,
        context.session,
        context.actor,
        period=period_of(context, "quarter"),
        answer=answer,
    )
