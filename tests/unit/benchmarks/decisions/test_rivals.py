"""The rivals do what their documentation says, tick by tick."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.decisions.play import Move
from benchmarks.decisions.rivals.argo import argo_docs, argo_strict
from benchmarks.decisions.rivals.flagger import flagger_docs

from .stage import side, tick, walk

if TYPE_CHECKING:
    from benchmarks.decisions.world import Tick

GOOD, BAD, SLOW, IDLE = side(100), side(100, errors=100), side(100, slow=2), side(0)


def ticks(canary: object, count: int = 200) -> list[Tick]:
    return [tick(number, canary) for number in range(count)]  # type: ignore[arg-type]


def blind(begin: float, end: float) -> list[Tick]:
    """Good answers, except that the store is away from `begin` until before `end`."""
    return [tick(number, GOOD, reachable=not begin <= 15 * (number + 1) < end) for number in range(200)]


def test_argo_docs_walks_by_the_clock() -> None:
    assert walk(argo_docs(()), ticks(GOOD)) == [
        (15, Move(20)),
        (600, Move(40)),
        (1200, Move(60)),
        (1800, Move(80)),
        (2400, Move(100)),
    ]


def test_argo_strict_walks_by_the_clock() -> None:
    assert walk(argo_strict(()), ticks(GOOD)) == [
        (15, Move(10)),
        (120, Move(25)),
        (240, Move(50)),
        (360, Move(100)),
    ]


def test_argo_docs_aborts_on_the_fourth_bad_sample() -> None:
    assert walk(argo_docs(()), ticks(BAD))[-1] == (1200, Move(0, "metrics"))


@pytest.mark.parametrize("canary", [BAD, SLOW, side(100, errors=2)])
def test_argo_strict_aborts_on_the_first_bad_sample(canary: object) -> None:
    assert walk(argo_strict(()), ticks(canary))[-1] == (60, Move(0, "metrics"))


def test_argo_docs_looks_at_the_last_scrape_only_and_not_at_latency() -> None:
    between = [tick(number, GOOD if number % 20 == 19 else BAD) for number in range(200)]
    assert walk(argo_docs(()), between)[-1] == (2400, Move(100))
    assert walk(argo_docs(()), ticks(SLOW))[-1] == (2400, Move(100))


def test_argo_takes_no_requests_for_a_failure() -> None:
    assert walk(argo_docs(()), ticks(IDLE))[-1] == (1200, Move(0, "no data"))
    assert walk(argo_strict(()), ticks(IDLE))[-1] == (60, Move(0, "no data"))


def test_argo_aborts_on_the_fifth_error_in_a_row() -> None:
    """Asked at 60, 70, 80, 90 and 100 s; the tick after that is at 105 s."""
    assert walk(argo_strict(()), blind(60, 360))[-1] == (105, Move(0, "no data"))
    assert walk(argo_docs(()), blind(60, 360))[-1] == (345, Move(0, "no data"))
    assert walk(argo_docs(()), blind(60, 240))[-1] == (2400, Move(100))
    assert walk(argo_strict(()), ticks(None))[-1] == (105, Move(0, "no data"))


def test_argo_forgets_errors_after_an_answer() -> None:
    assert walk(argo_strict(()), blind(60, 90))[-1] == (360, Move(100))


def test_flagger_walks_on_successes() -> None:
    assert walk(flagger_docs(()), ticks(GOOD)) == [
        (15, Move(10)),
        (60, Move(20)),
        (120, Move(30)),
        (180, Move(40)),
        (240, Move(50)),
        (360, Move(100)),
    ]


@pytest.mark.parametrize("canary", [BAD, SLOW, side(1000, errors=11)])
def test_flagger_goes_back_one_interval_after_the_fifth_failure(canary: object) -> None:
    assert walk(flagger_docs(()), ticks(canary)) == [(15, Move(10)), (360, Move(0, "metrics"))]


@pytest.mark.parametrize("canary", [IDLE, None])
def test_flagger_takes_no_data_for_a_failure(canary: object) -> None:
    assert walk(flagger_docs(()), ticks(canary))[-1] == (360, Move(0, "no data"))


def test_flagger_adds_failures_up_and_never_forgives() -> None:
    every_other = [tick(number, BAD if number // 4 % 2 else GOOD) for number in range(200)]
    assert walk(flagger_docs(()), every_other)[-1] == (600, Move(100))
    two_of_three = [tick(number, GOOD if number // 4 % 3 == 2 else BAD) for number in range(200)]
    assert walk(flagger_docs(()), two_of_three)[-1] == (480, Move(0, "metrics"))


def test_flagger_counts_a_failed_query() -> None:
    assert walk(flagger_docs(()), blind(60, 360))[-1] == (360, Move(0, "no data"))
    assert walk(flagger_docs(()), blind(60, 240))[-1] == (540, Move(100))
