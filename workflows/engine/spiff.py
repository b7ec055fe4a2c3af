"""SpiffWorkflow, as this house uses it: our parser, our step classes, one immutable spec per version.

Only this module, `codec` and `runtime` know the library. What is replaced here and why (measured on 3.2.0):

* Timers: the library's read the machine's clock, restart when an event gateway has two of them and take ISO text
  only. Ours keep rule, base and due time per node, and fire when a *job* says so, never by looking at a clock.
* Service tasks: the library hides a failing call behind ``NameError`` and passes results through JSON text.
* Business rule tasks: the library's decision tables do not check uniqueness; ours are in `decisions`.
* Multi-instance: unlimited, merges every finished instance's whole data back, and can not be entered twice.
* Events that do not interrupt happen once. Ours wait again: a message for the next one, a reminder relative to a date
  for the case that its date moves.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.exceptions import WorkflowTaskException
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.data_spec import TaskDataReference
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, IntermediateCatchEvent, StartEvent
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.spiff.parser.event_parsers import (
    SpiffBoundaryEventParser,
    SpiffIntermediateCatchEventParser,
    SpiffStartEventParser,
)
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.spiff.parser.task_spec import (
    BusinessRuleTaskParser,
    CallActivityParser,
    ScriptTaskParser,
    ServiceTaskParser,
    SpiffTaskParser,
    SubWorkflowParser,
    UserTaskParser,
)
from SpiffWorkflow.spiff.specs.defaults import (
    BusinessRuleTask,
    CallActivity,
    ManualTask,
    NoneTask,
    ParallelMultiInstanceTask,
    ScriptTask,
    SequentialMultiInstanceTask,
    ServiceTask,
    SubWorkflowTask,
    UserTask,
)
from SpiffWorkflow.util.task import TaskState

from workflows.engine import decisions, expressions, timer_rules, xml
from workflows.engine import forms as form_model
from workflows.engine.decisions import DecisionTable
from workflows.engine.forms import Form
from workflows.engine.packages import Package

# The library logs every state change, at DEBUG with the step's data: what people typed does not belong in log files.
logging.getLogger("spiff").setLevel(logging.WARNING)

MULTI_INSTANCE_LIMIT = 500
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
SPIFF = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"


class StepFailed(Exception):
    """A step could not be done: a Chinese sentence for the incident."""


@dataclass(frozen=True)
class Node:
    """One visible element of a diagram."""

    id: str
    kind: str  # userTask, serviceTask, exclusiveGateway, boundaryEvent, …
    name: str
    process_id: str
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def milestone(self) -> str | None:
        return self.properties.get("milestone")


@dataclass(frozen=True)
class Compiled:
    """A version ready to run. Shared by every instance and thread; nothing in it changes after `build`."""

    key: str
    spec: Any
    subprocess_specs: Mapping[str, Any]
    nodes: Mapping[str, Node]
    lanes: Mapping[str, str]  # node id -> lane
    forms: Mapping[str, Form]
    decisions: Mapping[str, DecisionTable]
    for_each: frozenset[str]  # processes that are called once for each of several: their steps are somebody's own
    start_form: str | None
    schedule: str | None
    diagram: bytes


class RuleTimer(TimerEventDefinition):  # type: ignore[misc]
    """A timer in our own language. Waits until a job says that its time has come."""

    def __init__(self, node_id: str, name: str, text: str, **kwargs: Any) -> None:
        super().__init__(name, text, **kwargs)
        self.node_id = node_id
        self.rule = timer_rules.compile(text)

    def has_fired(self, my_task: Any) -> bool:
        timers = my_task.internal_data.setdefault("timers", {})
        timer = timers.get(self.node_id)
        if timer is None:
            timer = timers[self.node_id] = my_task.workflow.script_engine.arm(my_task, self)
        return bool(timer.get("fired"))

    def reset(self, my_task: Any) -> None:
        my_task.internal_data.pop("timers", None)
        super().reset(my_task)

    @property
    def follows_a_date(self) -> bool:
        """Whether it is about a day that may move, and not a length of time."""
        return self.rule.depends_on_data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RuleTimer) and other.node_id == self.node_id

    def __hash__(self) -> int:
        return hash(self.node_id)


class _TimerParsing:
    """Replaces how the library reads a timer; mixed into its event parsers."""

    node: Any

    def parse_timer_event(self, event: Any) -> Any:
        texts = [child.text for child in event if child.tag in (f"{BPMN}timeDuration", f"{BPMN}timeDate")]
        if len(texts) != 1:
            raise ValidationException("a timer needs one duration or one date", node=self.node)
        try:
            return RuleTimer(self.node.get("id"), self.node.get("name") or self.node.get("id"), texts[0] or "")
        except timer_rules.TimerRuleError as error:
            raise ValidationException(str(error), node=self.node) from error


class _CatchParser(_TimerParsing, SpiffIntermediateCatchEventParser):  # type: ignore[misc]
    pass


class _BoundaryParser(_TimerParsing, SpiffBoundaryEventParser):  # type: ignore[misc]
    pass


class _StartParser(SpiffStartEventParser):  # type: ignore[misc]
    """Starting is ours (schedules, messages, forms): inside an instance every start event just starts."""

    def create_task(self) -> Any:
        task = self._create_task(NoneEventDefinition(description="Default"))
        self.spec.start.connect(task)
        return task


class EventAtStep(BoundaryEvent):  # type: ignore[misc]
    """An event on the border of a step. One that does not interrupt it waits again when it has happened.

    The next wait is a step of its own beside the one that happened, so that what each of them set going keeps its own
    data. A timer that follows a date waits for nothing until the date moves; then it is due again.
    """

    def _run_hook(self, my_task: Any) -> bool:
        armed = my_task.internal_data.get("timers", {}).get(getattr(self.event_definition, "node_id", None))
        result = super()._run_hook(my_task)
        if not self.cancel_activity and _host_of(my_task).has_state(TaskState.NOT_FINISHED_MASK):
            if isinstance(self.event_definition, MessageEventDefinition):
                self._wait_again(my_task)
            elif isinstance(self.event_definition, RuleTimer) and self.event_definition.follows_a_date and armed:
                spent = {"base": armed["base"], "due": None, "spent": armed["due"]}
                self._wait_again(my_task, timers={self.event_definition.node_id: spent})
        return bool(result)

    def _wait_again(self, my_task: Any, **kept: Any) -> None:
        again = my_task.parent._add_child(self, TaskState.MAYBE)
        again._inherit_data()
        again.internal_data.update(kept)
        self._update(again)


def _host_of(event: Any) -> Any:
    """The step that an event is attached to."""
    return next(task for task in event.parent.children if not isinstance(task.task_spec, BoundaryEvent))


class DelegateTask(ServiceTask):  # type: ignore[misc]
    """A service task: evaluates its parameters, calls a delegate, keeps the answer under one name."""

    def _execute(self, task: Any) -> bool:
        engine = task.workflow.script_engine
        values = {
            name: expressions.plain(engine.evaluate(task, parameter["value"]))
            for name, parameter in self.operation_params.items()
        }
        result = engine.call_delegate(task, self.operation_name, values)
        task.data[self.result_variable] = deepcopy(result)
        return True


class _DelegateParser(ServiceTaskParser):  # type: ignore[misc]
    def create_task(self) -> Any:
        task = super().create_task()
        operator = self.parse_extensions()["serviceTaskOperator"]
        task.result_variable = operator["resultVariable"] or self.bpmn_id
        return task


class _TableRunner:
    """What the library calls the engine of a decision; the result stays under the node's own id."""

    def __init__(self, decision_id: str, node_id: str) -> None:
        self.decision_id = decision_id
        self.node_id = node_id

    def result(self, task: Any) -> dict[str, Any]:
        return {self.node_id: task.workflow.script_engine.decide(task, self.decision_id)}


class DecisionTask(BusinessRuleTask):  # type: ignore[misc]
    """A business rule task on our own decision tables; replaces an earlier result instead of merging into it."""

    def _run_hook(self, my_task: Any) -> bool:
        my_task.data.update(self.dmnEngine.result(my_task))
        return True


class _DecisionParser(BusinessRuleTaskParser):  # type: ignore[misc]
    def create_task(self) -> Any:
        decision_id = self.get_decision_ref(self.node)
        if decision_id not in self.process_parser.parser.decision_ids:
            raise ValidationException(f"there is no decision table {decision_id}", node=self.node)
        return DecisionTask(
            self.spec, self.bpmn_id, dmnEngine=_TableRunner(decision_id, self.bpmn_id), **self.bpmn_attributes
        )


class _Collection(TaskDataReference):  # type: ignore[misc]
    """What a multi-instance runs over: an expression, not just the name of a variable."""

    def exists(self, my_task: Any) -> bool:
        return True

    def get(self, my_task: Any) -> Any:
        values = my_task.workflow.script_engine.evaluate(my_task, self.bpmn_id)
        if not isinstance(values, list):
            raise StepFailed(f"“{self.bpmn_id}”应当是一个列表，多实例步骤才能逐个办理。")
        if len(values) > MULTI_INSTANCE_LIMIT:
            raise StepFailed(f"多实例步骤一次最多办理 {MULTI_INSTANCE_LIMIT} 个，这里有 {len(values)} 个。")
        return values


