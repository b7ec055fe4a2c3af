"""Packages for tests of the publishing checks: drawn, and judged with a small vocabulary."""

import re

from tests.process.diagram import Process, package
from workflows.engine.checking.fault import DelegateWords, Fault, Words
from workflows.engine.checking.package_check import judge
from workflows.engine.packages import Package

WORDS = Words(
    groups=frozenset({"工作站", "街道人大工委", "代表"}),
    delegates={
        "test.note": DelegateWords(("value", "why"), frozenset({"why"}), ()),
        "test.open": DelegateWords((), frozenset(), ("number", "title")),
    },
    facts={"case": frozenset({"respond_by", "title"})},
    panels=frozenset({"cases.summary"}),
    choices=frozenset({"people.departments"}),
)

_DI = (
    '<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" id="drawing"><bpmndi:BPMNPlane id="plane">{shapes}'
    "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>"
)
_NODE = re.compile(
    r"<bpmn:(?:\w*[tT]ask|\w+Event|\w+Gateway|subProcess|callActivity|transaction|adHocSubProcess)\b"
    r"[^>]*? id=\"([^\"]+)\""
)


def drawn(package: Package) -> Package:
    """The same package with a shape for every node."""
    xml = package.files["process.bpmn"].decode()
    shapes = "".join(
        f'<bpmndi:BPMNShape id="{node}_shape{n}" bpmnElement="{node}">'
        f'<dc:Bounds x="{n * 10}" y="0" width="100" height="80"/></bpmndi:BPMNShape>'
        for n, node in enumerate(_NODE.findall(xml))
    )
    return package.with_file("process.bpmn", xml.replace("</bpmn:definitions>", _DI.format(shapes=shapes)).encode())


def changed(package: Package, old: str, new: str) -> Package:
    """The same package with one text of its diagram replaced; it must be there."""
    xml = package.files["process.bpmn"].decode()
    assert old in xml, old
    return package.with_file("process.bpmn", xml.replace(old, new).encode())


def faults(made: Process | Package, *others: Process, messages: tuple[str, ...] = ()) -> list[Fault]:
    """What the checks say about a process or a package."""
    whole = package(made, *others, messages=messages) if isinstance(made, Process) else made
    return judge(drawn(whole), WORDS)


def said(found: list[Fault], element: str) -> str:
    """Everything that is said about one element."""
    return "\n".join(fault.message for fault in found if fault.element == element)


def line(*nodes: str) -> Process:
    """begin → nodes (user tasks) → done."""
    process = Process().start()
    for node in nodes:
        process.user(node)
    return process.end("done").flow("begin", *nodes, "done")
