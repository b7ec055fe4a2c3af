"""One instance while it moves: begin, complete, fire, receive, and run until it waits again. No database.

Guards that the library does not have: a budget of steps, time, size and depth for every advance (an automatic loop
otherwise stops at depth 1000 and calls itself completed), a check that a step is ready before it runs (the library
runs finished ones again), and pruning of finished loop iterations.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.spiff.specs.event_definitions import MessageEventDefinition as SpiffMessage
from SpiffWorkflow.util.task import TaskState

from workflows.engine import codec, pruning
from workflows.engine.decisions import DecisionError
from workflows.engine.expressions import ExpressionError
from workflows.engine.spiff import Compiled, Node, RuleTimer, ScriptEngine, StepFailed
from workflows.engine.timer_rules import TimerRuleError
from workflows.errors import Conflict, WorkError

STEP_LIMIT = 3000
SECONDS_LIMIT = 5.0  # of the engine's own time, delegates not counted
TASK_LIMIT = 5000
SUBPROCESS_LIMIT = 600
DEPTH_LIMIT = 800  # the library goes silent at 1000


class ProcessFault(WorkError):
    """A step of the diagram failed. The whole action is rolled back and an incident recorded.

    Attributes:
        node_id: the element, when known.
    """

    def __init__(self, node_id: str, node_name: str, reason: str) -> None:
        super().__init__(
            "流程走到“{step}”时出错：{reason} 您填写的内容没有丢失，已经通知流程管理员，请稍后再试。",
            step=node_name,
            reason=reason,
        )
        self.node_id = node_id
        self.reason = reason
        self.instance_id: str | None = None


@dataclass(frozen=True)
class Step:
    """A visible element that was passed."""

    node: Node
    token: str


@dataclass(frozen=True)
class WaitingTimer:
    token: str
    node: Node
    rule: str
    due: datetime


@dataclass(frozen=True)
class WaitingMessage:
    """
    Attributes:
        data: what the waiting event sees.
    """

    token: str
    node: Node
    name: str
    lane: str | None
    data: dict[str, Any]


class Execution:
    """A workflow in memory for the length of one unit of work."""

    def __init__(self, compiled: Compiled, workflow: Any, script_engine: ScriptEngine) -> None:
        self.compiled = compiled
        self.script_engine = script_engine
        self.steps: list[Step] = []
        self._workflow = workflow

    @classmethod
    def begin(cls, compiled: Compiled, script_engine: ScriptEngine, data: dict[str, Any]) -> "Execution":
        """A new instance, standing before its first step."""
        workflow = BpmnWorkflow(compiled.spec, dict(compiled.subprocess_specs), script_engine=script_engine)
        workflow.task_tree.data.update(data)
        return cls(compiled, workflow, script_engine)

    @classmethod
    def thaw(cls, compiled: Compiled, script_engine: ScriptEngine, state: bytes) -> "Execution":
        return cls(compiled, codec.unpack(state, compiled, script_engine), script_engine)

    def freeze(self) -> bytes:
        """The state as bytes, finished loop iterations cut away."""
        pruning.prune(self._workflow)
        try:
            return codec.pack(self._workflow)
        except codec.StateTooLarge as error:
            raise self._fault(None, "这件事积累的流程数据超过上限，请让流程管理员检查循环或多实例步骤。") from error
        except (TypeError, OverflowError, ValueError) as error:
            raise self._fault(None, f"流程数据里有不能保存的内容（{error}）。") from error

    @property
    def completed(self) -> bool:
        return bool(self._workflow.is_completed())

    @property
    def data(self) -> dict[str, Any]:
        """The data at the end of a finished instance, or of its last finished step."""
        last = self._workflow.last_task
        return dict(last.data) if last is not None else {}

    def complete(self, token: str, node_id: str, values: dict[str, Any]) -> None:
        """Record a person's answer under the node's own name and run until the instance waits again.

        Raises:
            Conflict: the step is not waiting for a person any more.
            ProcessFault: a later automatic step failed.
        """
        task = self._find(token)
        if task is None or not task.has_state(TaskState.READY) or not task.task_spec.manual:
            raise Conflict("这项任务已经不在等待办理了，请刷新列表。")
        task.data[node_id] = values
        self._run(task)
        self.advance()

    def fire(self, token: str, node_id: str) -> bool:
        """Let a waiting timer fire; False when it no longer waits."""
        task = self._find(token)
        if task is None or not task.has_state(TaskState.WAITING):
            return False
        timer = task.internal_data.get("timers", {}).get(node_id)
        if timer is None:
            return False
        timer["fired"] = True
        self._guarded(task, lambda: task.task_spec._update(task))
        self.advance()
        return True

    def receive(self, name: str, payload: dict[str, Any], token: str | None = None) -> bool:
        """Hand in a message; False when nothing waits for it. `token` picks one of several waiting steps."""
        waiting = [w for w in self.messages() if w.name == name and token in (None, w.token)]
        if not waiting:
            return False
        task = self._find(waiting[0].token)
        definition = next(d for d in _definitions(task) if isinstance(d, MessageEventDefinition) and d.name == name)
        event = BpmnEvent(definition, payload=payload)
        self._guarded(task, lambda: (task.task_spec.catch(task, event), task.task_spec._update(task)))
        # Only now: the update inherits the data of the step before, and with it what an earlier passing was handed.
        task.data[waiting[0].node.id] = payload
        self.advance()
        return True

    def advance(self) -> None:
        """Run every automatic step until people, timers or messages are awaited.

        Raises:
            ProcessFault: a step failed or the budget is spent.
        """
        budget = _Budget(self._workflow, self._over_budget)
        current: list[Any] = [None]

        def will(task: Any) -> None:
            current[0] = task
            budget.spend(task)

        def did(task: Any) -> None:
            self._note(task)

        self._guarded(current, lambda: self._workflow.do_engine_steps(will, did))

    def ready(self) -> list[tuple[str, Node, dict[str, Any], str | None]]:
        """Steps that wait for a person: token, node, the data they see, lane."""
        found = []
        for flow in self._flows():
            for task in flow.get_tasks(state=TaskState.READY, manual=True):
                node = self._node(task)
                if node is not None:
                    found.append((task.id.hex, node, task.data, task.task_spec.lane))
        return found

    def timers(self) -> list[WaitingTimer]:
        found = []
        for task in self._workflow.event_manager.tasks.values():
            timers = task.internal_data.get("timers", {})
            for definition in _definitions(task):
                if not isinstance(definition, RuleTimer):
                    continue
                due = timers.get(definition.node_id, {}).get("due")
                if due is not None:
                    node = self.compiled.nodes[definition.node_id]
                    found.append(WaitingTimer(task.id.hex, node, definition.rule.text, datetime.fromisoformat(due)))
        return found

    def messages(self) -> list[WaitingMessage]:
        found = []
        for task in self._workflow.event_manager.tasks.values():
            for definition in _definitions(task):
                if isinstance(definition, MessageEventDefinition):
                    node = self._message_node(task, definition)
                    lane = self.compiled.lanes.get(node.id)
                    found.append(WaitingMessage(task.id.hex, node, definition.name, lane, task.data))
        return found

    def waiting_nodes(self) -> list[Node]:
        """Elements where the instance stands, whatever it waits for (for the diagram)."""
        nodes = [self._node(task) for task in self._workflow.event_manager.tasks.values()]
        return [node for node in nodes if node is not None]

    def thrown(self) -> list[BpmnEvent]:
        """Messages (and uncaught errors) that left the instance, once."""
        events: list[BpmnEvent] = self._workflow.get_events()
        return [event for event in events if isinstance(event.event_definition, SpiffMessage)]

    def rearm_timers(self) -> bool:
        """Recompute every waiting timer from its kept base: facts such as a deadline have moved."""
        moved = False
        for task in self._workflow.event_manager.tasks.values():
            for definition in _definitions(task):
                timer = task.internal_data.get("timers", {}).get(getattr(definition, "node_id", None))
                if isinstance(definition, RuleTimer) and timer and not timer.get("fired"):
                    due = self.script_engine.due_again(task, definition, timer)
                    moved = moved or due != timer["due"]
                    timer["due"] = due
        return moved

    def cancel(self) -> None:
        self._workflow.cancel()

    def _run(self, task: Any) -> None:
        self._guarded(task, task.run)
        self._note(task)

    def _guarded(self, task: Any, step: Callable[[], Any]) -> None:
        """Run one piece of the engine; turn what a diagram can cause into a `ProcessFault`."""
        try:
            step()
        except WorkError:
            raise
        except (ExpressionError, TimerRuleError, DecisionError, StepFailed) as error:
            raise self._fault(_first(task), str(error)) from error
        except (SpiffWorkflowException, RecursionError) as error:
            raise self._fault(_first(task), f"引擎报告：{error}") from error

    def _fault(self, task: Any, reason: str) -> ProcessFault:
        node = self._node(task) if task is not None else None
        if node is None:
            return ProcessFault(self.compiled.key, self.compiled.key, reason)
        return ProcessFault(node.id, node.name, reason)

    def _over_budget(self, task: Any, what: str) -> ProcessFault:
        return self._fault(task, f"自动步骤超过了上限（{what}），图中可能有不停的循环。")

    def _note(self, task: Any) -> None:
        node = self._node(task)
        if node is not None:
            self.steps.append(Step(node, task.id.hex))

    def _node(self, task: Any) -> Node | None:
        return self.compiled.nodes.get(task.task_spec.bpmn_id) if task.task_spec.bpmn_id else None

    def _message_node(self, task: Any, definition: Any) -> Node:
        """Inside an event gateway the message belongs to the catching event behind it."""
        own = self._node(task)
        if own is not None and own.kind != "eventBasedGateway":
            return own
        position = task.task_spec.event_definition.event_definitions.index(definition)
        return self.compiled.nodes[task.task_spec.outputs[position].bpmn_id]

    def _find(self, token: str) -> Any:
        identity = UUID(hex=token)
        for flow in self._flows():
            if identity in flow.tasks:
                return flow.tasks[identity]
        return None

    def _flows(self) -> list[Any]:
        return [self._workflow, *self._workflow.subprocesses.values()]


class _Budget:
    """What one advance may cost."""

    def __init__(self, workflow: Any, over: Callable[[Any, str], ProcessFault]) -> None:
        self._workflow = workflow
        self._over = over
        self._steps = 0
        self._began = time.process_time()

    def spend(self, task: Any) -> None:
        self._steps += 1
        if self._steps > STEP_LIMIT:
            raise self._over(task, f"{STEP_LIMIT} 步")
        if self._steps % 20:
            return
        if time.process_time() - self._began > SECONDS_LIMIT:
            raise self._over(task, f"{SECONDS_LIMIT:.0f} 秒")
        if len(self._workflow.subprocesses) > SUBPROCESS_LIMIT:
            raise self._over(task, f"{SUBPROCESS_LIMIT} 个子流程")
        flows = [self._workflow, *self._workflow.subprocesses.values()]
        if sum(len(flow.tasks) for flow in flows) > TASK_LIMIT:
            raise self._over(task, f"{TASK_LIMIT} 个步骤记录")
        if task.depth > DEPTH_LIMIT:
            raise self._over(task, f"连续 {DEPTH_LIMIT} 步")


def _definitions(task: Any) -> list[Any]:
    definition = task.task_spec.event_definition
    return getattr(definition, "event_definitions", None) or [definition]


def _first(task: Any) -> Any:
    return task[0] if isinstance(task, list) else task
