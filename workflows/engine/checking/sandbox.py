"""The checks in a child process with limits on time and memory: a diagram that somebody sends may be made to
exhaust whoever reads it.
"""

import base64
import json
import logging
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workflows.engine.checking.fault import Fault, Words
from workflows.engine.packages import Package

CPU_SECONDS = 10
WALL_SECONDS = 20
MEMORY_BYTES = 1024**3
TOO_MUCH = 75  # how the child ends when it notices by itself
_BROKE = "检查程序没有看懂这个文件（已经记录）。请简化后再试；仍不行请联系系统维护人员。"
_log = logging.getLogger(__name__)
_HOUSE = Path(__file__).parents[3]  # where the package `workflows` is found
_GAVE_UP = "检查这个文件花的时间或内存超过上限，图里可能有成倍增长的分支或异常的内容。请简化后再试。"


def judge(package: Package, words: Words, *, wall_seconds: float = WALL_SECONDS) -> list[Fault]:
    """Every fault of a package that may be hostile; takes 20 s and 1 GiB at most."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "workflows.engine.checking"],
            cwd=_HOUSE,
            input=json.dumps(to_plain(package, words)).encode(),
            capture_output=True,
            timeout=wall_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return [_gave_up(package)]
    if done.returncode < 0 or done.returncode == TOO_MUCH:  # killed by a limit, or stopped before one
        return [_gave_up(package)]
    if done.returncode != 0:
        _log.error("checking %s broke: %s", package.key, done.stderr.decode(errors="replace"))
        return [Fault(next(iter(package.files), ""), "", _BROKE)]
    return [Fault(*each) for each in json.loads(done.stdout)]


def limit_this_process() -> None:
    """Called by the child before it reads a byte of the package."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def to_plain(package: Package, words: Words) -> dict[str, Any]:
    """A package and its words as JSON."""
    return {
        "key": package.key,
        "name": package.name,
        "description": package.description,
        "files": {path: base64.b64encode(content).decode() for path, content in package.files.items()},
        "words": words.plain(),
    }


def from_plain(data: Mapping[str, Any]) -> tuple[Package, Words]:
    """What `to_plain` wrote."""
    files = {path: base64.b64decode(content) for path, content in data["files"].items()}
    return Package(data["key"], data["name"], data["description"], files), Words.from_plain(data["words"])


def _gave_up(package: Package) -> Fault:
    return Fault(next(iter(package.diagrams), ""), "", _GAVE_UP)
