"""Where one tick ends and the next begins, and what is counted into which."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canary.adapters.prometheus import Prometheus
from canary.adapters.tally import ends
from canary.core.model import Block, Counts, Source, View
from canary.ports import MetricsQuery

from .store import Store

Values = Sequence[int | None]

CANARY, STABLE = ("new:1", "canary"), ("old:1", "stable")
OTHER = ("old:2", "stable")

# --- cutting ----------------------------------------------------------------------------------


def speakers(*heard: tuple[float, tuple[str, str]]) -> dict[float, set[tuple[str, str]]]:
    found: dict[float, set[tuple[str, str]]] = {}
    for time, speaker in heard:
        found.setdefault(time, set()).add(speaker)
    return found


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        pytest.param([(1, STABLE), (3, CANARY), (6, STABLE), (8, CANARY)], [3, 8], id="both spoke"),
        pytest.param([(1, STABLE), (3, CANARY), (6, STABLE)], [3], id="the last waits for the canary"),
        pytest.param([(1, STABLE), (2, OTHER), (3, CANARY), (6, STABLE)], [3], id="stable has two pods"),
        pytest.param([(1, STABLE), (2, OTHER), (6, STABLE), (7, OTHER)], [2], id="a round without canary"),
        pytest.param([(3, CANARY), (8, CANARY), (13, CANARY)], [3, 8], id="no stable"),
        pytest.param([(1, STABLE), (3, CANARY), (6, STABLE), (11, STABLE)], [3, 6], id="the canary died"),
        pytest.param([(1, STABLE), (1, CANARY), (6, STABLE), (6, CANARY)], [1, 6], id="both at once"),
        pytest.param([], [], id="nobody"),
    ],
)
def test_where_ticks_end(heard: list[tuple[float, tuple[str, str]]], expected: list[float]) -> None:
    assert ends(speakers(*heard), 0.0, 100.0) == expected


def test_a_proxy_speaks_for_both_so_every_scrape_ends_a_tick() -> None:
    both = [(time, ("proxy:1", role)) for time in (5, 10, 15) for role in ("canary", "stable")]
    assert ends(speakers(*both), 0.0, 100.0) == [5, 10, 15]


def test_only_what_is_new_and_complete_is_cut() -> None:
    heard = [(float(time), each) for time in (1, 6, 11, 16) for each in (STABLE, CANARY)]
    assert ends(speakers(*heard), 1.0, 15.9) == [6, 11]


# --- counting -----------------------------------------------------------------------------------

EDGE = "traefik_service_request_duration_seconds"
APPLICATION = "flask_http_request_duration_seconds"
SERVICES = {
    "stable": "shop-entry-web-stable-http@kubernetesingressnginx",
    "canary": "shop-entry-web-stable-http-canary@kubernetesingressnginx",
}
REVISIONS = {"stable": "aaaa", "canary": "bbbb"}
BEGAN = 1000.0
QUERY = MetricsQuery(
    namespace="shop",
    release="web",
    router="ingress",
    route="entry",
    port="http",
    stable_revision="aaaa",
    canary_revision="bbbb",
    within=0.25,
    application=Source(
        APPLICATION, "status", predictions="units", answers="answers_total", bad_answers="bad_answers_total"
    ),
    since=dict.fromkeys(View, BEGAN),
    exposed=BEGAN,
    step=BEGAN,
    settled=BEGAN,
    recent=BEGAN,
    now=BEGAN + 100,
)


class Direct(Prometheus):
    """Asks the store without a network between them."""

    def __init__(self, store: Store) -> None:
        super().__init__("http://store")
        self.store = store

    def _ask(self, question: str) -> Any:
        return json.loads(self.store.answer(question))["data"]["result"]


@dataclass
class Counted:
    """One counter of one target: when it was scraped, and what it said then; None for nothing."""

    store: Store
    times: Sequence[float]

    def edge(self, role: str, values: Values, code: str = "200", **fast: Values) -> None:
        labels = {"service": SERVICES[role], "code": code, "instance": "proxy:1"}
        self._add(f"{EDGE}_count", values, labels)
        self._buckets(EDGE, values, labels, fast)

    def pod(
        self,
        name: str,
        role: str,
        values: Values,
        status: str = "200",
        **fast: Values,
    ) -> None:
        labels = self._labels(name, role) | {"status": status}
        self._add(f"{APPLICATION}_count", values, labels)
        self._buckets(APPLICATION, values, labels, fast)

    def started(self, name: str, role: str, values: Sequence[float | None]) -> None:
        self._add("process_start_time_seconds", values, self._labels(name, role))

    def counter(self, metric: str, name: str, role: str, values: Values, **more: str) -> None:
        self._add(metric, values, self._labels(name, role) | more)

    def _labels(self, name: str, role: str) -> dict[str, str]:
        return {"namespace": "shop", "release": "web", "revision": REVISIONS[role], "instance": f"{name}:1"}

    def _buckets(
        self,
        metric: str,
        values: Values,
        labels: dict[str, str],
        fast: dict[str, Values],
    ) -> None:
        for edge in ("0.05", "0.1", "0.25"):
            self._add(f"{metric}_bucket", fast.get(f"le_{edge[2:]}", values), labels | {"le": edge})

    def _add(self, name: str, values: Sequence[float | None], labels: dict[str, str]) -> None:
        said = zip(self.times, values, strict=False)
        self.store.add(name, [(time, value) for time, value in said if value is not None], **labels)


@pytest.fixture
def store() -> Store:
    return Store()


TIMES = [990.0, 1010.0, 1015.0, 1020.0, 1025.0]


def blocks(store: Store, view: View = View.EDGE, **changes: Any) -> list[Block]:
    return list(Direct(store).read(replace(QUERY, now=1026.0, **changes)).blocks[view])


def test_the_edge_ends_a_tick_at_every_scrape(store: Store) -> None:
    at = Counted(store, TIMES)
    at.edge("stable", [100, 190, 280, 370, 460])
    at.edge("canary", [0, 10, 20, 30, 40])
    assert [(each.begin, each.end) for each in blocks(store)] == [
        (1000.0, 1010.0),
        (1010.0, 1015.0),
        (1015.0, 1020.0),
        (1020.0, 1025.0),
    ]
    assert [each.canary.requests for each in blocks(store)] == [10] * 4
    assert [each.stable.requests for each in blocks(store)] == [90] * 4


def test_a_scrape_that_may_not_be_complete_is_left_for_the_next_look(store: Store) -> None:
    Counted(store, TIMES).edge("stable", [100, 190, 280, 370, 460])
    reading = Direct(store).read(replace(QUERY, now=1025.2))
    assert [each.end for each in reading.blocks[View.EDGE]] == [1010.0, 1015.0, 1020.0]


def test_slower_than_the_limit_and_than_the_edges_below_it(store: Store) -> None:
    at = Counted(store, TIMES)
    at.edge("stable", [100, 190, 280, 370, 460])
    at.edge("canary", [0, 0, 10], le_05=[0, 0, 1], le_1=[0, 0, 4], le_25=[0, 0, 9])
    last = blocks(store)[1]
    assert last.canary == Counts(10, timed=10, slow=1, lower=(6, 9))
    assert last.stable == Counts(90, timed=90, slow=0, lower=(0, 0))


def test_the_first_bad_answer_of_a_proxy_that_was_known_counts(store: Store) -> None:
    at = Counted(store, TIMES)
    at.edge("stable", [100, 190, 280, 370, 460])
    at.edge("canary", [None, None, None, 1, 1], code="503")
    assert [each.canary.errors for each in blocks(store)] == [0, 0, 1, 0]


def test_answers_from_before_its_first_user_are_an_earlier_canary_s(store: Store) -> None:
    at = Counted(store, TIMES)
    at.edge("stable", [100, 190, 280, 370, 460])
    at.edge("canary", [0, 500, 1000, 1003, 1006])
    at.edge("canary", [0, 400, 800, 801, 801], code="500")
    found = blocks(store, exposed=1016.0)
    assert [(each.canary.requests, each.canary.errors) for each in found] == [(0, 0), (0, 0), (4, 1), (3, 0)]
    assert {each.canary.requests for each in blocks(store, exposed=0.0)} == {0}


def test_while_the_proxy_warms_up_to_a_canary_its_errors_count_and_its_latency_does_not(store: Store) -> None:
    at = Counted(store, TIMES)
    at.edge("stable", [100, 190, 280, 370, 460])
    at.edge("canary", [0, 0, 10, 20, 30], code="500", le_25=[0, 0, 1, 2, 3])
    found = [each.canary for each in blocks(store, exposed=1011.0)]
    assert [each.errors for each in found] == [0, 10, 10, 10]
    assert [(each.timed, each.slow) for each in found] == [(0, 0), (0, 0), (0, 0), (10, 9)]
    assert [each.stable.timed for each in blocks(store, exposed=1011.0)] == [90] * 4


def test_so_it_is_with_a_pod_that_started(store: Store) -> None:
    at = Counted(store, TIMES)
    at.pod("old", "stable", [0, 10, 20, 30, 40])
    at.pod("new", "canary", [0, 10, 4, 14, 24])
    at.started("old", "stable", [500.0] * 5)
    at.started("new", "canary", [500.0, 500.0, 1012.0, 1012.0, 1012.0])
    found = [each.canary for each in blocks(store, View.APPLICATION)]
    assert [each.requests for each in found] == [10, 4, 10, 10]
    assert [each.timed for each in found] == [10, 0, 0, 10]


def test_a_stable_pod_that_started_is_no_yardstick_for_latency_either(store: Store) -> None:
    at = Counted(store, TIMES)
    at.pod("old", "stable", [0, 10, 20, 30, 40])
    at.started("old", "stable", [500.0, 1009.0, 1009.0, 1009.0, 1009.0])
    at.pod("new", "canary", [0, 10, 20, 30, 40])
    assert [each.stable.timed for each in blocks(store, View.APPLICATION)] == [0, 0, 10, 10]


def test_a_dead_canary_does_not_keep_ticks_from_ending(store: Store) -> None:
    at = Counted(store, TIMES)
    at.pod("old", "stable", [100, 190, 280, 370, 460])
    at.pod("new", "canary", [0, 10])
    found = blocks(store, View.APPLICATION)
    assert [(each.end, each.canary.requests, each.stable.requests) for each in found] == [
        (1010.0, 10, 90),
        (1015.0, 0, 90),
        (1020.0, 0, 90),
    ]


def test_a_dead_stable_does_not_either(store: Store) -> None:
    at = Counted(store, TIMES)
    at.pod("old", "stable", [100])
    at.pod("new", "canary", [0, 10, 20, 30, 40])
    found = blocks(store, View.APPLICATION)
    assert [(each.end, each.canary.requests) for each in found] == [(1010.0, 10), (1015.0, 10), (1020.0, 10)]


def test_a_pod_back_in_sight_brings_only_what_is_new(store: Store) -> None:
    times = [990.0, 1040.0, 1045.0, 1050.0]
    at = Counted(store, times)
    at.pod("old", "stable", [100, 190, 280, 370])
    at.started("old", "stable", [500.0] * 4)
    Counted(store, [1045.0, 1050.0]).pod("new", "canary", [7000, 7010])
    Counted(store, [1045.0, 1050.0]).started("new", "canary", [500.0] * 2)
    found = Direct(store).read(replace(QUERY, now=1051.0)).blocks[View.APPLICATION]
    assert [each.canary.requests for each in found] == [0, 0, 10]


def test_a_proxy_back_in_sight_brings_only_what_is_new_too(store: Store) -> None:
    at = Counted(store, [990.0, 1040.0, 1045.0, 1050.0])
    at.edge("stable", [100, 190, 280, 370])
    other = {"service": SERVICES["canary"], "code": "200", "instance": "proxy:2"}
    store.add(f"{EDGE}_count", [(1046.0, 7000), (1051.0, 7010)], **other)
    store.add("process_start_time_seconds", [(1046.0, 500.0), (1051.0, 500.0)], instance="proxy:2")
    found = Direct(store).read(replace(QUERY, now=1052.0)).blocks[View.EDGE]
    assert sum(each.canary.requests for each in found) == 10


def test_a_sample_that_fell_and_rose_again_is_not_counted_twice(store: Store) -> None:
    at = Counted(store, TIMES)
    at.edge("stable", [100, 190, 280, 185, 370])
    assert [each.stable.requests for each in blocks(store)] == [90, 90, 0, 90]


def test_forecasts_and_their_histograms_are_counted(store: Store) -> None:
    at = Counted(store, TIMES)
    for name, role in (("old", "stable"), ("new", "canary")):
        at.pod(name, role, [0, 10, 20, 30, 40])
        at.counter("answers_total", name, role, [0, 20, 40, 60, 80])
        at.counter("bad_answers_total", name, role, [None, None, 1, 1, 3])
        for edge, values in {"1": [0, 5, 10, 15, 20], "+Inf": [0, 30, 60, 90, 120]}.items():
            at.counter("units_bucket", name, role, values, le=edge)
    found = blocks(store, View.APPLICATION)
    assert [each.canary.answers for each in found] == [20] * 4
    assert [each.canary.impossible for each in found] == [0, 1, 0, 2]
    assert {each.stable.predicted for each in found} == {(5, 25)}


def test_without_metrics_of_its_own_there_is_one_view(store: Store) -> None:
    Counted(store, TIMES).edge("stable", [100, 190, 280, 370, 460])
    reading = Direct(store).read(replace(QUERY, application=None, now=1026.0))
    assert set(reading.blocks) == {View.EDGE}
    assert not any("revision" in question for question in store.questions)


# --- whoever looks when -------------------------------------------------------------------------


@dataclass
class Life:
    """A pod: what it answered, well and badly, before each scrape; where it failed; where it began again."""

    name: str
    offset: float
    answered: list[tuple[int, int]]
    missed: frozenset[int]
    restarts: frozenset[int]
    born: int

    @property
    def role(self) -> str:
        return "stable" if self.name.startswith("old") else "canary"

    @property
    def scrapes(self) -> dict[int, float]:
        """The times of the scrapes that succeeded, by number."""
        places = range(self.born, SCRAPES)
        return {place: BEGAN - 30 + self.offset + 5 * place for place in places if place not in self.missed}

    def fill(self, store: Store) -> None:
        """What a store has of it."""
        at, (total, bad, starts) = Counted(store, list(self.scrapes.values())), self._levels()
        at.pod(self.name, self.role, [total[place] for place in self.scrapes])
        at.pod(self.name, self.role, [bad[place] for place in self.scrapes], status="500")
        at.counter("answers_total", self.name, self.role, [total[place] for place in self.scrapes])
        at.started(self.name, self.role, [starts[place] for place in self.scrapes])

    def _levels(self) -> tuple[list[int], list[int | None], list[float]]:
        """The counters at each scrape, from 0 after each start; no bad answer yet is no series yet."""
        total: list[int] = []
        bad: list[int | None] = []
        starts: list[float] = []
        for place, (answered, failed) in enumerate(self.answered):
            anew = place <= self.born or place in self.restarts
            total.append(answered + (0 if anew else total[-1]))
            known = 0 if anew else bad[-1] or 0
            bad.append(known + failed or None)
            starts.append(BEGAN - 31 + self.offset + 5 * place if anew else starts[-1])
        return total, bad, starts


SCRAPES = 22
ANSWERS = st.tuples(st.integers(min_value=0, max_value=9), st.sampled_from([0, 0, 0, 1, 2]))
PLACES = st.integers(min_value=1, max_value=SCRAPES - 1)
NEVER: st.SearchStrategy[frozenset[int]] = st.just(frozenset())
GAPS = st.builds(lambda first, size: frozenset(range(first, first + size)), PLACES, st.integers(0, 3))


def lives(name: str, *, mortal: bool = True) -> st.SearchStrategy[Life]:
    return st.builds(
        Life,
        name=st.just(name),
        offset=st.integers(min_value=0, max_value=49).map(lambda tenth: tenth / 10),
        answered=st.lists(ANSWERS, min_size=SCRAPES, max_size=SCRAPES),
        missed=GAPS if mortal else NEVER,
        restarts=st.frozensets(PLACES, max_size=2) if mortal else NEVER,
        born=st.integers(min_value=0, max_value=SCRAPES) if mortal else st.just(0),
    )


WORLDS = st.tuples(lives("old1", mortal=False), lives("old2"), lives("new1"), lives("new2"))
LOOKS = st.lists(st.floats(min_value=BEGAN + 1, max_value=BEGAN + 85), max_size=8).map(sorted)
END = BEGAN + 86


def filled(pods: tuple[Life, ...]) -> Store:
    """The first pod is scraped as the proxy too; it forgot the counters of the canary's Service once."""
    store = Store()
    for pod in pods:
        pod.fill(store)
    proxy, answered = Counted(store, list(pods[0].scrapes.values())), pods[0].answered
    forgot = min(pods[2].restarts, default=0)
    proxy.edge("stable", [sum(each for each, _ in answered[: place + 1]) for place in range(SCRAPES)])
    first = [0 if place < forgot else forgot for place in range(SCRAPES)]
    totals = [sum(each for each, _ in answered[begin : place + 1]) for place, begin in enumerate(first)]
    proxy.edge("canary", totals)
    return store


