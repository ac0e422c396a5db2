"""The world is the same for everybody, and is what it says it is."""

from __future__ import annotations

from dataclasses import replace
from math import log

import numpy as np
import pytest
from scipy import stats

from benchmarks.decisions import ours
from benchmarks.decisions.cells import CELLS, matching
from benchmarks.decisions.forecasts import Model
from benchmarks.decisions.traffic import Traffic
from benchmarks.decisions.world import CUTS, EDGES, HISTORY, LATE, LATE_CUTS, MEDIAN, P99, SCRAPE, Side, Tick
from service import answers
from service.metrics import BUCKETS

from .stage import SAME, cell


def total(traffic: Traffic, weight: int, ticks: int) -> tuple[Side, Side]:
    seen = traffic.tick(0, ticks - 1, weight)
    assert seen.canary is not None
    assert seen.stable is not None
    return seen.canary, seen.stable


def shown(tick: Tick) -> tuple[Side | None, ...]:
    return tick.canary, tick.stable, tick.baseline


def test_edges_are_buckets_of_the_service() -> None:
    assert set(EDGES) <= set(BUCKETS)


@pytest.mark.parametrize("weight", CUTS[1:])
def test_every_user_is_asked_once_whatever_the_weight(weight: int) -> None:
    canary, stable = total(Traffic(cell(), 3), weight, 20)
    everybody, nobody = total(Traffic(cell(), 3), 100, 20)
    assert (canary.requests + stable.requests, nobody.requests) == (everybody.requests, 0)


def test_a_user_gets_the_same_answer_of_the_canary_at_every_weight() -> None:
    """Those of the first 10 % are among the first 25 %, with the answers that they had."""
    ten, _ = total(Traffic(cell(), 3), 10, 40)
    quarter, _ = total(Traffic(cell(), 3), 25, 40)
    assert all(
        few <= many for few, many in zip((*ten[:2], *ten.over), (*quarter[:2], *quarter.over), strict=True)
    )


def test_the_same_seed_gives_the_same_users_in_whatever_order_they_are_asked_for() -> None:
    late_first, early_first = Traffic(cell(), 5), Traffic(cell(), 5)
    late = shown(late_first.tick(500, 500, 25))
    early = [shown(early_first.tick(number, number, 25)) for number in range(501)]
    assert early[-1] == late
    assert shown(Traffic(cell(), 6).tick(500, 500, 25)) != late


def test_who_looks_at_other_users_first_sees_the_same() -> None:
    """What is drawn when somebody asks must not depend on what was asked before."""
    weights = (10, 20, 25, 50, 60)
    alone = [shown(Traffic(cell(), 5).tick(90, 90, weight)) for weight in weights]
    traffic = Traffic(cell(), 5)
    assert [shown(traffic.tick(90, 90, weight)) for weight in reversed(weights)] == alone[::-1]


@pytest.mark.parametrize("rate", [1.0, 100.0])
def test_users_come_independently_and_so_do_their_branches(rate: float) -> None:
    """Numbers of a Poisson process vary as much as their mean is large, and do not depend on each other."""
    several = [Traffic(cell(rate=rate), repetition) for repetition in range(4)]
    found = [traffic.tick(number, number, 50).stable for traffic in several for number in range(720)]
    numbers = np.array([[each.requests, *each.asked] for each in found if each])
    assert numbers.mean(axis=0) == pytest.approx(rate * SCRAPE / 2 * np.array([1, *[0.2] * 5]), rel=0.03)
    assert numbers.var(axis=0) == pytest.approx(numbers.mean(axis=0), rel=0.15)
    assert np.abs(np.corrcoef(numbers[:, 1:].T) - np.eye(5)).max() < 0.1


def test_answers_are_as_quick_as_the_lognormal_distribution_says() -> None:
    canary, stable = total(Traffic(cell(1000, scenario=replace(SAME, slowdown=2.0)), 1), 50, 700)
    deviation = log(P99 / MEDIAN) / stats.norm.isf(0.01)
    for side, median in ((canary, 2 * MEDIAN), (stable, MEDIAN)):
        expected = [stats.lognorm.sf(edge, deviation, scale=median) for edge in EDGES]
        assert [over / side.requests for over in side.over] == pytest.approx(expected, rel=0.01, abs=5e-5)


