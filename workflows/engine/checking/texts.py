"""Every text that is computed at run time: it must be readable now, and speak only of what somebody sets."""

from collections.abc import Iterable, Iterator
from typing import Any

from workflows.engine import expressions, timer_rules
from workflows.engine.checking import trial
from workflows.engine.checking.assets import Assets
from workflows.engine.checking.diagram import BPMN, HUMAN, SPIFF, Diagram, Node, Scope, tag_of
from workflows.engine.checking.fault import Fault
from workflows.engine.checking.known import Known
from workflows.engine.checking.names import Names, called_decision, dictionary_keys, operator, script_of
from workflows.engine.decisions import DecisionTable
from workflows.engine.expressions import Expression, ExpressionError
from workflows.engine.spiff import MULTI_INSTANCE_LIMIT
from workflows.engine.timer_rules import TimerRule, TimerRuleError

_EXPRESSIONS = ("assignee", "candidateUnit", "subject")


def scope(scope: Scope, known: Known, *, is_main: bool) -> Iterator[Fault]:
    """Faults of the texts in one process or sub-process."""
    for flow in scope.flows:
        if flow.condition is not None:
            names = known.at(scope.nodes[flow.source]) if flow.source in scope.nodes else known.everywhere
            for message in expression(flow.condition, names):
                yield Fault(scope.file, flow.id, f"连线{flow.label}的条件：{message}")
    for node in scope.nodes.values():
        for where, message in (*_node(node, known.within(node)), *_around(node, known, is_main=is_main)):
            yield Fault(scope.file, node.id, f"{node.label}的{where}：{message}")


def messages(diagram: Diagram, names: Names) -> Iterator[Fault]:
    """What messages carry."""
    for message in diagram.root.findall(f"{BPMN}message"):
        payload = message.find(f"{BPMN}extensionElements/{SPIFF}messagePayload")
        if payload is not None:
            for sentence in expression(payload.text or "", names):
                yield Fault(diagram.file, message.get("id") or "", f"消息“{message.get('name')}”的内容：{sentence}")


def tables(assets: Assets, known: Known, scopes: Iterable[Scope]) -> Iterator[Fault]:
    """Decision tables, on what is known where some node asks for them."""
    for node in (node for scope in scopes for node in scope.nodes.values() if node.kind == "businessRuleTask"):
        identity = called_decision(node) or ""
        if identity in assets.tables:
            for message in _table(assets.tables[identity], known.within(node)):
                table, file = assets.tables[identity], assets.table_files[identity]
                yield Fault(file, identity, f"决策“{table.name}”（{identity}）在{node.label}：{message}")


def _table(table: DecisionTable, names: Names) -> Iterator[str]:
    read = {path: column.expression.source for column in table.inputs for path in column.expression.paths}
    for path in sorted(table.paths):
        yield from names.faults([path], read.get(path, "None"))  # a cell is read only when the ones before it match


def defaults(assets: Assets, names: Names) -> Iterator[Fault]:
    """What form fields begin with."""
    for key, form in assets.forms.items():
        for field in form.fields if form is not None else ():
            if field.default:
                for message in expression(field.default, names):
                    yield Fault(f"forms/{key}.json", field.key, f"字段“{field.label}”的默认值：{message}")


def expression(source: str, names: Names) -> Iterator[str]:
    """What is wrong with one expression."""
    try:
        compiled = expressions.compile(source)
    except ExpressionError as error:
        yield str(error)
        return
    yield from _judged(compiled, names)


def _node(node: Node, names: Names) -> Iterator[tuple[str, str]]:
    """What is computed for each instance of a step."""
    if node.kind in HUMAN or node.event == "message":
        yield from _properties(node, names)
    if node.kind == "serviceTask":
        yield from _parameters(node, names)
    if node.kind == "scriptTask":
        yield from (("脚本", message) for message in _script(node, names))


def _around(node: Node, known: Known, *, is_main: bool) -> Iterator[tuple[str, str]]:
    """What is computed once, before and after the instances of a step."""
    if node.loop is not None:
        yield from _loop(node.loop, known.at(node))
        yield from _output(node.loop, known.at_its_end(node))
    for definition in node.definitions:
        if tag_of(definition) == "timerEventDefinition":
            yield from (("计时", m) for m in _timer(node, definition, known.at(node), is_main=is_main))


