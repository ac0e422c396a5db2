"""The stored status: nothing is lost, nothing raises, and it stays small."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.core.codec import entry_from_json, entry_to_json, epoch, rfc3339, status_from_json, status_to_json
from canary.core.conditions import conditions
from canary.core.model import Finished, JournalEntry, Phase, Status, Verdict, View

from .build import NEW, NOW, healthy, on_step, promoting, rolled_back, rolling_back, row

LINE = JournalEntry(7, NOW + 0.123, 10, 50, Phase.PROGRESSING, NEW, "errors/edge", "0 of 9", "because", "ann")
ENDED = Finished(NEW, "Promoted", NOW - 60, NOW, "because", "ann")
FULL = on_step(
    observed_weight=9.8,
    approved_by="ann",
    skipped_by="ann",
    full=True,
    held_by="bob",
    paused_since=NOW,
    blind_since=NOW,
    idle_since=NOW,
    split_off_since=NOW,
    unready_since=NOW,
    base_restarts=3,
    rollback_until=NOW,
    rollback_cause="Blind",
    rollback_by="ann",
    obeyed="uid-1",
    answer="goes on",
    reason="because",
    stalled="no Ingress",
    previous_revision="p",
    rejected_revision="r",
    evidence=(row(Verdict.FAIL, against=5.5, proof=-0.25), row(Verdict.HOLD, "latency", needed=4, eta=1.5)),
    checkpoint={"rules": "0123456789", "time": NOW, "skipped": 0, "until": {}, "shares": {"a@edge": "ff"}},
    journal=(LINE,),
    history=(ENDED,),
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KEYS = [*status_to_json(FULL, "forecast", [], NOW), *status_to_json(FULL, "forecast", [], NOW)["control"]]


@pytest.mark.parametrize("status", [Status(), healthy(), FULL, promoting(), rolling_back(), rolled_back()])
def test_nothing_is_lost(status: Status) -> None:
    stored = json.loads(json.dumps(status_to_json(status, "forecast", [], NOW)))
    assert status_from_json(stored) == status


def test_people_find_the_fields_they_look_for() -> None:
    stored = status_to_json(FULL, "forecast", [], NOW)
    assert (stored["phase"], stored["weight"], stored["observedWeight"], stored["step"]) == (
        "Progressing",
        10,
        9.8,
        0,
    )
    assert (
        stored["selector"]
        == f"canary.serin.dev/release=forecast,canary.serin.dev/revision={FULL.stable_route}"
    )
    assert stored["evidence"][0] == {
        "rule": "errors",
        "view": "edge",
        "verdict": "FAIL",
        "canary": {"requests": 100, "bad": 1},
        "stable": {"requests": 900, "bad": 0},
        "against": 5.5,
        "proof": -0.25,
        "detail": "as counted",
        "needed": 0,
    }
    assert stored["evidence"][1]["eta"] == 1.5
    assert stored["control"]["checkpoint"] == FULL.checkpoint
    assert stored["journal"][0] == entry_to_json(LINE)
    assert entry_to_json(LINE)["time"] == "2023-11-14T22:13:20.123Z"
    assert entry_from_json(entry_to_json(LINE)) == LINE
    assert stored["control"]["weightConfirmed"] == rfc3339(NOW - 20)
    assert "observedWeight" not in status_to_json(healthy(), "forecast", [], NOW)
    assert "started" not in status_to_json(healthy(), "forecast", [], NOW)["control"]


def test_the_autoscaler_counts_the_pods_that_serve_users() -> None:
    assert status_to_json(promoting(), "forecast", [], NOW)["selector"].endswith(f"revision={NEW}")
    assert status_to_json(Status(), "forecast", [], NOW)["selector"] == ""


@given(st.dictionaries(st.sampled_from(KEYS), ANYTHING) | st.dictionaries(st.text(max_size=6), ANYTHING))
def test_junk_is_read_as_the_default(junk: dict[str, Any]) -> None:
    for obj in (junk, {"control": junk}, {"evidence": [junk]}, {"journal": [junk], "history": [junk]}):
        found = status_from_json(obj)
        assert json.loads(json.dumps(status_to_json(found, "forecast", [], NOW)))
        assert isinstance(found.phase, Phase)


def test_unknown_words_take_the_careful_meaning() -> None:
    found = status_from_json({"phase": "Dancing", "evidence": [{"verdict": "MAYBE", "view": "moon"}]})
    assert found.phase is Phase.HEALTHY
    assert (found.evidence[0].verdict, found.evidence[0].view) == (Verdict.HOLD, View.EDGE)


def test_a_status_full_of_long_sentences_stays_below_16_kib() -> None:
    long = "ü" * 5000
    lines = tuple(
        replace(LINE, sequence=number, reason=long, numbers=long, actor=long) for number in range(8)
    )
    ended = tuple(replace(ENDED, reason=long, actor=long) for _ in range(10))
    full = replace(
        FULL,
        reason=long,
        stalled=long,
        answer=long,
        journal=lines,
        history=ended,
        evidence=(row(Verdict.FAIL),) * 4,
    )
    stored = status_to_json(full, "forecast", [], NOW)
    assert len(json.dumps(stored, ensure_ascii=False).encode()) < 16 * 1024
    assert stored["reason"].endswith("ü...")


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("1970-01-01T00:00:00Z", 0.0),
        ("2023-11-14T22:13:20Z", NOW),
        ("2023-11-14T22:13:20", NOW),
        ("2023-11-15T00:13:20.5+02:00", NOW + 0.5),
        ("yesterday", 0.0),
        ("0001-01-01T00:00:00+23:00", 0.0),
        (None, 0.0),
        (12, 0.0),
    ],
)
def test_times_that_others_wrote(text: object, time: float) -> None:
    assert epoch(text) == time


@given(st.integers(min_value=1, max_value=4_000_000_000_000))
def test_times_are_exact_to_the_millisecond(milliseconds: int) -> None:
    assert epoch(rfc3339(milliseconds / 1000)) == milliseconds / 1000


# --- conditions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "ready", "reconciling", "stalled"),
    [
        (healthy(), True, False, False),
        (healthy(stalled="no Ingress"), False, False, True),
        *[
            (replace(healthy(), phase=phase), False, True, False)
            for phase in (
                Phase.PREPARING,
                Phase.PROGRESSING,
                Phase.PAUSED,
                Phase.PROMOTING,
                Phase.ROLLING_BACK,
            )
        ],
        (on_step(stalled="no Ingress"), False, False, True),
        (rolled_back(), False, False, True),
    ],
)
def test_conditions_follow_kstatus(status: Status, ready: bool, reconciling: bool, stalled: bool) -> None:  # noqa: FBT001
    found = {each["type"]: each["status"] for each in conditions(status, [], NOW)}
    assert found == {"Ready": str(ready), "Reconciling": str(reconciling), "Stalled": str(stalled)}


@pytest.mark.parametrize("time", ["1970-01-01T00:00:00Z", "", None])
def test_a_condition_without_a_true_time_gets_one(time: str | None) -> None:
    unseen = {"type": "Reconciling", "status": "True", "lastTransitionTime": time}
    found = {each["type"]: each["lastTransitionTime"] for each in conditions(on_step(), [unseen], NOW)}
    assert found["Reconciling"] == "2023-11-14T22:13:20Z"


def test_a_condition_says_why_and_since_when_it_changed() -> None:
    first = conditions(healthy(observed_generation=4), [], NOW)
    same = conditions(healthy(observed_generation=5), first, NOW + 60)
    other = conditions(on_step(), same, NOW + 90)
    assert {each["lastTransitionTime"] for each in same} == {"2023-11-14T22:13:20Z"}
    assert [each["lastTransitionTime"][-3:] for each in other] == ["50Z", "50Z", "20Z"]
    assert (same[0]["observedGeneration"], same[0]["reason"], other[0]["reason"]) == (
        5,
        "Healthy",
        "Progressing",
    )
    assert conditions(healthy(stalled="no Ingress"), [], NOW)[0]["message"] == "no Ingress"