class _Limited(LoopTask):  # type: ignore[misc]
    """Bounded, enterable again, and leaves the data of its instances with its instances."""

    def __init__(self, *args: Any, data_input: Any = None, **kwargs: Any) -> None:
        collection = None if data_input is None else _Collection(data_input.bpmn_id)
        super().__init__(*args, data_input=collection, **kwargs)

    def init_data_output_with_input_data(self, my_task: Any, input_data: Any) -> None:
        my_task.data[self.data_output.bpmn_id] = []

    def init_data_output_with_cardinality(self, my_task: Any) -> None:
        my_task.data[self.data_output.bpmn_id] = []

    def create_child(self, my_task: Any, item: Any, key_or_index: Any = None) -> None:
        if len(my_task._children) >= MULTI_INSTANCE_LIMIT:
            raise StepFailed(f"多实例步骤一次最多办理 {MULTI_INSTANCE_LIMIT} 个，这里超过了。")
        super().create_child(my_task, item, key_or_index)

    def merge_child(self, workflow: Any, child: Any) -> None:
        """Collect one expression of the finished instance (the name of the output item) and nothing else."""
        if self.data_output is not None and self.output_item is not None:
            source = self.output_item.bpmn_name or self.output_item.bpmn_id
            item = child.workflow.script_engine.evaluate(child, source)
            collected = child.parent.data[self.data_output.bpmn_id]
            child.parent.data[self.data_output.bpmn_id] = [*collected, item]
        child.parent.internal_data["merged"].append(str(child.id))


class ParallelInstances(_Limited, ParallelMultiInstanceTask):  # type: ignore[misc]
    def merge_child(self, workflow: Any, child: Any) -> None:
        super().merge_child(workflow, child)
        if self.children_complete(child.parent):
            child.parent._set_state(TaskState.READY)


class SequentialInstances(_Limited, SequentialMultiInstanceTask):  # type: ignore[misc]
    def merge_child(self, workflow: Any, child: Any) -> None:
        super().merge_child(workflow, child)
        if self.children_complete(child.parent):
            child.parent._set_state(TaskState.READY)
        else:
            self.add_next_child(child.parent)


def _with_our_instances(parser: type[Any]) -> type[Any]:
    return type(
        parser.__name__,
        (parser,),
        {"PARALLEL_MI_CLASS": ParallelInstances, "SEQUENTIAL_MI_CLASS": SequentialInstances},
    )


class Parser(SpiffBpmnParser):  # type: ignore[misc]
    """The library's parser with our step classes."""

    OVERRIDE_PARSER_CLASSES = {
        **SpiffBpmnParser.OVERRIDE_PARSER_CLASSES,
        full_tag("task"): (_with_our_instances(SpiffTaskParser), NoneTask),
        full_tag("userTask"): (_with_our_instances(UserTaskParser), UserTask),
        full_tag("manualTask"): (_with_our_instances(SpiffTaskParser), ManualTask),
        full_tag("scriptTask"): (_with_our_instances(ScriptTaskParser), ScriptTask),
        full_tag("serviceTask"): (_with_our_instances(_DelegateParser), DelegateTask),
        full_tag("businessRuleTask"): (_with_our_instances(_DecisionParser), DecisionTask),
        full_tag("subProcess"): (_with_our_instances(SubWorkflowParser), SubWorkflowTask),
        full_tag("callActivity"): (_with_our_instances(CallActivityParser), CallActivity),
        full_tag("startEvent"): (_StartParser, StartEvent),
        full_tag("boundaryEvent"): (_BoundaryParser, EventAtStep),
        full_tag("intermediateCatchEvent"): (_CatchParser, IntermediateCatchEvent),
    }

    def __init__(self, decision_ids: frozenset[str]) -> None:
        super().__init__()
        self.decision_ids = decision_ids


