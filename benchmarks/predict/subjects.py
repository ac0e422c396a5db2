"""What is measured: our service on both of its paths, an empty handler, and the peers. Data, and pure."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.predict.questions import INFERENCE, INVOCATION, QUERY, RECORD, SILENCE, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

THREADS = 8
_HERE = "benchmarks.predict"
_GUNICORN = ("gunicorn", "--bind", "127.0.0.1:{port}", "--worker-tmp-dir", "/dev/shm")  # noqa: S108
_LIKE_OURS = (*_GUNICORN, "--worker-class", "gthread", "--threads", str(THREADS), "--keep-alive", "75")
_OURS = ("gunicorn", "--config", "service/gunicorn_conf.py")
OWN = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class Subject:
    """A server: the command that starts it on `{port}` with what it writes in `{folder}`.

    Programs are those of `peer`'s environment, or of this project's own where `peer` is empty. `source`:
    where our service has its answers from by its own metrics; empty where there is no port to ask for them.
    `at_once`: whether it may run before everybody; not where it never sleeps and others have to look on.
    """

    name: str
    title: str
    protocol: Protocol
    command: tuple[str, ...]
    peer: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    at_once: bool = True


_OWN = {"HOST": "127.0.0.1", "PORT": "{port}", "ADMIN_PORT": "{admin}", "THREADS": str(THREADS)}
TABLE = Subject("table", "ours, from the table", QUERY, _OURS, environment=_OWN, source="table")
MODEL = Subject(
    "model", "ours, by the model", QUERY, _OURS, environment=_OWN | {"TABLE_MONTHS": "0"}, source="model"
)
EMPTY = Subject("empty", "an empty Flask handler", SILENCE, (*_LIKE_OURS, f"{_HERE}.empty:app"))
_ADDRESS = ("--host", "127.0.0.1", "--port", "{port}")
_PEERS = f"{_HERE}.peers"
PEERS = (
    Subject("flask", "plain Flask, gunicorn", QUERY, (*_LIKE_OURS, f"{_PEERS}.flask.app:app")),
    Subject(
        "fastapi", "FastAPI, uvicorn", QUERY,
        ("uvicorn", f"{_PEERS}.fastapi.app:app", *_ADDRESS, "--no-access-log"), peer="fastapi",
    ),
    Subject(
        "litserve", "LitServe", RECORD,
        ("python", "-m", f"{_PEERS}.litserve.app", "{port}"), peer="litserve",
    ),
    Subject(
        "bentoml", "BentoML", RECORD,
        ("bentoml", "serve", f"{_PEERS}.bentoml.app:Forecaster", *_ADDRESS), peer="bentoml",
        environment={"BENTOML_DO_NOT_TRACK": "true", "BENTOML_HOME": "{folder}"},
    ),
    Subject(
        "mlserver", "MLServer", INFERENCE,
        ("python", "-m", f"{_PEERS}.mlserver", "{port}", "{folder}"), peer="mlserver",
    ),
    Subject(
        "mlflow", "MLflow", INVOCATION,
        ("python", "-m", f"{_PEERS}.mlflow", "{port}", "{folder}"), peer="mlflow",
    ),
)  # fmt: skip


WORKERS = {
    "1x4": ("gthread, 1 worker x 4 threads", ("--threads", "4")),
    "1x8": ("gthread, 1 worker x 8 threads", ("--threads", "8")),
    "2x4": ("gthread, 2 workers x 4 threads", ("--workers", "2", "--threads", "4")),
    "sync1": ("sync, 1 worker", ("--worker-class", "sync", "--threads", "1")),
    "sync2": ("sync, 2 workers", ("--worker-class", "sync", "--threads", "1", "--workers", "2")),
}
"""Worker models under which our service is measured: a title, and gunicorn's words for it."""


def under(subject: Subject, workers: str) -> Subject:
    """Our service with other workers; their admin ports must differ, so the system chooses them."""
    command = (*subject.command, *WORKERS[workers][1])
    environment = {**subject.environment, "ADMIN_PORT": "0"}
    return replace(
        subject, name=f"{subject.name}-{workers}", command=command, environment=environment, source=""
    )
