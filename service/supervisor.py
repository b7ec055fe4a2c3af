"""`luji up`: the web server and the embedded worker as two child processes, each started again when it ends."""

import ctypes
import fcntl
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workflows.errors import Conflict
from workflows.settings import Settings

logger = logging.getLogger(__name__)

STOP_SECONDS = 20
RESTART_PAUSE_S = 1.0
WEB_THREADS = 8
PR_SET_PDEATHSIG = 1


class AlreadyRunning(Conflict):
    """Another installation has this data folder open, or another program the port."""


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the data folder.

    Raises:
        AlreadyRunning: somebody else does.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise AlreadyRunning(
                "数据目录 {home} 正被另一个陆级程序使用，请先停止它，或者用 LUJI_HOME 指定别的目录。"
                " (another Luji uses the data folder {home})",
                home=home,
            ) from error
        yield


def must_be_free(settings: Settings) -> None:
    """
    Raises:
        AlreadyRunning: another program listens where the web server should.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.bind, settings.port))
        except OSError as error:
            raise AlreadyRunning(
                "端口 {port} 正被另一个程序使用，请用 PORT 指定别的端口，例如 PORT={other}。 (port {port} is in use)",
                port=settings.port,
                other=settings.port + 1,
            ) from error


def commands(settings: Settings) -> dict[str, list[str]]:
    """What is run, by name."""
    web = [
        *(sys.executable, "-m", "gunicorn", "service.wsgi:create()"),
        *("--bind", f"{settings.bind}:{settings.port}"),
        *("--worker-class", "gthread", "--workers", "1", "--threads", str(WEB_THREADS)),
        *("--graceful-timeout", "10", "--timeout", "60", "--log-level", "warning"),
        "--no-control-socket",  # it would lie in the home folder, one for all installations of a user
    ]
    return {"web": web, "worker": [sys.executable, "-m", "workers", "embedded"]}


def supervise(settings: Settings) -> None:
    """Run until told to stop; a child that ends by itself is started again."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    children = {name: _start(command) for name, command in commands(settings).items()}
    try:
        while not stop.wait(0.5):
            for name, child in children.items():
                if child.poll() is not None:
                    logger.error("%s ended with %s and is started again", name, child.returncode)
                    time.sleep(RESTART_PAUSE_S)
                    children[name] = _start(commands(settings)[name])
    finally:
        _end(list(children.values()))


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, env=dict(os.environ), preexec_fn=_end_with_parent)  # noqa: S603  # our own command


def _end_with_parent() -> None:
    """On Linux: a child whose parent was killed outright ends too, instead of holding the port and the data."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _end(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
