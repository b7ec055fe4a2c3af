"""The checks in a child process, and `luji check`, which needs no database."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from service.cli.main import cli
from tests.process.checked import WORDS, drawn, faults, line
from tests.process.diagram import Process, package
from workflows.engine import packages
from workflows.engine.checking import sandbox
from workflows.engine.checking.fault import Words

BPMN = Path(__file__).parents[2] / "bpmn"


def checked(*paths: Path) -> tuple[int, list[dict[str, Any]]]:
    """What `luji check` prints, and how it ends."""
    result = CliRunner().invoke(cli, ["check", *map(str, paths)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def test_the_child_says_the_same_as_the_checks_in_this_process() -> None:
    bad = drawn(package(Process().start().user("a", asignee="x").end("done").flow("begin", "a", "done")))
    assert sandbox.judge(bad, WORDS) == faults(
        package(Process().start().user("a", asignee="x").end("done").flow("begin", "a", "done"))
    )
    assert sandbox.judge(drawn(package(line("a"))), WORDS) == []


def test_words_survive_the_way_to_the_child() -> None:
    assert Words.from_plain(json.loads(json.dumps(WORDS.plain()))) == WORDS


def test_a_package_that_takes_too_long_is_refused_at_its_diagram() -> None:
    found = sandbox.judge(drawn(package(line("a"))), WORDS, wall_seconds=0.01)
    assert [(fault.file, "超过上限" in fault.message) for fault in found] == [("process.bpmn", True)]


def test_the_child_limits_itself() -> None:
    program = (
        "import resource; from workflows.engine.checking import sandbox; sandbox.limit_this_process(); "
        "print(resource.getrlimit(resource.RLIMIT_CPU)[0], resource.getrlimit(resource.RLIMIT_AS)[0]); "
        "bytearray(2 * 1024**3)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=BPMN.parent, check=False)
    assert done.stdout.split() == ["10", str(1024**3)]
    assert "MemoryError" in done.stderr


@pytest.mark.parametrize("name", ["constituent_case", "monthly_self_assessment", "quarterly_assessment"])
def test_the_packages_that_come_with_the_system_have_no_fault(name: str) -> None:
    assert checked(BPMN / name) == (0, [{"file": str(BPMN / name), "ok": True, "faults": []}])


def test_check_goes_through_a_tree_in_order_and_says_what_is_wrong_where(tmp_path: Path) -> None:
    good = line("a").body()
    head, tail = (
        package(Process("x")).files["process.bpmn"].decode().split("<bpmn:process", 1)[0],
        "</bpmn:definitions>",
    )
    alone = f'{head}<bpmn:process id="demo" isExecutable="true">{good}</bpmn:process>{tail}'
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.bpmn").write_text(alone.replace('sourceRef="begin"', 'sourceRef="bgin"'), "utf-8")
    (tmp_path / "a.bpmn").write_text(alone, "utf-8")
    (tmp_path / "c.dmn").write_text("<x/>", "utf-8")
    (tmp_path / "note.txt").write_text("not a diagram", "utf-8")
    folder = tmp_path / "zz"
    folder.mkdir()
    for path, content in drawn(package(line("a"))).files.items():
        (folder / path).write_bytes(content)
    (tmp_path / "p.zip").write_bytes(packages.write_zip(packages.read_folder(folder)))
    code, lines = checked(tmp_path)
    assert code == 1
    assert [(Path(each["file"]).name, each["ok"]) for each in lines] == [
        ("a.bpmn", True),
        ("c.dmn", False),
        ("b.bpmn", False),
        ("p.zip", True),
        ("zz", True),
    ]
    broken = lines[2]["faults"]
    assert "demo_flow1" in {fault["element"] for fault in broken}
    assert all(set(fault) == {"element", "message"} for fault in broken)


def test_a_file_that_can_not_be_read_is_a_fault_and_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "x.bpmn").write_bytes(b"\xff\xfe<broken")
    (tmp_path / "y.zip").write_bytes(b"PK")
    code, lines = checked(tmp_path)
    assert code == 1
    assert [bool(each["faults"]) for each in lines] == [True, True]
