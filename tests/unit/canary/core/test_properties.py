"""The invariants, held against looks and states that nobody thought of."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from canary.core.codec import status_from_json, status_to_json
from canary.core.decide import decide
from canary.core.intents import target
from canary.core.margin import Tally
from canary.core.model import (
    Block,
    Command,
    Counts,
    Evidence,
    Observation,
    Pair,
    Phase,
    Reading,
    ResourceRule,
    RevisionState,
    RouteState,
    ServiceState,
    Spec,
    Status,
    Step,
    Usage,
    Usages,
    Verb,
    Verdict,
    View,
)

from .build import EDGES, NEW, NOW, OLD, OTHER, RULES, SETTLE, answers, look, on_step, reading, spec_of

NAMES = st.sampled_from([OLD, NEW, OTHER])
MAYBE = st.sampled_from(["", OLD, NEW, OTHER])
TIMES = st.sampled_from([0.0, NOW - 5000, NOW - 1000, NOW - 61, NOW - 25, NOW - 1, NOW, NOW + 5])
NUMBERS = st.integers(min_value=-2, max_value=400) | st.integers(min_value=0, max_value=10_000_000)
SOME = st.just(0) | NUMBERS
COUNTS = st.builds(
    Counts,
    requests=NUMBERS,
    errors=SOME,
    timed=SOME,
    slow=SOME,
    lower=st.lists(SOME, max_size=2).map(tuple),
)
GOOD = st.integers(min_value=0, max_value=100_000).map(answers)
PAIRS = st.builds(Pair, COUNTS, COUNTS) | st.builds(Pair, GOOD, GOOD)
VIEWS = st.dictionaries(st.sampled_from(View), PAIRS) | st.fixed_dictionaries(dict.fromkeys(View, PAIRS))
BLOCKS = st.builds(Block, TIMES, TIMES, COUNTS, COUNTS) | st.builds(Block, TIMES, TIMES, GOOD, GOOD)
SHARES = st.none() | st.floats(min_value=0.0, max_value=2.0)
USED = st.builds(Usage, SHARES, SHARES)
READINGS = st.builds(
    Reading,
    latest=TIMES,
    blocks=st.dictionaries(st.sampled_from(View), st.lists(BLOCKS, max_size=4).map(tuple)),
    step=VIEWS,
    recent=VIEWS,
    split=PAIRS,
    edges=st.sampled_from([{}, EDGES, EDGES]),
    usages=st.none() | st.builds(Usages, USED, USED),
    lately=PAIRS,
)
COMMANDS = st.builds(
    Command,
    name=st.just("order"),
    verb=st.sampled_from(Verb),
    actor=st.just("ann"),
    to_revision=MAYBE,
    full=st.booleans(),
    now=st.booleans(),
    expected_revision=MAYBE,
    expected_step=st.none() | st.integers(min_value=-1, max_value=4),
)
STATES = st.builds(
    RevisionState,
    revision=st.just("any"),
    replicas=st.integers(min_value=0, max_value=6),
    ready=st.integers(min_value=0, max_value=6),
    restarts=st.integers(min_value=0, max_value=5),
)
SERVICES = st.builds(ServiceState, MAYBE, st.booleans())
ROUTES = st.builds(
    RouteState,
    weight=st.none() | st.sampled_from([0, 10, 50, 90, 100]),
    foreign=st.sampled_from(["", "", "kubectl"]),
    problem=st.sampled_from(["", "", "no Ingress"]),
)
LOOKS = st.builds(
    Observation,
    revisions=st.dictionaries(NAMES, STATES),
    stable=SERVICES,
    canary=SERVICES,
    route=ROUTES,
    reading=st.none() | READINGS,
    command=st.none() | COMMANDS,
    problem=st.sampled_from(["", "", "forbidden"]),
)
SPECS = st.builds(
    spec_of,
    revision=NAMES,
    replicas=st.integers(min_value=0, max_value=6),
    steps=st.sampled_from(
        [(Step(100),), (Step(10, 10.0), Step(50), Step(100)), (Step(10, approval=True), Step(100, 5.0))]
    ),
    rules=st.sampled_from([RULES, replace(RULES, resources=ResourceRule(0.25, 0.9, 1, rollback=True))]),
)
ROWS = st.builds(
    Evidence,
    rule=st.sampled_from(["errors", "latency"]),
    view=st.sampled_from(View),
    verdict=st.sampled_from([Verdict.PASS, Verdict.HOLD, Verdict.ERROR]),
    tally=st.builds(Tally, NUMBERS, NUMBERS, NUMBERS, NUMBERS),
    detail=st.just("d"),
)
STATUSES = st.builds(
    Status,
    phase=st.sampled_from(Phase),
    stable_revision=MAYBE,
    canary_revision=MAYBE,
    previous_revision=MAYBE,
    rejected_revision=MAYBE,
    stable_route=MAYBE,
    canary_route=MAYBE,
    weight=st.sampled_from([0, 0, 10, 50, 100]),
    weight_confirmed=TIMES,
    step=st.integers(min_value=-1, max_value=4),
    approved_by=st.sampled_from(["", "ann"]),
    skipped_by=st.sampled_from(["", "", "ann"]),
    full=st.booleans(),
    held_by=st.sampled_from(["", "", "ann"]),
    progress_at=TIMES,
    settled_since=TIMES,
    exposed_at=TIMES,
    exposed_share=st.sampled_from([0, 10, 100]),
    by_service=st.booleans(),
    paused_since=TIMES,
    blind_since=TIMES,
    idle_since=TIMES,
    split_off_since=TIMES,
    unready_since=TIMES,
    base_restarts=st.integers(min_value=0, max_value=4),
    rollback_until=TIMES,
    rollback_cause=st.sampled_from(["", "Aborted", "Superseded", "RollbackOrdered", "Blind"]),
    rollback_by=st.sampled_from(["", "ann"]),
    evidence=st.lists(ROWS, max_size=4).map(tuple),
)
LIKELY = st.builds(
    on_step,
    weight=st.sampled_from([0, 10, 50, 100]),
    phase=st.sampled_from([Phase.PREPARING, Phase.PROGRESSING, Phase.PAUSED, Phase.PROMOTING]),
    weight_confirmed=st.sampled_from([0.0, NOW - 5, NOW - 300]),
    skipped_by=st.sampled_from(["", "", "", "ann"]),
    held_by=st.sampled_from(["", "", "", "ann"]),
)
SMALL = st.builds(
    answers,
    st.integers(min_value=60, max_value=400) | st.integers(min_value=4_000, max_value=40_000),
    errors=st.integers(min_value=0, max_value=4),
    slow=st.integers(min_value=0, max_value=4),
)
ORDINARY = st.builds(
    look,
    weight=st.sampled_from([0, 10, 50, 100]),
    reading=st.builds(reading, SMALL, SMALL, st.sampled_from([0, 10, 50, 100])),
    command=st.none() | COMMANDS,
)
STATUSES = STATUSES | LIKELY
LOOKS = LOOKS | ORDINARY
MANY = settings(max_examples=200, deadline=None)


@MANY
@given(SPECS, STATUSES, LOOKS)
def test_nothing_that_can_be_seen_makes_it_raise(spec: Spec, status: Status, seen: Observation) -> None:
    decision = decide(spec, status, seen, NOW, SETTLE)
    goal = target(spec, decision.status, seen.revisions)
    stored = status_to_json(decision.status, spec.name, [], NOW)
    assert status_from_json(stored) == decision.status
    assert 0 <= goal.weight <= 100
    assert 0 < decision.requeue_after <= 30
    assert all(size >= 0 for size in goal.replicas.values())
    assert (decision.acknowledgement is None) is (seen.command is None)
    assert decide(spec, status, seen, NOW, SETTLE) == decision


@MANY
@given(SPECS, STATUSES, LOOKS)
def test_a_weight_rises_one_step_at_a_time_on_evidence_or_on_an_order(
    spec: Spec, status: Status, seen: Observation
) -> None:
    after = decide(spec, status, seen, NOW, SETTLE).status
    if after.weight <= status.weight:
        return
    steps = [step.weight for step in spec.steps]
    assert after.weight == next(weight for weight in steps if weight > status.weight)
    assert seen.reading is not None
    assert seen.problem == seen.route.problem == ""
    ordered = status.skipped_by or (seen.command is not None and seen.command.verb is Verb.PROMOTE)
    passed = (
        status.weight_confirmed > 0
        and after.evidence
        and {row.verdict for row in after.evidence} == {Verdict.PASS}
    )
    assert status.weight == 0 or ordered or passed


@MANY
@given(SPECS, STATUSES, LOOKS)
def test_evidence_against_a_canary_takes_its_users_away_at_once(
    spec: Spec, status: Status, seen: Observation
) -> None:
    after = decide(spec, status, seen, NOW, SETTLE).status
    releasing = status.canary_revision and status.phase not in (
        Phase.HEALTHY,
        Phase.ROLLED_BACK,
        Phase.ROLLING_BACK,
    )
    if releasing and status.weight and any(row.verdict is Verdict.FAIL for row in after.evidence):
        assert after.weight == 0


@MANY
@given(SPECS, STATUSES, LOOKS)
def test_blindness_raises_no_weight(spec: Spec, status: Status, seen: Observation) -> None:
    after = decide(spec, status, replace(seen, reading=None), NOW, SETTLE).status
    assert after.weight <= status.weight


@MANY
@given(SPECS, STATUSES, LOOKS)
def test_the_canary_service_changes_only_when_nobody_is_led_to_it(
    spec: Spec, status: Status, seen: Observation
) -> None:
    after = decide(spec, status, seen, NOW, SETTLE).status
    if status.stable_revision and status.canary_revision and after.canary_route != status.canary_route:
        assert status.weight == 0
        assert not seen.route.weight


@MANY
@given(SPECS, STATUSES, LOOKS)
def test_stable_is_let_go_only_for_a_canary_that_carries_everybody(
    spec: Spec, status: Status, seen: Observation
) -> None:
    promoting = replace(status, phase=Phase.PROMOTING)
    after = decide(spec, promoting, seen, NOW, SETTLE).status
    if after.phase is Phase.PROMOTING and after.stable_route != promoting.stable_route:
        assert after.stable_route == promoting.canary_revision
        assert (seen.route.weight or 0) == promoting.weight
