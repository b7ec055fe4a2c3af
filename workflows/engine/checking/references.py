"""What a node names must exist: forms, delegates with their parameters, decisions, somebody who catches an error."""

from collections.abc import Iterator, Mapping
from typing import Any

from workflows.engine.checking.assets import Assets
from workflows.engine.checking.diagram import BPMN, HUMAN, SPIFF, Node, Scope
from workflows.engine.checking.fault import Fault, Words, nearest
from workflows.engine.checking.identity import unusable_name
from workflows.engine.checking.names import assigned, called_decision, operator

Processes = Mapping[str, Scope]


def check(scope: Scope, words: Words, assets: Assets, processes: Processes, main: str) -> Iterator[Fault]:
    """Faults of one process or sub-process."""
    for node in scope.nodes.values():
        for message in (
            *_form(node, scope, assets, main),
            *_service(node, words),
            *_decision(node, assets),
            *_loop(node, scope, words),
            *_script(node, words),
            *_thrown(node, scope, processes),
        ):
            yield Fault(scope.file, node.id, message)


def _form(node: Node, scope: Scope, assets: Assets, main: str) -> Iterator[str]:
    key = node.properties.get("formKey")
    if key is None:
        if "candidateUnit" in node.properties and node.kind not in HUMAN:
            yield f"事件{node.label}写了 candidateUnit 却没有表单，没有人能办它。请填写 formKey，或删去 candidateUnit。"
        return
    if node.kind == "startEvent" and (scope.id != main or not scope.is_process):
        yield f"开始事件{node.label}的表单不会被问到，只有主流程的开始事件可以有表单。请删去 formKey。"
    elif key not in assets.forms:
        yield f"{node.label}用的表单“{key}”不在流程包的 forms 文件夹里，{nearest(key, assets.forms)}"
    elif node.event == "message" and not scope.lane_of(node):
        yield f"事件{node.label}有表单，却不在任何泳道里，没有人能办它。请把它画进办理人的泳道。"


def _service(node: Node, words: Words) -> Iterator[str]:
    called = operator(node) if node.kind == "serviceTask" else None
    if called is None:
        return
    name = called.get("id") or ""
    delegate = words.delegates.get(name)
    if delegate is None:
        yield f"服务任务{node.label}的操作“{name}”不存在，{nearest(name, words.delegates)}"
        return
    given = [each.get("id") or "" for each in called.iter(f"{SPIFF}parameter")]
    for missing in [p for p in delegate.parameters if p not in given and p not in delegate.optional]:
        yield f"服务任务{node.label}的操作“{name}”缺少参数“{missing}”，请补上。"
    for extra in sorted(set(given) - set(delegate.parameters)):
        yield f"服务任务{node.label}的操作“{name}”没有参数“{extra}”，{nearest(extra, delegate.parameters)}"
    for twice in sorted({each for each in given if given.count(each) > 1}):
        yield f"服务任务{node.label}的参数“{twice}”写了两次，请删去一个。"
    if called.get("resultVariable"):
        yield from _name(node, "结果名称", called.get("resultVariable"), words)


def _name(node: Node, what: str, name: str, words: Words) -> Iterator[str]:
    why = unusable_name(name, words.facts)
    if why:
        yield f"{node.label}的{what}“{name}”不能用：{why}。请换一个名称。"


def _decision(node: Node, assets: Assets) -> Iterator[str]:
    if node.kind != "businessRuleTask":
        return
    decision = called_decision(node)
    if not decision:
        yield f"业务规则任务{node.label}没有选决策表，请填写 calledDecisionId。"
    elif decision not in assets.tables and not assets.broken_tables:
        yield f"业务规则任务{node.label}用的决策“{decision}”不在流程包里，{nearest(decision, assets.tables)}"


def _script(node: Node, words: Words) -> Iterator[str]:
    for name in assigned(node) if node.kind == "scriptTask" else ():
        yield from _name(node, "结果名称", name, words)


def _loop(node: Node, scope: Scope, words: Words) -> Iterator[str]:
    if node.loop is None:
        return
    item, into = node.loop.find(f"{BPMN}inputDataItem"), node.loop.find(f"{BPMN}loopDataOutputRef")
    out = node.loop.find(f"{BPMN}outputDataItem")
    if item is not None:
        yield from _variable(node, "多实例元素变量", item.get("id") or "", scope, words)
    if into is not None:
        yield from _variable(node, "多实例输出列表", (into.text or "").strip(), scope, words)
    if out is not None and out.get("id") in scope.nodes:
        yield f"{node.label}的多实例输出元素的编号“{out.get('id')}”和一个步骤的编号相同，请换一个编号。"


def _variable(node: Node, what: str, name: str, scope: Scope, words: Words) -> Iterator[str]:
    yield from _name(node, what, name, words)
    if name in scope.nodes:
        yield f"{node.label}的{what}“{name}”和一个步骤的编号相同，会互相覆盖。请换一个名称。"


def _thrown(node: Node, scope: Scope, processes: Processes) -> Iterator[str]:
    if node.kind not in ("endEvent", "intermediateThrowEvent") or node.event not in ("error", "escalation"):
        return
    code = _code(node, scope)
    if code and not _caught(scope, node.event, code, processes, {}):
        what = "错误" if node.event == "error" else "升级"
        yield (
            f"事件{node.label}发出的{what}没有人接，流程会当作正常结束。请在外面的子流程或调用活动上加{what}边界事件。"
        )


def _code(node: Node, scope: Scope) -> str | None:
    definition = node.definitions[0]
    declared = _root_of(scope.element).find(f"{BPMN}{node.event}[@id='{_quoted(definition, node.event)}']")
    return declared.get(f"{node.event}Code") if declared is not None else None


def _quoted(definition: Any, event: str) -> str:
    return (definition.get(f"{event}Ref") or "").replace("'", "")


def _root_of(element: Any) -> Any:
    return element.getroottree().getroot()


def _caught(scope: Scope, event: str, code: str, processes: Processes, answers: dict[str, bool]) -> bool:
    """Whether every way out of a scope passes somebody who catches; `answers` are those found so far."""
    if scope.parent is not None:
        return _caught_at(scope.parent.nodes[scope.id], scope.parent, event, code, processes, answers)
    if scope.id not in answers:
        answers[scope.id] = True  # a circle of calls is refused elsewhere
        callers = [
            (node, outer)
            for process in processes.values()
            for outer in process.all()
            for node in outer.nodes.values()
            if node.kind == "callActivity" and node.element.get("calledElement") == scope.id
        ]
        answers[scope.id] = bool(callers) and all(
            _caught_at(node, outer, event, code, processes, answers) for node, outer in callers
        )
    return answers[scope.id]


def _caught_at(node: Node, scope: Scope, event: str, code: str, processes: Processes, answers: dict[str, bool]) -> bool:
    codes = [_code(boundary, scope) for boundary in node.boundaries if boundary.event == event]
    return code in codes or _caught(scope, event, code, processes, answers)
