"""Migrations: one line without forks, and what they build is what the tables say, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from workflows import schema
from workflows.storage.session import Database


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without a table."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'new.sqlite3'}")
        yield database
        database.dispose()
        return
    server: str = request.getfixturevalue("postgres_server")
    admin = create_engine(
        server.replace("postgresql://", "postgresql+psycopg://") + "/postgres", isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE migrated"))
    database = Database(f"{server}/migrated")
    yield database
    database.dispose()
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE migrated WITH (FORCE)"))
    admin.dispose()


def test_there_is_one_line_of_revisions() -> None:
    script = ScriptDirectory(str(schema.MIGRATIONS))
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1


def test_the_migrated_schema_is_what_the_tables_say(empty: Database) -> None:
    schema.migrate(empty)
    with empty.sql.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.METADATA) == []


def test_migrating_again_changes_nothing(empty: Database) -> None:
    schema.migrate(empty)
    schema.migrate(empty)
    schema.check(empty)


def test_a_worker_refuses_a_schema_that_it_does_not_know(empty: Database) -> None:
    with pytest.raises(schema.WrongSchema, match="luji migrate"):
        schema.check(empty)
    schema.migrate(empty)
    with empty.sql.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from the future'"))
    with pytest.raises(schema.WrongSchema, match="from the future"):
        schema.check(empty)
