"""The nodes an expression may consist of, each compiled to a closure. What has no method here is refused."""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workflows.engine import expression_values as values
from workflows.engine.expression_functions import FUNCTIONS, Environment
from workflows.engine.expression_values import ExpressionError, Value

NODE_LIMIT = 300
DEPTH_LIMIT = 40


@dataclass
class Run:
    """One evaluation: what it sees and what it may still spend."""

    data: Mapping[str, Value]
    environment: Environment
    operations: int = values.OPERATION_LIMIT

    def spend(self, count: int = 1) -> None:
        self.operations -= count
        if self.operations < 0:
            raise ExpressionError("计算步骤太多，请把表达式写得简单一些。")


Closure = Callable[[Run], Value]


def check_name(name: str) -> None:
    if name.startswith("_"):
        raise ExpressionError(f"名称“{values.shorten(name)}”不能以下划线开头。")


CONSTANT_NAMES = {"true": True, "false": False, "null": None}

BINARY: dict[type[ast.operator], Callable[[Value, Value], Value]] = {
    ast.Add: values.add,
    ast.Sub: values.subtract,
    ast.Mult: values.multiply,
    ast.Div: values.divide,
    ast.FloorDiv: values.floor_divide,
    ast.Mod: values.remainder,
}

COMPARISONS: dict[type[ast.cmpop], Callable[[Value, Value], bool]] = {
    ast.Eq: values.equal,
    ast.NotEq: lambda left, right: not values.equal(left, right),
    ast.Lt: values.less,
    ast.LtE: lambda left, right: values.less(left, right) or values.equal(left, right),
    ast.Gt: lambda left, right: values.less(right, left),
    ast.GtE: lambda left, right: values.less(right, left) or values.equal(left, right),
    ast.In: lambda item, container: values.contains(container, item),
    ast.NotIn: lambda item, container: not values.contains(container, item),
    ast.Is: values.equal,  # only against None, see `comparison`
    ast.IsNot: lambda left, right: not values.equal(left, right),
}


