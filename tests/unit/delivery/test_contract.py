"""The dashboard and the service agree, and whoever breaks the agreement is found before production."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

from delivery import contract
from delivery.errors import StepError
from service import app, settings
from service.lifecycle import Lifecycle
from service.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Change = Callable[[str, Any], Any]

HOST = "staging.forecast.serin.test"


class Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Nobody reads it."""


class Staging:
    """The real service behind a real port; `change` spoils what it answers: (path, body) -> body."""

    def __init__(self, model: Path) -> None:
        chosen = settings.read({"MODEL_DIR": str(model), "REVISION": "rev1"})
        lifecycle = Lifecycle(chosen)
        self._service = app.create(chosen, lifecycle, Metrics(lifecycle, chosen.revision))
        lifecycle.load()
        self.change: Change = lambda _, body: body
        self.hosts: set[str] = set()
        self.server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=Silent)

    @property
    def entry(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        self.hosts.add(environ["HTTP_HOST"])
        environ.pop("HTTP_IF_NONE_MATCH", None)
        answer = Response.from_app(self._service, environ)
        if answer.status_code == 200:
            answer.set_data(json.dumps(self.change(environ["PATH_INFO"], json.loads(answer.get_data()))))
        return answer(environ, start_response)


@pytest.fixture(scope="module")
def running(models: Path) -> Iterator[Staging]:
    service = Staging(models / "v1")
    thread = threading.Thread(target=service.server.serve_forever, daemon=True)
    thread.start()
    yield service
    service.server.shutdown()
    service.server.server_close()
    thread.join()


@pytest.fixture
def staging(running: Staging, monkeypatch: pytest.MonkeyPatch) -> Staging:
    """The service as it is, until a test spoils it."""
    monkeypatch.setattr(contract, "PATIENCE", 0)
    running.change = lambda _, body: body
    running.hosts.clear()
    return running


@pytest.fixture
def digest(models: Path) -> str:
    return str(json.loads((models / "v1" / "MANIFEST.json").read_text())["digest"])


def test_the_service_as_it_is_answers_every_question_of_the_dashboard(staging: Staging, digest: str) -> None:
    contract.hold(staging.entry, HOST, digest)
    assert staging.hosts == {HOST}


def test_another_model_than_the_candidate_is_found(staging: Staging) -> None:
    with pytest.raises(StepError, match=r"answered by v1 \(sha256:.* instead of sha256:other"):
        contract.hold(staging.entry, HOST, "sha256:other")


def renamed(path: str, body: Any) -> Any:
    if path != "/predict":
        return body
    return [{("predictions" if key == "forecasts" else key): one[key] for key in one} for one in body]


def halved(path: str, body: Any) -> Any:
    rows = [row for one in body for row in one["forecasts"]] if path == "/predict" else []
    for row in rows:
        row["units"] /= 2.5
    return body


def anonymous(path: str, body: Any) -> Any:
    for one in body if path == "/predict" else []:
        del one["model"]["digest"]
    return body


def forgetful(path: str, body: Any) -> Any:
    return body | {"series": body["series"][1:]} if path == "/history" else body


def endless(path: str, body: Any) -> Any:
    return {key: body[key] for key in body if key != "last"} if path == "/catalogue" else body


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param(renamed, "a list was expected", id="a member was renamed"),
        pytest.param(halved, "units is no whole number", id="units are no whole numbers any more"),
        pytest.param(anonymous, "digest is no text", id="nobody knows which model answers"),
        pytest.param(forgetful, "no history of", id="a medicine has no history"),
        pytest.param(endless, "last is no text", id="nobody knows until when one may ask"),
    ],
)
def test_an_agreement_that_the_service_breaks_stops_the_candidate(
    staging: Staging, digest: str, change: Change, complaint: str
) -> None:
    staging.change = change
    with pytest.raises(StepError, match=rf"contract: {HOST}.*{complaint}"):
        contract.hold(staging.entry, HOST, digest)


def test_more_members_than_agreed_break_nothing(staging: Staging, digest: str) -> None:
    staging.change = lambda path, body: body if path == "/predict" else body | {"new": [1]}
    contract.hold(staging.entry, HOST, digest)


def test_nobody_at_the_entrance_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract, "PATIENCE", 0)
    with pytest.raises(StepError, match="Connection refused"):
        contract.hold("http://127.0.0.1:1", HOST, "sha256:any")
