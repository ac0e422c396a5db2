from __future__ import annotations

import pytest

from benchmarks.scale.cost import each
from benchmarks.scale.fleet import places
from benchmarks.scale.goals import GOALS, judge
from benchmarks.scale.page import page
from benchmarks.scale.subject import below, spent, summed
from benchmarks.scale.users import RATE, Users
from delivery.errors import StepError

HISTOGRAM = "lag_seconds"


def histogram(*counts: tuple[str, float]) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {(f"{HISTOGRAM}_bucket", (("le", edge),)): count for edge, count in counts}


def row(kind: str, releases: int, **figures: float) -> dict[str, object]:
    return {"row": kind, "releases": releases, **figures}


def test_a_figure_at_its_limit_is_met_and_one_beyond_is_not() -> None:
    rows = [row("rest", 100, resident_mib=120.0), row("rest", 1000, resident_mib=500.1)]
    assert [goal["met"] for goal in judge(rows)][:2] == [True, False]


def test_a_miss_is_explained_and_what_is_met_is_not() -> None:
    late, early = (judge([row("busy", 1000, lag_p99_seconds=lag)])[-1]["note"] for lag in (2.5, 0.5))
    assert "waits for its writes" in late
    assert early == ""


def test_what_was_not_measured_is_not_met() -> None:
    judged = judge([])
    assert len(judged) == len(GOALS)
    assert {(goal["met"], goal["note"]) for goal in judged} == {(False, "not measured")}


@pytest.mark.parametrize(("share", "edge"), [(0.5, 0.1), (0.9, 0.1), (0.91, 1.0), (1.0, float("inf"))])
def test_a_percentile_is_the_first_edge_that_enough_came_below(share: float, edge: float) -> None:
    before = histogram(("0.1", 5), ("1.0", 5), ("+Inf", 5))
    after = histogram(("0.1", 95), ("1.0", 104), ("+Inf", 105))
    assert below(before, after, HISTOGRAM, share) == edge


def test_a_percentile_of_nothing_is_no_figure() -> None:
    with pytest.raises(StepError, match="nothing was counted in lag_seconds"):
        below({}, histogram(("+Inf", 0)), HISTOGRAM, 0.99)


def test_only_series_with_the_labels_are_summed() -> None:
    samples = {("calls", (("kind", "Pod"), ("verb", "GET"))): 2.0, ("calls", (("verb", "PUT"),)): 3.0}
    assert summed(samples, "calls") == 5.0
    assert summed(samples, "calls", verb="GET") == 2.0


def test_the_canary_gets_its_share_in_both_views(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("benchmarks.scale.users.time.time", lambda: clock[0])
    users = Users()
    users.meet(places(0, 1)[0], "old", "new")
    clock[0] += 100.0
    edge, own, starts = users.collect()
    counted = {
        (sample.labels.get("service") or sample.labels["revision"]): sample.value
        for family in (edge, own)
        for sample in family.samples
        if sample.name.endswith("_count")
    }
    place = "bench-scale-00-r0000-r0000-stable-http"
    assert counted == {
        f"{place}@kubernetesingressnginx": RATE * 90,
        f"{place}-canary@kubernetesingressnginx": RATE * 10,
        "old": RATE * 90,
        "new": RATE * 10,
    }
    assert [sample.value for sample in starts.samples] == [1000.0, 1000.0]


def test_releases_share_namespaces_by_the_hundred() -> None:
    assert [(each.namespace, each.name) for each in places(99, 101)] == [
        ("bench-scale-00", "r0099"),
        ("bench-scale-01", "r0100"),
    ]


def test_what_was_used_is_told_a_second() -> None:
    before = histogram(("+Inf", 0)) | {("canary_loop_seconds_count", ()): 10.0}
    after = {
        ("canary_loop_lag_seconds_bucket", (("le", "0.5"),)): 20.0,
        ("canary_loop_seconds_count", ()): 30.0,
        ("canary_api_requests_total", (("verb", "GET"),)): 50.0,
        ("canary_api_requests_total", (("verb", "PATCH"),)): 10.0,
        ("process_resident_memory_bytes", ()): 2.0**21,
    }
    used = spent(before, after, 10.0)
    assert (used["loops_per_second"], used["resident_mib"], used["lag_p99_seconds"]) == (2.0, 2.0, 0.5)
    assert (used["calls_per_second"], used["writes_per_second"]) == (6.0, 1.0)


def test_one_release_costs_what_the_fleet_gained_by_it() -> None:
    used = {"resident_mib": 50.0, "cpu_share": 0.01, "calls_per_second": 1.0}
    more = {"resident_mib": 59.0, "cpu_share": 0.1, "calls_per_second": 1.0}
    most = {"resident_mib": 60.0, "cpu_share": 0.2, "calls_per_second": 5.0}
    rows = each([row("rest", 10, **used), row("rest", 100, **more), row("busy", 100, moving=10, **most)])
    assert "each_kib" not in rows[0], "the smallest fleet has nothing before it"
    assert [(one["each_kib"], one["each_cpu_ms"], one["each_calls"]) for one in rows[1:]] == [
        (102.4, 1.0, 0.0),
        (102.4, 10.0, 0.4),
    ]


def test_the_page_says_what_was_not_measured() -> None:
    report = {
        "finished": "2026-01-01T00:00:00Z",
        "commit": "0123456789abcdef",
        "machine": {"cores": 2, "memory_gib": 24},
        "goals": judge([]),
        "rows": [row("rest", 10, resident_mib=70.0)],
    }
    text = page(report, "make bench-scale")
    assert "| 10 | 0 | - | 70 | - |" in text
    assert "| - | no |" in text
