"""What diagrams may do to the record of activities: enter an item of deputies (Q24), destroy old evidence (Q46)."""

from collections.abc import Mapping, Sequence
from datetime import date

from workflows.activities import actions, plan_delegates, queries
from workflows.engine.delegates import DelegateContext, Registry
from workflows.engine.facts import Sources
from workflows.people import queries as people
from workflows.workdays.months import months_before


def register(registry: Registry) -> None:
    plan_delegates.register(registry)
    registry.add(
        "activities.record_item",
        record_item,
        label="计入履职记录（意见建议、民情民意、立法监督意见）",
        parameters={"kind": "类别", "title": "标题", "signatures": "领衔和附议代表", "station": "代表工作站"},
        optional={"station"},
        returns={"activity": "履职记录"},
    )
    until = {"on": "检查日期", "months": "保存几个月"}
    registry.add(
        "activities.count_old_evidence", count_old_evidence, label="统计超过保存期限的佐证材料", parameters=until
    )
    registry.add("activities.destroy_evidence", destroy_evidence, label="销毁超过保存期限的佐证材料", parameters=until)


def register_facts(sources: Sources) -> None:
    plan_delegates.register_facts(sources)


def record_item(
    context: DelegateContext,
    kind: str,
    title: str,
    signatures: Sequence[Mapping[str, str]],
    station: str | None = None,
) -> dict[str, str]:
    """One record per process instance, however often the step is passed; who holds no seat today is left out."""
    seated = {seat.person_id for seat in people.deputies_on(context.session, context.today)}
    activity = actions.record_item(
        context.engine,
        context.session,
        context.actor,
        source_key=context.instance.business_key or f"process:{context.instance.id}",
        kind=kind,
        title=title,
        station_id=station or None,
        states={each["person"]: each["state"] for each in signatures if each["person"] in seated},
    )
    return {"activity": activity.id}


def count_old_evidence(context: DelegateContext, on: str, months: int) -> int:
    """How many files prove activities so long ago that they need not be kept."""
    old = queries.evidence_before(context.session, months_before(date.fromisoformat(on), months))
    return sum(evidence.removed_at is None for evidence in old)


def destroy_evidence(context: DelegateContext, on: str, months: int) -> int:
    before = months_before(date.fromisoformat(on), months)
    return actions.destroy_evidence(
        context.session, context.actor, home=context.engine.home, held_before=before, at=context.now
    )
