"""The inbox: what waits for me, what waits for my groups, what I have done."""

from http import HTTPStatus
from typing import cast

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service import auth, flash
from service.context import the_actor, the_workplace, today
from workflows.engine import definitions, queries, user_tasks, visibility
from workflows.engine.queries import Box
from workflows.errors import NotFound
from workflows.people import rules

bp = Blueprint("inbox", __name__, url_prefix="/inbox")

OFFICE = tuple(role for role in rules.ROLES if role != rules.DISTRICT)
_BOXES = ("mine", "groups", "done")


@bp.get("/", defaults={"box": ""})
@bp.get("/<box>")
@auth.roles(*OFFICE)
def show(box: str) -> str:
    """A box by its name; without one, the one that needs this person: their group's when nothing waits for them."""
    if box and box not in _BOXES:
        raise NotFound("没有这个任务箱，请从“待办”重新进入。")
    actor, process_key = the_actor(), request.args.get("process") or None
    overdue = request.args.get("overdue") == "1"
    with the_workplace().reading(actor.subdistrict_id) as session:
        counts = queries.count_waiting(session, actor)
        box = box or ("groups" if counts["groups"] and not counts["mine"] else "mine")
        page = queries.inbox(
            session,
            actor,
            box=cast(Box, box),
            after=request.args.get("after"),
            process_key=process_key,
            overdue_on=today() if overdue else None,
        )
        processes = definitions.list_latest(session, today())
        return render_template(
            "inbox/show.html",
            box=box,
            page=page,
            startable=visibility.startable(the_workplace().engine, session, actor),
            counts=counts,
            count_cap=queries.COUNT_CAP,
            processes=processes,
            process_names={process.key: process.name for process in processes},
            process_key=process_key,
            overdue=overdue,
            here=_address(box, process_key, overdue),
            next_page=_address(box, process_key, overdue, after=page.next) if page.next else None,
        )


@bp.post("/<task_id>/claim")
@auth.roles(*OFFICE)
def claim(task_id: str) -> ResponseReturnValue:
    """Take a task out of the group's box and open it."""
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        user_tasks.claim(workplace.engine, session, actor, task_id=task_id)
    return redirect(url_for("tasks.show", task_id=task_id), HTTPStatus.SEE_OTHER)


@bp.post("/<task_id>/release")
@auth.roles(*OFFICE)
def release(task_id: str) -> ResponseReturnValue:
    """Put a claimed task back for its group."""
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        user_tasks.release(workplace.engine, session, actor, task_id=task_id)
    return flash.leave(redirect(url_for("inbox.show", box="groups"), HTTPStatus.SEE_OTHER), "released")


def _address(box: str, process_key: str | None, overdue: bool, after: str | None = None) -> str:
    return url_for("inbox.show", box=box, process=process_key, overdue="1" if overdue else None, after=after)
