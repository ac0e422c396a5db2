"""Series under which each alert fires, and series that look alike and must not make it fire.

Values are those of `promtool test rules`, one every 15 seconds from second 0: `a+bxn` is a, a+b, ..., `_`
is no sample, and after `stale` there is no series.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY = 86400
EDGE = "production-forecast-forecast-stable-http@kubernetesingressnginx"


@dataclass(frozen=True, slots=True)
class Case:
    """`labels` are those of the alert that fires, None when none may; `value` as its description shows it."""

    series: Mapping[str, str]
    at: str
    labels: Mapping[str, str] | None = None
    value: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Both sides of one alert."""

    fires: Case
    quiet: Case


def _series(metric: str, labels: Mapping[str, str]) -> str:
    return f"{metric}{{{','.join(f'{key}={json.dumps(value)}' for key, value in labels.items())}}}"


def _edge(kind: str, **labels: str) -> str:
    return _series(f"traefik_service_{kind}", {"service": EDGE, **labels})


def _release(figure: str, **labels: str) -> str:
    """A series of the controller, as it looks after a scrape."""
    named = {"namespace": "canary-system", "release_namespace": "production", "release": "forecast", **labels}
    return _series(f"canary_release_{figure}", named)


def _controller(metric: str, **labels: str) -> str:
    named = {"namespace": "canary-system", "pod": "controller-1", **labels}
    return _series(f"canary_{metric}", named)


def _pod(metric: str, number: int = 1, **labels: str) -> str:
    named = {"namespace": "production", "release": "forecast", "revision": "aaaa", "pod": f"pod-{number}"}
    return _series(metric, named | labels)


RELEASE = {"release_namespace": "production", "release": "forecast"}
SERVED = {"namespace": "production", "release": "forecast"}
SYSTEM = {"namespace": "canary-system"}
IN_USE = {_release("phase", phase="Progressing"): "1x200"}
CALLS = "api_requests_total"

