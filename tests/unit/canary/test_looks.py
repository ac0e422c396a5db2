from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from canary.adapters.memory import MemoryMetrics
from canary.core.model import Pair, Reading, View
from canary.looks import Looks
from canary.ports import MetricsQuery

if TYPE_CHECKING:
    from collections.abc import Iterator

READING = Reading(100.0, {}, {}, {}, Pair(), {})
SINCE = dict.fromkeys(View, 90.0)
QUERY = MetricsQuery(
    namespace="shop",
    release="web",
    router="ingress",
    route="web",
    port="http",
    stable_revision="aaaa",
    canary_revision="bbbb",
    within=None,
    application=None,
    since=SINCE,
    exposed=85.0,
    step=90.0,
    settled=92.0,
    recent=90.0,
    now=100.0,
)


class SlowMetrics(MemoryMetrics):
    """Answers when it is allowed to."""

    def __init__(self) -> None:
        super().__init__(READING)
        self.allowed = threading.Event()

    def read(self, query: MetricsQuery) -> Reading:
        assert self.allowed.wait(5.0)
        return super().read(query)


@pytest.fixture
def late() -> list[str]:
    return []


@pytest.fixture
def slow() -> Iterator[SlowMetrics]:
    metrics = SlowMetrics()
    yield metrics
    metrics.allowed.set()


def test_a_quick_answer_is_used_at_once(late: list[str]) -> None:
    looks = Looks(MemoryMetrics(READING), late.append, 1)
    assert looks.look("shop/web", QUERY, hurry=False) is READING
    looks.close()
    assert late == []


def test_it_counts_the_releases_that_are_looked_at(late: list[str]) -> None:
    looks = Looks(MemoryMetrics(READING), late.append, 1)
    for key in ("shop/web", "shop/api", "shop/web"):
        looks.look(key, QUERY, hurry=False)
    assert len(looks) == 2
    looks.forget("shop/api")
    assert len(looks) == 1
    looks.close()


def test_no_answer_is_no_reading(late: list[str]) -> None:
    looks = Looks(MemoryMetrics(None), late.append, 1)
    assert looks.look("shop/web", QUERY, hurry=False) is None
    looks.close()


def test_whoever_is_in_a_hurry_does_not_wait_and_is_called_when_the_answer_comes(
    slow: SlowMetrics,
) -> None:
    called = threading.Event()
    looks = Looks(slow, lambda _: called.set(), 1)
    assert looks.look("shop/web", QUERY, hurry=True) is None
    slow.allowed.set()
    assert called.wait(5.0)
    assert looks.look("shop/web", QUERY, hurry=False) is READING
    looks.close()


def test_a_slow_store_is_not_asked_twice_at_once(slow: SlowMetrics, late: list[str]) -> None:
    looks = Looks(slow, late.append, 4)
    for _ in range(3):
        looks.look("shop/web", QUERY, hurry=True)
    slow.allowed.set()
    looks.look("shop/web", QUERY, hurry=False)
    looks.close()
    assert len(slow.asked) == 1


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        pytest.param(replace(QUERY, now=105.0, recent=95.0), READING, id="the same windows a little later"),
        pytest.param(replace(QUERY, now=111.0), None, id="too old"),
        pytest.param(
            replace(QUERY, since=SINCE | {View.EDGE: 95.0}), READING, id="a tick was taken in since"
        ),
        pytest.param(replace(QUERY, since=SINCE | {View.EDGE: 85.0}), None, id="an earlier tick"),
        pytest.param(replace(QUERY, step=99.0), None, id="another step"),
        pytest.param(replace(QUERY, canary_revision="cccc"), None, id="another canary"),
    ],
)
def test_the_last_reading_serves_only_the_same_windows(
    late: list[str], later: MetricsQuery, expected: Reading | None
) -> None:
    metrics = SlowMetrics()
    metrics.allowed.set()
    looks = Looks(metrics, late.append, 1)
    looks.look("shop/web", QUERY, hurry=False)
    metrics.allowed.clear()
    assert looks.look("shop/web", later, hurry=True) is expected
    metrics.allowed.set()
    looks.close()
