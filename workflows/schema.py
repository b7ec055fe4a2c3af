"""The database's schema: migrate it, and refuse to work on one that this program does not know."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from workflows import wiring
from workflows.storage.session import Base, Database

MIGRATIONS = Path(__file__).parent / "storage" / "migrations"
METADATA = Base.metadata
_rooms = wiring  # importing the composition root registers every room's tables


class WrongSchema(Exception):
    """The database is older or newer than this program."""


def migrate(database: Database) -> None:
    """Bring the schema to the version of this program; does nothing when it is there."""
    with database.sql.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF" if database.is_sqlite else "SET lock_timeout = '30s'")
        connection.commit()
        with connection.begin():
            if not database.is_sqlite:
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(20210915)")  # one migration at a time
            command.upgrade(config(connection), "head")
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def check(database: Database) -> None:
    """
    Raises:
        WrongSchema: run ``luji migrate``, or update the program.
    """
    with database.sql.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    expected = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if found != expected:
        raise WrongSchema(f"the database's schema is {found}, this program needs {expected}: run `luji migrate`")


def config(connection: Connection) -> Config:
    """Alembic's configuration around an open connection."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.attributes["connection"] = connection
    settings.attributes["metadata"] = METADATA
    return settings
