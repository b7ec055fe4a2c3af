"""Fixtures for every test: a house on SQLite, the same on PostgreSQL, servers, a clock that is moved by hand."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import create_engine, text

from tests import servers
from workflows import wiring
from workflows.clock import BEIJING, MovableClock
from workflows.people import passwords
from workflows.settings import Settings
from workflows.storage.session import Base, Database
from workflows.wiring import Workplace

REQUIRE_ALL = os.environ.get("LUJI_REQUIRE_ALL") == "1"
NEEDS = {
    "postgres": ("PostgreSQL", servers.find_postgres),
    "redis": ("Redis", servers.find_redis),
    "browser": ("Chromium", servers.find_chromium),
    "pdf": ("Pango", servers.find_pango),
}
_SHIPPED_HASHER = passwords._HASHER
_template = 0


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What is not installed is skipped, or fails the test when everything is required."""
    for mark, (name, find) in NEEDS.items():
        if item.get_closest_marker(mark) is None or find() is not None:
            continue
        if REQUIRE_ALL:
            pytest.fail(f"{name} is not installed, and this run may skip nothing", pytrace=False)
        pytest.skip(f"{name} is not installed")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    missing = sorted({name for mark, (name, find) in NEEDS.items() if find() is None})
    if missing and skipped:
        terminalreporter.section("NOT TESTED", sep="!", red=True, bold=True)
        terminalreporter.line(f"{', '.join(missing)} missing: {len(skipped)} tests were skipped.", red=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter is not None else []
    if REQUIRE_ALL and exitstatus == 0 and any("is not installed" in str(report.longrepr) for report in skipped):
        session.exitstatus = 1


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Argon2 at its lowest cost: a town has up to 60 accounts, and most tests a town. What ships has its own test."""
    with _hashing_with(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)):
        yield


@pytest.fixture
def shipped_passwords() -> Iterator[None]:
    """Argon2 as it ships, for what depends on the time it takes."""
    with _hashing_with(_SHIPPED_HASHER):
        yield


@contextmanager
def _hashing_with(hasher: PasswordHasher) -> Iterator[None]:
    before = passwords._HASHER, passwords._NOBODY
    passwords._HASHER, passwords._NOBODY = hasher, hasher.hash("nobody's")
    yield
    passwords._HASHER, passwords._NOBODY = before


@pytest.fixture
def clock() -> MovableClock:
    """Monday 2 March 2026, 9:00 in Beijing."""
    return MovableClock(datetime(2026, 3, 2, 9, tzinfo=BEIJING))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all tables, made once and copied for each test."""
    path = tmp_path_factory.mktemp("template") / "luji.sqlite3"
    database = Database(f"sqlite:///{path}")
    Base.metadata.create_all(database.sql)
    with database.sql.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture
def workplace(tmp_path: Path, clock: MovableClock, sqlite_template: Path) -> Iterator[Workplace]:
    """A house on SQLite with all tables and nothing in them."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(sqlite_template, home / "luji.sqlite3")
    place = wiring.build(settings_in(home, f"sqlite:///{home / 'luji.sqlite3'}"), clock)
    yield place
    place.database.dispose()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    # Not below pytest's own folder: another run closes that to everybody, and the server runs as another user.
    with (
        tempfile.TemporaryDirectory(prefix="luji-postgres-") as folder,
        servers.postgres(Path(folder), durable=False) as url,
    ):
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty database with all tables, cloned from a template for this test alone."""
    global _template
    server = create_engine(
        postgres_server.replace("postgresql://", "postgresql+psycopg://") + "/postgres", isolation_level="AUTOCOMMIT"
    )
    with server.connect() as connection:
        if not _template:
            connection.execute(text("CREATE DATABASE luji_template"))
            database = Database(f"{postgres_server}/luji_template")
            Base.metadata.create_all(database.sql)
            database.dispose()
        _template += 1
        name = f"luji_{_template}"
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE luji_template"))
    yield f"{postgres_server}/{name}"
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def postgres_workplace(tmp_path: Path, clock: MovableClock, postgres_url: str) -> Iterator[Workplace]:
    """The house on PostgreSQL. Tests that use it carry the mark ``postgres``."""
    place = wiring.build(settings_in(tmp_path, postgres_url), clock)
    yield place
    place.database.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def each_workplace(request: pytest.FixtureRequest) -> Workplace:
    """The test runs twice: once on each database."""
    fixture = "workplace" if request.param == "sqlite" else "postgres_workplace"
    place: Workplace = request.getfixturevalue(fixture)
    return place


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with servers.redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


def settings_in(home: Path, database_url: str) -> Settings:
    return Settings(
        home=home,
        database_url=database_url,
        redis_url=None,
        secret_key="t" * 48,
        port=0,
        bind="127.0.0.1",
        public_url="http://127.0.0.1",
        clock_file=None,
        trusted_hosts=(),
    )