def test_errors_of_both_versions_and_of_neighbours_are_independent() -> None:
    traffic = Traffic(cell(1000), 1)
    ticks = [shown(traffic.tick(number, number, 10)) for number in range(720)]
    errors = np.array([[side.errors for side in sides if side] for sides in ticks]).T
    assert np.abs(np.corrcoef(errors[[0, 2]]) - np.eye(2)).max() < 0.1
    assert abs(np.corrcoef(errors[1][1:], errors[1][:-1])[0, 1]) < 0.1


def test_a_gap_arrives_later_as_one_block() -> None:
    traffic = Traffic(cell(), 1)
    single = [traffic.tick(number, number, 10) for number in range(4, 9)]
    block = traffic.tick(4, 8, 10)
    assert (block.begin, block.end) == (single[0].begin, single[-1].end)
    assert block.canary is not None
    assert block.canary.requests == sum(each.canary.requests for each in single if each.canary)


@pytest.mark.parametrize("lost", [False, True], ids=["quiet", "restarts"])
@pytest.mark.parametrize(("first", "last"), [(4, 7), (8, 15), (5, 8), (20, 27), (70, 73), (0, 719)])
def test_several_ticks_at_once_are_their_sum(first: int, last: int, *, lost: bool) -> None:
    traffic = Traffic(cell(scenario=replace(SAME, restarts=lost)), 1)
    single = [traffic.tick(number, number, 10) for number in range(first, last + 1)]
    for whole, parts in zip(
        shown(traffic.tick(first, last, 10)), zip(*map(shown, single), strict=True), strict=True
    ):
        assert whole is not None
        assert whole.requests == sum(part.requests for part in parts if part)
        assert whole.errors == sum(part.errors for part in parts if part)
        assert whole.over == tuple(map(sum, zip(*(part.over for part in parts if part), strict=True)))
        assert whole.asked == tuple(map(sum, zip(*(part.asked for part in parts if part), strict=True)))
    assert traffic.failed(first, last, 10) == sum(traffic.failed(k, k, 10) for k in range(first, last + 1))


def test_rates_and_latencies_are_those_of_the_cell() -> None:
    canary, stable = total(Traffic(cell(base=0.01), 1), 50, 700)
    assert canary.requests + stable.requests == pytest.approx(100 * 700 * SCRAPE, rel=0.01)
    assert canary.errors / canary.requests == pytest.approx(0.01, rel=0.05)
    edge = EDGES.index(0.25)
    assert 0.01 < stable.over[edge] / stable.requests < 0.03
    assert EDGES[edge] < P99


def test_history_is_stable_alone_before_the_release() -> None:
    history = Traffic(cell(), 1).history()
    assert [each.end for each in history] == [SCRAPE * (number + 1) for number in range(-HISTORY, 0)]
    assert all(each.canary is None and each.stable for each in history)


@pytest.mark.parametrize(
    ("change", "first", "last", "canary", "stable"),
    [
        ({"added": 1.0}, 0, 39, 1.0, 0.01),
        ({"added": 0.05}, 0, 39, 0.06, 0.01),
        ({"added": 0.05, "onset": 150.0}, 0, 9, 0.01, 0.01),
        ({"added": 0.05, "onset": 150.0}, 10, 49, 0.06, 0.01),
        ({"added": 0.05, "ramp": 1200.0}, 0, 79, 0.035, 0.01),
        ({"added": 0.05, "ramp": 1200.0}, 80, 119, 0.06, 0.01),
        ({"shared": 0.03}, 4, 43, 0.04, 0.04),
        ({"shared": 0.03}, 44, 83, 0.01, 0.01),
        ({"noise": 1.0}, 0, 699, 0.01, 0.01),
    ],
    ids=["total", "from the start", "before", "after", "growing", "grown", "incident", "afterwards", "noise"],
)
def test_error_shares(change: dict[str, float], first: int, last: int, canary: float, stable: float) -> None:
    seen = Traffic(cell(rate=1000, scenario=replace(SAME, **change)), 2).tick(first, last, 50)  # type: ignore[arg-type]
    assert seen.canary is not None
    assert seen.stable is not None
    assert seen.canary.errors / seen.canary.requests == pytest.approx(canary, rel=0.1)
    assert seen.stable.errors / seen.stable.requests == pytest.approx(stable, rel=0.1)


