"""`python -m dashboard.database`: migrate, check and back up what DATABASE_URL names."""

import argparse
import os
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from dashboard import settings
from dashboard.database.engine import Database, described
from dashboard.database.migrate import migrate, outdated_because
from dashboard.refusal import ConfigError


def main(arguments: Sequence[str]) -> int:
    """Run one command; 0 when it did what it says, 1 when not, 2 for a configuration that cannot be used."""
    chosen = _parser().parse_args(arguments)
    try:
        database = Database(settings.database_url(os.environ))
        return int(chosen.run(database, chosen))
    except ConfigError as error:
        print(f"dashboard: {error}", file=sys.stderr)
        return 2
    except SQLAlchemyError as error:
        print(f"dashboard: database: {described(error)}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dashboard.database", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    migrating = verbs.add_parser(
        "migrate", help="bring the tables to what this version needs; safe to repeat"
    )
    migrating.set_defaults(run=_migrate)
    checking = verbs.add_parser("check", help="say whether the tables are what this version needs")
    checking.set_defaults(run=_check)
    saving = verbs.add_parser("backup", help="write a consistent copy of a SQLite file while it is in use")
    saving.add_argument("file", type=Path, metavar="FILE", help="where the copy goes; must not exist")
    saving.set_defaults(run=_backup)
    return parser


def _migrate(database: Database, _: argparse.Namespace) -> int:
    before, after = migrate(database)
    done = "is" if before == after else f"came from revision {before} and is now"
    print(f"database: {done} at revision {after}")
    return 0


def _check(database: Database, _: argparse.Namespace) -> int:
    reason = outdated_because(database)
    print(reason or "database: is what this version needs", file=sys.stderr if reason else sys.stdout)
    return 1 if reason else 0


def _backup(database: Database, chosen: argparse.Namespace) -> int:
    if not database.is_sqlite:
        raise ConfigError("DATABASE_URL: is no SQLite file: use the tools of that database, like pg_dump")
    if chosen.file.exists():
        raise ConfigError(f"{chosen.file}: exists: give another name")
    with database.engine.connect() as connection:
        source = connection.connection.driver_connection
        copy = sqlite3.connect(chosen.file)
        source.backup(copy)  # type: ignore[union-attr] # a connection of the sqlite3 module
        copy.close()
    print(f"database: copied to {chosen.file}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
