from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from canary.adapters.calls import Outcome, Question
from canary.adapters.prometheus import Prometheus
from canary.core.model import Counts, Pair, Reading, Source, Usage, Usages, View
from canary.ports import MetricsQuery, RefusedError, UnreachableError

from .store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STABLE = "production-entry-forecast-stable-http@kubernetesingressnginx"
CANARY = "production-entry-forecast-stable-http-canary@kubernetesingressnginx"
EDGE = "traefik_service_request_duration_seconds"
APPLICATION = "flask_http_request_duration_seconds"
QUERY = MetricsQuery(
    namespace="production",
    release="forecast",
    router="ingress",
    route="entry",
    port="http",
    stable_revision="aaaa",
    canary_revision="bbbb",
    within=0.25,
    application=Source(APPLICATION, "status"),
    since=dict.fromkeys(View, 102.0),
    exposed=101.0,
    step=102.0,
    settled=104.0,
    recent=112.0,
    now=121.0,
)
TIMES = (100.0, 105.0, 110.0, 115.0, 120.0)


@pytest.fixture
def store() -> Iterator[Store]:
    prepared = Store()
    server = prepared.serve()
    yield prepared
    server.shutdown()
    server.server_close()


def points(*values: Any) -> list[tuple[float, Any]]:
    return [(time, value) for time, value in zip(TIMES, values, strict=False) if value is not None]


def edge(store: Store, service: str, code: str, *values: Any, fast: tuple[Any, ...] = ()) -> None:
    labels = {"service": service, "code": code, "instance": "traefik:9100"}
    store.add(f"{EDGE}_count", points(*values), **labels)
    store.add(f"{EDGE}_bucket", points(*(fast or values)), le="0.25", **labels)


def pod(store: Store, revision: str, status: str, *values: Any, fast: tuple[Any, ...] = ()) -> None:
    place = {"namespace": "production", "release": "forecast", "revision": revision}
    labels = {**place, "status": status, "instance": f"{revision}:8001", "url_rule": "/predict"}
    store.add(f"{APPLICATION}_count", points(*values), **labels)
    store.add(f"{APPLICATION}_bucket", points(*(fast or values)), le="0.25", **labels)


def started(store: Store, revision: str, *values: Any) -> None:
    place = {"namespace": "production", "release": "forecast", "revision": revision}
    store.add("process_start_time_seconds", points(*values), instance=f"{revision}:8001", **place)


def canary(reading: Reading, view: View = View.EDGE) -> Counts:
    """All that the canary answered, over all ticks."""
    ticks = [block.canary for block in reading.blocks[view]]
    names = ("requests", "errors", "timed", "slow", "answers", "impossible")
    parts = {name: sum(getattr(each, name) for each in ticks) for name in names}
    return Counts(**parts, lower=tuple(map(sum, zip(*(each.lower for each in ticks), strict=True))))


def test_both_views_count_canary_and_stable(store: Store) -> None:
    edge(store, STABLE, "200", 100, 145, 190, 235, 280)
    edge(store, CANARY, "200", 0, 5, 9, 14, 18)
    pod(store, "aaaa", "200", 1000, 1045, 1090, 1135, 1180)
    pod(store, "bbbb", "200", 0, 5, 9, 14, 18)
    reading = Prometheus(store.url).read(QUERY)
    assert reading.latest == 120.0
    assert reading.step == dict.fromkeys(View, Pair(Counts(18), Counts(180)))
    assert reading.recent == dict.fromkeys(View, Pair(Counts(9), Counts(90)))


def test_the_edge_of_an_httproute_is_all_its_rules_together(store: Store) -> None:
    for rule in ("ep-web-0-aaaa", "ep-web-1-bbbb"):
        place = f"httproute-production-entry-gw-traefik-serin-{rule}-svc-production-forecast"
        edge(store, f"{place}-stable-0@kubernetesgateway", "200", 100, 145, 190, 235, 280)
        edge(store, f"{place}-canary-1@kubernetesgateway", "503", 0, 5, 9, 14, 18)
    edge(store, STABLE, "200", 0, 1000, 2000, 3000, 4000)
    reading = Prometheus(store.url).read(replace(QUERY, router="httproute", port="80"))
    assert reading.step[View.EDGE] == Pair(Counts(36), Counts(360))
    assert canary(reading).errors == 36


