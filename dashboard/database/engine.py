"""Reaches the database: transactions that read, transactions that write, and whether it can be used."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

# Every table has to be known before one that refers to another is used.
from dashboard.database import tables as _tables  # noqa: F401
from dashboard.refusal import ConfigError

AWAY = (DBAPIError, PoolTimeout)
"""What a database raises that is not there, locked for too long, or not as the code expects it."""

_LOCK_SECONDS = 5
_POSTGRESQL = {
    "connect_timeout": 3,
    # A statement that hangs would hold a thread of the few there are.
    "options": f"-c statement_timeout={_LOCK_SECONDS * 1000} -c lock_timeout={_LOCK_SECONDS * 1000}",
}


class Database:
    """Safe from any thread; nothing is connected before it is used."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)

    @property
    def is_sqlite(self) -> bool:
        """Whether one file is all of it."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a transaction that sees one state of everything; what it returns stays usable."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a transaction that is committed at the end, or not at all."""
        engine = self.engine.execution_options(writes=True)
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def _engine(url: str) -> Engine:
    try:
        parts = make_url(url)
    except ArgumentError:
        # The URL may hold a password: it is not repeated.
        raise ConfigError(
            "DATABASE_URL: cannot be read: give sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
        ) from None
    if parts.drivername in {"sqlite", "sqlite+pysqlite"} and parts.database not in {None, "", ":memory:"}:
        engine = create_engine(parts, connect_args={"timeout": _LOCK_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parts.drivername == "postgresql+psycopg":
        return create_engine(parts, pool_pre_ping=True, pool_timeout=_LOCK_SECONDS, connect_args=_POSTGRESQL)
    raise ConfigError(
        f"DATABASE_URL: {parts.drivername} cannot be used: "
        "give sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
    )


def _prepare_sqlite(connection: Any, _: object) -> None:
    # The driver's own transactions begin late and end before DDL; ours are begun below.
    connection.isolation_level = None
    _write_ahead(connection)
    for pragma in ("foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _write_ahead(connection: Any) -> None:
    """Choose the journal that readers do not wait for; only this change waits for no lock by itself."""
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A reader that becomes a writer half way fails at once where another wrote: writers say so first.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def described(error: SQLAlchemyError) -> str:
    """Say what the database said, without the statement and its values."""
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().partition("\n")[0]