def test_noise_makes_ticks_differ_more_than_chance() -> None:
    def spread(noise: float) -> float:
        traffic = Traffic(cell(rate=1000, scenario=replace(SAME, noise=noise)), 2)
        sides = [each.stable for number in range(40) if (each := traffic.tick(number, number, 50)).stable]
        return sum((one.errors - 75) ** 2 for one in sides if one) / 40 / 75

    assert spread(0.0) < 2
    assert spread(1.0) > 20


def test_a_blind_store_shows_nothing_and_then_everything() -> None:
    traffic = Traffic(cell(scenario=replace(SAME, blind=180.0)), 0)
    assert [number for number in range(30) if not traffic.tick(number, number, 10).reachable] == list(
        range(3, 15)
    )
    dark = traffic.tick(7, 7, 10)
    assert (dark.canary, dark.stable, dark.baseline) == (None, None, None)


def test_a_crashing_canary_leaves_no_counters_but_restarts_and_failed_users() -> None:
    traffic = Traffic(cell(scenario=replace(SAME, added=1.0, crashes=True)), 0)
    assert traffic.tick(0, 0, 10).canary is None
    assert [traffic.tick(number, number, 10).restarts for number in (0, 1, 4, 40)] == [0, 1, 2, 5]
    assert traffic.failed(0, 0, 10) > 100


def test_a_restart_loses_a_scrape() -> None:
    traffic = Traffic(cell(scenario=replace(SAME, restarts=True)), 0)
    ticks = [traffic.tick(number, number, 50) for number in range(20)]
    assert sum(each.canary is not None and each.canary.requests == 0 for each in ticks) == 1
    assert sum(each.stable is not None and each.stable.requests == 0 for each in ticks) == 3
    assert ticks[-1].restarts == 1


def test_forecasts_are_thirty_an_answer_in_the_services_buckets() -> None:
    stable = Traffic(cell(), 0).tick(0, 0, 50).stable
    assert stable is not None
    assert (sum(stable.predicted), len(stable.predicted)) == (30 * stable.requests, len(answers.EDGES) + 1)
    assert stable.impossible == 0


@pytest.mark.parametrize(
    ("model", "changed", "impossible"),
    [(Model(), False, 0.0), (Model(2.0), True, 0.0), (Model(constant=True), True, 1.0)],
    ids=["good", "drift", "constant"],
)
def test_only_a_canary_with_another_model_forecasts_something_else(
    model: Model, *, changed: bool, impossible: float
) -> None:
    seen = Traffic(cell(1000, scenario=replace(SAME, model=model)), 0).tick(0, 39, 50)
    assert seen.canary is not None
    assert seen.stable is not None
    ratios = [one / two for one, two in zip(seen.canary.predicted, seen.stable.predicted, strict=True) if two]
    assert (max(ratios) > 1.1) is changed
    assert seen.canary.impossible == impossible * seen.canary.requests


def test_what_nobody_asks_for_late_is_not_drawn() -> None:
    late = int(LATE // SCRAPE) + 60
    assert set(LATE_CUTS) == {*(step.weight for step in ours.STEPS), 0, 10, 20}
    with pytest.raises(ValueError, match="not in tuple"):
        Traffic(cell(), 0).tick(late, late, 40)


def test_cells_are_found_by_pattern() -> None:
    assert len({each.name for each in CELLS}) == len(CELLS) == 110
    assert [each.name for each in matching("errors+5/100/0.1%")] == ["errors+5/100/0.1%"]
    with pytest.raises(ValueError, match="fits no cell; names look like identical"):
        matching("nonsense")
