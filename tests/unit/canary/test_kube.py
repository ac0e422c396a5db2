from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from canary.adapters import kinds
from canary.adapters.connection import connect
from canary.adapters.drift import differs, digest
from canary.adapters.kube import ANSWER_TIMEOUT, LEASE_TIMEOUT
from canary.adapters.lease import DEADLINE, RETRY
from canary.adapters.refusals import ExpiredError, translate
from canary.adapters.touched import touched
from canary.ports import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    RefusedError,
    SerinError,
    UnreachableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from canary.adapters.calls import Call
    from canary.adapters.kube import Kube

NAMED = {"metadata": {"namespace": "shop", "name": "web"}}


class Server:
    """Answers with prepared pages and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes]] = []
        self.asked: list[tuple[str, str, str, bytes]] = []
        self.headers: list[dict[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                kind = self.headers.get("Content-Type", "")
                outer.headers.append(dict(self.headers))
                outer.asked.append((self.command, self.path, kind, body))
                code, page = outer.answers.pop(0)
                self.send_response(code)
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _any  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Tests are quiet."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def says(self, code: int, body: Any) -> None:
        self.answers.append((code, body if isinstance(body, bytes) else json.dumps(body).encode()))


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()


@pytest.fixture
def kubeconfig(tmp_path: Path, server: Server) -> str:
    url = f"http://127.0.0.1:{server.http.server_address[1]}"
    body = {
        "clusters": [{"name": "lab", "cluster": {"server": url}}],
        "users": [{"name": "lab", "user": {"token": "t"}}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "lab", "namespace": "shop"}}],
        "current-context": "lab",
    }
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(body))
    return str(path)


@pytest.fixture
def kube(kubeconfig: str) -> Iterator[Kube]:
    api = connect(kubeconfig)
    yield api
    api.close()


def test_the_namespace_is_the_contexts(kube: Kube) -> None:
    assert kube.namespace == "shop"


@pytest.mark.parametrize(
    ("text", "context"),
    [("", ""), ("not: a kubeconfig", ""), ("[", ""), ("{}", "absent")],
    ids=["empty", "something else", "no yaml", "no such context"],
)
def test_a_kubeconfig_that_cannot_be_used_is_one_line(tmp_path: Path, text: str, context: str) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(text)
    with pytest.raises(SerinError, match="kubeconfig: load: ") as caught:
        connect(str(path), context)
    assert "\n" not in str(caught.value)


def test_long_lists_come_in_pages(kube: Kube, server: Server) -> None:
    page = {"metadata": {"resourceVersion": "5", "continue": "more"}, "items": [{"metadata": {"name": "a"}}]}
    server.says(200, page)
    server.says(200, {"metadata": {"resourceVersion": "5"}, "items": [{"metadata": {"name": "b"}}]})
    found = kube.list(kinds.POD, "shop", "app=web")
    assert [(each["kind"], each["metadata"]["name"]) for each in found] == [("Pod", "a"), ("Pod", "b")]
    assert "continue=more" in server.asked[1][1]
    assert "labelSelector=app%3Dweb" in server.asked[0][1]


def test_acting_as_somebody_is_asked_of_the_server_with_every_call_and_of_nobody_elses(
    kube: Kube, server: Server
) -> None:
    for api in (kube.acting_as("ann@example.test"), kube):
        server.says(200, NAMED)
        api.get(kinds.POD, "shop", "web")
    theirs, ours = server.headers
    assert (theirs["Impersonate-User"], theirs["User-Agent"]) == ("ann@example.test", ours["User-Agent"])
    assert "Impersonate-User" not in ours


def test_an_apply_names_its_manager_and_takes_fields_over(kube: Kube, server: Server) -> None:
    server.says(200, {"ok": True})
    kube.apply(kinds.SERVICE, {"metadata": {"name": "web", "namespace": "shop"}}, dry_run=True)
    method, path, content, body = server.asked[0]
    assert (method, content) == ("PATCH", "application/apply-patch+yaml")
    assert path == "/api/v1/namespaces/shop/services/web?fieldManager=canary-controller&force=true&dryRun=All"
    assert json.loads(body)["kind"] == "Service"


def test_a_watch_yields_changes_and_ends_with_an_expired_version(kube: Kube, server: Server) -> None:
    item = {"metadata": {"name": "a", "resourceVersion": "7"}}
    lines = [
        {"type": "ADDED", "object": item},
        {"type": "ERROR", "object": {"code": 410, "message": "too old"}},
    ]
    server.says(200, b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    stream = kube.watch(kinds.POD, "", "", "1")
    assert next(stream) == ("ADDED", item)
    with pytest.raises(ExpiredError):
        next(stream)


@pytest.mark.parametrize(
    ("verb", "use"),
    [
        ("get", lambda kube: kube.get(kinds.POD, "shop", "web")),
        ("list", lambda kube: kube.list(kinds.POD, "shop")),
        ("list", lambda kube: kube.list(kinds.POD)),
        ("watch", lambda kube: list(kube.watch(kinds.POD, "shop", "", "1"))),
        ("create", lambda kube: kube.create(kinds.POD, "shop", {})),
        ("update", lambda kube: kube.replace(kinds.POD, NAMED)),
        ("apply", lambda kube: kube.apply(kinds.POD, NAMED)),
        ("patch", lambda kube: kube.merge(kinds.POD, NAMED)),
        ("delete", lambda kube: kube.delete(kinds.POD, "shop", "web")),
    ],
)
def test_every_call_is_told_with_its_verb_kind_and_code(
    kubeconfig: str, server: Server, verb: str, use: Callable[[Kube], object]
) -> None:
    told: list[Call] = []
    server.says(409, {"message": "it moved"})
    with pytest.raises(ConflictError):
        use(connect(kubeconfig, told=told.append))
    assert [(call.verb, call.kind, call.code) for call in told] == [(verb, "pods", "409")]
    assert 0 < told[0].seconds < 5


def test_a_call_without_an_answer_is_told_too(kubeconfig: str, server: Server) -> None:
    told: list[Call] = []
    server.http.shutdown()
    server.http.server_close()
    with pytest.raises(UnreachableError):
        connect(kubeconfig, told=told.append).get(kinds.POD, "shop", "web")
    assert [(call.verb, call.code) for call in told] == [("get", "none")]


def test_an_answer_that_is_no_json_is_no_answer(kube: Kube, server: Server) -> None:
    server.says(200, b"<html>")
    with pytest.raises(UnreachableError, match="Pod shop/a: GET: the answer broke off"):
        kube.get(kinds.POD, "shop", "a")


def test_a_server_that_is_not_there_is_one_line(kubeconfig: str, server: Server) -> None:
    server.http.shutdown()
    server.http.server_close()
    with pytest.raises(UnreachableError, match="is it running") as caught:
        connect(kubeconfig).get(kinds.POD, "shop", "a")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "namespace", "name", "subject"),
    [
        (kinds.EVENT, "shop", "a", "Event shop/a"),
        (kinds.EVENT, "services", "events", "Event services/events"),
        (kinds.SELF_REVIEW, "", "", "SelfSubjectReview"),
    ],
)
def test_errors_name_their_object(  # noqa: PLR0917
    kube: Kube, server: Server, kind: kinds.Kind, namespace: str, name: str, subject: str
) -> None:
    server.says(404, {"message": "gone"})
    with pytest.raises(NotFoundError, match=f"^{subject}: GET: gone: "):
        kube.get(kind, namespace, name)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (400, RefusedError),
        (401, RefusedError),
        (403, ForbiddenError),
        (404, NotFoundError),
        (409, ConflictError),
        (410, ExpiredError),
        (422, RefusedError),
        (429, UnreachableError),
        (500, UnreachableError),
        (503, UnreachableError),
    ],
)
def test_every_refusal_has_one_meaning(code: int, error: type[SerinError]) -> None:
    told = translate("Pod a", "GET", code, json.dumps({"message": "first\nsecond."}))
    assert type(told) is error
    assert str(told).startswith("Pod a: GET: first second: ")


@pytest.mark.parametrize("body", ["", "[]", "<html>\nbad gateway</html>", "x" * 10_000])
def test_foreign_bodies_are_cut_short_and_kept_on_one_line(body: str) -> None:
    told = str(translate("Pod a", "GET", 502, body))
    assert len(told) < 500
    assert "\n" not in told


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1}, {"a": 2}, True),
        ({"a": {"b": 1}}, {}, True),
        ({"a": {}}, {}, False),
        ({"a": []}, {}, False),
        ({"a": [{"x": 1}]}, {"a": [{"x": 1, "y": 2}]}, False),
        ({"a": [1]}, {"a": [1, 2]}, True),
        ({"ownerReferences": [{"uid": "1"}]}, {"ownerReferences": [{"uid": "0"}, {"uid": "1"}]}, False),
        ({"ownerReferences": [{"uid": "1"}]}, {}, True),
    ],
)
def test_only_what_we_want_is_compared(wanted: object, found: object, *, expected: bool) -> None:
    assert differs(wanted, found) is expected


def test_equal_values_have_equal_digests() -> None:
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1})
    assert digest({"b": [2, 1]}) != digest({"b": [1, 2]})


ROUTE = {"rules": [{"http": {"paths": [{"backend": {"service": {"name": "web-stable"}}}]}}]}


@pytest.mark.parametrize(
    ("kind", "meta", "spec", "expected"),
    [
        pytest.param(kinds.RELEASE, {"name": "web"}, {}, {"shop/web"}, id="the release"),
        pytest.param(kinds.COMMAND, {"name": "x"}, {"release": "web"}, {"shop/web"}, id="an order"),
        pytest.param(
            kinds.POD, {"labels": {"canary.serin.dev/release": "web"}}, {}, {"shop/web"}, id="its pod"
        ),
        pytest.param(kinds.POD, {}, {}, set(), id="another pod"),
        pytest.param(kinds.INGRESS, {"name": "any"}, ROUTE, {"shop/web"}, id="a route to it"),
        pytest.param(kinds.INGRESS, {"name": "other"}, {}, set(), id="another route"),
    ],
)
def test_which_release_a_change_concerns(
    kind: kinds.Kind, meta: dict[str, Any], spec: dict[str, Any], expected: set[str]
) -> None:
    assert touched(kind, {"metadata": {"namespace": "shop"} | meta, "spec": spec}) == expected


def test_a_renewal_of_the_lead_is_tried_again_before_it_runs_out() -> None:
    patience = LEASE_TIMEOUT.read_timeout
    assert isinstance(patience, float)
    assert RETRY + patience < DEADLINE - 1.0, "one that is never answered, and then another one"
    assert patience < float(str(ANSWER_TIMEOUT.read_timeout))
