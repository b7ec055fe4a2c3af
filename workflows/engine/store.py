"""Between rows and a running workflow: load, and save with everything that follows from the new state.

One save writes the state and projects what changed: user tasks, timers (jobs), message waits and history. What an
instance waited for before is compared with what it waits for now *in memory*, so that nothing need be read back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from workflows.actor import Actor, candidate_key
from workflows.clock import beijing_date
from workflows.engine import expressions, timer_rules
from workflows.engine.decisions import Outcome
from workflows.engine.delegates import DelegateContext
from workflows.engine.engine import Engine
from workflows.engine.runtime import Execution, ProcessFault, WaitingMessage, WaitingTimer
from workflows.engine.spiff import Compiled, Node, ScriptEngine
from workflows.engine.tables import (
    NO_DUE_DATE,
    EventInbox,
    EventWait,
    History,
    Incident,
    Job,
    ProcessDefinition,
    ProcessInstance,
    UserTask,
)
from workflows.errors import NotFound
from workflows.storage.session import table_of
from workflows.storage.types import new_id

SUBJECT_LENGTH = 200
QUIET_KINDS = frozenset({"parallelGateway"})  # passed, but nothing worth a line in a timeline

# What a save only adds goes to the tables themselves; every such row names its sub-district, as its instance does.
_ADD_TASKS = insert(table_of(UserTask))
_ADD_JOBS = insert(table_of(Job))
_ADD_WAITS = insert(table_of(EventWait))
_ADD_HISTORY = insert(table_of(History))


@dataclass
class Running:
    """An instance that is open in this unit of work."""

    instance: ProcessInstance
    execution: Execution
    actor: Actor
    compiled: Compiled
    before_tasks: set[str] = field(default_factory=set)
    before_timers: dict[str, datetime] = field(default_factory=dict)
    before_waits: set[str] = field(default_factory=set)
    notes: list[dict[str, Any]] = field(default_factory=list)
    note_data: dict[str, Any] = field(default_factory=dict)  # token -> data kept with its history row


def begin(
    engine: Engine,
    session: Session,
    actor: Actor,
    *,
    definition: ProcessDefinition,
    data: dict[str, Any],
    business_key: str = "",
    title: str = "",
) -> Running:
    """A new instance, before its first step; `save` stores it."""
    instance = ProcessInstance(
        id=new_id(),
        definition_id=definition.id,
        process_key=definition.key,
        business_key=business_key,
        title=title or definition.name,
        state=b"",
        started_at=engine.clock(),
        started_by=actor.id,
    )
    session.add(instance)
    session.flush()
    compiled = engine.specs.get(session, definition.id)
    script_engine = _script_engine(engine, session, actor, instance, compiled)
    return Running(instance, Execution.begin(compiled, script_engine, data), actor, compiled)


def load(engine: Engine, session: Session, actor: Actor, instance_id: str) -> Running:
    """Lock an instance and thaw it.

    Raises:
        NotFound: no such instance in this sub-district.
    """
    query = select(ProcessInstance).where(ProcessInstance.id == instance_id).with_for_update()
    instance = session.scalar(query.execution_options(populate_existing=True))
    if instance is None:
        raise NotFound("没有这件流程，请刷新列表。")
    return thaw(engine, session, actor, instance)


def thaw(engine: Engine, session: Session, actor: Actor, instance: ProcessInstance) -> Running:
    """Open an instance whose row is already locked by this unit of work."""
    compiled = engine.specs.get(session, instance.definition_id)
    script_engine = _script_engine(engine, session, actor, instance, compiled)
    execution = Execution.thaw(compiled, script_engine, instance.state)
    return Running(
        instance,
        execution,
        actor,
        compiled,
        before_tasks={token for token, *_ in execution.ready()},
        before_timers={_timer_key(t): t.due for t in execution.timers()},
        before_waits={_wait_key(w) for w in execution.messages()},
    )


def save(engine: Engine, session: Session, running: Running) -> None:
    """Store the new state and all that follows from it. Does not commit."""
    execution, instance, now = running.execution, running.instance, engine.clock()
    _deliver_early_messages(session, running)
    if execution.script_engine.dates_moved:
        session.flush()
        execution.rearm_timers()
        retime_tasks(session, running)
    _project_tasks(engine, session, running, now)
    _project_timers(session, running, now)
    _project_waits(session, running)
    _send_thrown(session, running, now)
    _write_history(session, running, now)
    if execution.completed and instance.status == "running":
        instance.status, instance.ended_at = "completed", now
    # An ended instance never moves again and its history is in rows of its own: its state is not kept.
    instance.state = execution.freeze() if instance.status == "running" else b""


def record_fault(session: Session, fault: ProcessFault, now: datetime, job_id: str | None = None) -> None:
    """Keep what went wrong for the process administrator; call it in a unit of work of its own."""
    session.add(
        Incident(
            instance_id=fault.instance_id,
            job_id=job_id,
            node_id=fault.node_id,
            error=fault.reason,
            opened_at=now,
        )
    )


def note(running: Running, *, node_id: str, node_name: str, kind: str, data: Any = None) -> None:
    """Add a line of its own to the history that `save` writes."""
    running.notes.append({"node_id": node_id, "node_name": node_name, "kind": kind, "data": data})


def _script_engine(
    engine: Engine, session: Session, actor: Actor, instance: ProcessInstance, compiled: Compiled
) -> ScriptEngine:
    facts = _Facts(engine, session, instance)
    environment = expressions.Environment(today=beijing_date(engine.clock()), calendar=lambda: engine.calendar(session))

    def decide(decision_id: str, data: Mapping[str, Any]) -> Outcome:
        return compiled.decisions[decision_id].decide(data, environment)

    def decide_step(decision_id: str, node_id: str, data: Mapping[str, Any]) -> Any:
        outcome = decide(decision_id, data)
        session.info.setdefault("decided", {})[instance.id, node_id] = outcome
        return outcome.result

    def dates_moved() -> None:
        script_engine.dates_moved = True

    def call(name: str, node_id: str, values: dict[str, Any]) -> Any:
        delegate = engine.delegates.get(name)
        if delegate is None:
            node = compiled.nodes[node_id]
            raise ProcessFault(node_id, node.name, f"系统里没有名为 {name} 的服务。")
        context = DelegateContext(engine, session, actor, instance, node_id, decide, dates_moved)
        result = delegate.call(context, **values)
        facts.forget()
        return result

    script_engine = ScriptEngine(
        environment=environment, now=engine.clock, facts=facts.get, decide=decide_step, delegate=call
    )
    return script_engine


class _Facts:
    """The facts about an instance's subject, read at most once between two delegate calls."""

    def __init__(self, engine: Engine, session: Session, instance: ProcessInstance) -> None:
        self._engine = engine
        self._session = session
        self._instance = instance
        self._read: dict[str, Mapping[str, Any]] = {}

    def get(self, name: str) -> Mapping[str, Any] | None:
        kind, _, key = self._instance.business_key.partition(":")
        source = self._engine.facts.get(name)
        if source is None or kind != name:
            return None
        if name not in self._read:
            self._read[name] = source.provider(self._session, key)
        return self._read[name]

    def forget(self) -> None:
        self._read.clear()


