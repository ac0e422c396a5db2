"""The page on a cluster in memory, with two people who may sign in and a clock that is set."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from canary.adapters.memory import MemoryClock, MemoryCommands, MemoryJournal, MemoryReleases
from canary.adapters.memory_desk import MemoryDesk
from canary.core.model import Acknowledgement
from canary.page.app import Desks, create
from canary.page.figures import Figures
from canary.page.people import People
from canary.page.settings import Readers, Settings
from tests.unit.canary.cli.build import NOW, release

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from canary.core.model import Command, JournalEntry, Status
    from canary.core.records import Kept
    from canary.ports import Desk, Release

PASSWORD = "correct horse battery"
# Made once by `python -m canary.page.passwords`: making one for each test would take most of their time.
HASH = (
    "scrypt:32768:8:1$xu2CIRRLi5CMz1Qw$"
    "44587666edf4ac5f606876cc370d6897ea17d8f646c5b12cf2bd073d87d3a516"
    "937765110bea05b808a3ce96a29e9a9ee49645af9307b3eb08e24449b96e602e"
)
USERS = (
    {"name": "ann", "role": "operator", "actsAs": "ann@example.test"},
    {"name": "vic", "role": "viewer"},
)
_ATTRIBUTE = re.compile(r'(name|value)="([^"]*)"')
PLACE = "/releases/production/forecast"


class Trouble(MemoryDesk):
    """A desk that stumbles when it is told to, and remembers who ordered."""

    def __init__(self, *parts: Any, **named: Any) -> None:
        super().__init__(*parts, **named)
        self.reading: Exception | None = None
        self.journals: Exception | None = None
        self.ordering: Exception | None = None

    def releases(self, namespace: str | None) -> list[Release]:
        self._stumble(self.reading)
        return super().releases(namespace)

    def release(self, namespace: str, name: str) -> Release:
        self._stumble(self.reading)
        return super().release(namespace, name)

    def journal(self, release: Release) -> list[JournalEntry]:
        self._stumble(self.journals)
        return super().journal(release)

    def kept(self, release: Release) -> Kept:
        self._stumble(self.journals)
        return super().kept(release)

    @staticmethod
    def _stumble(error: Exception | None) -> None:
        if error is not None:
            raise error


@dataclass
class Stage:
    """One process of the page, and what it stands on."""

    folder: Path
    readers: Readers = Readers.EVERYBODY
    users: tuple[dict[str, str], ...] = USERS
    anybody: bool = True
    namespace: str = ""
    proxies: int = 0
    figures: Figures = field(default_factory=Figures)
    clock: MemoryClock = field(default_factory=lambda: MemoryClock(NOW))

    def __post_init__(self) -> None:
        parts = (MemoryReleases(), MemoryCommands(), MemoryJournal(), "production")
        self.desk = Trouble(*parts, "the page itself")
        self.acted: list[str] = []
        self.write(self.users, {user["name"]: HASH for user in self.users})
        app = create(self._settings(), Desks(self.desk, self._acting_as), self.clock, self.figures)
        app.testing = True
        self.app = app

    def write(self, users: tuple[dict[str, str], ...], hashes: dict[str, str]) -> None:
        """Write both files, as a mounted Secret changes under a running process."""
        (self.folder / "users.json").write_text(json.dumps(users))
        lines = (f"{name}:{stored}\n" for name, stored in hashes.items())
        (self.folder / "passwords").write_text("".join(lines))

    def holds(self, status: Status, **place: str) -> Release:
        """Let the cluster have a release."""
        self.desk.stored.put(release(status, **place))
        name, namespace = place.get("name", "forecast"), place.get("namespace", "production")
        return self.desk.stored.get(f"{namespace}/{name}")

    def client(self) -> Browser:
        return Browser(self.app.test_client())

    def signed_in(self, name: str = "ann") -> Browser:
        browser = self.client()
        assert browser.sign_in(name).status_code == 303
        return browser

    def orders(self) -> list[Command]:
        """Every order that was created, oldest first."""
        return list(self.desk.placed._waiting.get("production/forecast", []))

    def answers(self, order: str, message: str) -> None:
        """What the controller does."""
        said = Acknowledgement(order, accepted=True, message=message)
        self.desk.placed.acknowledge(self.desk.release("production", "forecast"), said)

    def _settings(self) -> Settings:
        return Settings(
            namespace=self.namespace,
            people=People(self.folder / "users.json", self.folder / "passwords")
            if self.anybody
            else People(),
            key=b"k" * 32,
            readers=self.readers,
            lifetime=3600.0,
            proxies=self.proxies,
            secure=False,
        )

    def _acting_as(self, user: str) -> Desk:
        self.acted.append(user)
        if self.desk.ordering is not None:
            raise self.desk.ordering
        return replace_actor(self.desk, user)


def replace_actor(desk: MemoryDesk, user: str) -> MemoryDesk:
    return MemoryDesk(desk.stored, desk.placed, desk.book, desk.namespace, user)


class Browser:
    """As much of one as forms need: it sends what the page had in them."""

    def __init__(self, client: FlaskClient) -> None:
        self.http = client

    def get(self, path: str, **named: Any) -> TestResponse:
        return self.http.get(path, **named)

    def page(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def sign_in(self, name: str, password: str = PASSWORD, **named: Any) -> TestResponse:
        token = fields(self.page("/sign-in"))["csrf_token"]
        sent = {"csrf_token": token, "name": name, "password": password}
        return self.http.post("/sign-in", data=sent, **named)

    def press(self, path: str, action: str, **changes: str) -> TestResponse:
        """Send the form of a page whose action ends so; `changes` are what a forger would alter."""
        form = form_of(self.page(path), action)
        return self.http.post(form.action, data=form.sent | changes)

    def follow(self, answer: TestResponse) -> TestResponse:
        return self.http.get(answer.headers["Location"])


@dataclass(frozen=True)
class Form:
    action: str
    sent: dict[str, str]


def form_of(page: str, action: str) -> Form:
    """The one form of a page whose action ends so."""
    found = re.findall(r'<form method="post" action="([^"]+)">(.*?)</form>', page, re.DOTALL)
    forms = [Form(html.unescape(where), fields(inner)) for where, inner in found]
    (chosen,) = [form for form in forms if form.action.endswith(action)]
    return chosen


def fields(page: str) -> dict[str, str]:
    """The hidden fields of a form."""
    tags = [dict(_ATTRIBUTE.findall(tag)) for tag in re.findall(r"<input[^>]*hidden[^>]*>", page)]
    return {tag["name"]: html.unescape(tag["value"]) for tag in tags}


def told(page: str) -> str:
    """The words of a page, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def moved(stage: Stage, status: Status) -> None:
    """What the controller writes."""
    stored = stage.desk.stored.get("production/forecast")
    stage.desk.stored.put(replace(stored, status=status))
