"""Everything that is checked before a package may run, in one pass and in this process.

Untrusted packages go through `sandbox` instead, which runs this in a child with limits.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException

from workflows.engine import spiff, xml
from workflows.engine.checking import assets as package_assets
from workflows.engine.checking import diagram as diagrams
from workflows.engine.checking import elements, extensions, growth, identity, promises, references, structure, texts
from workflows.engine.checking.assets import Assets
from workflows.engine.checking.diagram import BPMN, Diagram, Scope
from workflows.engine.checking.fault import Fault, Words, nearest
from workflows.engine.checking.known import Known
from workflows.engine.packages import MANIFEST, Package
from workflows.errors import Invalid


@dataclass(frozen=True)
class LaneUse:
    """A lane that holds nodes."""

    file: str
    element: str
    name: str


def judge(package: Package, words: Words) -> list[Fault]:
    """Every fault of a package, in the order of its files; empty when it may run."""
    assets = package_assets.read(package, words)
    read, faults = _read(package)
    faults += assets.faults
    if package.diagrams:
        faults += list(_diagrams(package, read, assets, words))
    elif MANIFEST in package.files:
        faults.append(Fault(MANIFEST, "", "流程包里没有流程图（.bpmn 文件），请加上。"))
    faults = list(dict.fromkeys(faults))
    return faults or list(_built(package))


def lanes(package: Package) -> list[LaneUse]:
    """Every lane that holds nodes, once per file and name. Files that can not be read have none."""
    found: dict[tuple[str, str], LaneUse] = {}
    for file, content in package.diagrams.items():
        try:
            root = xml.read(content, file)
        except Invalid:
            continue
        for lane in root.iter(f"{BPMN}lane"):
            name = (lane.get("name") or "").strip()
            if lane.find(f"{BPMN}flowNodeRef") is not None:
                found.setdefault((file, name), LaneUse(file, lane.get("id") or "", name))
    return list(found.values())


def _read(package: Package) -> tuple[list[Diagram], list[Fault]]:
    read, faults = [], []
    for file, content in package.diagrams.items():
        try:
            read.append(diagrams.read(file, xml.read(content, file)))
        except Invalid as error:
            faults.append(Fault(file, "", str(error)))
    return read, faults


def _diagrams(package: Package, read: list[Diagram], assets: Assets, words: Words) -> Iterator[Fault]:
    yield from identity.check(read, words.facts)
    for diagram in read:
        yield from elements.check(diagram)
        yield from extensions.check(diagram)
        yield from structure.lanes(diagram, words.groups)
    if len(read) == len(package.diagrams):
        yield from _processes(package, read, assets, words)


def _processes(package: Package, read: list[Diagram], assets: Assets, words: Words) -> Iterator[Fault]:
    every = {scope.id: scope for diagram in read for scope in diagram.processes}
    main = every.get(package.key)
    yield from _main(package, read, every, main)
    yield from structure.calls(every, package.key)
    running = _running(every, package.key)
    scopes = [scope for process in running for scope in process.all()]
    known = Known(words, assets, {process.id: process for process in running}, main)
    for scope in scopes:
        yield from structure.scope(scope)
        yield from ((Fault(scope.file, e.get("id") or scope.id, m)) for e, m in elements.flows(scope))
        yield from references.check(scope, words, assets, every, package.key)
        yield from texts.scope(scope, known, is_main=scope is main)
        if len(scope.nodes) <= structure.NODE_LIMIT:
            yield from growth.check(scope, every)
    if main is not None:
        yield from promises.check(main, every, words.promises.get(package.key, ()))
    yield from texts.tables(assets, known, scopes)
    yield from texts.defaults(assets, known.everywhere)
    for diagram in read:
        yield from texts.messages(diagram, known.everywhere)
        for process in diagram.processes:
            yield from structure.drawing(diagram, process, required=MANIFEST in package.files)


def _running(every: dict[str, Scope], main: str) -> Iterable[Scope]:
    """The processes that may ever run: those marked executable, and what they call."""
    return [s for s in every.values() if s.id == main or s.element.get("isExecutable") != "false"]


def _main(package: Package, read: list[Diagram], every: dict[str, Scope], main: Scope | None) -> Iterator[Fault]:
    if main is None:
        where = MANIFEST if MANIFEST in package.files else read[0].file
        message = (
            f"流程图里没有编号为“{package.key}”的流程（流程编号要和 package.yaml 的 key 一样），"
            f"{nearest(package.key, every)}"
        )
        yield Fault(where, package.key, message)
    elif main.element.get("isExecutable") != "true":
        message = f"主流程{main.label}没有勾选“可执行”（isExecutable），不能启动。请勾选。"
        yield Fault(main.file, main.id, message)


def _built(package: Package) -> Iterator[Fault]:
    """What the library itself refuses."""
    if not package.diagrams:
        return
    try:
        spiff.build(package)
    except Invalid as error:
        yield Fault(_first_file(package), "", str(error))
    except ValidationException as error:
        element = str(error.tag_id) if getattr(error, "tag_id", None) else ""
        yield Fault(_first_file(package), element, f"引擎读不懂{f'“{element}”' if element else '流程图'}：{error}")
    except (AttributeError, KeyError, TypeError, ValueError, IndexError, RecursionError) as error:
        # The library's parser stumbles like this over diagrams it does not expect.
        yield Fault(
            _first_file(package), "", f"引擎读不懂流程图（{type(error).__name__}）。请用流程编辑器重新保存后再试。"
        )


def _first_file(package: Package) -> str:
    return next(iter(package.diagrams))