def _deliver_early_messages(session: Session, running: Running) -> None:
    """A message that came before anybody waited is handed over as soon as somebody does."""
    for _ in range(10):  # each delivery may open the next wait; a diagram that never ends is stopped by its budget
        new = [w for w in running.execution.messages() if _wait_key(w) not in running.before_waits]
        if not new or not running.instance.business_key:
            return
        query = (
            select(EventInbox)
            .where(EventInbox.business_key == running.instance.business_key)
            .where(EventInbox.name.in_({w.name for w in new}))
            .order_by(EventInbox.id)
            .limit(1)
        )
        early = session.scalar(query)
        if early is None:
            return
        running.execution.receive(early.name, early.payload)
        session.delete(early)


def _project_tasks(engine: Engine, session: Session, running: Running, now: datetime) -> None:
    ready = {token: (node, data, lane) for token, node, data, lane in running.execution.ready()}
    gone = running.before_tasks - set(ready)
    if gone:
        session.execute(
            update(UserTask)
            .where(UserTask.instance_id == running.instance.id, UserTask.token.in_(gone))
            .where(UserTask.status == "open")
            .values(status="cancelled", completed_at=now)
            .execution_options(synchronize_session=False)
        )
    rows = [
        _task_row(engine, running, token, *ready[token], now) for token in ready if token not in running.before_tasks
    ]
    if rows:
        session.connection().execute(_ADD_TASKS, rows)


