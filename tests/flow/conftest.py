"""The same suite on both databases; each test gets one of its own, with five people."""

import itertools
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard import settings
from dashboard.accounts.people import People
from dashboard.accounts.tables import Role
from dashboard.app import create_app
from dashboard.database.engine import Database
from dashboard.database.migrate import migrate
from dashboard.orders.desk import Desk
from tests.unit.dashboard.conftest import Provider, provider

from . import postgres

__all__ = ["provider"]

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
    staff.add("karim", Role.PHARMACIST, "Karama", PASSWORD)
    staff.add("root", Role.ADMIN, None, PASSWORD)
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


class Browser:
    """One person with cookies of their own; sends what the form on the page holds."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def get(self, path: str) -> Any:
        return self.client.get(path)

    def token(self, path: str) -> str:
        return hidden(self.get(path).text, "csrf_token")

    def post(self, path: str, page: str = "", **fields: str) -> Any:
        """Send a form of `page`, of `path` itself without it."""
        return self.client.post(path, data={"csrf_token": self.token(page or path), **fields})

    def sign_in(self, name: str, password: str = PASSWORD) -> Any:
        return self.post("/sign-in", name=name, password=password)

    def ask(self, **fields: str) -> Any:
        content = self.get("/requests/new").text
        sent = {"csrf_token": hidden(content, "csrf_token"), "form": hidden(content, "form")}
        return self.client.post("/requests/new", data={**sent, **WANTED, **fields})

    def cookie(self) -> Any:
        return self.client.get_cookie("serin")


WANTED = {"medicine": "Paracetamol 500 mg", "month": "2026-12", "quantity": "4", "note": "for the flu"}


def hidden(page: str, name: str) -> str:
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)">', page)
    assert found is not None, page
    return found[1]


@pytest.fixture
def app(provider: Provider, sqlite_url: str, clock: Clock) -> Iterator[Any]:
    environment = {
        "FORECAST_URL": provider.url,
        "FORECAST_TRIES": "1",
        "SECRET_KEY": "0" * 32,
        "DATABASE_URL": sqlite_url,
        "COOKIE_SECURE": "no",
    }
    application = create_app(settings.read(environment), clock)
    yield application
    application.extensions["database"].close()


@pytest.fixture
def stranger(app: Any) -> Browser:
    return Browser(app.test_client())


@pytest.fixture
def signed_in(app: Any) -> Callable[[str], Browser]:
    def enter(name: str) -> Browser:
        browser = Browser(app.test_client())
        assert browser.sign_in(name).status_code == 303
        return browser

    return enter


@pytest.fixture
def amira(signed_in: Callable[[str], Browser]) -> Browser:
    return signed_in("amira")


@pytest.fixture
def omar(signed_in: Callable[[str], Browser]) -> Browser:
    return signed_in("omar")


@pytest.fixture
def secure(provider: Provider, sqlite_url: str) -> Iterator[Callable[[], Any]]:
    environment = {"FORECAST_URL": provider.url, "SECRET_KEY": "0" * 32, "DATABASE_URL": sqlite_url}
    application = create_app(settings.read(environment))
    yield application.test_client
    application.extensions["database"].close()
