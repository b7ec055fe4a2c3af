"""Cut finished loop iterations and finished sub-processes out of a task tree.

The library keeps every pass through a loop for ever; at depth 1000 it stops and calls the instance completed. When a
live path has passed the same element twice and everything that hangs off the older pass is finished, the older pass
is cut out and the newer one takes its place. An event that waits again at its step leaves the earlier times behind;
they are cut as soon as what they set going is finished. What happened stays in the history table.
"""

from collections import Counter
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.util.task import TaskState

_STILL_OPEN = TaskState.DEFINITE_MASK


def prune(workflow: Any) -> int:
    """Returns how many tasks were cut."""
    cut = _drop_abandoned_subprocesses(workflow) + _drop_finished_subprocesses(workflow)
    for flow in [workflow, *workflow.subprocesses.values()]:
        cut += _drop_earlier_events(workflow, flow)
        while _passed_twice(flow):
            removed = _cut_once(workflow, flow)
            if not removed:
                break
            cut += removed
    return cut


def _drop_abandoned_subprocesses(workflow: Any) -> int:
    """A terminate end throws away the steps beside it; the library forgets the processes that those had called."""
    cut = 0
    while True:
        known = {task_id for flow in [workflow, *workflow.subprocesses.values()] for task_id in flow.tasks}
        abandoned = [owner_id for owner_id in workflow.subprocesses if owner_id not in known]
        if not abandoned:
            return cut
        cut += sum(len(workflow.subprocesses.pop(owner_id).tasks) for owner_id in abandoned)


def _drop_finished_subprocesses(workflow: Any) -> int:
    """A finished call activity has handed its data over; 44 of them would be carried along till the last one ends."""
    owners = [workflow.get_task_from_id(owner_id) for owner_id in workflow.subprocesses]
    finished = [owner for owner in owners if owner.has_state(TaskState.FINISHED_MASK)]
    return sum(len(workflow.subprocesses.pop(owner.id).tasks) for owner in finished)


def _drop_earlier_events(workflow: Any, flow: Any) -> int:
    """What an event that waits again has done before, when nothing of it goes on."""
    own = flow.tasks.values()  # `get_tasks` would go into sub-processes
    waiting = [task for task in own if task.has_state(TaskState.WAITING) and isinstance(task.task_spec, BoundaryEvent)]
    earlier = [
        task
        for again in waiting
        for task in again.parent.children
        if task.task_spec is again.task_spec and task.has_state(TaskState.COMPLETED)
    ]
    return sum(_cut_off(workflow, flow, task) for task in earlier if _has_run_out(workflow, flow, task))


def _has_run_out(workflow: Any, flow: Any, event: Any) -> bool:
    return all(
        task.has_state(TaskState.FINISHED_MASK) and task.id not in workflow.subprocesses
        for task in _between(flow, event, event.parent)
        if not isinstance(task.task_spec, BoundaryEventJoin) and not _only_waits_for_the_end(flow, task)
    )


def _cut_off(workflow: Any, flow: Any, event: Any) -> int:
    doomed = _between(flow, event, event.parent)
    event.parent._children.remove(event.id)
    for task in doomed:
        flow.tasks.pop(task.id, None)
    return len(doomed)


def _passed_twice(flow: Any) -> bool:
    finished = Counter(task.task_spec.name for task in flow.tasks.values() if task.has_state(TaskState.FINISHED_MASK))
    return any(count > 1 for count in finished.values())


def _cut_once(workflow: Any, flow: Any) -> int:
    for live in [task for task in flow.tasks.values() if task.has_state(_STILL_OPEN)]:
        pair = _repeated_on_path(live)
        if pair and _all_finished(workflow, flow, *pair):
            return _splice(workflow, flow, *pair)
    return 0


def _repeated_on_path(live: Any) -> tuple[Any, Any] | None:
    """The topmost element passed more than once above `live`: its oldest and its newest pass."""
    path = []
    task = live
    while task is not None:
        path.append(task)
        task = task.parent
    newest: dict[str, Any] = {}
    for task in path:
        newest.setdefault(task.task_spec.name, task)
    for task in reversed(path):
        newer = newest[task.task_spec.name]
        if newer is not task and task.parent is not None:
            return task, newer
    return None


def _all_finished(workflow: Any, flow: Any, older: Any, newer: Any) -> bool:
    for task in _between(flow, older, newer):
        if task.has_state(_STILL_OPEN) and not _only_waits_for_the_end(flow, task):
            return False
        subprocess = workflow.subprocesses.get(task.id)
        if subprocess is not None and not subprocess.completed:
            return False
    return True


def _only_waits_for_the_end(flow: Any, task: Any) -> bool:
    """A side branch (a reminder, say) that has run out: the end of the flow waits for the live path anyway."""
    return task.task_spec is flow.spec.end or (task.parent is not None and task.parent.task_spec is flow.spec.end)


def _between(flow: Any, older: Any, newer: Any) -> list[Any]:
    """`older` and everything below it, except `newer` and what is below that."""
    found, stack = [], [older]
    while stack:
        task = stack.pop()
        if task.id == newer.id:
            continue
        found.append(task)
        stack.extend(flow.tasks[child] for child in task._children)
    return found


def _splice(workflow: Any, flow: Any, older: Any, newer: Any) -> int:
    doomed = _between(flow, older, newer)
    above = older.parent
    position = above._children.index(older.id)
    above._children[position] = newer.id
    newer._parent = above.id
    for task in doomed:
        flow.tasks.pop(task.id, None)
        workflow.subprocesses.pop(task.id, None)
    return len(doomed)
