"""The checks against diagrams that others drew: nobody's diagram hangs or crashes them, and what they let through runs.

The diagrams are test files in the source distribution of a public package (its licence allows use; nothing of it is
kept in this repository). They are fetched once into ``build/``; without a package index these tests are skipped.
"""

import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy import select

from tests.process.checked import WORDS
from tests.process.house import House
from workflows.engine import packages, xml
from workflows.engine.checking import sandbox
from workflows.engine.checking.diagram import BPMN, NODES
from workflows.engine.checking.fault import Fault
from workflows.engine.checking.package_check import judge
from workflows.engine.packages import Package
from workflows.engine.tables import EventWait
from workflows.errors import Invalid

SOURCE = "bpmn-io==0.2.2"
CACHE = Path(__file__).parents[2] / "build" / "corpus"
ROUNDS = 12
SLOWEST_SECONDS = 5.0
"""For one diagram on a busy machine; the slowest takes 0.2 s on an idle one."""


@pytest.fixture(scope="module")
def corpus() -> list[Path]:
    if not list(CACHE.rglob("*.bpmn")):
        _fetch()
    return sorted(CACHE.rglob("*.bpmn"))


def _fetch() -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode and shutil.which("pip"):
        pip = [str(shutil.which("pip"))]
    command = [*pip, "download", "-q", "--no-deps", "--no-binary", ":all:", SOURCE, "-d", str(CACHE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    archives = list(CACHE.glob("*.tar.gz"))
    if not archives:
        pytest.skip(f"NO CORPUS: {SOURCE} could not be fetched: {done.stderr[-300:]}")
    with tarfile.open(archives[0]) as archive:
        archive.extractall(CACHE, filter="data")


def read(path: Path) -> Package | None:
    """The diagram as a package; None when reading already refuses it with a sentence."""
    try:
        return packages.read_file(path)
    except Invalid:
        return None


def adapted(package: Package) -> Package:
    """The same diagram as an office would finish it: the station's lane, people for plain tasks, decided gateways."""
    (file, content), *_ = package.diagrams.items()
    root = xml.read(content)
    processes = root.findall(f"{BPMN}process")
    called = {each.get("calledElement") for each in root.iter(f"{BPMN}callActivity")}
    for process in processes:
        process.set("isExecutable", str(process.get("id") == package.key or process.get("id") in called).lower())
        for scope in (process, *process.iter(f"{BPMN}subProcess")):
            _end_everywhere(scope)
        _hand_to_the_station(process)
        for gateway in process.iter(f"{BPMN}exclusiveGateway", f"{BPMN}inclusiveGateway"):
            _decide(gateway)
    return Package(package.key, package.name, "", {file: etree.tostring(root)})


def _hand_to_the_station(process: etree._Element) -> None:
    for lanes in process.findall(f"{BPMN}laneSet"):
        process.remove(lanes)
    for task in [*process.iter(f"{BPMN}task", f"{BPMN}sendTask", f"{BPMN}serviceTask", f"{BPMN}businessRuleTask")]:
        task.tag = f"{BPMN}manualTask"
    lane_set = etree.SubElement(process, f"{BPMN}laneSet", id=f"{process.get('id')}_lanes")
    lane = etree.SubElement(lane_set, f"{BPMN}lane", id=f"{process.get('id')}_lane", name="工作站")
    for element in process:
        if etree.QName(element).localname in NODES and element.get("id"):
            etree.SubElement(lane, f"{BPMN}flowNodeRef").text = element.get("id")


def _end_everywhere(scope: etree._Element) -> None:
    """An end event where the author left it out."""
    leaving = {flow.get("sourceRef") for flow in scope.findall(f"{BPMN}sequenceFlow")}
    for node in list(scope):
        name = node.get("id")
        if name and etree.QName(node).localname in NODES - {"endEvent"} and name not in leaving:
            etree.SubElement(scope, f"{BPMN}endEvent", id=f"{name}_end")
            etree.SubElement(scope, f"{BPMN}sequenceFlow", id=f"{name}_flow", sourceRef=name, targetRef=f"{name}_end")


def _decide(gateway: etree._Element) -> None:
    around = gateway.getparent()
    assert around is not None
    ways = [flow for flow in around.findall(f"{BPMN}sequenceFlow") if flow.get("sourceRef") == gateway.get("id")]
    for position, flow in enumerate(ways):
        for condition in flow.findall(f"{BPMN}conditionExpression"):
            flow.remove(condition)
        if position == 0 and len(ways) > 1:
            gateway.set("default", flow.get("id") or "")
        elif len(ways) > 1:
            etree.SubElement(flow, f"{BPMN}conditionExpression").text = "1 == 2"


def judged(corpus: list[Path]) -> Iterator[tuple[Path, Package, list[Fault]]]:
    """Every readable diagram twice, as it is and adapted, with its faults."""
    for path in corpus:
        package = read(path)
        if package is None:
            continue
        yield path, package, judge(package, WORDS)
        if package.diagrams:
            finished = adapted(package)
            yield path, finished, judge(finished, WORDS)


def test_every_foreign_diagram_is_accepted_or_refused_by_name_in_good_time(corpus: list[Path]) -> None:
    assert len(corpus) > 300
    began = time.perf_counter()
    for path, _, faults in judged(corpus):
        took, began = time.perf_counter() - began, time.perf_counter()
        assert took < SLOWEST_SECONDS, path
        assert all(fault.message.startswith(("“", "这", "引擎")) or "“" in fault.message for fault in faults), faults
        assert not [fault for fault in faults if "Traceback" in fault.message]


def awaited(house: House, instance: str) -> bool:
    """Whether somebody or something is waited for."""
    with house.database.reading("luji") as session:
        messages = session.scalars(select(EventWait.id).where(EventWait.instance_id == instance)).all()
    return bool(house.open(instance) or house.jobs(instance) or messages)


def carried_on(house: House, instance: str) -> None:
    """Everybody does what is asked and all time limits pass, until the instance ends or awaits a message."""
    for _ in range(ROUNDS):
        for task in house.open(instance):
            if task.id in {open_.id for open_ in house.open(instance)}:
                house.complete_task(task)
        house.clock.forward(days=4000)
        house.sweep()
        if house.status(instance) != "running":
            return


def test_every_foreign_diagram_that_is_let_through_waits_or_ends_at_every_step(
    corpus: list[Path], house: House
) -> None:
    begun = 0
    for path, package, faults in judged(corpus):
        if faults or not package.key.isidentifier() or not package.key.isascii():
            continue  # the key of a package is a plain word
        house.publish(package.with_file("package.yaml", f"key: {package.key}\nname: x\n".encode()))
        instance = house.start(package.key)
        assert awaited(house, instance) == (house.status(instance) == "running"), path
        carried_on(house, instance)
        assert awaited(house, instance) == (house.status(instance) == "running"), path
        begun += 1
    assert begun > 55


def test_every_fortieth_foreign_diagram_is_judged_the_same_by_the_child(corpus: list[Path]) -> None:
    sample = [package for package in map(read, corpus[::40]) if package is not None]
    with ThreadPoolExecutor(2) as children:
        said = list(children.map(lambda package: sandbox.judge(package, WORDS), sample))
    assert said == [judge(package, WORDS) for package in sample]
