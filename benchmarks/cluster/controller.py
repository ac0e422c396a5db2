"""A controller as a process of this machine: it can be killed, frozen and lied to, and is back at once.

It speaks with the rights of the installed one: the same ServiceAccount, by a token made for it. While it
works the installed one has to be `away`, or they would share the lead by their Lease as two replicas do.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import urllib3
from kubernetes import client

from benchmarks.cluster.place import CONTROLLER, SECONDS, SYSTEM, ask
from delivery import children
from delivery.children import ROOT
from delivery.errors import StepError
from demo.platform import PROXY_SETTLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.cluster.place import Place

FOLDER = ROOT / "build" / "bench" / "controllers"
PATIENCE = 30.0  # seconds for a started controller to lead, after the Lease of a killed one has run out
TOKEN_SECONDS = 24 * 3600  # longer than the longest run


@dataclass(frozen=True, slots=True)
class Options:
    """How a controller is started; empty fields mean the cluster's own API server and Prometheus.

    `server` is the address of an API server to use instead, such as a proxy that lets calls fail; a plain
    http:// address is asked without a token check of its own. `words` are further command line options.
    """

    identity: str = "bench-a"
    namespace: str = ""
    server: str = ""
    prometheus: str = ""
    port: int = 18080
    words: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()


class Controller:
    """One controller process. Whenever it ends without being told to, the next one is started at once."""

    def __init__(self, place: Place, options: Options) -> None:
        self.options = options
        self.log = FOLDER / f"{options.identity}.log"
        self._api = place.api
        self._command = _command(place, options)
        self._env = dict(options.env) | {"PYTHONUNBUFFERED": "1"}
        self._child: subprocess.Popen[bytes] | None = None
        self._wanted = threading.Event()
        self._guard = threading.Lock()
        self.starts: list[float] = []  # times (epoch)

    @property
    def pid(self) -> int:
        """The process that runs now. Raises StepError when there is none."""
        if self._child is None:
            raise StepError(f"controller {self.options.identity}: it does not run")
        return self._child.pid

    def start(self) -> None:
        """Start it and watch over it; returns at once."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        self._wanted.set()
        self._launch()
        threading.Thread(
            target=self._supervise, name=f"controller {self.options.identity}", daemon=True
        ).start()

    def await_lead(self, patience: float = PATIENCE) -> None:
        """Wait until it leads and its caches are filled. Raises StepError when that takes too long."""
        deadline = time.monotonic() + patience
        while not (self.leads() and self.ready()):
            if time.monotonic() > deadline:
                raise StepError(
                    f"controller {self.options.identity}: does not lead after {patience:.0f} s: "
                    f"see {self.log.relative_to(ROOT)}"
                )
            time.sleep(0.2)

    def leads(self) -> bool:
        """Whether the Lease names it."""
        return lease(self._api).get("holderIdentity") == self.options.identity

    def ready(self) -> bool:
        """Whether its own probe says so."""
        try:
            url = f"http://127.0.0.1:{self.options.port}/readyz"
            return bool(urllib3.request("GET", url, timeout=1.0, retries=False).status == 200)
        except urllib3.exceptions.HTTPError:
            return False

    def kill(self) -> float:
        """SIGKILL; gives the time (epoch). The next one is on its way when this returns."""
        self._send(signal.SIGKILL)
        return time.time()

    def freeze(self) -> None:
        """SIGSTOP: it stands still, wherever it is."""
        self._send(signal.SIGSTOP)

    def wake(self) -> None:
        """SIGCONT."""
        self._send(signal.SIGCONT)

    def dismiss(self) -> float:
        """SIGKILL, and no next one; gives the time (epoch)."""
        self._wanted.clear()
        at = self.kill()
        self._reap()
        return at

    def stop(self) -> None:
        """End it as its Deployment would; it gives its Lease back."""
        self._wanted.clear()
        with self._guard:
            child, self._child = self._child, None
        if child is not None:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGCONT)
            children.end(child)

    def _launch(self) -> None:
        with self._guard, self.log.open("ab") as log:
            if not self._wanted.is_set():
                return
            self._child = children.start(
                self._command, self._env, stdout=log.fileno(), stderr=subprocess.STDOUT
            )
            self.starts.append(time.time())

    def _supervise(self) -> None:
        while self._wanted.is_set() and (child := self._child) is not None:
            child.wait()
            self._launch()

    def _send(self, wish: signal.Signals) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return os.killpg(self.pid, wish)
            except ProcessLookupError:
                # It has just ended by itself: the next one is on its way.
                if time.monotonic() > deadline:
                    raise StepError(f"controller {self.options.identity}: it does not start again") from None
                time.sleep(0.01)

    def _reap(self) -> None:
        with self._guard:
            child, self._child = self._child, None
        if child is not None:
            child.wait()


@contextmanager
def running(place: Place, options: Options) -> Iterator[Controller]:
    """A controller that leads, and is gone at the end whatever happens."""
    controller = Controller(place, options)
    try:
        controller.start()
        controller.await_lead()
        yield controller
    finally:
        controller.stop()


def lease(api: Any) -> Mapping[str, Any]:
    """The spec of the controllers' Lease, as the API server writes it; empty while there is none."""
    found = ask(
        "the Lease",
        lambda: client.CustomObjectsApi(api).list_namespaced_custom_object(
            "coordination.k8s.io", "v1", SYSTEM, "leases", _request_timeout=SECONDS
        ),
    )
    specs = (each["spec"] for each in found["items"] if each["metadata"]["name"] == CONTROLLER)
    return next(specs, {})


def _command(place: Place, options: Options) -> list[str | Path]:
    scope = ["--namespace", options.namespace] if options.namespace else []
    return [
        sys.executable,
        "-m",
        "canary.bootstrap",
        *("--kubeconfig", kubeconfig(place.api, options.identity, options.server)),
        *("--lease-namespace", SYSTEM),
        *("--identity", options.identity),
        *("--prometheus-url", options.prometheus or place.addresses.prometheus),
        *("--proxy-settle", f"{PROXY_SETTLE:g}"),
        *("--port", str(options.port)),
        *scope,
        *options.words,
    ]


def kubeconfig(api: Any, identity: str, server: str = "") -> Path:
    """Write a kubeconfig with the rights of the installed controller; readable by us alone."""
    settings = api.configuration
    authority = base64.b64encode(Path(settings.ssl_ca_cert).read_bytes()).decode()
    cluster = {"server": server or settings.host, "certificate-authority-data": authority}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "bench", "cluster": cluster}],
        "users": [{"name": identity, "user": {"token": token(api, CONTROLLER)}}],
        "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": identity}}],
        "current-context": "bench",
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{identity}.kubeconfig"
    path.touch(mode=0o600)
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return path


def token(api: Any, account: str) -> str:
    """A token of one of the installed ServiceAccounts."""
    body = {"spec": {"expirationSeconds": TOKEN_SECONDS}}
    asked = ask(
        f"a token of ServiceAccount {account}",
        lambda: client.CoreV1Api(api).create_namespaced_service_account_token(
            account, SYSTEM, body, _request_timeout=SECONDS
        ),
    )
    return str(asked.status.token)
