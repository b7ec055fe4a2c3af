"""What is done with whole instances: start, cancel, send a message, re-time."""

from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from workflows import audit
from workflows.actor import Actor
from workflows.clock import beijing_date
from workflows.engine import definitions, expressions, store
from workflows.engine.decisions import DecisionError
from workflows.engine.engine import Engine
from workflows.engine.forms import Form
from workflows.engine.queries import form_choices
from workflows.engine.tables import EventInbox, EventWait, History, Job, ProcessInstance
from workflows.errors import Conflict, NotAllowed, NotFound

MAY_CANCEL = "流程管理员"


def start_form(engine: Engine, session: Session, key: str, on: date | None = None) -> tuple[Form | None, Any]:
    """The form that starts a process (None when it needs none) and its definition: what is in force today, or on a day.

    Raises:
        NotFound: no published process of that key.
    """
    definition = definitions.latest(session, key, on or beijing_date(engine.clock()))
    compiled = engine.specs.get(session, definition.id)
    return (compiled.forms[compiled.start_form] if compiled.start_form else None), definition


def start(
    engine: Engine,
    session: Session,
    actor: Actor,
    *,
    key: str,
    start: dict[str, Any] | None = None,
    business_key: str = "",
    title: str = "",
    on: date | None = None,
) -> ProcessInstance:
    """Start the version of a process that is in force and run it until it waits.

    Args:
        on: the day on which it should have begun, for one that begins late.
        start: the answer to the start form; becomes ``start`` in the instance's data.

    Raises:
        NotFound: no published process of that key.
        NotAllowed: the actor is not in the lane of the start event.
        Invalid: the answer does not fit the start form.
    """
    form, definition = start_form(engine, session, key, on)
    compiled = engine.specs.get(session, definition.id)
    lane = _start_lane(compiled)
    answer = dict(start or {})
    if not actor.is_clock and lane and not actor.has_role(lane):
        raise NotAllowed("“{name}”由{lane}发起，您没有这个身份。", name=definition.name, lane=lane)
    if form is not None and not actor.is_clock:
        answer = form.parse(answer, form_choices(engine, session, form))
    running = store.begin(
        engine,
        session,
        actor,
        definition=definition,
        data={"start": answer},
        business_key=business_key,
        title=title,
    )
    running.execution.advance()
    store.save(engine, session, running)
    audit.record(
        session,
        actor,
        "process.started",
        f"process_instance:{running.instance.id}",
        at=engine.clock(),
        process=definition.key,
        version=definition.version,
        business_key=running.instance.business_key,
    )
    return running.instance


def start_defaults(engine: Engine, form: Form) -> dict[str, Any]:
    """The values a start form begins with; nothing has happened yet, so its defaults may only compute."""
    environment = expressions.Environment(today=beijing_date(engine.clock()), calendar=_no_calendar)
    return form.defaults(lambda source: expressions.plain(expressions.compile(source).evaluate({}, environment)))


def _no_calendar() -> Any:
    raise expressions.ExpressionError("发起表单的默认值不能用工作日。")


def decided_before_start(
    engine: Engine, session: Session, *, key: str, decision_id: str, data: dict[str, Any]
) -> Any | None:
    """What a table of the newest version says of something that has not begun.

    Args:
        data: what its cells may read; there are no facts about a subject yet.

    Returns:
        the result; None when the package has no such table, or it can not say with so little.
    """
    compiled = engine.specs.get(session, definitions.latest(session, key, beijing_date(engine.clock())).id)
    table = compiled.decisions.get(decision_id)
    environment = expressions.Environment(today=beijing_date(engine.clock()), calendar=lambda: engine.calendar(session))
    try:
        return table.decide(data, environment).result if table else None
    except DecisionError:
        return None


def _start_lane(compiled: Any) -> str | None:
    starts = compiled.spec.bpmn_start_events
    return starts[0].lane if starts else None