def test_the_first_bad_answer_of_a_new_pod_counts(store: Store) -> None:
    started(store, "bbbb", 90, 90, 90, 90, 90)
    pod(store, "aaaa", "200", 10, 20, 30, 40, 50)
    pod(store, "bbbb", "500", None, None, None, None, 1)
    reading = Prometheus(store.url).read(QUERY)
    assert canary(reading, View.APPLICATION) == Counts(requests=1, errors=1, timed=1)


def test_the_split_leaves_out_what_was_answered_before_the_proxy_followed(store: Store) -> None:
    edge(store, STABLE, "200", 0, 1000, 1090, 1180, 1270)
    edge(store, CANARY, "200", 0, 900, 910, 920, 930)
    found = Prometheus(store.url).read(QUERY)
    assert found.split == found.lately == Pair(Counts(30), Counts(270))
    later = Prometheus(store.url).read(replace(QUERY, now=141.0))
    assert (later.split, later.lately) == (Pair(Counts(30), Counts(270)), Pair(Counts(10), Counts(90)))


@pytest.mark.parametrize(
    ("only", "split"),
    [(View.EDGE, Pair(Counts(30), Counts(270))), (View.APPLICATION, Pair(Counts(3), Counts(27)))],
)
def test_on_the_way_back_one_view_is_read_and_its_split_counts(store: Store, only: View, split: Pair) -> None:
    edge(store, STABLE, "200", 0, 1000, 1090, 1180, 1270)
    edge(store, CANARY, "200", 0, 900, 910, 920, 930)
    pod(store, "aaaa", "200", 0, 100, 109, 118, 127)
    pod(store, "bbbb", "200", 0, 90, 91, 92, 93)
    found = Prometheus(store.url).read(replace(QUERY, only=only))
    assert (found.split, found.lately) == (split, split)
    assert set(found.step) == {only}


@pytest.mark.parametrize(
    ("scrapes", "heard"),
    [
        pytest.param((103.9, 108.9, 113.9, 118.9), True, id="twice"),
        pytest.param((103.9, 118.9), False, id="once"),
        pytest.param((103.9,), False, id="not since"),
        pytest.param((80.0, 85.0, 90.9), True, id="gone for long"),
    ],
)
def test_on_the_way_back_no_proxy_speaks_for_another(
    store: Store,
    scrapes: tuple[float, ...],
    heard: bool,  # noqa: FBT001
) -> None:
    edge(store, STABLE, "200", 0, 1000, 1090, 1180, 1270)
    labels = {"service": CANARY, "code": "200", "instance": "second:9100"}
    store.add(f"{EDGE}_count", [(time, 7.0) for time in scrapes], **labels)
    found = Prometheus(store.url).read(replace(QUERY, only=View.EDGE))
    assert found.split == (Pair(Counts(), Counts(270)) if heard else Pair())
    assert Prometheus(store.url).read(QUERY).split == Pair(Counts(), Counts(270))


def test_where_the_application_tells_nothing_a_way_back_with_a_service_counts_nothing(store: Store) -> None:
    edge(store, STABLE, "200", 0, 1000, 1090, 1180, 1270)
    found = Prometheus(store.url).read(replace(QUERY, application=None, only=View.APPLICATION))
    assert (found.split, found.lately, found.latest) == (Pair(), Pair(), 0.0)


@pytest.mark.parametrize(("code", "errors"), [("500", 9), ("503", 9), ("499", 9), ("404", 0), ("200", 0)])
def test_which_answers_are_bad_at_the_edge(store: Store, code: str, errors: int) -> None:
    edge(store, STABLE, "200", 1, 2, 3, 4, 5)
    edge(store, CANARY, code, 0, 0, 0, 0, 9)
    assert canary(Prometheus(store.url).read(QUERY)).errors == errors


