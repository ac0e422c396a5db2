"""Brings the tables to what this version of the code needs; safe to start twice at the same time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from dashboard.database.engine import AWAY, Database, described

# Any number that no other program uses with this database.
_LOCK = 0x5E_81_17
_WAIT_SECONDS = 120


def migrate(database: Database) -> tuple[str | None, str]:
    """Apply what is missing, in one transaction; return the revision before and after."""
    with database.engine.execution_options(writes=True).begin() as connection:
        _alone(connection)
        before = _revision(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return before, _revision(connection) or ""


def outdated_because(database: Database) -> str | None:
    """Say why the tables cannot be used as they are; None when they can."""
    try:
        with database.engine.connect() as connection:
            found = _revision(connection)
    except AWAY as error:
        return f"database: cannot be read: {described(error)}"
    wanted = head()
    if found == wanted:
        return None
    return f"database: is at revision {found}, needed is {wanted}: run python -m dashboard.database migrate"


def head() -> str:
    """The revision that this code needs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _alone(connection: Connection) -> None:
    """Wait for whoever migrates now; SQLite's transaction is one that writes, and does that by itself."""
    if connection.dialect.name != "postgresql":
        return
    for limit in ("lock_timeout", "statement_timeout"):
        connection.execute(text(f"SET LOCAL {limit} = '{_WAIT_SECONDS}s'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config