def looked(store: Store, times: list[float], exposed: float = BEGAN - 100) -> dict[View, list[Block]]:
    """The ticks of one look after the other, each going on where the one before ended."""
    since = dict.fromkeys(View, BEGAN)
    found: dict[View, list[Block]] = {view: [] for view in View}
    for now in times:
        store.now = now
        query = replace(QUERY, since=dict(since), exposed=exposed, now=now, recent=now - 60)
        for view, ticks in Direct(store).read(query).blocks.items():
            found[view] += ticks
            since[view] = ticks[-1].end if ticks else since[view]
    return found


@settings(deadline=None, max_examples=60)
@given(WORLDS, LOOKS, st.sampled_from([BEGAN - 100, BEGAN + 12, BEGAN + 40]))
def test_it_makes_no_difference_who_looked_when(
    pods: tuple[Life, ...], looks: list[float], exposed: float
) -> None:
    store = filled(pods)
    assert looked(store, [*looks, END], exposed) == looked(store, [END], exposed)


@settings(deadline=None, max_examples=60)
@given(WORLDS, LOOKS)
def test_nothing_is_counted_twice_and_nothing_that_was_seen_is_lost(
    pods: tuple[Life, ...], looks: list[float]
) -> None:
    ticks = looked(filled(pods), [*looks, END])[View.APPLICATION]
    last = ticks[-1].end if ticks else BEGAN
    for role in ("canary", "stable"):
        counted = sum(getattr(each, role).requests for each in ticks)
        shown = [answers_shown(pod, last) for pod in pods if pod.role == role]
        assert sum(least for least, _ in shown) <= counted <= sum(most for _, most in shown)


def answers_shown(pod: Life, last: float) -> tuple[int, int]:
    """Answers between the first tick's begin and the last one's end: those that must show, and all."""
    known = [place for place, time in pod.scrapes.items() if time <= BEGAN]
    inside = [place for place, time in pod.scrapes.items() if BEGAN < time <= last]
    if not inside:
        return 0, 0
    first = known[-1] + 1 if known else pod.born
    every = sum(good + bad for good, bad in pod.answered[first : inside[-1] + 1])
    hidden = pod.missed and (pod.restarts or not known)
    return 0 if hidden else every, every
