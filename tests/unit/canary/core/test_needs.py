"""What a step needs, said before it is played."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, inf, log
from random import Random
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest

from canary.core.model import PredictionRule
from canary.core.needs import StepNeed, needs
from canary.core.scenarios import Chance, Spread, chance, scenarios, spread, summary
from canary.core.simulation import End, Outcome, Service, Traffic, play
from canary.core.spec import parse
from canary.core.split import requests_to_notice

from .build import manifest

if TYPE_CHECKING:
    from canary.core.model import Spec

GOOD = Service(errors=0.001, slow=0.002)
QUICK = [{"weight": 10}, {"weight": 50}, {"weight": 100}]
ALL_AT_ONCE = [{"weight": 100}]


def release(**fields: Any) -> Spec:
    return parse(manifest(**{"steps": QUICK} | fields))


def asked(rate: float = 10.0, stable: Service = GOOD, spec: Spec | None = None) -> tuple[StepNeed, ...]:
    return needs(spec or release(), rate, 5.0, stable)


def divergence(seen: float, rate: float) -> float:
    return seen * log(seen / rate) + (1 - seen) * log((1 - seen) / (1 - rate))


def nearest(share: float, margin: float, weight: int) -> float:
    """The KL of the docstring, by trying all points of the null."""
    beside = (100 - weight) / weight
    points = (step / 1e6 for step in range(1, 20_000))
    return min(divergence(share, s + margin) + beside * divergence(share, s) for s in points)


def test_the_first_step_needs_the_odds_over_the_distance_to_the_null() -> None:
    first = asked()[0]
    assert [(need.rule, round(need.margin or 0, 3)) for need in first.needs] == [
        ("errors", 0.01),
        ("latency", 0.03),
    ]
    for need, share in zip(first.needs, (GOOD.errors, GOOD.slow), strict=True):
        assert need.requests == ceil(log(100) / nearest(share, need.margin or 0, 10))
        assert need.seconds == need.requests
    assert first.slowest == first.needs[0]


def test_what_earlier_steps_proved_is_not_asked_for_again() -> None:
    fresh = asked(spec=release(steps=[{"weight": 50}, {"weight": 100}]))[0]
    second = asked()[1]
    assert second.needs[0].margin == fresh.needs[0].margin == 0.005
    assert 0 < second.needs[0].requests < fresh.needs[0].requests
    assert second.needs[1].requests == 0 == second.needs[1].seconds


def test_a_step_takes_as_long_as_the_slowest_of_all_it_waits_for() -> None:
    held = asked(spec=release(steps=[{"weight": 10, "hold": "1h"}, {"weight": 100}]))[0]
    assert (held.takes, held.late) == (3600.0, False)
    proved = asked()[0]
    assert proved.takes == 5 * ceil(proved.needs[0].seconds / 5)
    assert asked(rate=1e6)[0].takes == 5.0
    last = asked(rate=0.1)[-1]
    assert (last.needs, last.slowest, last.coming) == ((), None, None)
    assert last.takes == last.check == requests_to_notice(100) / 0.1


def test_a_step_that_ends_after_its_deadline_is_late() -> None:
    spec = release(steps=[{"weight": 10, "hold": "60s"}, {"weight": 100}], progressDeadline="1m")
    assert (asked(spec=spec)[0].deadline, asked(spec=spec)[0].late) == (120.0, True)
    assert not asked(rate=1000, spec=spec)[0].late


def test_without_users_no_step_ends() -> None:
    found = asked(rate=0.0)
    assert {step.takes for step in found} == {inf}
    assert all(step.late for step in found)
    assert all(need.seconds == inf for step in found for need in step.needs)


def test_one_step_is_held_against_the_limits_alone() -> None:
    (step,) = asked(spec=release(steps=ALL_AT_ONCE))
    assert [need.margin for need in step.needs] == [None, None]
    assert all(0 < need.requests < 2000 for need in step.needs)


def test_what_stable_breaks_itself_cannot_be_proved_to_be_kept() -> None:
    (step,) = asked(stable=Service(0.05, 0.002), spec=release(steps=ALL_AT_ONCE))
    assert (step.needs[0].requests, step.needs[0].seconds, step.takes) == (inf, inf, inf)


def test_forecasts_are_proved_too() -> None:
    spec = release()
    spec = replace(spec, rules=replace(spec.rules, predictions=PredictionRule(0.01, 0.0)))
    assert [need.rule for need in asked(spec=spec)[0].needs] == ["errors", "latency", "predictions"]


def test_played_releases_take_about_as_long_as_was_said() -> None:
    spec = release()
    said = sum(step.takes for step in asked())
    traffic = Traffic(10.0, 5.0, GOOD, GOOD)
    played = [play(spec, traffic, 3 * 3600, Random(f"1/{run}").random) for run in range(9)]
    assert median(end.seconds for end in played) == pytest.approx(said, rel=0.4)


def test_scenarios_are_about_errors_and_about_slow_answers() -> None:
    found = {each.name: each.canary for each in scenarios(release().rules, GOOD)}
    assert found == {
        "as good as stable": GOOD,
        "worse by the risk margin": Service(0.006, 0.002),
        "+1 point": Service(0.011, 0.002),
        "+5 points": Service(0.001 + 0.05, 0.002),
        "total failure": Service(1.0, 0.002),
        "slow": Service(0.001, 0.02 + 0.1 + 0.002),
    }


def test_scenarios_are_about_slow_answers_where_only_they_are_judged() -> None:
    rules = replace(release().rules, errors=None)
    found = {each.name: each.canary for each in scenarios(rules, GOOD)}
    assert found["worse by the risk margin"] == Service(0.001, 0.005 + 0.02 + 0.002)
    assert found["total failure"] == Service(0.001, 1.0)
    assert "slow" not in found
    assert "slow" not in {each.name for each in scenarios(replace(release().rules, latency=None), GOOD)}


@pytest.mark.parametrize(
    ("happened", "runs", "expected"),
    [
        (0, 200, Chance(0.0, 0.0, 0.018846)),
        (200, 200, Chance(1.0, 0.981154, 1.0)),
        (1, 10, Chance(0.1, 0.017876, 0.404150)),
        (50, 100, Chance(0.5, 0.403832, 0.596168)),
    ],
)
def test_a_chance_comes_with_its_sampling_error(happened: int, runs: int, expected: Chance) -> None:
    """Expected ends: Wilson's interval as statsmodels' proportion_confint(method="wilson") has it."""
    found = chance(happened, runs)
    assert (found.share, found.low, found.high) == pytest.approx(
        (expected.share, expected.low, expected.high), abs=1e-6
    )


def test_a_spread_is_made_of_figures_that_were_seen() -> None:
    assert spread([3.0]) == Spread(3.0, 3.0)
    assert spread([float(each) for each in range(100, 0, -1)]) == Spread(50.0, 95.0)


def test_runs_are_grouped_by_how_they_ended() -> None:
    back = [
        End(Outcome.ROLLED_BACK, "RuleFailed", seconds, bad, 10)
        for seconds, bad in ((5, 9), (15, 7), (10, 8))
    ]
    promoted = [End(Outcome.PROMOTED, "", 125.0, 3, 100)]
    first, second = summary([*promoted, *back])
    assert (first.outcome, first.cause, first.chance.share) == (Outcome.ROLLED_BACK, "RuleFailed", 0.75)
    assert (first.seconds, first.bad) == (Spread(10, 15), Spread(8, 9))
    assert (second.outcome, second.chance.share) == (Outcome.PROMOTED, 0.25)