def _properties(node: Node, names: Names) -> Iterator[tuple[str, str]]:
    for key in _EXPRESSIONS:
        source = node.properties.get(key)
        if source:
            yield from ((f"属性 {key}", message) for message in expression(source, names))
    if node.properties.get("dueOn"):
        yield from (("属性 dueOn", message) for message in _rule(node.properties["dueOn"], names))


def _parameters(node: Node, names: Names) -> Iterator[tuple[str, str]]:
    called = operator(node)
    for each in called.iter(f"{SPIFF}parameter") if called is not None else ():
        for message in expression(each.get("value") or "", names):
            yield f"参数 {each.get('id')}", message


def _script(node: Node, names: Names) -> Iterator[str]:
    try:
        script = expressions.compile_script(script_of(node))
    except ExpressionError as error:
        yield str(error)
        return
    for name, line in script.assignments:
        yield from _judged(line, names)
        names = names.with_also(name, dictionary_keys(line.source))


def _loop(loop: Any, names: Names) -> Iterator[tuple[str, str]]:
    for tag, what in (("loopDataInputRef", "多实例集合"), ("loopCardinality", "多实例份数")):
        element = loop.find(f"{BPMN}{tag}")
        if element is not None:
            yield from ((what, message) for message in expression(element.text or "", names))
            yield from ((what, message) for message in _amount(tag, element.text or ""))


def _output(loop: Any, names: Names) -> Iterator[tuple[str, str]]:
    item = loop.find(f"{BPMN}outputDataItem")
    if item is not None:
        source = item.get("name") or item.get("id") or ""
        yield from (("多实例输出", message) for message in expression(source, names))


def _amount(tag: str, source: str) -> Iterator[str]:
    is_fixed, value = trial.fixed_value(source)
    if not is_fixed:
        return
    if tag == "loopDataInputRef" and not isinstance(value, list):
        yield f"“{source.strip()}”不是列表。请写一个列表，例如 start.people。"
    elif tag == "loopCardinality" and (type(value) is not int or not 1 <= value <= MULTI_INSTANCE_LIMIT):
        yield f"“{source.strip()}”不能作份数。请写 1 到 {MULTI_INSTANCE_LIMIT} 的整数。"


def _timer(node: Node, definition: Any, names: Names, *, is_main: bool) -> Iterator[str]:
    texts = [(child.text or "").strip() for child in definition if tag_of(child).startswith("time")]
    cycles = [child for child in definition if tag_of(child) == "timeCycle"]
    if len(texts) != 1 or not texts[0]:
        yield "要写并且只写一个时间，例如“7个工作日”。"
    elif node.kind == "startEvent":
        yield from _schedule(texts[0], is_main=is_main)
    elif cycles:
        yield "不能用循环计时（timeCycle）。请用几个一次性的计时，或把流程设为定时启动。"
    else:
        yield from _rule(texts[0], names, is_the_way=node.kind != "boundaryEvent")


def _schedule(text: str, *, is_main: bool) -> Iterator[str]:
    if not is_main:
        yield "只有主流程的开始事件可以定时启动，请改成普通开始事件。"
        return
    try:
        timer_rules.compile_schedule(text)
    except TimerRuleError as error:
        yield str(error)


def _rule(text: str, names: Names, *, is_the_way: bool = False) -> Iterator[str]:
    """`is_the_way`: the process goes on only when this timer fires."""
    try:
        rule = timer_rules.compile(text)
    except (TimerRuleError, ExpressionError) as error:
        yield str(error)
        return
    if rule.may_lack_date and is_the_way:
        yield "中间计时不能写“（没有日期不计时）”：没有日期时流程会永远停在这里。请在前面用网关分开。"
    yield from _judged(rule, names)


def _judged(compiled: Expression | TimerRule, names: Names) -> Iterator[str]:
    why = trial.why_never(compiled)
    if why is not None:
        yield why
    source = compiled.text if isinstance(compiled, TimerRule) else compiled.source
    yield from names.faults(compiled.paths, source)