def cancel(engine: Engine, session: Session, actor: Actor, *, instance_id: str, reason: str) -> ProcessInstance:
    """Stop an instance for good; its open tasks and timers go with it.

    Raises:
        NotAllowed: only the process administrator may.
        Conflict: it is not running.
    """
    if not actor.has_role(MAY_CANCEL):
        raise NotAllowed("只有流程管理员可以终止流程。")
    running = store.load(engine, session, actor, instance_id)
    if running.instance.status != "running":
        raise Conflict("这件流程已经结束，不能再终止。")
    running.execution.cancel()
    running.instance.status, running.instance.ended_at = "cancelled", engine.clock()
    store.note(running, node_id="", node_name="终止", kind="cancelled", data={"reason": reason})
    store.save(engine, session, running)
    audit.record(
        session,
        actor,
        "process.cancelled",
        f"process_instance:{instance_id}",
        at=engine.clock(),
        reason=reason,
    )
    return running.instance


def send_message(
    engine: Engine, session: Session, actor: Actor, *, name: str, business_key: str, payload: dict[str, Any]
) -> int:
    """Hand a message to every instance about `business_key` that waits for it; keep it when none does.

    Returns:
        how many instances took it.
    """
    query = (
        select(EventWait.instance_id)
        .join(ProcessInstance, ProcessInstance.id == EventWait.instance_id)
        .where(EventWait.name == name, ProcessInstance.business_key == business_key)
        .where(ProcessInstance.status == "running")
        .distinct()
    )
    taken = 0
    for instance_id in session.scalars(query).all():
        running = store.load(engine, session, actor, instance_id)
        if running.execution.receive(name, payload):
            store.save(engine, session, running)
            taken += 1
    if not taken:
        session.add(EventInbox(business_key=business_key, name=name, payload=payload, arrived_at=engine.clock()))
    return taken


def post_message(
    engine: Engine, session: Session, *, sender: str, name: str, business_key: str, payload: dict[str, Any]
) -> None:
    """Have a message handed over soon, in a unit of work of its own: for a delegate, whose own instance is at work.

    Args:
        sender: the instance that sends it.
    """
    content = {"business_key": business_key, "payload": payload}
    session.add(Job(kind="message", instance_id=sender, name=name, payload=content, run_at=engine.clock()))


def refresh_timers(engine: Engine, session: Session, actor: Actor, *, business_key: str) -> int:
    """Recompute timers and due dates of all running instances about `business_key`: a deadline has moved.

    Returns:
        how many instances had something that moved.
    """
    query = select(ProcessInstance.id).where(
        ProcessInstance.business_key == business_key, ProcessInstance.status == "running"
    )
    moved = 0
    for instance_id in session.scalars(query).all():
        running = store.load(engine, session, actor, instance_id)
        tasks_moved = store.retime_tasks(session, running)
        if running.execution.rearm_timers() or tasks_moved:
            store.note(running, node_id="", node_name="期限变动，重新计时", kind="retimed")
            store.save(engine, session, running)
            moved += 1
    return moved


def forget_answers(session: Session, instance_id: str) -> None:
    """Take what people wrote out of an instance's history, which goes on saying who did what and when.

    For what must not be kept at all (a denunciation, domain Q15); the state of an ended instance is not kept anyway.
    """
    session.execute(update(History).where(History.instance_id == instance_id).values(data=None))


def timers_of(session: Session, instance_id: str) -> list[Job]:
    """The waiting timers of an instance, next first."""
    query = select(Job).where(Job.instance_id == instance_id, Job.kind == "timer", Job.status == "ready")
    return list(session.scalars(query.order_by(Job.run_at)))


def get(session: Session, instance_id: str) -> ProcessInstance:
    """An instance of this sub-district.

    Raises:
        NotFound: there is none.
    """
    instance = session.get(ProcessInstance, instance_id)
    if instance is None:
        raise NotFound("没有这件流程，请刷新列表。")
    return instance