CASES: dict[str, Pair] = {
    "ServiceErrors": Pair(
        Case(
            {
                _edge("requests_total", code="200"): "0+95x40",
                _edge("requests_total", code="503"): "0+5x40",
            },
            "8m",
            {"service": EDGE},
            "5%",
        ),
        # Clients' own mistakes are no errors of the service, and half a percent is allowed.
        Case(
            {
                _edge("requests_total", code="200"): "0+199x40",
                _edge("requests_total", code="404"): "0+100x40",
                _edge("requests_total", code="500"): "0+1x40",
            },
            "8m",
        ),
    ),
    "ServiceSlow": Pair(
        Case(
            {
                _edge("request_duration_seconds_bucket", le="0.5"): "0+90x60",
                _edge("request_duration_seconds_count"): "0+100x60",
            },
            "12m",
            {"service": EDGE},
            "10%",
        ),
        Case(
            {
                _edge("request_duration_seconds_bucket", le="0.5"): "0+995x60",
                _edge("request_duration_seconds_count"): "0+1000x60",
            },
            "12m",
        ),
    ),
    "ServiceWithoutPods": Pair(
        Case(IN_USE | {_pod("up"): "1x10 0x100", _pod("up", 2): "1x10 stale"}, "6m", SERVED),
        # One pod is enough; and a release that was deleted needs none.
        Case(
            IN_USE
            | {_pod("up"): "1x10 0x100", _pod("up", 2): "1x110"}
            | {_pod("up", 3, release="deleted"): "1x10 stale"},
            "6m",
        ),
    ),
    "ServiceRestarts": Pair(
        Case(
            {_pod("process_start_time_seconds"): "10x10 200x10 400x10 600x10"},
            "10m",
            {**SERVED, "revision": "aaaa"},
            "3",
        ),
        # Pods that are new are no pods that restart.
        Case({_pod("process_start_time_seconds", number): f"{number}x40" for number in range(1, 5)}, "10m"),
    ),
    "ModelTooOld": Pair(
        Case(
            {
                _pod("forecast_model_trained_until_timestamp_seconds"): f"-{96 * DAY}x60",
                _pod("forecast_model_trained_until_timestamp_seconds", 2): f"-{130 * DAY}x60",
            },
            "11m",
            SERVED,
            "96",
        ),
        # The newest model counts: an old one may still be stable while it is released.
        Case(
            {
                _pod("forecast_model_trained_until_timestamp_seconds"): f"-{94 * DAY}x60",
                _pod("forecast_model_trained_until_timestamp_seconds", 2): f"-{130 * DAY}x60",
            },
            "11m",
        ),
    ),
    "ModelEndsSoon": Pair(
        Case({_pod("forecast_model_answers_until_timestamp_seconds"): f"{20 * DAY}x60"}, "11m", SERVED, "20"),
        Case({_pod("forecast_model_answers_until_timestamp_seconds"): f"{32 * DAY}x60"}, "11m"),
    ),
    "ControllerDown": Pair(
        Case({_controller("leader"): "1x4 stale"}, "3m", {}),
        # A standby that answers shows that Prometheus reaches controllers.
        Case({_controller("leader"): "0x40"}, "8m"),
    ),
    "ControllerWithoutLeader": Pair(
        Case({_controller("leader"): "0x40", _controller("leader", pod="two"): "0x40"}, "5m", SYSTEM),
        Case({_controller("leader"): "0x40", _controller("leader", pod="two"): "1x40"}, "5m"),
    ),
    "DeadmanDown": Pair(
        Case({_controller("deadman_look_timestamp_seconds"): "0+15x8 stale"}, "4m", {}),
        # It looks every 5 s, and is scraped every 15.
        Case(
            {
                _controller("deadman_look_timestamp_seconds"): "0+15x40",
                _controller("deadman_ttl_seconds"): "60x40",
                # The one before, in the middle of an upgrade.
                _controller("deadman_look_timestamp_seconds", pod="two"): "0x40",
                _controller("deadman_ttl_seconds", pod="two"): "60x40",
            },
            "8m",
        ),
    ),
    "ControllerDefect": Pair(
        Case({_controller("loop_failures_total", kind="defect"): "0x4 1x20"}, "5m", SYSTEM),
        Case({_controller("loop_failures_total", kind="unreachable"): "0x4 1x20"}, "5m"),
    ),
    "ControllerLoopsFail": Pair(
        Case(
            {
                _controller("loop_failures_total", kind="unreachable"): "0+1x60",
                _controller("loop_failures_total", kind="refused"): "0+1x60",
                _controller("loop_seconds_count"): "0+10x60",
            },
            "8m",
            SYSTEM,
            "20%",
        ),
        Case(
            {
                _controller("loop_failures_total", kind="conflict"): "0+5x60",
                _controller("loop_seconds_count"): "0+10x60",
            },
            "8m",
        ),
    ),
    "ControllerLags": Pair(
        Case(
            {
                _controller("loop_lag_seconds_bucket", le="1"): "0+50x60",
                _controller("loop_lag_seconds_bucket", le="2.5"): "0+100x60",
                _controller("loop_lag_seconds_bucket", le="+Inf"): "0+100x60",
            },
            "12m",
            SYSTEM,
            "2.5",
        ),
        Case(
            {
                _controller("loop_lag_seconds_bucket", le="0.5"): "0+100x60",
                _controller("loop_lag_seconds_bucket", le="2.5"): "0+100x60",
                _controller("loop_lag_seconds_bucket", le="+Inf"): "0+100x60",
            },
            "12m",
        ),
    ),
    "ControllerApiErrors": Pair(
        Case(
            {
                _controller(CALLS, verb="get", kind="pods", code="200"): "0+9x60",
                _controller(CALLS, verb="get", kind="pods", code="none"): "0+1x60",
            },
            "8m",
            SYSTEM,
            "10%",
        ),
        # Conflicts and objects that are not there are answers.
        Case(
            {
                _controller(CALLS, verb="get", kind="pods", code="200"): "0+5x60",
                _controller(CALLS, verb="get", kind="pods", code="404"): "0+3x60",
                _controller(CALLS, verb="apply", kind="ingresses", code="409"): "0+2x60",
            },
            "8m",
        ),
    ),
    "ControllerForbidden": Pair(
        Case(
            {_controller(CALLS, verb="apply", kind="ingresses", code="403"): "0x4 1x20"},
            "5m",
            {**SYSTEM, "verb": "apply", "kind": "ingresses"},
        ),
        Case({_controller(CALLS, verb="apply", kind="ingresses", code="422"): "0x4 1x20"}, "5m"),
    ),
    "ControllerMetricsStore": Pair(
        Case(
            {
                _controller("metrics_queries_total", outcome="answered"): "0+1x60",
                _controller("metrics_queries_total", outcome="unreachable"): "0+1x60",
                _controller("metrics_queries_total", outcome="nonsense"): "0+2x60",
            },
            "8m",
            SYSTEM,
            "75%",
        ),
        Case(
            {
                _controller("metrics_queries_total", outcome="answered"): "0+19x60",
                _controller("metrics_queries_total", outcome="unreachable"): "0+1x60",
            },
            "8m",
        ),
    ),
    "ReleaseStalled": Pair(
        Case({_release("stalled", reason="Route"): "1x40"}, "2m", {**RELEASE, "reason": "Route"}),
        # What passes within a minute calls nobody.
        Case({_release("stalled", reason="Refused"): "1x2 stale"}, "2m"),
    ),
    "ReleaseBlind": Pair(
        Case({_release("since_timestamp_seconds", state="blind"): "30x40"}, "2m", RELEASE, "90"),
        Case(
            {
                _release("since_timestamp_seconds", state="blind"): "90x40",
                _release("since_timestamp_seconds", state="idle"): "0x40",
            },
            "2m",
        ),
    ),
    "ReleaseWaitsForAPerson": Pair(
        Case(
            {_release("since_timestamp_seconds", state="held"): "-3600x40"},
            "6m",
            {**RELEASE, "state": "held"},
            "1.1",
        ),
        Case(
            {
                _release("since_timestamp_seconds", state="unapproved"): "-3000x40",
                _release("since_timestamp_seconds", state="idle"): "-9000x40",
            },
            "6m",
        ),
    ),
    "ReleaseRolledBack": Pair(
        Case(
            {_release("rolled_back", cause="RuleFailed"): "_x4 1x40"},
            "2m",
            {**RELEASE, "cause": "RuleFailed"},
        ),
        Case(
            {
                _release("rolled_back", cause=cause): "1x40"
                for cause in ("Aborted", "RollbackOrdered", "Superseded", "ControllerLost")
            },
            "2m",
        ),
    ),
    "ReleaseDeadManFired": Pair(
        Case({_release("rolled_back", cause="ControllerLost"): "_x4 1x40"}, "2m", RELEASE),
        Case({_release("rolled_back", cause="Blind"): "1x40"}, "2m"),
    ),
    "ReleaseWeightIgnored": Pair(
        Case(
            {_release("weight_asked"): "10x40", _release("weight_set"): "10x4 0x36"},
            "2m",
            RELEASE,
        ),
        # The object follows within a look; and shares that chance explains are no deviation.
        Case(
            {
                _release("weight_asked"): "0x4 10x36",
                _release("weight_set"): "0x5 10x35",
                _release("weight_seen"): "_x8 14x30",
            },
            "75s",
        ),
    ),
    "TraefikDown": Pair(
        Case({'up{job="traefik", pod="traefik-1"}': "1x4 0x40"}, "3m", {}),
        Case({'up{job="traefik", pod="old"}': "0x40", 'up{job="traefik", pod="new"}': "1x40"}, "3m"),
    ),
    "ScrapeFails": Pair(
        Case(
            {'up{job="pods", namespace="production", pod="a", instance="10.0.0.1:8001"}': "1x4 0x60"},
            "8m",
            {"job": "pods", "namespace": "production", "pod": "a", "instance": "10.0.0.1:8001"},
        ),
        Case(
            {'up{job="pods", namespace="production", pod="a", instance="10.0.0.1:8001"}': "0x15 1x40"}, "8m"
        ),
    ),
}

# A second way to the same alert.
ALSO: dict[str, Case] = {
    # It runs, and its looks fail.
    "DeadmanDown": Case(
        {
            _controller("deadman_look_timestamp_seconds"): "0+15x8 120x20",
            _controller("deadman_ttl_seconds"): "60x40",
        },
        "5m",
        {},
    ),
    "ReleaseWeightIgnored": Case(
        {_release("since_timestamp_seconds", state="split"): "_x4 75x40"}, "2m", RELEASE
    ),
    "ServiceWithoutPods": Case(IN_USE | {_pod("up"): "0x100"}, "6m", SERVED),
}