def _task_row(
    engine: Engine,
    running: Running,
    token: str,
    node: Node,
    data: Mapping[str, Any],
    lane: str | None,
    now: datetime,
) -> dict[str, Any]:
    read = _PropertyReader(running, node, data)
    assignee = read.text("assignee")
    due_on = read.due_on(now)
    subject = read.text("subject") or running.instance.title
    return {
        "id": new_id(),
        "subdistrict_id": running.instance.subdistrict_id,
        "instance_id": running.instance.id,
        "process_key": running.instance.process_key,
        "token": token,
        "node_id": node.id,
        "name": node.name,
        "form_key": node.properties.get("formKey"),
        "subject": subject[:SUBJECT_LENGTH],
        # What the diagram gives to one person is nobody else's to see or to take.
        "candidate": None if assignee else candidate_of(running, node, data, lane),
        "assignee": assignee,
        "status": "open",
        "due_on": due_on,
        "sort_on": due_on or NO_DUE_DATE,
        "created_at": now,
    }


def candidate_of(running: Running, node: Node, data: Mapping[str, Any], lane: str | None) -> str | None:
    """Whose a step or event is: the people of its lane, of one unit when its properties say which; None without a lane.

    Raises:
        ProcessFault: the unit can not be computed.
    """
    return candidate_key(lane, _PropertyReader(running, node, data).text("candidateUnit")) if lane else None


class _PropertyReader:
    """Evaluates a user task's properties on the data its step sees."""

    def __init__(self, running: Running, node: Node, data: Mapping[str, Any]) -> None:
        self._node = node
        self._scope = running.execution.script_engine.scope(data)
        self._environment = running.execution.script_engine.environment

    def text(self, name: str) -> str | None:
        source = self._node.properties.get(name)
        if not source:
            return None
        try:
            value = expressions.compile(source).evaluate(self._scope, self._environment)
        except expressions.ExpressionError as error:
            raise ProcessFault(self._node.id, self._node.name, f"属性 {name} 无法计算：{error}") from error
        return None if value is None or value == "" else str(value)

    def due_on(self, now: datetime) -> date | None:
        source = self._node.properties.get("dueOn")
        if not source:
            return None
        try:
            rule = timer_rules.compile(source)
            if not rule.waits(self._scope, self._environment):
                return None
            due = rule.due(now, self._scope, self._environment)
        except (expressions.ExpressionError, timer_rules.TimerRuleError) as error:
            raise ProcessFault(self._node.id, self._node.name, f"属性 dueOn 无法计算：{error}") from error
        return beijing_date(due)


def retime_tasks(session: Session, running: Running) -> bool:
    """Recompute the due dates of open user tasks from when they were made: facts or the calendar have moved."""
    seen = {token: (node, data) for token, node, data, _ in running.execution.ready()}
    query = select(UserTask).where(UserTask.instance_id == running.instance.id, UserTask.status == "open")
    moved = False
    for task in session.scalars(query).all():
        if task.token not in seen:
            continue
        due_on = _PropertyReader(running, *seen[task.token]).due_on(task.created_at)
        if due_on != task.due_on:
            task.due_on, task.sort_on, moved = due_on, due_on or NO_DUE_DATE, True
    return moved


