"""The expression language of diagrams, forms and decision tables.

Python's expression *syntax*, read by the standard parser and compiled once to closures over an explicit
list of nodes. What is not on the list does not exist: no attributes (`a.b` is the key "b" of a dictionary),
no methods, no power, no repetition of text, no functions but those of `expression_functions`. Conditions can
not change data, and results never share a list or dictionary with it. Everything that can be known without
data is refused when an expression is compiled, also in branches that would never be taken.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from workflows.engine.expression_functions import FUNCTIONS, TIMELESS, Calendar, Environment
from workflows.engine.expression_nodes import (
    CONSTANT_NAMES,
    DEPTH_LIMIT,
    Closure,
    Compiler,
    Run,
    check_name,
    functions_of,
    paths_of,
)
from workflows.engine.expression_results import copied, plain
from workflows.engine.expression_values import ExpressionError, Value

__all__ = [
    "FUNCTIONS",
    "Calendar",
    "Environment",
    "Expression",
    "ExpressionError",
    "Layered",
    "Script",
    "TIMELESS",
    "compile",
    "compile_script",
    "plain",
]

SOURCE_LIMIT = 2000  # characters of one expression
SCRIPT_LIMIT = 10_000  # characters of one script task
CACHE_SIZE = 4096


@dataclass(frozen=True)
class Expression:
    """A compiled expression; immutable, shared between threads.

    Attributes:
        source: as it was written.
        names: first names it reads from data.
        paths: dotted places it reads, as far as they are known without data: ``refer.department``.
        functions: functions it calls.
    """

    source: str
    names: frozenset[str]
    paths: frozenset[str]
    functions: frozenset[str]
    _closure: Closure = field(repr=False, compare=False)

    @property
    def is_constant(self) -> bool:
        """Whether it has the same value on any day and any data."""
        return not self.names and self.functions <= TIMELESS

    def evaluate(self, data: Mapping[str, Value], environment: Environment) -> Value:
        """The value on this data, as a copy that shares nothing with it.

        Raises:
            ExpressionError: it can not be computed; no other error leaves an evaluation.
        """
        try:
            return copied(self._closure(Run(data, environment)))
        except ExpressionError as error:
            raise ExpressionError(error.reason, error.column, self.source) from error
        except RecursionError as error:
            raise ExpressionError("数据嵌套太深，无法计算。", source=self.source) from error


@dataclass(frozen=True)
class Script:
    """The lines ``name = expression`` of a script task, in order.

    Attributes:
        names: first names it reads that no earlier line has set.
    """

    source: str
    assignments: tuple[tuple[str, Expression], ...]

    @property
    def names(self) -> frozenset[str]:
        known: set[str] = set()
        read: set[str] = set()
        for name, expression in self.assignments:
            read |= expression.names - known
            known.add(name)
        return frozenset(read)

    @property
    def targets(self) -> frozenset[str]:
        """The names it sets."""
        return frozenset(name for name, _ in self.assignments)

    def execute(self, data: Mapping[str, Value], environment: Environment) -> dict[str, Value]:
        """The assigned values, fit to be stored (dates as ISO text). `data` itself is not touched.

        Raises:
            ExpressionError: a line can not be computed; then nothing is assigned.
        """
        assigned: dict[str, Value] = {}
        scope = Layered(assigned, data)
        for name, expression in self.assignments:
            assigned[name] = expression.evaluate(scope, environment)
        return {name: plain(value) for name, value in assigned.items()}


class Layered(Mapping[str, Value]):
    """Values of one's own (what a script has set so far), before the data one was given."""

    def __init__(self, assigned: Mapping[str, Value], data: Mapping[str, Value]) -> None:
        self._assigned = assigned
        self._data = data

    def __getitem__(self, name: str) -> Value:
        return self._assigned[name] if name in self._assigned else self._data[name]

    def __contains__(self, name: object) -> bool:
        return name in self._assigned or name in self._data

    def __iter__(self) -> Iterator[str]:
        return iter({**self._data, **self._assigned})

    def __len__(self) -> int:
        return len({**self._data, **self._assigned})


