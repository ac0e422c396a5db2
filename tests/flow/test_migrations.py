import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect, text

from dashboard.database.__main__ import main
from dashboard.database.engine import Database
from dashboard.database.migrate import head, migrate, outdated_because
from dashboard.database.tables import METADATA, TABLES
from dashboard.refusal import ConfigError

ROOT = Path(__file__).parents[2]
Opened = Callable[[str], Database]


def test_the_migrations_lead_to_the_tables_that_the_code_knows(database: Database) -> None:
    with database.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []
    assert {table.__tablename__ for table in TABLES} == set(METADATA.tables)


def checks_of_the_code(table: str) -> set[str]:
    constraints = METADATA.tables[table].constraints
    return {str(one.name) for one in constraints if isinstance(one, CheckConstraint)}


@pytest.mark.parametrize("table", sorted(METADATA.tables))
def test_the_migrations_make_the_checks_that_the_code_knows(database: Database, table: str) -> None:
    """`compare_metadata` does not look at these."""
    found = {one["name"] for one in inspect(database.engine).get_check_constraints(table)}
    assert found == checks_of_the_code(table)


def test_an_empty_database_says_what_to_do_and_is_whole_afterwards(empty_url: str, opened: Opened) -> None:
    database = opened(empty_url)
    reason = outdated_because(database)
    assert reason is not None
    assert reason.endswith("run python -m dashboard.database migrate")
    assert migrate(database) == (None, head())
    assert outdated_because(database) is None
    assert migrate(database) == (head(), head())


def test_replicas_that_start_together_migrate_once(empty_url: str, opened: Opened) -> None:
    start = threading.Barrier(4)

    def run(database: Database) -> tuple[str | None, str]:
        start.wait(30)
        return migrate(database)

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(run, [opened(empty_url) for _ in range(4)]))
    assert sorted(done, key=str) == [(head(), head())] * 3 + [(None, head())]


def no_power(_: str) -> None:
    raise RuntimeError("the power went")


def test_a_migration_that_fails_leaves_nothing(
    empty_url: str, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = opened(empty_url)
    with monkeypatch.context() as patched:
        patched.setattr("alembic.op.execute", no_power)  # the last step of the first migration
        with pytest.raises(RuntimeError, match="the power went"):
            migrate(database)
    assert inspect(database.engine).get_table_names() == []


def command(*arguments: str, url: str) -> "subprocess.CompletedProcess[str]":
    environment = {"DATABASE_URL": url, "PYTHONPATH": str(ROOT), "PATH": ""}
    return subprocess.run(
        [sys.executable, "-m", "dashboard.database", *arguments],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_command_line_migrates_checks_and_copies(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'dashboard.db'}"
    before = command("check", url=url)
    assert (before.returncode, before.stdout) == (1, "")
    assert "run python -m dashboard.database migrate" in before.stderr
    done = command("migrate", url=url)
    assert (done.returncode, done.stdout) == (
        0,
        "database: came from revision None and is now at revision 0001\n",
    )
    assert command("check", url=url).returncode == 0
    assert command("backup", str(tmp_path / "copy.db"), url=url).returncode == 0
    assert outdated_because(Database(f"sqlite:///{tmp_path / 'copy.db'}")) is None
    again = command("backup", str(tmp_path / "copy.db"), url=url)
    assert again.returncode == 2
    assert "exists: give another name" in again.stderr


def test_a_copy_taken_while_somebody_writes_is_whole(
    sqlite_url: str, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = opened(sqlite_url)
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    insert = "INSERT INTO known_medicines (medicine, seen_at) VALUES ('{}', '2026-11-25 12:00:00.000000')"
    with database.writing() as session:
        session.execute(text(insert.format("committed")))
    with database.writing() as session:
        session.execute(text(insert.format("not yet")))
        assert main(["backup", str(tmp_path / "copy.db")]) == 0
    with opened(f"sqlite:///{tmp_path / 'copy.db'}").reading() as session:
        assert session.scalars(text("SELECT medicine FROM known_medicines")).all() == ["committed"]


def test_a_database_that_is_away_is_named_without_its_password() -> None:
    url = "postgresql+psycopg://serin:hush@127.0.0.1:9/serin"
    done = command("migrate", url=url)
    assert done.returncode == 1
    assert done.stderr.startswith("dashboard: database: connection failed")
    assert "hush" not in done.stderr


@pytest.mark.parametrize(
    "url",
    ["nonsense", "mysql://serin:hush@host/db", "postgresql://serin:hush@host/db", "sqlite://", ":hush@"],
)
def test_a_url_that_cannot_be_used_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^DATABASE_URL: .*give sqlite:///FILE or postgresql") as refused:
        Database(url)
    assert "hush" not in str(refused.value)
