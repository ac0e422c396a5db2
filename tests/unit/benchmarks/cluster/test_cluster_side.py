"""What is asked of the cluster, against stand-ins for its API."""

from __future__ import annotations

import http.server
import json
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import MaxRetryError, NewConnectionError

from benchmarks.cluster import healing, namespace, orders, place
from benchmarks.rollback import memory
from canary.core.model import Acknowledgement, Status, Verb
from canary.ports import Release, UnreachableError
from delivery.errors import StepError
from demo.reads import Subject
from demo.watchers import WEIGHT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SUBJECT = Subject("measured", "forecast")


def ingress(weight: int, version: str = "7") -> SimpleNamespace:
    meta = SimpleNamespace(
        name="forecast-canary", resource_version=version, annotations={WEIGHT: str(weight)}
    )
    return SimpleNamespace(metadata=meta)


class TestHealing:
    @pytest.fixture
    def follow(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[list[Any], Any]]:
        """An API server that announces these events; gives what it was asked, and a broken object."""

        def follow(*events: tuple[str, int]) -> tuple[list[Any], Any]:
            asked: list[Any] = []

            class Networking:
                def __init__(self, _: object) -> None:
                    pass

                def list_namespaced_ingress(self, **_: object) -> SimpleNamespace:
                    asked.append("listed")
                    return SimpleNamespace(metadata=SimpleNamespace(resource_version="7"))

                def patch_namespaced_ingress(self, *_: object, **question: Any) -> None:
                    asked.append(question["field_manager"])

            class Watch:
                def stream(self, _: object, **question: Any) -> Iterator[dict[str, Any]]:
                    asked.append(question["resource_version"])
                    yield from ({"type": kind, "object": ingress(weight)} for kind, weight in events)

                def stop(self) -> None:
                    pass

            monkeypatch.setattr(healing.client, "NetworkingV1Api", Networking)
            monkeypatch.setattr(healing.watch, "Watch", Watch)
            return asked, healing.foreign_weight(None, SUBJECT, 10)

        return follow

    def test_it_ends_when_what_was_broken_is_announced_whole(self, follow: Callable[..., Any]) -> None:
        asked, broken = follow(("MODIFIED", 90), ("MODIFIED", 10))
        assert 0 <= healing.seconds(*broken) < 30
        assert asked == ["listed", "somebody", "7"], "changes right after the edit would be missed"

    def test_what_is_deleted_is_broken(self, follow: Callable[..., Any]) -> None:
        _, broken = follow(("DELETED", 10), ("ADDED", 10))
        assert 0 <= healing.seconds(*broken) < 30

    @pytest.mark.parametrize(
        ("weights", "why"), [((90, 90), "still broken after 60 s"), ((10, 10), "never seen broken")]
    )
    def test_what_stays_broken_and_what_never_was_are_no_figures(
        self, follow: Callable[..., Any], weights: tuple[int, ...], why: str
    ) -> None:
        _, broken = follow(*(("MODIFIED", weight) for weight in weights))
        with pytest.raises(StepError, match=f"forecast-canary: {why}"):
            healing.seconds(*broken)


