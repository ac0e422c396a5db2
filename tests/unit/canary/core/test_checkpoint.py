"""The stored evidence: exact to the last bit, small, and nothing but its own."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from canary.core import checkpoint, evidence
from canary.core.codec import status_from_json, status_to_json
from canary.core.comparison import Comparison
from canary.core.drift import DriftState
from canary.core.evidence import State, Watch
from canary.core.margin import Tally
from canary.core.model import Block, DriftRule, PredictionRule, Step, View
from canary.core.past import Decayed, Noise

from .build import LATENCY, NOW, RULES, STEPS, answers, on_step
from .test_stored import ENDED, LINE

WATCH = evidence.watch(RULES, STEPS)
ALL_RULES = replace(RULES, predictions=PredictionRule(0.01, 0.0), drift=DriftRule(0.2, rollback=False))
CAPITAL = st.floats(min_value=0, max_value=1e100)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
SUMS = st.floats(min_value=0, max_value=2**63)
DECAYED = st.builds(Decayed, SUMS, SUMS, SUMS)


SMALL = evidence.watch(replace(RULES, latency=None), STEPS)


def states(watch: Watch) -> st.SearchStrategy[State]:
    empty = evidence.begin(watch).shares
    counts = st.tuples(*[st.integers(min_value=0, max_value=2**53)] * 3)
    return st.builds(
        State,
        shares=st.fixed_dictionaries({name: comparisons(known) for name, known in empty.items()}),
        until=st.dictionaries(st.sampled_from(View), FINITE),
        skipped=st.integers(min_value=0, max_value=2**31),
        drift=st.none() | st.builds(DriftState, FINITE, counts, counts, SUMS),
    )


def comparisons(empty: Comparison) -> st.SearchStrategy[Comparison]:
    return st.builds(
        Comparison,
        relative=st.tuples(*[CAPITAL] * len(empty.relative)),
        absolute=st.tuples(*[CAPITAL] * len(empty.absolute)),
        proofs=st.tuples(*[FINITE] * len(empty.proofs)),
        alone=FINITE,
        ticks=st.integers(min_value=0, max_value=2**53),
        stable=st.tuples(*[DECAYED] * len(empty.stable)),
        canary=DECAYED,
        noise=st.builds(Noise, *[SUMS] * len(Noise())),
        total=st.builds(Tally, SUMS, SUMS, SUMS, SUMS),
        waiting=st.builds(Tally, SUMS, SUMS, SUMS, SUMS),
        waited=SUMS,
    )


def bits(state: State) -> str:
    return repr((sorted(state.shares.items()), state.drift))


def through_the_api_server(stored: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(stored))
    return found


@settings(deadline=None, max_examples=30, phases=[Phase.explicit, Phase.generate])
@given(states(SMALL), FINITE)
def test_every_bit_comes_back(state: State, now: float) -> None:
    stored = through_the_api_server(checkpoint.pack(SMALL, state, now))
    found = checkpoint.unpack(SMALL, stored)
    assert found == state
    assert found is not None
    assert bits(found) == bits(state), "-0.0 equals 0.0, but is another bit"
    assert checkpoint.until(stored) == state.until
    assert checkpoint.reached(stored) == now


def seen(watch: Watch, ticks: int = 3) -> State:
    state = evidence.begin(watch)
    for tick in range(ticks):
        sides = (
            replace(answers(part, errors=tick), answers=part, impossible=tick, predicted=(part,) * 12)
            for part in (100, 900)
        )
        both = tuple(sides)
        for view in watch.views:
            block = Block(NOW + 5 * tick, NOW + 5 * tick + 5, *both)
            state = evidence.advance(watch, state, view, block, 10)
    return state


def test_a_controller_that_starts_again_goes_on_as_if_it_had_not() -> None:
    watch = evidence.watch(ALL_RULES, STEPS)
    going_on = seen(watch, 3)
    again = checkpoint.unpack(watch, through_the_api_server(checkpoint.pack(watch, going_on, NOW)))
    assert again is not None
    next_tick = Block(NOW + 15, NOW + 20, answers(100, errors=7), answers(900))
    one, other = (evidence.advance(watch, each, View.EDGE, next_tick, 10) for each in (going_on, again))
    assert evidence.judge(watch, one, 50) == evidence.judge(watch, other, 50)


@pytest.mark.parametrize(
    "other",
    [
        evidence.watch(replace(RULES, confidence=0.999), STEPS),
        evidence.watch(replace(RULES, risk=0.01), STEPS),
        evidence.watch(replace(RULES, errors=None), STEPS),
        evidence.watch(ALL_RULES, STEPS),
        evidence.watch(RULES, (Step(10), Step(100))),
        evidence.watch(RULES, STEPS, (View.EDGE,)),
        evidence.watch(replace(RULES, latency=replace(LATENCY, within=0.5)), STEPS),
    ],
    ids=["confidence", "risk", "a rule less", "rules more", "steps", "a view less", "another limit"],
)
def test_under_other_rules_counting_starts_anew(other: Watch) -> None:
    stored = checkpoint.pack(WATCH, seen(WATCH), NOW)
    assert checkpoint.unpack(WATCH, stored) is not None
    assert checkpoint.unpack(other, stored) is None


def test_nothing_stored_is_nothing_known() -> None:
    assert checkpoint.unpack(WATCH, None) is checkpoint.unpack(WATCH, {}) is None
    assert checkpoint.until(None) == checkpoint.until({}) == {}
    assert checkpoint.reached(None) == checkpoint.reached({}) == checkpoint.reached({"time": "late"}) == 0


GOOD = checkpoint.pack(WATCH, seen(WATCH), NOW)
SHARE = "errors@edge"


def spoilt(*numbers: float, place: int = 0) -> dict[str, Any]:
    """A share with some of its numbers replaced."""
    found = list(checkpoint._numbers(GOOD["shares"][SHARE]))
    found[place : place + len(numbers)] = numbers
    return GOOD | {"shares": GOOD["shares"] | {SHARE: checkpoint._text(found)}}


WIDTH = len(checkpoint._numbers(GOOD["shares"][SHARE]))


@pytest.mark.parametrize(
    "stored",
    [
        GOOD | {"shares": {}},
        GOOD | {"shares": None},
        GOOD | {"shares": GOOD["shares"] | {SHARE: 7}},
        GOOD | {"shares": GOOD["shares"] | {SHARE: "not base64!"}},
        GOOD | {"shares": GOOD["shares"] | {SHARE: "AAAA"}},
        GOOD | {"shares": GOOD["shares"] | {SHARE: GOOD["shares"][SHARE][:-12]}},
        GOOD | {"shares": GOOD["shares"] | {SHARE: GOOD["shares"]["latency/1@edge"]}},
        GOOD | {"skipped": None},
        GOOD | {"skipped": inf},
        GOOD | {"drift": checkpoint._text([nan, 1.0])},
        GOOD | {"drift": ""},
        spoilt(nan),
        spoilt(inf),
        spoilt(-1.0),
        spoilt(1e101),
        spoilt(-inf, place=WIDTH - 26),
        spoilt(-1.0, place=WIDTH - 1),
        spoilt(1e19, place=WIDTH - 1),
        spoilt(-1.0, place=WIDTH - 7),
        spoilt(-inf, place=WIDTH - 11),
    ],
    ids=lambda _: "",
)
def test_what_nobody_can_have_counted_is_no_checkpoint(stored: dict[str, Any]) -> None:
    assert checkpoint.unpack(WATCH, stored) is None


TEXT = st.text(max_size=12)
JUNK = st.none() | TEXT | st.floats() | st.dictionaries(TEXT, TEXT)


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(["rules", "time", "skipped", "until", "shares", "drift"]), JUNK),
    st.integers(min_value=0, max_value=WIDTH - 1),
    st.floats(),
)
def test_junk_never_raises(junk: dict[str, Any], place: int, number: float) -> None:
    for stored in (spoilt(number, place=place), junk, GOOD | junk):
        assert all(isinstance(end, float) for end in checkpoint.until(stored).values())
        assert isinstance(checkpoint.reached(stored), float)
        state = checkpoint.unpack(WATCH, stored) or evidence.begin(WATCH)
        tick = Block(NOW + 15, NOW + 20, answers(100, errors=3), answers(900))
        assert evidence.judge(WATCH, evidence.advance(WATCH, state, View.EDGE, tick, 10), 50)


@pytest.mark.parametrize("rules", [RULES, ALL_RULES], ids=["errors and latency", "all rules"])
def test_a_long_release_with_twenty_steps_stays_below_16_kib(rules: Any) -> None:
    watch = evidence.watch(rules, tuple(Step(weight) for weight in (*range(5, 100, 5), 100)))
    state = seen(watch, 50)
    words = "2 of 60 bad, stable 3 of 540: 0.5 % more than stable is excluded at odds of over 1,000,000 : 1"
    journal = tuple(replace(LINE, sequence=number, numbers=words, reason=words) for number in range(8))
    history = tuple(replace(ENDED, reason=f"Rule errors/edge failed: {words}") for _ in range(10))
    status = on_step(
        evidence=evidence.judge(watch, state, 50),
        checkpoint=checkpoint.pack(watch, state, NOW),
        journal=journal,
        history=history,
        reason=words,
    )
    stored = status_to_json(status, "forecast", [], NOW)
    assert len(json.dumps(stored).encode()) < 16 * 1024
    assert status_from_json(through_the_api_server(stored)) == status