def build(package: Package) -> Compiled:
    """Parse a package into something that runs. Does not judge it: see `checking` for that.

    Raises:
        ValidationException: the library can not read the diagram.
        Invalid: a file of the package is malformed.
    """
    tables: dict[str, DecisionTable] = {}
    for content in package.decisions.values():
        tables.update(decisions.parse(content))
    parser = Parser(frozenset(tables))
    nodes: dict[str, Node] = {}
    lanes: dict[str, str] = {}
    calls: list[tuple[str, str, bool]] = []
    main: tuple[Any, bytes] | None = None
    for name, content in package.diagrams.items():
        root = xml.read(content)
        parser.add_bpmn_xml(root, filename=name)
        nodes.update((node.id, node) for node in read_nodes(root))
        lanes.update(read_lanes(root))
        calls += read_calls(root)
        if root.find(f"{BPMN}process[@id='{package.key}']") is not None:
            main = root, content
    if main is None:
        raise ValidationException(f"no process has the id {package.key}")
    spec = parser.get_spec(package.key)
    subprocess_specs = parser.get_subprocess_specs(package.key)
    for each in (spec, *subprocess_specs.values()):
        _connect_loops(each)
        _assign_lanes(each, lanes)
    start = _start_event(main[0], package.key)
    return Compiled(
        key=package.key,
        spec=spec,
        subprocess_specs=subprocess_specs,
        nodes=nodes,
        lanes={
            task_spec.bpmn_id: task_spec.lane
            for each in (spec, *subprocess_specs.values())
            for task_spec in each.task_specs.values()
            if task_spec.bpmn_id and task_spec.lane
        },
        forms={key: form_model.load(form) for key, form in package.forms.items()},
        decisions=tables,
        for_each=_for_each(calls),
        start_form=nodes[start.get("id")].properties.get("formKey") if start is not None else None,
        schedule=_schedule(start),
        diagram=main[1],
    )


def read_nodes(root: Any) -> Iterator[Node]:
    """Every flow node of a file with its `spiffworkflow:properties`."""
    for process in root.iter(f"{BPMN}process"):
        for element in process.iter():
            if element.get("id") and etree.QName(element).localname in FLOW_NODES:
                properties = element.findall(f"{BPMN}extensionElements/{SPIFF}properties/{SPIFF}property")
                yield Node(
                    id=element.get("id"),
                    kind=etree.QName(element).localname,
                    name=element.get("name") or element.get("id"),
                    process_id=process.get("id"),
                    properties={p.get("name"): p.get("value") for p in properties},
                )


def read_lanes(root: Any) -> dict[str, str]:
    """Node id -> name of its lane. A sub-process may have lanes of its own; its nodes belong to those."""
    return {
        str(reference.text).strip(): lane.get("name") or ""
        for lane in root.iter(f"{BPMN}lane")
        for reference in lane.findall(f"{BPMN}flowNodeRef")
    }


def read_calls(root: Any) -> Iterator[tuple[str, str, bool]]:
    """Calling process, called process, and whether it is called once for each of several."""
    for process in root.iter(f"{BPMN}process"):
        for call in process.iter(f"{BPMN}callActivity"):
            loop = call.find(f"{BPMN}multiInstanceLoopCharacteristics")
            yield process.get("id"), call.get("calledElement") or "", loop is not None


def _for_each(calls: list[tuple[str, str, bool]]) -> frozenset[str]:
    """The processes called for each of several, and what those call in turn."""
    found = {called for _, called, several in calls if several}
    while more := {called for caller, called, _ in calls if caller in found} - found:
        found |= more
    return frozenset(found)


def _assign_lanes(spec: Any, lanes: Mapping[str, str]) -> None:
    """The library gives the nodes of a sub-process the lane of the sub-process, whatever its own lanes say."""
    for task_spec in spec.task_specs.values():
        if task_spec.bpmn_id in lanes:
            task_spec.lane = lanes[task_spec.bpmn_id]