class TestOrders:
    @pytest.fixture
    def counter(self, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
        """A desk whose answers the test sets."""
        release = Release("measured", "forecast", "u", "1", None, Status(canary_revision="c", step=0))
        answers: list[Acknowledgement | None] = []
        desk = SimpleNamespace(
            answers=answers,
            orders=[],
            release=lambda *_: release,
            answer=lambda *_: answers.pop(0),
        )

        def order(_: Release, command: Any) -> str:
            desk.orders.append(command)
            return "forecast-abort-x"

        desk.order = order
        monkeypatch.setattr(orders, "desk", lambda _: desk)
        return desk

    def test_an_order_is_timed_and_its_acceptance_awaited(
        self, counter: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waits: list[float] = []
        stands = SimpleNamespace(monotonic=lambda: sum(waits), time=lambda: sum(waits), sleep=waits.append)
        monkeypatch.setattr(orders, "time", stands)
        counter.answers += [None, Acknowledgement("x", accepted=True, message="")]
        given = orders.give({}, SUBJECT, Verb.ABORT)
        assert counter.answers == []
        assert (counter.orders[0].verb, counter.orders[0].expected_revision) == (Verb.ABORT, "c")
        assert given.seconds == 0, "the wait for the answer is not the order's way"
        assert waits == [0.2]

    def test_a_refused_order_breaks_the_round(self, counter: SimpleNamespace) -> None:
        counter.answers.append(Acknowledgement("x", accepted=False, message="no release is running"))
        with pytest.raises(StepError, match="abort: refused: no release is running"):
            orders.give({}, SUBJECT, Verb.ABORT)

    def test_a_cluster_that_is_away_is_told_in_one_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def away(_: str) -> None:
            raise UnreachableError("API server: GET: refused")

        monkeypatch.setattr(orders, "desk", away)
        with pytest.raises(StepError, match="abort: API server: GET: refused"):
            orders.give({}, SUBJECT, Verb.ABORT)


class TestNamespace:
    class Core:
        """An API server on which a namespace goes away at the third look."""

        def __init__(self, *states: str, refusal: int = 409) -> None:
            self.states, self.refusal = list(states), refusal
            self.created: list[dict[str, Any]] = []

        def list_namespace(self, **_: object) -> SimpleNamespace:
            state = self.states.pop(0)
            item = SimpleNamespace(status=SimpleNamespace(phase=state))
            return SimpleNamespace(items=[item] if state else [])

        def create_namespace(self, body: dict[str, Any], **_: object) -> None:
            if self.states[:1] != ["Active"]:
                raise ApiException(status=self.refusal, reason="no")
            self.created.append(body)

    @pytest.fixture(autouse=True)
    def hasty(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(namespace.time, "sleep", lambda _: None)

    def ensure(self, core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(namespace.client, "CoreV1Api", lambda _: core)
        namespace.ensure(None, "measured")

    def test_one_that_goes_away_is_waited_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        core = self.Core("Terminating", "Terminating", "", "Active")
        self.ensure(core, monkeypatch)
        assert [body["metadata"]["name"] for body in core.created] == ["measured"]

    def test_one_that_is_there_is_left_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        core = self.Core("Active")
        self.ensure(core, monkeypatch)
        assert core.created == []

    def test_a_forbidden_one_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(StepError, match="namespace measured: the API server says 403"):
            self.ensure(self.Core("", "", refusal=403), monkeypatch)


class TestMemory:
    def test_the_largest_pod_counts(self) -> None:
        series = [{"metric": {}, "value": [1.0, size]} for size in ("52428800", "73400320")]
        assert memory.largest({"data": {"result": series}}) == 70 * memory.MIB

    @pytest.mark.parametrize(
        ("answer", "why"),
        [
            pytest.param({"data": {"result": []}}, "no sample", id="not scraped"),
            pytest.param({"status": "error"}, "no vector", id="an error"),
            pytest.param({"data": {"result": [{"value": [1, "NaN?"]}]}}, "no vector", id="no number"),
        ],
    )
    def test_an_answer_without_a_figure_is_told(self, answer: dict[str, Any], why: str) -> None:
        with pytest.raises(StepError, match=why):
            memory.largest(answer)

    def test_a_process_is_weighed_by_the_kernel(self) -> None:
        assert memory.resident("Name:\tpython\nVmRSS:\t   43008 kB\nVmSwap:\t0 kB\n") == 42.0
        with pytest.raises(StepError, match="no VmRSS"):
            memory.resident("Name:\tpython\n")


class TestPlace:
    def test_the_pause_between_scrapes_is_read_from_prometheus(self) -> None:
        assert place.scrape_seconds("global:\n  scrape_interval: 5s\n  scrape_timeout: 3s\n") == 5.0
        with pytest.raises(StepError, match="no scrape_interval"):
            place.scrape_seconds("global: {}\n")

    @pytest.mark.parametrize(
        ("error", "why"),
        [
            pytest.param(ApiException(status=404, reason="Not Found"), "says 404 Not Found", id="refused"),
            pytest.param(
                MaxRetryError(
                    cast("Any", None),
                    "/",
                    NewConnectionError(cast("Any", "c"), "[Errno 111] Connection refused"),
                ),
                "gives no answer: \\[Errno 111\\] Connection refused$",
                id="away",
            ),
        ],
    )
    def test_the_api_server_is_quoted_in_one_line(self, error: Exception, why: str) -> None:
        def question() -> None:
            raise error

        with pytest.raises(StepError, match=f"^the pods: the API server {why}"):
            place.ask("the pods", question)

    def test_without_a_cluster_the_remedy_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CLUSTER", "moon")
        with pytest.raises(
            place.NoClusterError, match=r"^no cluster to measure: CLUSTER=moon.*run `make up`"
        ):
            place.find(lambda _: None)

    @pytest.fixture
    def url(self) -> Iterator[str]:
        """A server that answers JSON at /json, text elsewhere and 404 at /none."""

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(404 if self.path == "/none" else 200)
                self.end_headers()
                self.wfile.write(
                    json.dumps({"asked": self.path}).encode() if "json" in self.path else b"text"
                )

            def log_message(self, *_: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        server.server_close()

    def test_documents_are_fetched_with_their_question(self, url: str) -> None:
        assert place.get_json(f"{url}/json", {"query": "up"}) == {"asked": "/json?query=up"}

    @pytest.mark.parametrize(("path", "why"), [("/none", "status 404"), ("/text", "no usable answer")])
    def test_what_is_no_document_is_told(self, url: str, path: str, why: str) -> None:
        with pytest.raises(StepError, match=why):
            place.get_json(f"{url}{path}")
