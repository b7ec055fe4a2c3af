"""What diagrams may enter into the record of activities: an item that deputies put forward (domain Q24)."""

from collections.abc import Mapping, Sequence

from workflows.activities import actions
from workflows.engine.delegates import DelegateContext, Registry
from workflows.people import queries as people


def register(registry: Registry) -> None:
    registry.add(
        "activities.record_item",
        record_item,
        label="计入履职记录（意见建议、民情民意、立法监督意见）",
        parameters={"kind": "类别", "title": "标题", "signatures": "领衔和附议代表", "station": "代表工作站"},
        optional={"station"},
        returns={"activity": "履职记录"},
    )


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