_TASKS = ("task", "userTask", "manualTask", "serviceTask", "businessRuleTask", "scriptTask", "sendTask", "receiveTask")
_GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway")
_EVENTS = ("startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent")
FLOW_NODES = frozenset((*_TASKS, *_GATEWAYS, *_EVENTS, "subProcess", "callActivity"))


def _connect_loops(spec: Any) -> None:
    """Connect multi-instance callbacks now: the library does it on first use, check-then-append, unlocked."""
    for task_spec in spec.task_specs.values():
        if isinstance(task_spec, LoopTask):
            child = spec.task_specs[task_spec.task_spec]
            if not child.completed_event.is_connected(task_spec.merge_child):
                child.completed_event.connect(task_spec.merge_child)


def _start_event(root: Any, process_id: str) -> Any:
    return root.find(f"{BPMN}process[@id='{process_id}']/{BPMN}startEvent")


def _schedule(start: Any) -> str | None:
    if start is None:
        return None
    for tag in ("timeDate", "timeDuration", "timeCycle"):
        element = start.find(f"{BPMN}timerEventDefinition/{BPMN}{tag}")
        if element is not None and element.text:
            return str(element.text).strip()
    return None


class ScriptEngine:
    """Every expression, script, decision and delegate call of one execution goes through here.

    Takes the place of the library's engine, whose default is Python's own ``eval``.
    """

    def __init__(
        self,
        *,
        environment: expressions.Environment,
        now: Callable[[], Any],
        facts: Callable[[str], Mapping[str, Any] | None],
        decide: Callable[[str, str, Mapping[str, Any]], Any],
        delegate: Callable[[str, str, dict[str, Any]], Any],
    ) -> None:
        self.environment = environment
        self.dates_moved = False  # a delegate has changed a date; the timers that wait are recomputed when saving
        self._now = now
        self._facts = facts
        self._decide = decide
        self._delegate = delegate

    def scope(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        return Scope(data, self._facts)

    def evaluate(self, task: Any, expression: str, external_context: object = None) -> Any:
        return expressions.compile(expression).evaluate(self.scope(task.data), self.environment)

    def execute(self, task: Any, script: str, external_context: object = None) -> bool:
        task.data.update(expressions.compile_script(script).execute(self.scope(task.data), self.environment))
        return True

    def call_service(self, task: Any, **kwargs: Any) -> Any:
        raise WorkflowTaskException("service tasks call delegates", task=task)

    def call_delegate(self, task: Any, name: str, values: dict[str, Any]) -> Any:
        return self._delegate(name, task.task_spec.bpmn_id, values)

    def decide(self, task: Any, decision_id: str) -> Any:
        return self._decide(decision_id, task.task_spec.bpmn_id, self.scope(task.data))

    def arm(self, task: Any, timer: RuleTimer) -> dict[str, Any]:
        base = self._now()
        return {"base": base.isoformat(), "due": self.due(task, timer, base)}

    def due(self, task: Any, timer: RuleTimer, base: datetime) -> str | None:
        """When a timer fires; None while the date is empty that its rule allows to be empty."""
        scope = self.scope(task.data)
        if not timer.rule.waits(scope, self.environment):
            return None
        return timer.rule.due(base, scope, self.environment).isoformat()

    def due_again(self, task: Any, timer: RuleTimer, armed: Mapping[str, Any]) -> str | None:
        """When an armed timer fires now that dates may have moved.

        One that has fired before is due again only at another moment that is still to come: nobody is reminded twice
        of the same day, or today of a day gone by.
        """
        due = self.due(task, timer, datetime.fromisoformat(armed["base"]))
        if "spent" not in armed or due is None:
            return due
        still_to_come = datetime.fromisoformat(due) > self._now()
        return due if still_to_come and due != armed["spent"] else None


class Scope(Mapping[str, Any]):
    """The names an expression sees: the instance's data first, then facts, fetched when first asked for."""

    def __init__(self, data: Mapping[str, Any], facts: Callable[[str], Mapping[str, Any] | None]) -> None:
        self._data = data
        self._facts = facts

    def __getitem__(self, name: str) -> Any:
        if name in self._data:
            return self._data[name]
        found = self._facts(name)
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._data or self._facts(str(name)) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)
