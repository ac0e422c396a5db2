from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from canary.adapters.memory import MemoryMetrics
from canary.adapters.prometheus import Prometheus
from canary.core.model import Counts, Pair, Reading, Source, View
from canary.ports import MetricsQuery, UnreachableError

if TYPE_CHECKING:
    from canary.ports import Metrics

STORE = os.environ.get("PROMETHEUS_URL", "http://127.0.0.1:9090")
NOTHING = {view: Pair() for view in View}


def query(release: str) -> MetricsQuery:
    now = time.time()
    return MetricsQuery(
        namespace="contract",
        release=release,
        router="ingress",
        route="web",
        port="http",
        stable_revision="aaaa",
        canary_revision="bbbb",
        within=0.25,
        application=Source("flask_http_request_duration_seconds", "status"),
        since=dict.fromkeys(View, now - 30),
        exposed=now - 30,
        step=now - 30,
        settled=now - 20,
        recent=now - 30,
        now=now,
    )


@pytest.mark.parametrize(
    "metrics", [MemoryMetrics(), Prometheus("http://127.0.0.1:9")], ids=["memory", "http"]
)
def test_a_store_that_gives_no_answer_is_unreachable(metrics: Metrics) -> None:
    with pytest.raises(UnreachableError):
        metrics.read(query("web"))


@pytest.mark.parametrize(
    "metrics",
    [
        MemoryMetrics(
            Reading(0.0, dict.fromkeys(View, ()), NOTHING, NOTHING, Pair(), dict.fromkeys(View, ()))
        ),
        pytest.param(Prometheus(STORE), marks=pytest.mark.cluster),
    ],
    ids=["memory", "prometheus"],
)
def test_a_release_without_series_counts_zero(metrics: Metrics) -> None:
    reading = metrics.read(query("nobody"))
    assert [reading.step[view].canary for view in View] == [Counts(), Counts()]
    assert [reading.blocks[view] for view in View] == [(), ()]
    assert reading.split == Pair()
    assert reading.latest == 0.0
