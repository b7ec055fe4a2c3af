"""What the year's diagram may call, and the facts it may read."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from workflows.assessment import year_actions, year_queries
from workflows.assessment.delegate_subject import book_of, period_of
from workflows.engine.delegates import DelegateContext, Registry
from workflows.engine.facts import Sources

Answer = Mapping[str, Any]


def register(registry: Registry) -> None:
    registry.add(
        "assessment.open_year",
        open_year,
        label="开启上一年的年度考核",
        parameters={"on": "开启日期"},
        returns={"quarters": "考核过的季度数", "waiting": "还没有审定的季度"},
    )
    registry.add(
        "assessment.compute_year",
        compute_year,
        label="累计四个季度，评定等次",
        returns={"deputies": "代表人数", "commended": "拟表彰人数"},
    )
    registry.add(
        "assessment.settle_year",
        settle_year,
        label="登记评优名单",
        parameters={"answer": "评定表"},
        returns={"commended": "表彰人数"},
    )
    registry.add("assessment.send_back_year", send_back_year, label="退回重新评定", parameters={"opinion": "退回意见"})
    registry.add(
        "assessment.finalise_year",
        finalise_year,
        label="审定年度结果",
        parameters={"opinion": "审批意见"},
        returns={"seal": "封存校验码"},
    )
    registry.add("assessment.receive_year", receive_year, label="登记年度结果接收", parameters={"answer": "接收单"})


def register_facts(sources: Sources) -> None:
    sources.add("year", year_facts, fields={"number": "年份", "name": "年度名称", "waiting": "还没有审定的季度"})


def year_facts(session: Session, key: str) -> dict[str, Any]:
    """``year.…`` in every expression of the year's process."""
    year = int(key)
    return {"number": year, "name": f"{year}年度", "waiting": "、".join(year_queries.waiting_for(session, year))}


def open_year(context: DelegateContext, on: str) -> dict[str, Any]:
    """Names the instance after the year before; `year_actions.open_year` does the rest."""
    year = date.fromisoformat(on).year - 1
    context.instance.business_key = f"year:{year}"
    context.instance.title = f"{year}年度代表履职考核"
    return year_actions.open_year(context.engine, context.session, context.actor, year=year)


def compute_year(context: DelegateContext) -> dict[str, int]:
    return year_actions.compute(
        context.engine, context.session, context.actor, year=_year(context), book=book_of(context)
    )


def settle_year(context: DelegateContext, answer: Answer) -> dict[str, int]:
    return year_actions.settle(context.engine, context.session, context.actor, year=_year(context), answer=answer)


def send_back_year(context: DelegateContext, opinion: str | None) -> None:
    year_actions.send_back(context.engine, context.session, context.actor, year=_year(context), opinion=opinion or "")


def finalise_year(context: DelegateContext, opinion: str | None) -> dict[str, Any]:
    row = year_actions.finalise(
        context.engine, context.session, context.actor, year=_year(context), opinion=opinion or ""
    )
    return {"seal": row.sealed_hash}


def receive_year(context: DelegateContext, answer: Answer) -> None:
    year_actions.receive(context.engine, context.session, context.actor, year=_year(context), answer=answer)


def _year(context: DelegateContext) -> int:
    return int(period_of(context, "year"))