@lru_cache(CACHE_SIZE)
def compile(source: str) -> Expression:
    """Read an expression.

    Raises:
        ExpressionError: a Chinese sentence with the place; nothing else.
    """
    text = source.strip()
    if "#" not in text:
        text = text.replace("\r\n", " ").replace("\n", " ")  # XML editors wrap long conditions
    try:
        tree = _parse(text, "eval", SOURCE_LIMIT)
        return _compile_tree(tree.body, text)  # type: ignore[attr-defined]
    except ExpressionError as error:
        raise ExpressionError(error.reason, error.column, text) from error


@lru_cache(CACHE_SIZE)
def compile_script(source: str) -> Script:
    """Read a script task: lines ``name = expression``, blank lines and comments, nothing else.

    Raises:
        ExpressionError: with the line it is about.
    """
    text = source.strip()
    tree = _parse(text, "exec", SCRIPT_LIMIT)
    assignments = tuple(_assignment(line, text) for line in tree.body)  # type: ignore[attr-defined]
    if not assignments:
        raise ExpressionError("脚本是空的，请写“名称 = 表达式”。")
    return Script(text, assignments)


def _assignment(line: ast.stmt, text: str) -> tuple[str, Expression]:
    match line:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            source = ast.get_source_segment(text, value) or text
            if len(source) > SOURCE_LIMIT:
                raise ExpressionError(f"第{line.lineno}行太长，最多{SOURCE_LIMIT}个字符。")
            try:
                check_name(name)
                if name in CONSTANT_NAMES:
                    raise ExpressionError(f"“{name}”是表达式自己的词，请换一个名称。")
                return name, _compile_tree(value, source, text.split("\n"))
            except ExpressionError as error:
                raise ExpressionError(f"第{line.lineno}行：{error.reason}", error.column, source) from error
    raise ExpressionError(f"第{line.lineno}行不能这样写：脚本里只能写“名称 = 表达式”。", None, text)


def _parse(text: str, mode: str, limit: int) -> ast.AST:
    if not text:
        raise ExpressionError("表达式是空的，请填写。")
    if len(text) > limit:
        raise ExpressionError(f"表达式太长，最多{limit}个字符。")
    if re.search(r"\\(?![nt\\\"'])", text):
        raise ExpressionError("文字里的反斜杠只能写成 \\n、\\t、\\\\ 或引号前。")
    _refuse_deep_brackets(text)
    try:
        return ast.parse(text, mode=mode)
    except SyntaxError as error:
        raise ExpressionError(_explain(text), error.offset or len(text) + 1) from None
    except (ValueError, MemoryError, RecursionError):
        raise ExpressionError("表达式无法读懂，请写得简单一些。") from None


def _refuse_deep_brackets(text: str) -> None:
    """Before the standard parser sees it, which spends stack on every bracket and every sign."""
    depth = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if depth > DEPTH_LIMIT:
            raise ExpressionError(f"括号嵌套超过{DEPTH_LIMIT}层。")
    if re.search(r"(?:(?:not\b|[-+~])\s*){40}", text):
        raise ExpressionError(f"连续的 not 或正负号超过{DEPTH_LIMIT}个。")


_CHINESE_PUNCTUATION = {
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "，": ",",
    "（": "(",
    "）": ")",
    "＝": "=",
    "。": ".",
}


def _explain(text: str) -> str:
    outside_quotes = re.sub(r"\"[^\"]*\"|'[^']*'", "", text)
    for character, ascii_character in _CHINESE_PUNCTUATION.items():
        if character in outside_quotes:
            return f"请把中文标点“{character}”改成英文的 {ascii_character} 。"
    if re.search(r"(?<![=!<>])=(?!=)", outside_quotes):
        return "写法有误：判断相等要写两个等号 == 。"
    return "写法有误，请检查括号、引号和运算符是否成对、完整。"


def _compile_tree(tree: ast.expr, source: str, lines: list[str] | None = None) -> Expression:
    closure = Compiler(lines or [source]).compile(tree, 1)
    paths = frozenset(paths_of(tree))
    names = frozenset(path.partition(".")[0] for path in paths)
    return Expression(source, names, paths, frozenset(functions_of(tree)), closure)