class Compiler:
    """Turns one syntax tree into closures; anything without a method here is refused."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._nodes = 0

    def compile(self, node: ast.expr, depth: int) -> Closure:
        self._nodes += 1
        if self._nodes > NODE_LIMIT:
            raise ExpressionError(f"表达式太复杂，最多{NODE_LIMIT}个部分。")
        if depth > DEPTH_LIMIT:
            raise ExpressionError(f"表达式嵌套超过{DEPTH_LIMIT}层。")
        column = self._column(node)
        method = _METHODS.get(type(node))
        if method is None:
            raise ExpressionError(_FORBIDDEN.get(type(node), "这里不能使用这种写法。"), column)
        try:
            return _placed(method(self, node, depth), column)
        except ExpressionError as error:
            raise ExpressionError(error.reason, error.column or column) from error

    def _column(self, node: ast.expr) -> int:
        line = self._lines[min(node.lineno, len(self._lines)) - 1]
        return len(line.encode()[: node.col_offset].decode(errors="ignore")) + 1

    def _all(self, nodes: list[ast.expr], depth: int) -> list[Closure]:
        return [self.compile(node, depth + 1) for node in nodes]

    def constant(self, node: ast.Constant, depth: int) -> Closure:
        value = node.value
        if not values.is_scalar(value):
            raise ExpressionError("只能写数字、文字、True、False 和 None。")
        if values.is_number(value):
            values.number(value)
        return lambda run: value

    def name(self, node: ast.Name, depth: int) -> Closure:
        name = node.id
        if name in CONSTANT_NAMES:
            constant = CONSTANT_NAMES[name]
            return lambda run: constant
        check_name(name)

        def read(run: Run) -> Value:
            try:
                return run.data[name]
            except KeyError:
                raise ExpressionError(f"没有名为“{values.shorten(name)}”的数据，请检查名称。") from None

        return read

    def attribute(self, node: ast.Attribute, depth: int) -> Closure:
        key = node.attr
        check_name(key)
        return self._member(node.value, lambda run: key, depth)

    def subscript(self, node: ast.Subscript, depth: int) -> Closure:
        return self._member(node.value, self.compile(node.slice, depth + 1), depth)

    def _member(self, container: ast.expr, key: Closure, depth: int) -> Closure:
        closure = self.compile(container, depth + 1)
        return lambda run: values.member(closure(run), key(run))

    def sequence(self, node: ast.List | ast.Tuple, depth: int) -> Closure:
        entries = self._all(node.elts, depth)
        return lambda run: [entry(run) for entry in entries]

    def dictionary(self, node: ast.Dict, depth: int) -> Closure:
        keys: list[str] = []
        for key in node.keys:
            if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
                raise ExpressionError('花括号里的名称要写成文字，例如 {"points": 3}。')
            keys.append(key.value)
        entries = self._all(node.values, depth)
        return lambda run: {key: entry(run) for key, entry in zip(keys, entries, strict=True)}

    def both(self, node: ast.BoolOp, depth: int) -> Closure:
        parts = self._all(node.values, depth)
        stops_at = isinstance(node.op, ast.Or)

        def choose(run: Run) -> Value:
            value: Value = None
            for part in parts:
                value = part(run)
                if bool(value) is stops_at:
                    break
            return value

        return choose

    def sign(self, node: ast.UnaryOp, depth: int) -> Closure:
        operand = self.compile(node.operand, depth + 1)
        match node.op:
            case ast.Not():
                return lambda run: not operand(run)
            case ast.USub():
                return lambda run: values.subtract(0, operand(run))
            case ast.UAdd():
                return lambda run: values.number(operand(run))
        raise ExpressionError("不能使用 ~ 运算。")

    def binary(self, node: ast.BinOp, depth: int) -> Closure:
        operation = BINARY.get(type(node.op))
        if operation is None:
            raise ExpressionError("只能使用 + - * / // % 运算。")
        left, right = self._all([node.left, node.right], depth)
        return lambda run: operation(left(run), right(run))

    def comparison(self, node: ast.Compare, depth: int) -> Closure:
        for operator, other in zip(node.ops, node.comparators, strict=True):
            against_none = isinstance(other, ast.Constant) and other.value is None
            if isinstance(operator, ast.Is | ast.IsNot) and not against_none:
                raise ExpressionError("is 只能用来判断 is None，比较请写 == 。")
        first = self.compile(node.left, depth + 1)
        operations = [COMPARISONS[type(operator)] for operator in node.ops]
        rest = list(zip(operations, self._all(node.comparators, depth), strict=True))

        def compare(run: Run) -> bool:
            left = first(run)
            for operation, closure in rest:
                right = closure(run)
                run.spend(_size(right))
                if not operation(left, right):
                    return False
                left = right
            return True

        return compare

    def conditional(self, node: ast.IfExp, depth: int) -> Closure:
        test, then, otherwise = self._all([node.test, node.body, node.orelse], depth)
        return lambda run: then(run) if test(run) else otherwise(run)

    def call(self, node: ast.Call, depth: int) -> Closure:
        if not isinstance(node.func, ast.Name):
            raise ExpressionError("不能调用数据里的方法，只能使用规定的函数。")
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise ExpressionError("函数的参数只能依次写出，不能写名称或星号。")
        if node.func.id == "exists":
            return self._exists(node, depth)
        function = FUNCTIONS.get(node.func.id)
        if function is None:
            raise ExpressionError(f"没有名为“{values.shorten(node.func.id)}”的函数。")
        if not function.least <= len(node.args) <= function.most:
            raise ExpressionError(f"参数个数不对，写法是 {function.usage}。")
        arguments = self._all(node.args, depth)

        def call(run: Run) -> Value:
            given = [argument(run) for argument in arguments]
            run.spend(sum(_size(value) for value in given))
            return function.call(run.environment, *given)

        return call

    def _exists(self, node: ast.Call, depth: int) -> Closure:
        """`exists(a.b)`: the one place where a missing name or key is not an error."""
        path = _path(node.args[0]) if len(node.args) == 1 else None
        if path is None:
            raise ExpressionError("exists 里只能写一个名称，例如 exists(refer.department)。")
        self.compile(node.args[0], depth + 1)
        first, *keys = path.split(".")

        def exists(run: Run) -> bool:
            value = run.data.get(first)
            for key in keys:
                value = value[key] if isinstance(value, Mapping) and key in value else None
            return value is not None

        return exists


def _placed(closure: Closure, column: int) -> Closure:
    """Counts the operation and gives an error that has no place yet the place of its node."""

    def run_at(run: Run) -> Value:
        run.spend()
        try:
            return closure(run)
        except ExpressionError as error:
            if error.column is None:
                error.column = column
            raise

    return run_at


def _size(value: Value) -> int:
    return len(value) if values.is_list(value) or isinstance(value, Mapping) else 1


def paths_of(node: ast.AST) -> Iterator[str]:
    """The dotted places a tree reads, each as far as it is known without data."""
    path = _path(node)
    if path is not None:
        yield path
        return
    children = node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
    for child in children:
        yield from paths_of(child)


def functions_of(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def _path(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id=name):
            return None if name in CONSTANT_NAMES else name
        case ast.Attribute(value=container, attr=key):
            pass
        case ast.Subscript(value=container, slice=ast.Constant(value=str(key))):
            pass
        case _:
            return None
    before = _path(container)
    return None if before is None else f"{before}.{key}"


_METHODS: dict[type[ast.expr], Callable[[Compiler, Any, int], Closure]] = {
    ast.Constant: Compiler.constant,
    ast.Name: Compiler.name,
    ast.Attribute: Compiler.attribute,
    ast.Subscript: Compiler.subscript,
    ast.List: Compiler.sequence,
    ast.Tuple: Compiler.sequence,
    ast.Dict: Compiler.dictionary,
    ast.BoolOp: Compiler.both,
    ast.UnaryOp: Compiler.sign,
    ast.BinOp: Compiler.binary,
    ast.Compare: Compiler.comparison,
    ast.IfExp: Compiler.conditional,
    ast.Call: Compiler.call,
}

_FORBIDDEN: dict[type[ast.expr], str] = {
    ast.Lambda: "不能定义函数。",
    ast.JoinedStr: '不能使用 f"…" 写法，请用 + 连接文字。',
    ast.ListComp: "不能使用循环写法，请用 where、count、total 等函数。",
    ast.SetComp: "不能使用循环写法，请用 where、count、total 等函数。",
    ast.DictComp: "不能使用循环写法，请用 where、count、total 等函数。",
    ast.GeneratorExp: "不能使用循环写法，请用 where、count、total 等函数。",
    ast.NamedExpr: "不能在表达式里赋值。",
    ast.Slice: "不能截取一段，只能取一项。",
    ast.Starred: "不能使用星号展开。",
    ast.Set: "请用方括号写列表：[1, 2]。",
}
