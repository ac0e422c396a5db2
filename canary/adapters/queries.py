"""PromQL as data: which counters each view reads, and how names get into a query.

Two views: the proxy's counters (as users feel it) and the application's own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from canary.core.model import Source, View
from canary.core.model.words import MEMORY, THROTTLED
from canary.core.routing import HTTPROUTE, INGRESS
from canary.ports import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canary.ports import MetricsQuery

# Written by the process collectors of all Prometheus clients; tells a restart from a wrong sample.
START = "process_start_time_seconds"

# Far enough back to see the last sample before a window at scrape intervals up to 15 s.
BEFORE_SECONDS = 30
LONGEST_SECONDS = 7200

_CONTAINER = "revision, pod, container"
_THROTTLED = "release:container_cpu_throttled_periods:total"
_PERIODS = "release:container_cpu_periods:total"
_USED = "release:container_memory_working_set:bytes"
_RESTARTS = "release:container_restarts:total"
_LIMIT = "release:container_memory_limit:bytes"

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?", re.ASCII)
_INSTANCE = re.compile(r"[A-Za-z0-9.:_\[\]-]{1,253}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Counters:
    """The metrics of a view: `role` is the label that tells canary from stable, `bad` a bad status."""

    source: Source
    role: str
    bad: re.Pattern[str]

    @property
    def count(self) -> str:
        return f"{self.source.histogram}_count"

    @property
    def bucket(self) -> str:
        return f"{self.source.histogram}_bucket"

    @property
    def predicted(self) -> str:
        return f"{self.source.predictions}_bucket" if self.source.predictions else ""


# 499 is Traefik's code for a client that gave up waiting: an answer that never came.
_EDGE = Counters(
    Source("traefik_service_request_duration_seconds", "code"), "service", re.compile(r"5\d\d|499|0")
)


def views(query: MetricsQuery) -> tuple[View, ...]:
    """Who counts: the proxy always, the application if it has metrics; on a way back one of them at most."""
    counting = (View.EDGE,) if query.application is None else tuple(View)
    return tuple(view for view in counting if query.only in {None, view})


def counters(view: View, query: MetricsQuery) -> Counters:
    """The metrics of one of the `views` of a query."""
    if view is View.EDGE or query.application is None:
        return _EDGE
    return Counters(query.application, "revision", re.compile(r"5\d\d"))


@dataclass(frozen=True, slots=True)
class Roles:
    """Patterns of a view's role label that mean canary and stable; empty: there is none.

    Python and Prometheus read them alike: they need no backslash.
    """

    canary: str
    stable: str

    def of(self, value: str) -> str:
        """`canary`, `stable`, or empty for a value that means neither."""
        known = {"canary": self.canary, "stable": self.stable}
        return next((role for role, each in known.items() if each and re.fullmatch(each, value)), "")


# What Traefik calls the two backends of a route, by router. What stands between `gw` and `svc` tells Gateway,
# entry point, rule and match: an HTTPRoute with many of them has many services for one role.
_BACKENDS = {
    INGRESS: Roles(
        "{namespace}-{route}-{release}-stable-{port}-canary@kubernetesingressnginx",
        "{namespace}-{route}-{release}-stable-{port}@kubernetesingressnginx",
    ),
    HTTPROUTE: Roles(
        "httproute-{namespace}-{route}-gw-.+-svc-{service}-canary-[0-9]+@kubernetesgateway",
        "httproute-{namespace}-{route}-gw-.+-svc-{service}-stable-[0-9]+@kubernetesgateway",
    ),
}


def roles(view: View, query: MetricsQuery) -> Roles:
    """Who is who in a view: revisions for the application, for the proxy the two backends of the route."""
    if view is View.APPLICATION:
        return Roles(_checked(query.canary_revision), _checked(query.stable_revision))
    if not query.port:
        return Roles("", "")
    names = {key: _checked(getattr(query, key)) for key in ("namespace", "route", "release", "port")}
    # Traefik writes one dash for whatever stands between two letters or digits, save in a Service's own name.
    words = {key: re.sub(r"[-.]+", "-", name) for key, name in names.items()}
    words["service"] = f"{query.namespace}-{query.release}"
    known = _BACKENDS[query.router]
    return Roles(known.canary.format(**words), known.stable.format(**words))


def samples(view: View, query: MetricsQuery, limits: tuple[float, ...]) -> str:
    """Raw samples since the longest window began: all requests, those within `limits`, process starts."""
    past = max(0.0, query.now - earliest(view, query))
    seconds = int(min(LONGEST_SECONDS, past)) + BEFORE_SECONDS
    known = counters(view, query)
    names = [known.count]
    names += [known.bucket] if query.within is not None else []
    names += [START] if view is View.APPLICATION else []
    limit = "".join(f"|{spelling}" for each in limits for spelling in _edge_spellings(each))
    return f'{{__name__=~"{"|".join(names)}",{_scope(view, query)},le=~"{limit}"}}[{seconds}s]'


def forecasts(query: MetricsQuery) -> str:
    """Raw samples about what was predicted; empty when the application tells nothing about it."""
    known = counters(View.APPLICATION, query)
    names = [name for name in (known.predicted, known.source.answers, known.source.bad_answers) if name]
    past = max(0.0, query.now - query.since.get(View.APPLICATION, query.now))
    seconds = int(min(LONGEST_SECONDS, past)) + BEFORE_SECONDS
    scope = _scope(View.APPLICATION, query)
    return f'{{__name__=~"{"|".join(names)}",{scope}}}[{seconds}s]' if names else ""


def earliest(view: View, query: MetricsQuery) -> float:
    """When the longest window of a view begins."""
    return min(query.since[view], query.step, query.settled, query.recent)


def edges(view: View, query: MetricsQuery) -> str:
    """The bucket limits that exist in a view."""
    return f"count by (le) ({counters(view, query).bucket}{{{_scope(view, query)}}})"


def starts(instances: set[str]) -> str:
    """When the processes behind these scrape targets started."""
    odd = [each for each in instances if not _INSTANCE.fullmatch(each)]
    if odd:
        raise RefusedError(f"metrics: instance label {odd[0][:80]!r}: not an address: fix the scrape job")
    return f'{START}{{instance=~"{"|".join(_escaped(each) for each in sorted(instances))}"}}'


def usage(query: MetricsQuery) -> str:
    """What the containers of both revisions use, as shares by `resource` and `revision`.

    Of the last minute, and only of containers that were there a minute before that: whoever starts may use
    all there is. Two scrapers that read one container count it once.
    """
    who = roles(View.APPLICATION, query)
    known = "|".join(pattern for pattern in (who.canary, who.stable) if pattern)
    scope = f'namespace="{_checked(query.namespace)}",release="{_checked(query.release)}",revision=~"{known}"'
    scope += ',container!="",container!="POD"'  # sums over a pod, where somebody keeps them
    throttled = _settled(f"increase({_THROTTLED}{{{scope}}}[1m])", _PERIODS, scope)
    periods = _settled(f"increase({_PERIODS}{{{scope}}}[1m])", _PERIODS, scope)
    used = _settled(f"min_over_time({_USED}{{{scope}}}[1m])", _LIMIT, scope)
    limit = _settled(f"{_LIMIT}{{{scope}}}", _LIMIT, scope)
    shares = {
        THROTTLED: f"sum by (revision) ({throttled}) / (sum by (revision) ({periods}) > 0)",
        MEMORY: f"max by (revision) ({used} / {limit})",
    }
    named = (f'label_replace({each}, "resource", "{name}", "", "")' for name, each in shares.items())
    return " or ".join(named)


def _settled(expression: str, witness: str, scope: str) -> str:
    """One value for each container that the `witness` knew two minutes ago, and that did not start since."""
    then = f"max by ({_CONTAINER}) ({witness}{{{scope}}} offset 2m)"
    restarted = f"max by ({_CONTAINER}) (changes({_RESTARTS}{{{scope}}}[2m])) > 0"
    known = f"and on ({_CONTAINER}) {then} unless on ({_CONTAINER}) ({restarted})"
    return f"(max by ({_CONTAINER}) ({expression}) {known})"


def asked_for(view: View, query: MetricsQuery, labels: Mapping[str, str]) -> bool:
    """Tell whether a series is one of those that `samples` and `forecasts` ask for.

    A store that serves many, or a proxy before it, may hand out more than that.
    """
    ours = bool(roles(view, query).of(labels.get(counters(view, query).role, "")))
    if view is View.EDGE:
        return ours
    return ours and (labels.get("namespace"), labels.get("release")) == (query.namespace, query.release)


def _scope(view: View, query: MetricsQuery) -> str:
    who = roles(view, query)
    values = "|".join(pattern for pattern in (who.canary, who.stable) if pattern)
    wanted = f'{counters(view, query).role}=~"{values}"'
    if view is View.EDGE:
        return wanted
    return f'namespace="{_checked(query.namespace)}",release="{_checked(query.release)}",{wanted}'


def _checked(name: str) -> str:
    """Only Kubernetes names reach a query; an empty one means that there is no such role yet."""
    if name and not _NAME.fullmatch(name):
        raise RefusedError(f"metrics: name {name[:80]!r}: not a Kubernetes name: rename it")
    return name


def _escaped(value: str) -> str:
    return re.escape(value).replace("\\", "\\\\")


def _edge_spellings(within: float) -> list[str]:
    """Clients in Go write 1, those in Python 1.0."""
    return sorted({_escaped(f"{within:g}"), _escaped(repr(float(within)))})
