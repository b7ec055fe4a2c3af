"""An installation as processes: the commands of docker-compose.yml or `luji up`, around a clock in a file."""

import json
import os
import re
import signal
import subprocess
import sys
import time as machine_time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from tests.servers import find_redis, free_port, wait_for_port
from workflows import wiring
from workflows.clock import FileClock, MovableClock, beijing_moment
from workflows.notifications.tables import Notice, OutboxMessage
from workflows.settings import from_environment
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60


class SharedClock(MovableClock):
    """A clock moved by hand that all processes of an installation follow, through a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = FileClock(path)

    def __call__(self) -> datetime:
        return self._file()

    def set(self, moment: datetime) -> None:
        shift = (moment - datetime.now(UTC)).total_seconds()
        fresh = self.path.with_suffix(".new")
        fresh.write_text(str(shift))
        fresh.replace(self.path)  # no process may read half a number

    def set_beijing(self, day: date, at: time = time(9)) -> None:
        self.set(beijing_moment(day, at))


class Installation:
    """A data folder, an environment, and the processes that were started in it."""

    def __init__(self, home: Path, **environment: str) -> None:
        home.mkdir(exist_ok=True)
        self.home, self.port = home, free_port()
        self.clock = SharedClock(home / "clock")
        self.clock.set_beijing(date(2026, 9, 24))
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("LUJI_", "DATABASE_", "REDIS_"))}
        self.environment = {
            **kept,
            "LUJI_HOME": str(home),
            "LUJI_CLOCK_FILE": str(self.clock.path),
            "PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        self.log = (home / "log").open("ab")
        self.children: list[subprocess.Popen[bytes]] = []

    def workplace(self) -> Workplace:
        """The same installation, seen from this process."""
        return wiring.build(from_environment(self.environment), self.clock)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command that ends by itself."""
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
        )

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """A command that stays."""
        child = subprocess.Popen(
            [sys.executable, *command],
            env=self.environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        self.children.append(child)
        return child

    def said(self) -> str:
        return (self.home / "log").read_text(errors="replace")

    def stop(self) -> list[int]:
        """Ask every process to end, as `docker stop` does; returns their exit codes."""
        for child in self.children:
            if child.poll() is None:
                child.terminate()
        try:
            return [child.wait(timeout=30) for child in self.children]
        finally:
            for child in self.children:
                if child.poll() is None:
                    os.killpg(child.pid, signal.SIGKILL)
                    child.wait()


@contextmanager
def installation(home: Path, **environment: str) -> Iterator[Installation]:
    """An installation whose processes end with the block."""
    place = Installation(home, **environment)
    try:
        yield place
    finally:
        place.stop()
        place.log.close()


def eventually(look: Callable[[], Any], wanted: Callable[[Any], bool] = bool, seconds: float = PATIENCE_S) -> Any:
    """What `look` sees once it is what is wanted; what it saw last when that takes too long."""
    deadline = machine_time.monotonic() + seconds
    seen = look()
    while not wanted(seen) and machine_time.monotonic() < deadline:
        machine_time.sleep(0.1)
        seen = look()
    return seen


def delivered(workplace: Workplace) -> Counter[str]:
    """How many notices about each case have reached somebody's bell."""
    query = select(OutboxMessage.subject_key).join(Notice, Notice.message_id == OutboxMessage.id)
    with workplace.database.reading(EVERYWHERE) as session:
        about = [key.split(":") for key in session.scalars(query)]
    return Counter(parts[1] for parts in about if parts[0] == "case")


class Broker:
    """A Redis that keeps nothing and comes back at the same address after it was killed."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        program = find_redis()
        assert program is not None
        options = ["--port", str(self._port), "--bind", "127.0.0.1", "--dir", str(self._folder), "--save", ""]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen([program, *options], stdout=quiet, stderr=quiet)
        wait_for_port(self._port)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def start_service(place: Installation, service: str) -> "subprocess.Popen[bytes]":
    """Start a service of docker-compose.yml, or the image's own command where it names none."""
    image = json.loads(re.findall(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.M)[0])
    command = SERVICES[service].get("command", image)
    return place.start(*arguments_of(command, {"0.0.0.0:8000": f"127.0.0.1:{place.port}"}))


def composed() -> dict[str, object]:
    """docker-compose.yml, read as YAML."""
    found: dict[str, object] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def arguments_of(command: list[str], replaced: Mapping[str, str]) -> list[str]:
    """A container's command for this machine's Python: its program as a module, addresses replaced."""
    programs = {"python": [], "gunicorn": ["-m", "gunicorn"], "luji": ["-m", "service.cli.main"]}
    return [*programs[command[0]], *(replaced.get(word, word) for word in command[1:])]


SERVICES: dict[str, Any] = composed()["services"]  # type: ignore[assignment]
