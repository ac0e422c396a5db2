"""What a watch sees of an API that breaks off, and how long it may be without an answer to be believed."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from kubernetes import client

from benchmarks.cluster.standing import Standing
from delivery.errors import StepError
from demo import watchers
from demo.reads import Subject
from demo.watchers import WEIGHT, Watcher, Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Look = Callable[[Watcher, threading.Event], None]

A_MOMENT = 0.05  # seconds


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Look], Watcher]]:
    """Starts a watch whose look is told which watch it is of."""
    monkeypatch.setattr(watchers, "TOLERATED", A_MOMENT)
    made: list[Watcher] = []

    def start(look: Look) -> Watcher:
        watcher = Watcher("canary Ingress", lambda stopping: look(made[0], stopping), 0.001)
        made.append(watcher)
        watcher.start()
        return watcher

    yield start
    for watcher in made:
        watcher.stop()


def test_a_watch_that_only_fails_is_not_believed(watched: Callable[[Look], Watcher]) -> None:
    failed = threading.Event()

    def look(_: Watcher, __: threading.Event) -> None:
        failed.set()
        raise OSError("refused")

    watcher = watched(look)
    assert failed.wait(5)
    time.sleep(3 * A_MOMENT)
    with pytest.raises(StepError, match="canary Ingress: no answer for 0 s: OSError: refused"):
        watcher.check()


def test_a_watch_that_is_answered_again_is_believed_before_its_look_is_over(
    watched: Callable[[Look], Watcher],
) -> None:
    again = threading.Event()
    looks: list[int] = []

    def look(watcher: Watcher, stopping: threading.Event) -> None:
        looks.append(1)
        if len(looks) == 1:
            raise OSError("refused")
        watcher.answered()
        again.set()
        stopping.wait(5)

    watcher = watched(look)
    assert again.wait(5)
    time.sleep(3 * A_MOMENT)
    watcher.check()


SUBJECT = Subject("shop", "web")


class Broken:
    """An API server of one object: each watch tells one change more and is torn; in between it is away."""

    def __init__(self, states: list[dict[str, Any]]) -> None:
        self.states, self.told, self.away = states, 1, False
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address = urlsplit(self.path)
                outer.asked.append(address.path)
                if outer.away:
                    outer.away = False
                    self.send_error(500)
                elif "watch" in parse_qs(address.query):
                    outer.tear(self)
                else:
                    self._list()

            def _list(self) -> None:
                found = {"metadata": {"resourceVersion": "7"}, "items": [outer.states[outer.told - 1]]}
                page = json.dumps(found).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Tests are quiet."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def tear(self, answer: BaseHTTPRequestHandler) -> None:
        """One change, if there is one more, and then no end of the answer."""
        answer.send_response(200)
        answer.send_header("Content-Type", "application/json")
        answer.send_header("Content-Length", "100000")
        answer.end_headers()
        if self.told < len(self.states):
            self.told += 1
            event = {"type": "MODIFIED", "object": self.states[self.told - 1]}
            answer.wfile.write(json.dumps(event).encode() + b"\n")
        self.away = True

    @property
    def api(self) -> client.ApiClient:
        address = f"http://127.0.0.1:{self.http.server_address[1]}"
        return client.ApiClient(client.Configuration(host=address))


@pytest.fixture
def broken() -> Iterator[Callable[[list[dict[str, Any]]], Broken]]:
    made: list[Broken] = []

    def start(states: list[dict[str, Any]]) -> Broken:
        made.append(Broken(states))
        return made[0]

    yield start
    for each in made:
        each.http.shutdown()
        each.http.server_close()


def test_weights_are_all_seen_by_an_api_that_tears_every_watch_and_is_away_after_it(
    broken: Callable[[list[dict[str, Any]]], Broken],
) -> None:
    states = [
        {"metadata": {"name": "web-canary", "resourceVersion": "7", "annotations": {WEIGHT: weight}}}
        for weight in ("10", "25", "25", "50")
    ]
    weights = Weights(broken(states).api, SUBJECT)
    weights.watcher.start()
    await_(lambda: weights.now == 50)
    weights.watcher.check()
    weights.watcher.stop()
    assert [seen.weight for seen in weights.seen] == [10, 25, 50]


def test_so_are_the_stands_of_a_release(broken: Callable[[list[dict[str, Any]]], Broken]) -> None:
    phases = ("Preparing", "Progressing", "Progressing", "Healthy")
    states = [
        {"metadata": {"name": "web", "resourceVersion": "7"}, "status": {"phase": each}} for each in phases
    ]
    moves: list[str] = []
    api = broken(states)
    standing = Standing(api.api, SUBJECT, lambda stand: moves.append(stand.phase))
    standing.watcher.start()
    await_(lambda: "Healthy" in moves)
    standing.watcher.check()
    standing.watcher.stop()
    assert moves == [stand.phase for stand in standing.seen] == ["Preparing", "Progressing", "Healthy"]
    assert set(api.asked) == {"/apis/canary.serin.dev/v1alpha1/namespaces/shop/canaryreleases"}


def await_(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline, "not seen within 20 s"
        time.sleep(0.01)
