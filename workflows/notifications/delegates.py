"""What a diagram may call to tell somebody something."""

from datetime import date, datetime, time
from typing import Any

from workflows.clock import beijing_moment
from workflows.engine.delegates import DelegateContext, Registry
from workflows.errors import Invalid
from workflows.notifications import actions
from workflows.people import queries as people


def register(registry: Registry) -> None:
    registry.add(
        "notifications.notify",
        notify,
        label="发送通知",
        parameters={
            "template": "通知模板",
            "fields": "模板里的内容",
            "to_role": "发给哪个身份",
            "to_unit": "限哪个单位",
            "to_user": "发给哪位用户",
            "key": "去重标识（同一标识只发一次）",
            "not_after": "过了哪一天就不再补发",
        },
        optional={"fields", "to_role", "to_unit", "to_user", "key", "not_after"},
        returns={"count": "新发出的条数"},
    )


def notify(
    context: DelegateContext,
    template: str,
    fields: dict[str, Any] | None = None,
    to_role: str | None = None,
    to_unit: str | None = None,
    to_user: str | None = None,
    key: str | None = None,
    not_after: str | date | None = None,
) -> dict[str, int]:
    """Write a notice to one user or to everybody of a role (in one unit).

    The subject key is the business key and the step, so that the same step of the same matter tells each person once;
    `key` tells apart what may be said again (a second reminder after a new deadline).
    """
    if to_user:
        recipients = [to_user]
    elif to_role:
        recipients = [user.id for user in people.members(context.session, to_role, to_unit)]
    else:
        raise Invalid("通知没有写明发给谁，请在流程图里填写身份或用户。")
    subject = context.instance.business_key or f"process:{context.instance.id}"
    count = actions.enqueue(
        context.session,
        subject_key=":".join(part for part in (subject, context.node_id, key or "") if part),
        template=template,
        params={"title": context.instance.title, **(fields or {})},
        recipients=recipients,
        at=context.now,
        not_after=_end_of(not_after) if not_after else None,
        link=f"/processes/{context.instance.id}",
    )
    return {"count": count}


def _end_of(day: str | date) -> datetime:
    last = date.fromisoformat(day[:10]) if isinstance(day, str) else day
    return beijing_moment(last, time(23, 59, 59))