def test_slow_is_what_is_not_within_the_limit_whatever_its_status(store: Store) -> None:
    edge(store, STABLE, "200", 1, 2, 3, 4, 5)
    edge(store, CANARY, "200", 0, 0, 0, 0, 10, fast=(0, 0, 0, 0, 8))
    edge(store, CANARY, "500", 0, 0, 0, 0, 3, fast=(0, 0, 0, 0, 1))
    reading = Prometheus(store.url).read(QUERY)
    assert canary(reading) == Counts(requests=13, errors=3, timed=13, slow=4)


def test_without_a_latency_rule_no_bucket_is_asked_for(store: Store) -> None:
    edge(store, CANARY, "200", 1, 2, 3, 4, 5, fast=(0, 0, 0, 0, 0))
    reading = Prometheus(store.url).read(replace(QUERY, within=None))
    assert canary(reading) == Counts(4)
    assert not any("_bucket" in question for question in store.questions if question.startswith("{"))


def test_a_restart_of_the_application_is_no_stray(store: Store) -> None:
    started(store, "bbbb", 90, 90, 107, 107, 107)
    pod(store, "bbbb", "200", 50, 52, 49, 60, 61)
    reading = Prometheus(store.url).read(QUERY)
    assert reading.step[View.APPLICATION].canary == Counts(2 + 49 + 11 + 1)


def test_a_restart_of_the_proxy_is_asked_for_when_a_counter_fell(store: Store) -> None:
    store.add("process_start_time_seconds", points(90, 90, 107, 107, 107), instance="traefik:9100")
    edge(store, CANARY, "200", 50, 52, 49, 60, 61)
    reading = Prometheus(store.url).read(QUERY)
    assert reading.step[View.EDGE].canary == Counts(2 + 49 + 11 + 1)


def test_a_role_without_series_counts_zero(store: Store) -> None:
    edge(store, STABLE, "200", 1, 2, 3, 4, 5)
    reading = Prometheus(store.url).read(QUERY)
    assert reading.step[View.EDGE] == Pair(Counts(), Counts(4))
    assert reading.step[View.APPLICATION] == Pair()


def test_a_store_without_any_series_has_read_nothing_but_is_there(store: Store) -> None:
    assert Prometheus(store.url).read(QUERY).latest == 0.0


def test_series_of_other_releases_are_not_counted(store: Store) -> None:
    edge(store, STABLE.replace("forecast", "other"), "200", 1, 2, 3, 4, 5)
    labels = {"namespace": "staging", "release": "forecast", "revision": "bbbb", "status": "200"}
    store.add(f"{APPLICATION}_count", points(1, 2, 3, 4, 5), instance="x:1", **labels)
    reading = Prometheus(store.url).read(QUERY)
    assert reading.step == dict.fromkeys(View, Pair())


def test_what_nobody_asked_for_is_not_counted(store: Store) -> None:
    """A store that serves many may hand out another tenant's series with the same revisions."""
    pod(store, "aaaa", "200", 10, 20, 30, 40, 50)
    pod(store, "bbbb", "200", 0, 5, 9, 14, 18)
    for labels, samples in store.series:
        strange = {**labels, "namespace": "of-others", "status": "500", "instance": "x:1"}
        store.strangers.append((strange, [(time, 50 * value) for time, value in samples]))
    view = canary(Prometheus(store.url).read(QUERY), View.APPLICATION)
    assert (view.requests, view.errors) == (18, 0)


