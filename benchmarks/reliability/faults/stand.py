"""A release whose controller runs on this machine, with both proxies between it and the cluster."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.cluster.controller import Controller, Options, running
from benchmarks.cluster.installed import away
from benchmarks.reliability.faults.api import ApiProxy, api_proxy
from benchmarks.reliability.faults.store import StoreProxy, store_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.cluster.site import Site
    from benchmarks.reliability.row import Stage

PORT = 18085
# A busy machine is no bad release: what is looked at on a stand is not what the rules say of slow answers.
UNHURRIED = 'canary.rules.latency.within="1s"'


@dataclass(frozen=True, slots=True)
class Stand:
    """The release, the controller that looks after it, and what stands between that and the cluster."""

    site: Site
    controller: Controller
    api: ApiProxy
    store: StoreProxy


@contextmanager
def stand(stage: Stage, name: str, env: tuple[tuple[str, str], ...] = ()) -> Iterator[Stand]:
    """Set it up, and leave the installed controller at work again at the end."""
    place = stage.place
    with (
        away(place.api, stage.say),
        api_proxy(place.api.configuration) as api,
        store_proxy(place.addresses.prometheus) as store,
        stage.site(name) as site,
        running(place, _options(name, site.subject.namespace, (api.url, store.url), env)) as controller,
    ):
        yield Stand(site, controller, api, store)


def told(counts: Mapping[str, int]) -> str:
    """What was done how often, in words."""
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def _options(name: str, namespace: str, urls: tuple[str, str], env: tuple[tuple[str, str], ...]) -> Options:
    server, prometheus = urls
    return Options(f"bench-{name}", namespace, server, prometheus, PORT, env=env)
