"""The database: engine, sessions, the wall between sub-districts, and the only commit.

Every row of domain data belongs to one sub-district (`SubdistrictOwned`). A unit of work is opened *for* a
sub-district; from then on every ORM read is filtered to it and every new row is stamped with it, whatever the
code above remembers or forgets. Work that spans sub-districts (the dispatcher, the district's totals) opens a
unit of work with ``scope=EVERYWHERE`` and says so.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine as SqlEngine
from sqlalchemy import ForeignKey, MetaData, String, Table, create_engine, event, func, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    mapped_column,
    sessionmaker,
    with_loader_criteria,
)
from sqlalchemy.orm.exc import StaleDataError

from workflows.errors import Conflict
from workflows.storage.types import UtcDateTime

EVERYWHERE: Final = "*"
_CONNECT_TIMEOUT_S = 3

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


def table_of(model: type[Base]) -> Table:
    """The table itself, for rows that are only written: a class costs several times as much, and gives them nothing.

    The session's wall does not see such statements; whoever writes them names the sub-district.
    """
    return Base.metadata.tables[model.__tablename__]


class SubdistrictOwned:
    """Mixin: this row belongs to one sub-district. Filled in and filtered by the session."""

    subdistrict_id: Mapped[str] = mapped_column(String(19), ForeignKey("subdistrict.id"))


class CrossedSubdistricts(Exception):
    """A row of one sub-district was written in a unit of work of another: a defect, never shown as data."""


class Database:
    """One database, PostgreSQL or SQLite, and the units of work on it."""

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self.sql: SqlEngine = _sqlite(url) if self.is_sqlite else _postgresql(url, pool_size)
        self._sessions = sessionmaker(self.sql, expire_on_commit=False)
        if self.is_sqlite:
            event.listen(self._sessions, "after_begin", _begin_on_sqlite)
        # SQLite's own lock is unfair under contention (its back-off sleeps), so writers of one process queue here.
        self._writer: Any = threading.RLock() if self.is_sqlite else None

    @contextmanager
    def unit_of_work(self, scope: str) -> Iterator[Session]:
        """Commit on a clean exit, roll back on any exception.

        Args:
            scope: the id of the sub-district this work is for, or `EVERYWHERE`.

        Raises:
            Conflict: another unit of work changed the same row first.
        """
        if self._writer:
            self._writer.acquire()
        session = self._open(scope, write=True)
        try:
            yield session
            for hook in session.info["before_commit"]:
                hook(session)
            session.commit()
        except StaleDataError as error:
            session.rollback()
            raise Conflict("这条记录刚刚被别人改动过，请刷新后再试。") from error
        except OperationalError as error:
            session.rollback()
            if _is_lock_failure(error):
                raise Conflict("有人正在处理同一条记录，请稍后再试。") from error
            raise
        except BaseException:
            session.rollback()
            raise
        finally:
            session.close()
            if self._writer:
                self._writer.release()

    @contextmanager
    def reading(self, scope: str) -> Iterator[Session]:
        """A session that never commits: whatever is changed in it is thrown away."""
        session = self._open(scope, write=False)
        try:
            yield session
        finally:
            session.close()  # rolls back without expiring: what was read stays readable

    def _open(self, scope: str, *, write: bool) -> Session:
        session = self._sessions()
        session.info["scope"] = scope
        session.info["write"] = write
        session.info["before_commit"] = []
        return session

    def dispose(self) -> None:
        self.sql.dispose()


def scope_of(session: Session) -> str:
    return str(session.info["scope"])


def before_commit(session: Session, hook: Callable[[Session], None]) -> None:
    """Run `hook` last thing before this unit of work commits (for locks that must be held briefly)."""
    session.info["before_commit"].append(hook)


def database_now(session: Session) -> datetime:
    """The database's clock: the one clock that all processes share."""
    if session.get_bind().dialect.name == "sqlite":
        from_text = session.execute(select(func.strftime("%Y-%m-%d %H:%M:%f", "now"))).scalar_one()
        return datetime.fromisoformat(f"{from_text}+00:00")
    return session.execute(select(func.clock_timestamp(type_=UtcDateTime()))).scalar_one()


def after_commit(session: Session, act: Callable[[], None]) -> None:
    """Do what can not be undone (destroy a file) once the rows that say so are written; never after a rollback."""
    event.listen(session, "after_commit", lambda _session: act(), once=True)


def is_unique_violation(error: IntegrityError) -> bool:
    text = str(error.orig).lower()
    return "unique" in text or "duplicate key" in text


@event.listens_for(Session, "do_orm_execute")
def _stay_in_scope(state: ORMExecuteState) -> None:
    scope = state.session.info.get("scope", EVERYWHERE)
    if scope == EVERYWHERE or state.is_column_load or state.is_relationship_load:
        return
    state.statement = state.statement.options(
        with_loader_criteria(
            SubdistrictOwned,
            lambda cls: cls.subdistrict_id == scope,
            include_aliases=True,
            track_closure_variables=True,
        )
    )


@event.listens_for(Session, "before_flush")
def _stamp_scope(session: Session, _context: object, _instances: object) -> None:
    scope = session.info.get("scope", EVERYWHERE)
    for row in session.new:
        if not isinstance(row, SubdistrictOwned):
            continue
        if row.subdistrict_id is None:
            if scope == EVERYWHERE:
                raise CrossedSubdistricts(f"{row!r} names no sub-district")
            row.subdistrict_id = scope
        elif scope not in (EVERYWHERE, row.subdistrict_id):
            raise CrossedSubdistricts(f"{row!r} belongs to {row.subdistrict_id}, this work is for {scope}")


def _is_lock_failure(error: OperationalError) -> bool:
    text = str(error.orig).lower()
    return "database is locked" in text or "lock timeout" in text or "deadlock" in text


def _postgresql(url: str, pool_size: int) -> SqlEngine:
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    options = "-c statement_timeout=15000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000"
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": _CONNECT_TIMEOUT_S,
            "options": options,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
        },
    )


def _sqlite(url: str) -> SqlEngine:
    path = url.removeprefix("sqlite:///")
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": 15, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=15000",
            "foreign_keys=ON",
            "journal_size_limit=67108864",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _begin_on_sqlite(session: Session, _transaction: object, connection: Any) -> None:
    # A deferred BEGIN that later writes fails at once when another writer was faster: the busy timeout does not
    # apply to an upgrade. So a session that may write takes the lock first.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if session.info["write"] else "BEGIN")
