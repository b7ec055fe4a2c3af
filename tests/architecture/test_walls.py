"""The walls of the house, read from its source. Each rule has its reason where it is written down: workflows/README.md
and the contracts in pyproject.toml."""

import ast
import importlib.metadata
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from workers import functions
from workflows import setup
from workflows.engine import definitions
from workflows.wiring import Workplace

ROOT = Path(__file__).parents[2]
PACKAGES = ("workflows", "service", "workers")
CODE = sorted(
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "node_modules" not in path.parts
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def users_of(*methods: str) -> set[str]:
    """Files that call something of one of these names, ``x.method(…)``."""
    return {
        name(path)
        for path in CODE
        for call in calls(path)
        if isinstance(call.func, ast.Attribute) and call.func.attr in methods
    }


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def test_import_contracts_hold() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_only_the_unit_of_work_commits() -> None:
    commits = users_of("commit") - {"workflows/storage/session.py"}
    # The migration tool's connection is not a session: it closes the implicit transaction of a PRAGMA.
    assert commits == {"workflows/schema.py"}


def test_only_the_clock_asks_what_time_it_is() -> None:
    asking = {
        name(path)
        for path in CODE
        for call in calls(path)
        if re.fullmatch(r"(datetime\.)?(datetime|date)\.(now|today|utcnow)", ast.unparse(call.func))
    }
    assert asking == {"workflows/clock.py"}


def test_seconds_of_the_machine_serve_two_purposes_only() -> None:
    asking = {
        name(path) for path in CODE for call in calls(path) if re.fullmatch(r"time\.time(_ns)?", ast.unparse(call.func))
    }
    # Identifiers that sort by creation, and the age of a file; neither is ever compared with a date of the office.
    assert asking == {"workflows/storage/types.py", "workers/health.py"}


def test_imports_stand_at_the_top_of_a_file() -> None:
    inside = [
        f"{name(path)}:{node.lineno}"
        for path in CODE
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inside == []


def test_package_files_stay_empty() -> None:
    assert [name(path) for path in CODE if path.name == "__init__.py" and path.read_text().strip()] == []


def test_hints_are_sent_by_the_dispatcher_alone() -> None:
    assert users_of("apply_async", "delay", "send_task", "s", "si", "signature") == {"workers/dispatcher.py"}


@pytest.mark.parametrize("word", ["eta", "countdown", "expires"])
def test_no_moment_in_time_is_entrusted_to_the_broker(word: str) -> None:
    assert [name(path) for path in CODE for call in calls(path) if word in {key.arg for key in call.keywords}] == []


def test_celery_neither_retries_nor_schedules_nor_keeps_results() -> None:
    assert users_of("retry", "add_periodic_task") == set()
    words = re.compile(r"beat_schedule|crontab|AsyncResult")
    assert [name(path) for path in CODE if words.search(path.read_text(encoding="utf-8"))] == []


def test_every_hint_names_a_worker_function() -> None:
    hints = {value for key, value in vars(functions).items() if key.isupper() and str(value).startswith("workers.")}
    assert len(hints) >= 4
    for hint in hints:
        module, _, function = hint.rpartition(".")
        assert module == functions.__name__
        assert getattr(functions, function).name == hint
    sent = set(re.findall(r"functions\.([A-Z_]+)", (ROOT / "workers" / "dispatcher.py").read_text()))
    assert {getattr(functions, constant) for constant in sent} == hints


def test_every_setting_is_documented() -> None:
    source = (ROOT / "workflows" / "settings.py").read_text()
    read = set(re.findall(r'env(?:\.get\(|\[)"([A-Z_]+)"', source))
    assert len(read) >= 8
    documented = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    assert read - documented == set()
    composed = (ROOT / "docker-compose.yml").read_text()
    only_there = {setting for setting in documented - read if f"${{{setting}:?" in composed}
    assert documented - read == only_there == {"POSTGRES_PASSWORD", "REDIS_PASSWORD"}


def test_nothing_else_reads_the_environment() -> None:
    readers = {name(path) for path in CODE if re.search(r"os\.environ|getenv", path.read_text(encoding="utf-8"))}
    assert readers <= {"workflows/settings.py", "service/supervisor.py", "workflows/engine/checking/sandbox.py"}


def test_the_map_of_workflows_names_every_room_and_module() -> None:
    text = (ROOT / "workflows" / "README.md").read_text()
    house = ROOT / "workflows"
    rooms = {
        f"{path.name}/" for path in [*house.iterdir(), *(house / "engine").iterdir()] if (path / "__init__.py").exists()
    }
    modules = {path.name for path in [*house.glob("*.py"), *(house / "engine").glob("*.py")]} - {"__init__.py"}
    assert sorted(entry for entry in rooms | modules if f"`{entry}`" not in text) == []
    named = set(re.findall(r"`(\w+\.py)`", text)) - {"__init__.py"}
    assert sorted(named - {path.name for path in house.rglob("*.py")}) == []


def test_every_shipped_process_is_put_in_force(workplace: Workplace) -> None:
    setup.seed(workplace)
    with workplace.reading(None) as session:
        in_force = {definition.key for definition in definitions.list_latest(session, date(2026, 3, 2))}
    assert in_force == {path.name for path in (ROOT / "bpmn").iterdir() if path.is_dir()}


def test_nobody_else_owns_our_package_names() -> None:
    owners = importlib.metadata.packages_distributions()
    assert {package: owners[package] for package in PACKAGES if set(owners.get(package, ())) - {"luji"}} == {}


def test_the_repository_names_no_machine_and_no_package_host() -> None:
    # Put together here so that this file does not contain what it looks for.
    hosts = ["pypi" + ".org", "files.python" + "hosted.org", "registry.npm" + "js.org", "registry.npm" + "mirror"]
    pattern = re.compile("|".join([*map(re.escape, hosts), r"(?<![\w./])/(?:work|home|root)/\w"]))
    found = [
        name(path)
        for path in tracked()
        if path.suffix not in {".png", ".woff2", ".ico", ".xlsx"}
        and pattern.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []
