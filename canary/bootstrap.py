"""The composition root: the only place that builds adapters.

`python -m canary.bootstrap` runs the controller.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NoReturn

import click

from canary.adapters import logs
from canary.adapters.cached import CachedKube
from canary.adapters.clock import SystemClock
from canary.adapters.commands import KubeCommands
from canary.adapters.connection import connect
from canary.adapters.events import KubeEvents
from canary.adapters.fence import Alone, Fence, leave, newest
from canary.adapters.http import check, serve
from canary.adapters.journal import KubeJournal
from canary.adapters.kinds import RELEASE
from canary.adapters.kube import MANAGER
from canary.adapters.lease import Lease
from canary.adapters.operator import KubeDesk
from canary.adapters.prometheus import Prometheus
from canary.adapters.releases import KubeReleases
from canary.adapters.routers.chosen import ChosenRouter
from canary.adapters.telemetry import PrometheusTelemetry
from canary.adapters.touched import WATCHED, touched
from canary.adapters.workloads import KubeWorkloads
from canary.apply import Ports
from canary.controller import Controller
from canary.ports import SerinError

if TYPE_CHECKING:
    from collections.abc import Callable

    from canary.adapters.cached import Api
    from canary.adapters.calls import Call
    from canary.adapters.kinds import Kind
    from canary.adapters.kube import Kube
    from canary.ports import Desk

LOG = logging.getLogger("canary.bootstrap")

LEASE_NAME = "canary-controller"
PAGE = "canary-page"
FAREWELL_SECONDS = 3.0
UNREACHABLE = 5


@dataclass(frozen=True, slots=True)
class Settings:
    """What the controller is told by flags and environment."""

    prometheus_url: str
    namespace: str
    proxy_settle: float
    lease_namespace: str
    leader_elect: bool
    identity: str
    port: int
    workers: int
    heartbeat: float
    kubeconfig: str
    context: str


class Process:
    """The running controller: caches, workers, the lease and the probes."""

    def __init__(
        self, settings: Settings, kube: Kube, telemetry: PrometheusTelemetry, clock: SystemClock
    ) -> None:
        self._settings, self._kube, self._telemetry = settings, kube, telemetry
        self._cache = CachedKube(kube, WATCHED, settings.namespace, self._changed)
        space = settings.lease_namespace or kube.namespace
        self._lease = Lease(kube, clock, space, LEASE_NAME, settings.identity)
        self._controller = Controller(self._ports(clock), settings.proxy_settle, settings.workers)
        telemetry.watch(self._controller.queue.depths)
        self._stopped = threading.Event()

    def run(self) -> int:
        """Work until told to stop; the exit code says whether the lease was kept."""
        routes = {
            "/healthz": check(self._controller.alive),
            "/readyz": check(self._cache.synced),
            "/metrics": lambda: (200, self._telemetry.page()),
        }
        server = serve(self._settings.port, routes)
        self._cache.start()
        kept = self._lead() if self._settings.leader_elect else self._work_alone()
        self._cache.stop()
        server.shutdown()
        return 0 if kept else 1

    def stop(self) -> None:
        self._stopped.set()
        self._lease.stop()

    def _lead(self) -> bool:
        if not self._lease.acquire():
            return True
        work = threading.Thread(target=self._work, name="lead", daemon=True)
        work.start()
        if not self._lease.hold():
            _leave("it is lost")
        self._controller.stop(FAREWELL_SECONDS)
        self._give_back()
        return True

    def _work_alone(self) -> bool:
        self._work()
        self._stopped.wait()
        self._controller.stop(FAREWELL_SECONDS)
        return True

    def _work(self) -> None:
        while not self._cache.synced() and not self._stopped.wait(0.05):
            continue
        if self._settings.leader_elect:
            self._lease.rise_above(newest(self._cache.list(RELEASE, self._settings.namespace)))
            LOG.info("leading in epoch %d", self._lease.epoch)
        self._telemetry.leads(now=True)
        self._controller.start()

    def _over(self, why: str) -> NoReturn:
        """Stop a worker whose next write would be one without the lead, and everything with it."""
        if self._stopped.is_set():
            leave(why)  # the Lease has still to be given back
        _leave(why)

    def _give_back(self) -> None:
        self._telemetry.leads(now=False)
        try:
            self._lease.give_back()
        except SerinError as error:
            LOG.warning("%s", error)

    def _changed(self, kind: Kind, found: dict[str, object]) -> None:
        for key in touched(kind, found):
            self._controller.queue.add(key)

    def _ports(self, clock: SystemClock) -> Ports:
        fence = Fence(self._cache, self._lease, self._over)
        led = self._settings.leader_elect
        api: Api = fence if led else self._cache
        return Ports(
            releases=KubeReleases(api, clock, self._settings.namespace, self._settings.heartbeat),
            lead=fence if led else Alone(),
            workloads=KubeWorkloads(api),
            router=ChosenRouter(api),
            metrics=Prometheus(self._settings.prometheus_url, self._telemetry.asked),
            commands=KubeCommands(api, clock),
            journal=KubeJournal(api),
            events=KubeEvents(api, clock, self._settings.identity),
            telemetry=self._telemetry,
            clock=clock,
        )


def _leave(why: str) -> NoReturn:
    """End at once: whatever a worker is about to write would be written without the lead."""
    LOG.error("lease: %s: leaving", why)
    logging.shutdown()
    os._exit(1)


def desk(kubeconfig: str = "", context: str = "") -> Desk:
    """Build what the command line works with. Raises SerinError."""
    kube = connect(kubeconfig, context)
    return KubeDesk(kube, kube.namespace)


def desks(kubeconfig: str = "", context: str = "") -> tuple[Desk, Callable[[str], Desk]]:
    """Build what the page works with: our own desk, and that of a user whom we may impersonate.

    Raises SerinError.
    """
    kube = connect(kubeconfig, context, agent=PAGE)

    def acting_as(user: str) -> Desk:
        return KubeDesk(kube.acting_as(user), kube.namespace)

    return KubeDesk(kube, kube.namespace), acting_as


_option = partial(click.option, show_envvar=True)


@click.command(context_settings={"auto_envvar_prefix": "SERIN", "show_default": True})
@_option("--prometheus-url", default="http://prometheus.monitoring.svc:9090", help="Any PromQL endpoint.")
@_option("--namespace", default="", help="Look after one namespace only; all when empty.")
@_option(
    "--proxy-settle",
    default=2.0,
    type=click.FloatRange(min=0.0),
    help="Seconds the proxy may need to follow a changed object.",
)
@_option("--lease-namespace", default="", help="Where the Lease lives; our own namespace when empty.")
@_option("--leader-elect/--no-leader-elect", default=True, help="Off only for a single local process.")
@_option("--identity", default=socket.gethostname, show_default="host name", help="Our name in the Lease.")
# Not SERIN_PORT: Kubernetes sets that to an address where a Service is called serin.
@_option(
    "--port",
    default=8080,
    type=click.IntRange(0, 65535),
    envvar="SERIN_HTTP_PORT",
    help="Probes and metrics.",
)
@_option("--workers", default=16, type=click.IntRange(min=1), help="Releases looked after at once.")
@_option(
    "--heartbeat",
    default=15.0,
    type=click.FloatRange(min=1.0),
    help="Seconds between two signs of life of a running release, for the dead-man.",
)
@_option("--kubeconfig", default="", envvar="KUBECONFIG", help="Outside a cluster: how to reach it.")
@_option("--context", default="", help="Which context of the kubeconfig.")
def main(**options: object) -> None:
    """Look after CanaryReleases until told to stop."""
    settings = Settings(**options)  # type: ignore[arg-type]
    logs.configure()
    telemetry, clock = PrometheusTelemetry(), SystemClock()

    def told(call: Call) -> None:
        telemetry.called(call)
        clock.heard(call.date)

    try:
        agent = f"{MANAGER}/{settings.identity}"
        kube = connect(settings.kubeconfig, settings.context, told, agent)
        process = Process(settings, kube, telemetry, clock)
    except SerinError as error:
        LOG.error("%s", error)  # noqa: TRY400 - one line is enough, the cause is in it
        sys.exit(UNREACHABLE)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: process.stop())
    sys.exit(process.run())


if __name__ == "__main__":
    main()
