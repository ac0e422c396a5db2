"""The same suite on both databases; each test gets one of its own, with three people."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.accounts.people import People
from dashboard.accounts.tables import Role
from dashboard.database.engine import Database
from dashboard.database.migrate import migrate
from dashboard.orders.desk import Desk

from . import postgres

PASSWORD = "correct horse battery"
BRANCH = "Dubai Mall"


class Clock:
    """A time that tests move on."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 25, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def passes(self, **span: float) -> None:
        self.at += timedelta(**span)


def prepare(url: str) -> None:
    """Make the tables and the people once: their passwords take a while, by intention."""
    database = Database(url)
    migrate(database)
    staff = People(database, Clock(), "the test")
    staff.add("amira", Role.PHARMACIST, BRANCH, PASSWORD)
    staff.add("omar", Role.WAREHOUSE, None, PASSWORD)
    staff.add("wassim", Role.WAREHOUSE, None, PASSWORD)
    database.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with postgres.running() as folder:
        prepare(postgres.create(folder, "migrated"))
        yield folder


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "dashboard.db"
    prepare(f"sqlite:///{file}")
    return file


_NUMBERS = itertools.count()


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'dashboard.db')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_url"))
    return postgres.create(request.getfixturevalue("server"), f"test{next(_NUMBERS)}", "migrated")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'dashboard.db'}"
    return postgres.create(request.getfixturevalue("server"), f"test{next(_NUMBERS)}")


@pytest.fixture
def opened() -> Iterator[Callable[[str], Database]]:
    there: list[Database] = []

    def reach(url: str) -> Database:
        there.append(Database(url))
        return there[-1]

    yield reach
    for database in there:
        database.close()


@pytest.fixture
def database(url: str, opened: Callable[[str], Database]) -> Database:
    return opened(url)


@pytest.fixture
def people(database: Database, clock: Clock) -> People:
    """Amira asks for Dubai Mall; Omar and Wassim decide."""
    return People(database, clock, "the test")


@pytest.fixture
def desk(database: Database, clock: Clock) -> Desk:
    return Desk(database, clock)