def test_two_scrapers_that_nobody_merged_count_once(store: Store) -> None:
    pod(store, "aaaa", "200", 1000, 1045, 1090, 1135, 1180)
    pod(store, "bbbb", "200", 100, 105, 109, 114, 118)
    plain = Prometheus(store.url).read(replace(QUERY, since=dict.fromkeys(View, 99.0)))
    for labels, samples in list(store.series):
        store.add(labels["__name__"], [(time - 1.7, value) for time, value in samples], **_relabelled(labels))
    mixed = Prometheus(store.url).read(replace(QUERY, since=dict.fromkeys(View, 99.0)))
    assert canary(mixed, View.APPLICATION) == canary(plain, View.APPLICATION)
    assert mixed.step == plain.step


def _relabelled(labels: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in labels.items() if name != "__name__"} | {"job": "second"}


@pytest.mark.parametrize("value", ["NaN", "-7", "+Inf"])
def test_a_counter_that_is_no_count_is_no_answer(store: Store, value: str) -> None:
    edge(store, STABLE, "200", 100, 145, 190, 235, 280)
    edge(store, CANARY, "200", 0, 5, 9, 14, value)
    with pytest.raises(UnreachableError, match=f"{EDGE}_(count|bucket): is no count"):
        Prometheus(store.url).read(QUERY)


def test_the_limits_that_exist_are_named_and_asked_for_once(store: Store) -> None:
    edge(store, STABLE, "200", 1, 2, 3, 4, 5)
    store.add(f"{EDGE}_bucket", points(1, 2, 3, 4, 5), le="+Inf", service=STABLE, instance="traefik:9100")
    prometheus = Prometheus(store.url)
    for _ in range(2):
        assert prometheus.read(QUERY).edges == {View.EDGE: (0.25,), View.APPLICATION: ()}
    asked = [question for question in store.questions if question.startswith(f"count by (le) ({EDGE}")]
    assert len(asked) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<html>502</html>",
        b"[]",
        b"{}",
        b'{"status": "success", "data": {"result": [{"metric": {}}]}}',
        b'{"status": "error", "error": "out of memory"}',
        b'{"status": "success", "data": {"result": []}, "warnings": ["a replica is missing"]}',
    ],
    ids=["a page", "a list", "empty", "no matrix", "an error", "half an answer"],
)
def test_an_answer_that_cannot_be_trusted_is_no_answer(store: Store, body: bytes) -> None:
    store.body = body
    with pytest.raises(UnreachableError, match=store.url):
        Prometheus(store.url).read(QUERY)


def test_old_samples_are_no_answer(store: Store) -> None:
    edge(store, STABLE, "200", 1, 2, 3, 4, 5)
    with pytest.raises(UnreachableError, match="80 s old"):
        Prometheus(store.url).read(replace(QUERY, now=200.0))


def test_one_view_that_stopped_is_no_answer_either(store: Store) -> None:
    edge(store, STABLE, "200", 1)
    pod(store, "aaaa", "200", 1, 2, 3, 4, 5)
    with pytest.raises(UnreachableError, match="is it scraping"):
        Prometheus(store.url).read(replace(QUERY, now=131.0))


@pytest.mark.parametrize("ahead", [30.0, -30.0, 3600.0])
def test_a_store_whose_clock_is_another_counts_the_same(store: Store, ahead: float) -> None:
    """Only what was taken in before, which ends at one of its own samples, is told by its clock."""
    edge(store, STABLE, "200", 0, 1000, 1090, 1180, 1270)
    edge(store, CANARY, "200", 0, 900, 910, 920, 930)
    right = Prometheus(store.url).read(replace(QUERY, application=None))
    store.date = QUERY.now + ahead
    store.series = [
        (labels, [(time + ahead, value) for time, value in samples]) for labels, samples in store.series
    ]
    its_time = dict.fromkeys(View, 102.0 + ahead)
    found = Prometheus(store.url).read(replace(QUERY, application=None, since=its_time))
    assert (found.split, found.step, found.recent) == (right.split, right.step, right.recent)
    assert canary(found) == canary(right)
    assert found.latest == pytest.approx(right.latest, abs=1.0)


