"""PostgreSQL and Redis of the test run's own: private folders, random loopback ports, ended with the run."""

import ctypes.util
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

START_SECONDS = 30


def find_postgres() -> Path | None:
    """The folder with PostgreSQL's programs, newest version first."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).parent if found else None


def find_redis() -> str | None:
    return shutil.which("redis-server")


def find_pango() -> str | None:
    """What WeasyPrint draws text with."""
    return ctypes.util.find_library("pangoft2-1.0")


def find_chromium() -> str | None:
    return os.environ.get("LUJI_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def postgres(folder: Path, *, durable: bool = True) -> Iterator[str]:
    """A running server; gives its URL without a database name. Tests that do not measure may do without disk syncs."""
    programs = find_postgres()
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed")
    data, port = folder / "data", free_port()
    as_user = _as_postgres_user(folder)
    _run([*as_user, str(programs / "initdb"), "-D", str(data), "-U", "luji", "-A", "trust", "-E", "UTF8", "--locale=C"])
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=200"
    options += "" if durable else " -c fsync=off -c full_page_writes=off"
    ctl = [*as_user, str(programs / "pg_ctl"), "-D", str(data), "-w"]
    _run([*ctl, "-o", options, "-l", str(folder / "log"), "start"])
    try:
        yield f"postgresql://luji@127.0.0.1:{port}"
    finally:
        subprocess.run([*ctl, "-m", "immediate", "stop"], capture_output=True, check=False)


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A running server that keeps nothing; gives its URL."""
    program, port = find_redis(), free_port()
    if program is None:
        raise RuntimeError("Redis is not installed")
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", "--daemonize", "no"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_port(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(timeout=10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, seconds: float = START_SECONDS) -> None:
    """
    Raises:
        TimeoutError: nothing listens there in time.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


def _as_postgres_user(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root; its Debian package brings a user for it."""
    if os.geteuid() != 0:
        return []
    for parent in (folder, *folder.parents):
        if parent == Path(parent.anchor):
            break
        if parent.stat().st_uid == 0 and not parent.stat().st_mode & 0o005:
            parent.chmod(parent.stat().st_mode | 0o055)
    shutil.chown(folder, "postgres")
    return ["runuser", "-u", "postgres", "--"]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[-1]}: {done.stdout}{done.stderr}")
