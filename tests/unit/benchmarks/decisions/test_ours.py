"""Serin in the world: the short form of `make bench-decisions`."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from benchmarks.decisions import ours
from benchmarks.decisions.cells import CELLS, matching
from benchmarks.decisions.controllers import CONTROLLERS, OURS
from benchmarks.decisions.drawing import picture, typical
from benchmarks.decisions.play import PROMOTED, ROLLED_BACK, End, Move, play
from benchmarks.decisions.traffic import Traffic
from benchmarks.decisions.world import Scenario
from canary.core import dangers
from canary.core.units import seconds

from .stage import SAME, cell, side, tick, walk

REPETITIONS = 30
VALUES = Path(__file__).parents[4] / "helm" / "forecast" / "values.yaml"


def ends(name: str, controller: str = OURS, repetitions: int = REPETITIONS) -> list[End]:
    (found,) = matching(name)
    return [play(CONTROLLERS[controller], Traffic(found, repetition)) for repetition in range(repetitions)]


def outcomes(found: list[End]) -> Counter[tuple[str, str]]:
    return Counter((end.how, end.cause) for end in found)


@pytest.mark.parametrize(
    "name",
    [
        "identical/100/0.1%",
        "identical/1000/1%",
        "prometheus-down-5m/100/0.1%",
        "restarts/100/0.1%",
        "daily-swing/1000/0.1%",
        "noise-0.3/1000/1%",
        "incident/1000/0.1%",
    ],
)
def test_a_good_canary_is_promoted(name: str) -> None:
    assert outcomes(ends(name)) == {(PROMOTED, ""): REPETITIONS}


@pytest.mark.parametrize(
    ("name", "cause", "median"),
    [
        ("errors+100/10/0.1%", "errors", 30),
        ("errors+5/100/0.1%", "errors", 30),
        ("errors+0.5/100/0.1%", "errors", 180),
        ("errors+0.5/1000/0.1%", "errors", 45),
        ("latency-x2/10/0.1%", "latency", 60),
        ("latency-x1.2/100/0.1%", "latency", 90),
        ("onset/1000/0.1%", "errors", 195),
        ("incident-errors+5/100/0.1%", "errors", 255),
        ("incident-errors+5/1000/0.1%", "errors", 150),
        ("crash-loop/100/0.1%", "restarts", 75),
    ],
)
def test_a_bad_canary_goes_back(name: str, cause: str, median: int) -> None:
    found = ends(name)
    assert outcomes(found) == {(ROLLED_BACK, cause): REPETITIONS}
    assert sorted(end.seconds for end in found)[REPETITIONS // 2] <= median


def test_without_requests_it_holds_until_the_idle_clock() -> None:
    assert outcomes(ends("no-traffic/100/0.1%", repetitions=3)) == {(ROLLED_BACK, "idle"): 3}


def test_without_the_store_it_holds_until_the_blind_clock() -> None:
    found = ends("prometheus-gone/100/0.1%", repetitions=3)
    assert outcomes(found) == {(ROLLED_BACK, "blind"): 3}
    assert {end.seconds for end in found} == {45 + ours.BLIND_BUDGET}


def test_it_never_raises_a_weight_in_the_dark() -> None:
    names = (
        "prometheus-down-10m/100/0.1%",
        "prometheus-gone/100/0.1%",
        "no-traffic/100/0.1%",
        "crash-loop/100/0.1%",
    )
    assert not any(end.unseen for name in names for end in ends(name, repetitions=5))


@pytest.mark.parametrize("rate", [10.0, 100.0, 1000.0])
def test_ticks_whose_rows_are_not_asked_for_decide_nothing(rate: float) -> None:
    for found in (each for each in CELLS if each.rate == rate):
        traffic = Traffic(found, 0)
        assert (found.name, play(ours.Serin, traffic)) == (found.name, play(ours.Watched, traffic))


def test_a_rival_rolls_good_canaries_back_in_the_same_world() -> None:
    assert outcomes(ends("identical/100/1%", "Argo strict"))[ROLLED_BACK, "metrics"] > REPETITIONS / 2


def test_clocks_and_steps_are_the_products_own() -> None:
    values = yaml.safe_load(VALUES.read_text(encoding="utf-8"))["canary"]
    steps = [(step["weight"], seconds(step.get("hold", "0s"))) for step in values["steps"]]
    assert [(step.weight, step.hold) for step in ours.STEPS] == steps
    assert seconds(values["budget"]["blind"]) == ours.BLIND_BUDGET
    assert seconds(values["progressDeadline"]) == ours.PROGRESS_DEADLINE
    assert dangers._RESTARTS == ours.RESTARTS


def test_one_restart_is_borne_and_two_are_not() -> None:
    good = side(200)
    assert walk(ours.Serin(()), [tick(0, good), tick(1, good, restarts=1)])[-1][1] == Move(10)
    assert walk(ours.Serin(()), [tick(0, good), tick(1, good, restarts=2)])[-1] == (30, Move(0, "restarts"))


def test_a_step_is_held_although_the_evidence_is_complete() -> None:
    good = [tick(number, side(2000)) for number in range(20)]
    assert walk(ours.Serin(()), good)[:2] == [(15, Move(10)), (60, Move(25))]


def test_the_picture_shows_the_release_and_both_boundaries() -> None:
    shown = cell(scenario=replace(SAME, added=0.05, words="worse <by> 5 points"))
    end, trace = typical(shown)
    drawn = picture(shown, end, trace)
    assert f"rolled back after {end.seconds} s (errors)" in drawn
    assert "worse &lt;by&gt; 5 points" in drawn
    assert "100 : 1, where red rolls back" in drawn
    assert drawn.count("<polyline") == 2


def test_the_typical_release_is_one_of_the_commonest_outcome() -> None:
    total = Scenario("total", good=False, words="all bad", added=1.0)
    end, trace = typical(cell(scenario=total))
    assert (end.how, end.seconds, trace[-1].seconds) == (ROLLED_BACK, 15, 15)