def test_samples_from_the_future_are_no_answer(store: Store) -> None:
    """A store behind a proxy that writes its own Date: whose clock is wrong cannot be seen."""
    edge(store, STABLE, "200", 1, 2, 3, 4, 5)
    with pytest.raises(UnreachableError, match="30 s ahead: set the clocks"):
        Prometheus(store.url).read(replace(QUERY, now=90.0))


def usage(revision: str, resource: str, share: str) -> dict[str, Any]:
    return {"metric": {"revision": revision, "resource": resource}, "value": [121.0, share]}


def test_what_containers_use_is_asked_for_by_rules_alone_and_not_at_every_look(store: Store) -> None:
    edge(store, STABLE, "200", 1, 2, 3, 4, 5)
    known = Prometheus(store.url)
    assert known.read(QUERY).usages is None
    store.usages = [
        usage("bbbb", "memory", "0.97"),
        usage("aaaa", "memory", "0.4"),
        usage("bbbb", "throttled", "NaN"),
    ]
    watched = replace(QUERY, resources=True)
    assert known.read(watched).usages == Usages(Usage(None, 0.97), Usage(None, 0.4))
    known.read(replace(watched, now=121.5))
    assert len([question for question in store.questions if "label_replace" in question]) == 1


@pytest.mark.parametrize("share", ["-0.1", "2", "NaN", "+Inf"])
def test_a_share_that_can_be_none_is_no_evidence(store: Store, share: str) -> None:
    edge(store, STABLE, "200", 1, 2, 3, 4, 5)
    store.usages = [usage("bbbb", "throttled", share)]
    assert Prometheus(store.url).read(replace(QUERY, resources=True)).usages == Usages()


@pytest.mark.parametrize(
    "nonsense",
    [
        pytest.param([usage("bbbb", "memory", "much")], id="no number"),
        pytest.param([{"metric": {}, "value": [121.0, "1"]}], id="of nobody"),
        pytest.param(["nothing"], id="no vector"),
    ],
)
def test_nonsense_about_what_containers_use_is_no_answer(store: Store, nonsense: list[Any]) -> None:
    edge(store, STABLE, "200", 1, 2, 3, 4, 5)
    store.usages = nonsense
    with pytest.raises(UnreachableError, match="not a Prometheus answer"):
        Prometheus(store.url).read(replace(QUERY, resources=True))


@pytest.mark.parametrize("name", ['x"} or up{a="', "UPPER", "a\nb", "a" * 254])
def test_only_kubernetes_names_reach_a_query(store: Store, name: str) -> None:
    with pytest.raises(RefusedError, match="not a Kubernetes name"):
        Prometheus(store.url).read(replace(QUERY, release=name))
    assert store.questions == []


def test_every_query_is_told_with_its_samples(store: Store) -> None:
    edge(store, STABLE, "200", 100, 145, 190, 235, 280)
    told: list[Question] = []
    Prometheus(store.url, told.append).read(replace(QUERY, within=None, application=None))
    assert len(told) == len(store.questions)
    assert {each.outcome for each in told} == {Outcome.ANSWERED}
    assert sum(each.samples for each in told) == 1 + 5  # one bucket edge, five scrapes of one counter
    assert all(0 < each.seconds < 2 for each in told)


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b'{"status": "error", "error": "too many samples"}', Outcome.REFUSED),
        (b"<html>", Outcome.NONSENSE),
        (b'{"status": "success", "data": {"result": [1]}}', Outcome.NONSENSE),
        (None, Outcome.UNREACHABLE),
    ],
    ids=["refused", "no JSON", "no series", "not there"],
)
def test_a_query_that_failed_is_told_by_how(store: Store, body: bytes | None, outcome: Outcome) -> None:
    told: list[Question] = []
    store.body = body
    url = "http://127.0.0.1:9" if body is None else store.url
    with pytest.raises(UnreachableError):
        Prometheus(url, told.append).read(QUERY)
    assert [(each.outcome, each.samples) for each in told] == [(outcome, 0)]
