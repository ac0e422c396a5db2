"""What is read out of the watches: splits, spans, and Traefik's counters."""

from __future__ import annotations

import pytest

from demo.edge import Role, Tally, counters
from demo.observed import EdgeSeen, Split, WeightSeen, Window, by_revision, span
from loadtest.records import Record

STABLE = "production-forecast-forecast-stable-http@kubernetesingressnginx"
CANARY = "production-forecast-forecast-stable-http-canary@kubernetesingressnginx"
STAGING = "staging-forecast-forecast-http@kubernetesingressnginx"


def series(service: str, code: int, value: str, name: str = "requests_total") -> str:
    labels = f'code="{code}",method="GET",protocol="http",service="{service}"'
    return f"traefik_service_{name}{{{labels}}} {value}\n"


PAGE = "# TYPE traefik_service_requests_total counter\n" + "".join(
    (
        series(STABLE, 200, "1.2e+03"),
        series(CANARY, 200, "130"),
        series(CANARY, 500, "3"),
        series(STAGING, 200, "77"),
        series(STABLE, 200, "5", "request_duration_seconds_count"),
    )
)


def record(start: float, revision: str, *, good: bool = True) -> Record:
    return Record(start, 2.0, 200 if good else 500, revision, "v1", "" if good else "status-500", valid=good)


def totals(page: str) -> dict[Role, int]:
    found = {Role.STABLE: 0, Role.CANARY: 0}
    for role, value in counters(page, "production", "forecast").values():
        found[role] += value
    return found


def test_counters_are_told_apart_by_role_and_by_release() -> None:
    assert totals(PAGE) == {Role.STABLE: 1200, Role.CANARY: 133}


def test_another_namespace_has_no_counters_here() -> None:
    assert counters(PAGE, "elsewhere", "forecast") == {}


@pytest.mark.parametrize(
    ("pages", "total"),
    [
        pytest.param([], 0, id="nothing read"),
        pytest.param([{"a": (Role.CANARY, 50)}], 0, id="the first page sets the start"),
        pytest.param([{"a": (Role.CANARY, 50)}, {"a": (Role.CANARY, 60)}], 10, id="growth"),
        pytest.param([{}, {"a": (Role.CANARY, 7)}], 7, id="a series is born"),
        pytest.param([{"a": (Role.CANARY, 50)}, {"a": (Role.CANARY, 4)}], 4, id="a reset"),
        pytest.param([{"a": (Role.CANARY, 50)}, {}, {"a": (Role.CANARY, 5)}], 5, id="vanished and reborn"),
    ],
)
def test_a_tally_survives_resets(pages: list[dict[str, tuple[Role, int]]], total: int) -> None:
    tally = Tally()
    for page in pages:
        tally.add(page)
    assert tally.total == {Role.STABLE: 0, Role.CANARY: total}


@pytest.mark.parametrize(
    ("weight", "requests", "canary", "holds"),
    [
        pytest.param(10, 1000, 100, True, id="exact"),
        pytest.param(10, 1000, 135, True, id="chance"),
        pytest.param(10, 1000, 160, False, id="too many"),
        pytest.param(10, 1000, 0, False, id="ignored"),
        pytest.param(100, 1000, 998, True, id="two under way at 100"),
        pytest.param(100, 1000, 990, False, id="stable still answers at 100"),
        pytest.param(10, 19, 2, False, id="too few to say"),
    ],
)
def test_a_split_agrees_with_its_weight_within_chance(
    weight: int, requests: int, canary: int, *, holds: bool
) -> None:
    assert Split(weight, 10.0, requests, canary).holds is holds


def test_a_split_counts_only_after_the_proxy_had_time_to_follow() -> None:
    weights = (WeightSeen(0.0, 0), WeightSeen(10.0, 50))
    edge = tuple(
        EdgeSeen(t, int(100 * t), int(100 * max(0.0, t - 12))) for t in (9.0, 11.0, 12.0, 14.0, 16.0)
    )
    split = Window(0.0, 16.0, weights, edge, ()).splits()
    assert [(each.weight, each.requests, each.canary) for each in split] == [(50, 800, 400)]


def test_a_window_begins_with_the_weight_that_stood() -> None:
    weights = (WeightSeen(0.0, 0), WeightSeen(10.0, 10), WeightSeen(20.0, 0))
    whole = Window(0.0, 30.0, weights, (), ())
    assert whole.route == [0, 10, 0]
    assert whole.between(15.0, 30.0).route == [10, 0]
    assert whole.between(11.0, 19.0).route == [10]


def test_bad_answers_span_from_the_first_start_to_the_last() -> None:
    bad = [record(103.5, "b", good=False), record(100.25, "b", good=False), record(101.0, "b", good=False)]
    assert span(bad) == 3.25
    assert span([]) == 0.0


def test_requests_are_counted_by_the_revision_that_answered() -> None:
    seen = [record(1, "a"), record(2, "b", good=False), record(3, "a"), record(4, "", good=False)]
    assert by_revision(seen) == {"": (1, 1), "a": (2, 0), "b": (1, 1)}