def _project_timers(session: Session, running: Running, now: datetime) -> None:
    waiting = {_timer_key(timer): timer for timer in running.execution.timers()}
    gone = set(running.before_timers) - set(waiting)
    moved = [t for key, t in waiting.items() if running.before_timers.get(key, t.due) != t.due]
    if gone:
        session.execute(
            update(Job)
            .where(Job.instance_id == running.instance.id, Job.kind == "timer", Job.status == "ready")
            .where(Job.waiting_token.in_({key.split(":")[0] for key in gone}))
            .where(Job.node_id.in_({key.split(":")[1] for key in gone}))
            .values(status="cancelled", ended_at=now)
            .execution_options(synchronize_session=False)
        )
    for timer in moved:
        session.execute(
            update(Job)
            .where(Job.instance_id == running.instance.id, Job.status == "ready")
            .where(Job.waiting_token == timer.token, Job.node_id == timer.node.id)
            .values(run_at=timer.due)
            .execution_options(synchronize_session=False)
        )
    rows = [timer_row(running.instance, t) for key, t in waiting.items() if key not in running.before_timers]
    if rows:
        session.connection().execute(_ADD_JOBS, rows)


def timer_row(instance: ProcessInstance, timer: WaitingTimer) -> dict[str, Any]:
    """The job that stands for a waiting timer."""
    return {
        "id": new_id(),
        "subdistrict_id": instance.subdistrict_id,
        "kind": "timer",
        "instance_id": instance.id,
        "waiting_token": timer.token,
        "node_id": timer.node.id,
        "name": timer.node.name,
        "due_rule": timer.rule[:SUBJECT_LENGTH],
        "run_at": timer.due,
        "status": "ready",
        "attempts": 0,
    }


def _project_waits(session: Session, running: Running) -> None:
    waiting = {_wait_key(wait): wait for wait in running.execution.messages()}
    gone = running.before_waits - set(waiting)
    if gone:
        session.execute(
            delete(EventWait)
            .where(EventWait.instance_id == running.instance.id)
            .where(EventWait.waiting_token.in_({key.split(":")[0] for key in gone}))
            .execution_options(synchronize_session=False)
        )
    rows = [
        {
            "id": new_id(),
            "subdistrict_id": running.instance.subdistrict_id,
            "instance_id": running.instance.id,
            "waiting_token": wait.token,
            "node_id": wait.node.id,
            "name": wait.name,
        }
        for key, wait in waiting.items()
        if key not in running.before_waits
    ]
    if rows:
        session.connection().execute(_ADD_WAITS, rows)


def _send_thrown(session: Session, running: Running, now: datetime) -> None:
    """A message that leaves the instance becomes a job: its receiver gets a unit of work of its own."""
    for event in running.execution.thrown():
        session.add(
            Job(
                kind="message",
                instance_id=running.instance.id,
                name=event.event_definition.name,
                payload={"business_key": running.instance.business_key, "payload": event.payload or {}},
                run_at=now,
            )
        )


def _write_history(session: Session, running: Running, now: datetime) -> None:
    decided = session.info.pop("decided", {})
    notes = list(running.notes)
    for step in running.execution.steps:
        if step.node.kind in QUIET_KINDS:
            continue
        outcome = decided.get((running.instance.id, step.node.id))
        data = running.note_data.get(step.token) if outcome is None else outcome.explain()
        notes.append(
            {
                "node_id": step.node.id,
                "node_name": step.node.name,
                "kind": HISTORY_KINDS.get(step.node.kind, "passed"),
                "milestone": step.node.milestone,
                "data": data,
            }
        )
    rows = [
        {
            "id": new_id(),
            "subdistrict_id": running.instance.subdistrict_id,
            "instance_id": running.instance.id,
            "at": now,
            "actor_id": running.actor.id,
            "actor_name": running.actor.name,
            "milestone": None,
            **row,
        }
        for row in notes
    ]
    if rows:
        session.connection().execute(_ADD_HISTORY, rows)
    running.execution.steps.clear()
    running.notes.clear()


HISTORY_KINDS = {
    "userTask": "completed",
    "manualTask": "completed",
    "startEvent": "started",
    "endEvent": "ended",
    "boundaryEvent": "event",
    "intermediateCatchEvent": "event",
    "receiveTask": "event",
    "businessRuleTask": "decided",
    "serviceTask": "service",
}


def _timer_key(timer: WaitingTimer) -> str:
    return f"{timer.token}:{timer.node.id}"


def _wait_key(wait: WaitingMessage) -> str:
    return f"{wait.token}:{wait.node.id}"
