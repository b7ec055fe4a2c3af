"""An installation as in production: PostgreSQL and Redis of the test run, no process started yet."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.workers.installation import Broker, Installation, installation


@pytest.fixture
def empty_database(postgres_server: str) -> Iterator[str]:
    admin = create_engine(
        postgres_server.replace("postgresql://", "postgresql+psycopg://") + "/postgres", isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE production"))
    yield f"{postgres_server}/production"
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE production WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A Redis of this test alone, which it may kill."""
    broker = Broker(tmp_path)
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture
def production(tmp_path: Path, empty_database: str, broker: Broker) -> Iterator[Installation]:
    with installation(
        tmp_path / "home",
        LUJI_ENV="production",
        DATABASE_URL=empty_database,
        REDIS_URL=broker.url,
        SECRET_KEY="s" * 48,
        TMPDIR=str(tmp_path),
    ) as place:
        yield place
