"""DMN files (1.1 to 1.3): which decisions there are and what they require. Tables are read by `dmn_tables`."""

from graphlib import CycleError, TopologicalSorter
from typing import Any

from lxml import etree

from workflows.engine import dmn_tables, expressions, xml
from workflows.engine.decision_tables import DecisionTable
from workflows.engine.expressions import ExpressionError

NAMESPACES = frozenset(
    {
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",  # 1.1
        "http://www.omg.org/spec/DMN/20151101/dmn11.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",  # 1.2
        "https://www.omg.org/spec/DMN/20191111/MODEL/",  # 1.3
    }
)
DECISIONS_LIMIT = 50

UNSUPPORTED = {
    "businessKnowledgeModel": "业务知识模型",
    "knowledgeRequirement": "业务知识模型",
    "context": "上下文（context）",
    "relation": "关系表（relation）",
    "invocation": "调用（invocation）",
    "functionDefinition": "函数定义",
    "decisionService": "决策服务",
    "list": "列表逻辑",
    "import": "导入其他文件",
}

Faults = list[tuple[str, str]]


def read(content: bytes) -> tuple[dict[str, DecisionTable], Faults]:
    """The decisions of a file by id, and every fault as element id and Chinese sentence.

    Raises:
        Invalid: not a well-formed, harmless XML file.
    """
    root = xml.read(content, "决策文件")
    name = etree.QName(root)
    if name.localname != "definitions" or name.namespace not in NAMESPACES:
        return {}, [("definitions", "这不是 DMN 1.1、1.2 或 1.3 的决策文件，请用决策表编辑器重新保存。")]
    return _File(root, f"{{{name.namespace}}}").read()


class _File:
    """Reads one file; collects faults instead of stopping at the first."""

    def __init__(self, root: Any, namespace: str) -> None:
        self._root = root
        self._ns = namespace
        self._faults: Faults = []

    def read(self) -> tuple[dict[str, DecisionTable], Faults]:
        self._refuse_unsupported()
        self._refuse_repeated_ids()
        decisions = self._decisions()
        required = {key: self._required(element, set(decisions)) for key, element in decisions.items()}
        tables: dict[str, DecisionTable] = {}
        try:
            for key in TopologicalSorter(required).static_order():
                tables[key] = self._decision(decisions[key], tuple(tables[r] for r in required[key]))
        except CycleError as error:
            circle: list[str] = error.args[1]
            self._faults.append((circle[0], f"决策互相依赖，绕成了圈：{' → '.join(circle)}。请去掉一条依赖。"))
        return {key: tables[key] for key in decisions if key in tables}, self._faults

    def _refuse_unsupported(self) -> None:
        for element in self._root.iter(f"{self._ns}*"):
            what = UNSUPPORTED.get(etree.QName(element).localname)
            if what:
                self._faults.append((dmn_tables.id_near(element), f"不支持{what}，请改用决策表或一个表达式。"))
            language = (element.get("expressionLanguage") or "feel").lower()
            if "feel" not in language:
                sentence = f"不支持表达式语言“{language[:40]}”，请清空这一项。"
                self._faults.append((dmn_tables.id_near(element), sentence))

    def _refuse_repeated_ids(self) -> None:
        seen: set[str] = set()
        for element in self._root.iter(f"{self._ns}*"):
            identity = element.get("id")
            if identity in seen:
                self._faults.append((identity, f"编号“{identity}”用了不止一次，请改成不同的编号。"))
            if identity:
                seen.add(identity)

    def _decisions(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for element in self._root.findall(f"{self._ns}decision"):
            identity = element.get("id") or ""
            if identity.isascii() and identity.isidentifier() and not identity.startswith("_"):
                found[identity] = element
            else:
                sentence = f"决策的编号“{identity[:40]}”只能用英文字母、数字和下划线，以字母开头。"
                self._faults.append((identity or "definitions", sentence))
        if not found and not self._faults:
            self._faults.append(("definitions", "文件里没有决策，请至少画一个。"))
        if len(found) > DECISIONS_LIMIT:
            self._faults.append(("definitions", f"决策太多，一个文件最多{DECISIONS_LIMIT}个。"))
            return {}
        return found

    def _required(self, element: Any, known: set[str]) -> list[str]:
        found = []
        for reference in element.iterfind(f"{self._ns}informationRequirement/{self._ns}requiredDecision"):
            href = reference.get("href") or ""
            if href[:1] == "#" and href[1:] in known:
                found.append(href[1:])
            else:
                self._faults.append((element.get("id"), f"依赖的决策“{href[:60]}”不在这个文件里。"))
        return found

    def _decision(self, element: Any, required: tuple[DecisionTable, ...]) -> DecisionTable:
        identity = element.get("id")
        name = element.get("name") or identity
        table = element.find(f"{self._ns}decisionTable")
        if table is not None:
            reader = dmn_tables.TableReader(self._ns, self._faults, identity, name, required)
            return reader.read(table)
        literal = element.find(f"{self._ns}literalExpression")
        if literal is None:
            self._faults.append((identity, f"决策“{name}”是空的，请填写决策表或表达式。"))
            return DecisionTable(identity, name, requires=required)
        try:
            compiled = expressions.compile(literal.findtext(f"{self._ns}text") or "")
        except ExpressionError as error:
            self._faults.append((literal.get("id") or identity, f"决策“{name}”：{error}"))
            return DecisionTable(identity, name, requires=required)
        return DecisionTable(identity, name, literal=compiled, requires=required)
