from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from canary.adapters import memory
from canary.adapters.fence import Alone
from canary.apply import Ports
from canary.controller import Controller
from canary.core.model import Block, Counts, Pair, Phase, Reading, RouteState, Status, Step, Verb, View
from canary.core.replay import Replay, replay, runs
from canary.ports import ConflictError, RefusedError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from canary.core.model import Acknowledgement, Target
    from canary.core.records import Header, Looked
    from canary.ports import MetricsQuery, Release

SETTLE = 1.0
GOOD = Pair(Counts(500), Counts(4500))
BAD = Pair(Counts(40, errors=20), Counts(360))
NEXT = "ffffffffff"


def reading(pair: Pair, split: Pair) -> Reading:
    both = dict.fromkeys(View, pair)
    return Reading(1_000_000.0, {}, both, both, split, dict.fromkeys(View, (0.1, 0.25, 1.0)))


def timed(counts: Counts) -> Counts:
    return replace(counts, timed=counts.requests)


class Live(memory.MemoryMetrics):
    """A store with one tick from the last look to now; it can be kept from answering."""

    def __init__(self) -> None:
        super().__init__(reading(Pair(), Pair()))
        self.allowed = threading.Event()
        self.allowed.set()

    def read(self, query: MetricsQuery) -> Reading:
        assert self.allowed.wait(10.0)
        found = super().read(query)
        ticks = {
            view: (Block(query.since[view], query.now, timed(pair.canary), timed(pair.stable)),)
            for view, pair in found.recent.items()
        }
        return replace(found, latest=query.now, blocks=ticks)


class World:
    """A controller on ports in memory, and hands on the clock."""

    def __init__(self, release: Release) -> None:
        self.releases = memory.MemoryReleases(release)
        self.workloads = memory.MemoryWorkloads()
        self.router = memory.MemoryRouter(port="web-port")
        self.metrics = Live()
        self.commands = memory.MemoryCommands()
        self.journal = memory.MemoryJournal()
        self.events = memory.MemoryEvents()
        self.telemetry = memory.MemoryTelemetry()
        self.clock = memory.MemoryClock()
        self.key = release.key
        self.controller = Controller(self._ports(), SETTLE, workers=1)

    def _ports(self) -> Ports:
        return Ports(
            self.releases,
            Alone(),
            self.workloads,
            self.router,
            self.metrics,
            self.commands,
            self.journal,
            self.events,
            self.telemetry,
            self.clock,
        )

    @property
    def release(self) -> Release:
        return self.releases.get(self.key)

    @property
    def status(self) -> Status:
        return self.release.status

    @property
    def weight(self) -> int | None:
        return self.router.observe(self.release).weight

    def loop(self, times: int = 1, seconds: float = 1.0) -> None:
        for _ in range(times):
            self.controller.reconcile(self.key)
            self.clock.time += seconds

    def start_again(self) -> None:
        """A new process, which knows what is stored and nothing else."""
        self.controller = Controller(self._ports(), SETTLE, workers=1)

    def ask_for(self, weights: tuple[int, ...]) -> None:
        release = self.release
        assert release.spec is not None
        steps = tuple(Step(weight, hold=60.0) for weight in weights)
        self.releases.put(replace(release, spec=replace(release.spec, steps=steps)))

    def new_template(self) -> None:
        release = self.release
        assert release.spec is not None
        spec = replace(release.spec, revision=NEXT, generation=release.spec.generation + 1)
        self.releases.put(replace(release, spec=spec))

    def until(self, phase: Phase) -> None:
        for _ in range(200):
            self.serve()
            if self.status.phase is phase:
                return
        raise AssertionError(f"no {phase}: {self.status}")

    def serve(self, loops: int = 1) -> None:
        """Loops while users come."""
        for _ in range(loops):
            self._measure()
            self.loop()

    def _measure(self) -> None:
        """Traffic follows route and Services exactly: the edge counts roles, pods count revisions."""
        weight = self.weight or 0
        split = Pair(Counts(100 * weight), Counts(100 * (100 - weight)))
        stable, _ = self.workloads.services(self.release)
        pods = Pair(Counts(1000), Counts()) if stable.revision == NEXT else split
        seen = {View.EDGE: split, View.APPLICATION: pods}
        self.metrics.reading = replace(reading(split, split), step=seen, recent=seen)


@pytest.fixture
def world(release: Release) -> World:
    made = World(release)
    made.until(Phase.HEALTHY)
    return made


def progressing(world: World) -> None:
    world.new_template()
    world.until(Phase.PROGRESSING)
    world.loop()


def test_a_first_revision_takes_all_traffic(world: World) -> None:
    assert world.release.spec is not None
    assert world.status.stable_revision == world.release.spec.revision
    assert world.weight == 0


def test_a_good_release_walks_to_the_end(world: World) -> None:
    world.new_template()
    world.until(Phase.HEALTHY)
    stable, _ = world.workloads.services(world.release)
    assert (world.status.stable_revision, stable.revision, world.weight) == (NEXT, NEXT, 0)
    weights = [(entry.weight_from, entry.weight_to) for entry in world.journal.read(world.release)]
    assert weights[-4:] == [(0, 10), (10, 100), (100, 0), (0, 0)]


def test_a_bad_release_goes_back(world: World) -> None:
    progressing(world)
    world.metrics.reading = reading(BAD, Pair())
    world.loop()
    assert (world.status.phase, world.weight) == (Phase.ROLLING_BACK, 0)
    world.serve(loops=4)
    assert (world.status.phase, world.weight) == (Phase.ROLLED_BACK, 0)
    assert world.status.rejected_revision == NEXT


def test_a_foreign_weight_is_put_back_and_told(world: World) -> None:
    progressing(world)
    world.router.edit(world.release, 90, "kubectl-edit")
    world.loop()
    assert world.weight == 10
    assert any("kubectl-edit" in note.message for _, note in world.events.told)


def test_a_foreign_weight_that_comes_in_mid_loop_is_told_too_before_it_is_put_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    progressing(world)
    read = world.metrics.read

    def edited_meanwhile(query: MetricsQuery) -> Reading:
        world.router.edit(world.release, 90, "kubectl-edit")
        return read(query)

    with monkeypatch.context() as patched:
        patched.setattr(world.metrics, "read", edited_meanwhile)
        with pytest.raises(ConflictError, match="from 10 % to 90 %"):
            world.loop()
    world.loop()
    assert world.weight == 10
    assert any("kubectl-edit" in note.message for _, note in world.events.told)


def test_a_deleted_route_comes_back_with_its_weight(world: World) -> None:
    progressing(world)
    world.router.remove(world.release)
    world.loop()
    assert world.weight == 10


def test_the_store_is_asked_about_the_port_that_the_route_leads_to(world: World) -> None:
    progressing(world)
    assert world.metrics.asked[-1].port == "web-port"


def test_on_the_way_back_the_store_is_asked_for_the_split_alone(world: World) -> None:
    progressing(world)
    before = world.metrics.asked[-1]
    world.metrics.reading = reading(BAD, Pair())
    world.loop(2)
    asked = world.metrics.asked[-1]
    assert (before.only, asked.only, asked.within, asked.resources) == (None, View.EDGE, None, False)
    assert before.within is not None


def test_an_abort_is_carried_out_and_answered_in_one_loop(world: World) -> None:
    progressing(world)
    world.commands.place(world.release, Verb.ABORT, "ann")
    world.loop()
    assert world.weight == 0
    assert [(answer.accepted, bool(answer.message)) for answer in world.commands.answers] == [(True, True)]
    assert world.journal.read(world.release)[-1].actor == "ann"


def test_an_order_whose_answer_was_lost_in_a_crash_is_obeyed_once(world: World) -> None:
    world.ask_for((10, 25, 50, 100))
    progressing(world)
    world.serve()
    world.commands.place(world.release, Verb.PROMOTE, "ann")
    answer = world.commands.acknowledge

    def die(release: Release, told: Acknowledgement) -> None:
        world.commands.acknowledge = answer  # type: ignore[method-assign]
        raise UnreachableError(f"{release.name}: {told.command}: killed: start again")

    world.commands.acknowledge = die  # type: ignore[method-assign]
    with pytest.raises(UnreachableError):
        world.loop()
    assert (world.weight, world.commands.answers) == (25, [])
    world.start_again()
    world.serve(loops=3)
    assert world.weight == 25
    assert [(told.accepted, told.message) for told in world.commands.answers] == [
        (True, "skips what is left of this step")
    ]


def test_a_silent_store_does_not_hold_up_an_abort(world: World) -> None:
    progressing(world)
    world.metrics.allowed.clear()
    world.commands.place(world.release, Verb.ABORT, "ann")
    world.loop()
    assert world.weight == 0
    world.metrics.allowed.set()


def test_where_many_are_under_way_each_is_looked_at_less_often(world: World) -> None:
    progressing(world)
    world.loop(5)
    alone = world.controller.reconcile(world.key)
    for number in range(199):
        world.controller._looks.look(f"shop/other-{number}", world.metrics.asked[-1], hurry=False)
    among_many = world.controller.reconcile(world.key)
    assert (alone, among_many) == (1.0, 5.0)


def test_without_an_answer_from_the_store_nothing_rises(world: World) -> None:
    progressing(world)
    world.metrics.reading = None
    world.loop(30)
    assert world.weight == 10
    assert "the metrics store gives no answer" in world.status.reason


def test_at_rest_nothing_is_written_and_the_store_is_left_alone(world: World) -> None:
    world.loop()
    version, writes, asked = world.release.resource_version, world.router.writes, len(world.metrics.asked)
    world.loop(20)
    seen = (world.release.resource_version, world.router.writes, len(world.metrics.asked))
    assert seen == (version, writes, asked)


def test_a_refused_object_becomes_the_reason_and_goes_when_it_is_accepted(world: World) -> None:
    accept = world.workloads.ensure

    def refuse(release: Release, target: Target) -> None:
        accept(release, replace(target, replicas={k: v for k, v in target.replicas.items() if k != NEXT}))
        if NEXT in target.replicas:
            raise RefusedError("Deployment web: spec.template is wrong: correct the object")

    world.workloads.ensure = refuse  # type: ignore[method-assign]
    world.new_template()
    for _ in range(2):
        with pytest.raises(RefusedError):
            world.loop()
    assert world.status.stalled == "Deployment web: spec.template is wrong: correct the object"
    world.workloads.ensure = accept  # type: ignore[method-assign]
    world.loop(2)
    assert world.status.stalled == ""


def test_an_order_is_answered_even_when_an_object_is_refused(world: World) -> None:
    progressing(world)

    def refuse(release: Release, target: Target) -> None:
        raise RefusedError(f"{release.name}: {target.weight}: no: correct the object")

    world.workloads.ensure = refuse  # type: ignore[method-assign]
    world.commands.place(world.release, Verb.ABORT, "ann")
    with pytest.raises(RefusedError):
        world.loop()
    assert world.weight == 0
    assert world.commands.next(world.release) is None


def test_a_lost_event_stops_nothing(world: World) -> None:
    def fail(release: Release, note: object) -> None:
        raise UnreachableError(f"{release.name}: {note}: no answer: try again")

    world.events.emit = fail  # type: ignore[method-assign]
    progressing(world)
    assert world.weight == 10


def test_a_status_that_moved_stops_the_loop_before_anything_is_done(world: World) -> None:
    world.new_template()
    stale = world.release
    world.releases.put(world.release)
    world.releases.get = lambda _: stale  # type: ignore[method-assign]
    before = dict(world.workloads.revisions(stale))
    with pytest.raises(ConflictError):
        world.controller.reconcile(world.key)
    assert dict(world.workloads.revisions(stale)) == before


def test_a_spec_that_cannot_be_understood_is_said_and_changes_nothing(world: World) -> None:
    progressing(world)
    world.releases.put(replace(world.release, spec=None, problem="spec.steps: must end at 100"))
    world.loop()
    assert (world.status.stalled, world.weight) == ("spec.steps: must end at 100", 10)


def test_a_deleted_release_is_forgotten(world: World) -> None:
    world.releases.remove(world.key)
    assert world.controller.reconcile(world.key) is None
    assert world.telemetry.gone == [world.key]


def test_a_release_that_is_being_deleted_is_let_alone_with_all_that_was_its_own(world: World) -> None:
    progressing(world)
    world.router.edit(world.release, 70, "kubectl")
    leaving = {"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}
    world.releases.put(replace(world.release, raw=leaving))
    before = (world.release, world.weight, dict(world.workloads.revisions(world.release)))
    assert world.controller.reconcile(world.key) is None
    assert (world.release, world.weight, dict(world.workloads.revisions(world.release))) == before
    assert world.telemetry.gone == [world.key]


def test_workers_look_after_releases_until_they_are_stopped(release: Release) -> None:
    world = World(release)
    looked = threading.Event()
    world.telemetry.looped = lambda *_: looked.set()  # type: ignore[method-assign]
    world.controller.start()
    assert looked.wait(5.0)
    assert world.controller.alive()
    world.controller.stop(2.0)
    assert world.status.observed_generation == 3


def test_releases_at_rest_do_not_all_wait_the_same_time(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, waits, planned = World(release), [], threading.Event()
    add = world.controller.queue.add

    def noted(key: str, after: float = 0.0) -> None:
        add(key, after)
        if after:
            waits.append(after)
            planned.set()

    monkeypatch.setattr(world.controller, "reconcile", lambda _: 30.0)
    monkeypatch.setattr(world.controller.queue, "add", noted)
    world.controller.start()
    assert planned.wait(5.0)
    world.controller.stop(2.0)
    assert 0 < waits[0] < 30


def test_a_controller_that_never_started_can_be_stopped(release: Release) -> None:
    world = World(release)
    world.controller.stop(0.1)
    assert not any(thread.is_alive() for thread in world.controller._threads)


def test_a_failing_release_is_tried_again_later_and_later(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    world = World(release)

    def fail(key: str) -> Release:
        raise UnreachableError(f"{key}: read: no answer: try again")

    world.releases.get = fail  # type: ignore[method-assign]
    pauses = [world.controller._attempt(world.key) for _ in range(9)]
    assert [pause for pause, _ in pauses] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    assert {kind for _, kind in pauses} == {"unreachable"}


def test_a_release_is_looked_at_often_though_an_object_of_it_is_refused(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    world = World(release)

    def refused(*_: object) -> None:
        raise RefusedError("PodDisruptionBudget web: write: a policy forbids it: ask its owner")

    world.workloads.ensure = refused  # type: ignore[method-assign]
    pauses = [world.controller._attempt(world.key) for _ in range(9)]
    assert pauses[-1] == (5.0, "refused")


def test_a_release_that_goes_back_does_not_wait_out_the_refusals_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    progressing(world)

    def refused(*_: object) -> None:
        raise RefusedError("Ingress web-canary: write: a policy forbids it: ask its owner")

    world.router.ensure = refused  # type: ignore[method-assign]
    assert [world.controller._attempt(world.key)[0] for _ in range(6)][-1] == 5.0
    world.metrics.reading = reading(BAD, Pair())
    for _ in range(3):
        world.clock.time += 1.0
        after, _ = world.controller._attempt(world.key)
        if world.status.phase is Phase.ROLLING_BACK:
            break
    assert (world.status.phase, after) == (Phase.ROLLING_BACK, 0.5)


def test_a_conflict_is_tried_again_at_once(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    world = World(release)

    def moved(release: Release, status: Status) -> Release:
        raise ConflictError(f"{release.key}: {status.phase}: it moved: read it again")

    world.releases.save = moved  # type: ignore[method-assign]
    pauses = [world.controller._attempt(world.key) for _ in range(9)]
    assert pauses[0] == (0.02, "conflict")
    assert pauses[-1] == (2.0, "conflict"), "a conflict that stays is no reason to ask without end"


# --- what is recorded --------------------------------------------------------------------------------


def replayed(world: World) -> Replay:
    kept = world.journal.kept(world.release)
    return replay(runs(replace(kept, journal=tuple(world.journal.read(world.release))))[-1])


@pytest.mark.parametrize("lives", [1000, 3], ids=["one life", "a new life every three loops"])
def test_every_decision_of_a_release_can_be_made_again(world: World, lives: int) -> None:
    world.new_template()
    for loop in range(200):
        world.serve()
        if loop % lives == lives - 1:
            world.start_again()
        if world.status.phase is Phase.HEALTHY:
            break
    found = replayed(world)
    assert found.agrees, found.disagreements
    assert [each.entry.weight_to for each in found.lines] == [10, 100, 0, 0]
    assert len(found.moments) > 5


def test_a_rollback_can_be_made_again(world: World) -> None:
    progressing(world)
    world.metrics.reading = reading(BAD, Pair())
    world.loop(5)
    found = replayed(world)
    assert found.agrees, found.disagreements
    assert [each.words for each in found.lines if each.evidence] == ["errors/edge is FAIL"]


def test_a_look_that_was_recorded_before_a_crash_and_one_after_it_count_once(world: World) -> None:
    progressing(world)
    save = world.releases.save

    def die(release: Release, status: Status) -> Release:
        if status.checkpoint == release.status.checkpoint:
            return save(release, status)
        world.releases.save = save  # type: ignore[method-assign]
        raise UnreachableError(f"{release.key}: killed: start again")

    world.releases.save = die  # type: ignore[method-assign]
    with pytest.raises(UnreachableError):
        world.serve(loops=10)
    world.clock.time += 1.0
    world.start_again()
    world.until(Phase.HEALTHY)
    found = replayed(world)
    assert found.agrees, found.disagreements
    assert found.repeated == 1


def refuse(release: Release, records: Iterable[Header | Looked]) -> None:
    raise RefusedError(f"ConfigMap {release.name}-journal-0: {len(tuple(records))}: forbidden: ask")


def test_a_release_that_cannot_be_recorded_stands_says_so_and_goes_on_when_it_can(world: World) -> None:
    progressing(world)
    keep, world.journal.keep = world.journal.keep, refuse  # type: ignore[method-assign]
    world.serve(loops=60)
    assert world.weight == 10
    assert world.status.stalled.startswith("ConfigMap web-journal-0: 2: forbidden: ask; until it can be")
    world.journal.keep = keep  # type: ignore[method-assign]
    world.until(Phase.HEALTHY)
    assert world.status.stalled == ""
    assert replayed(world).agrees


def test_a_bad_release_that_cannot_be_recorded_goes_back_and_its_replay_names_the_gap(world: World) -> None:
    progressing(world)
    world.journal.keep = refuse  # type: ignore[method-assign]
    world.serve(loops=20)
    world.metrics.reading = reading(BAD, Pair())
    world.loop()
    assert (world.status.phase, world.weight) == (Phase.ROLLING_BACK, 0)
    world.serve(loops=4)
    assert (world.status.phase, world.weight) == (Phase.ROLLED_BACK, 0)
    (said,) = replayed(world).disagreements
    assert said.endswith("errors/edge took the users back on a look that was not recorded")


# --- the dead-man ------------------------------------------------------------------------------------


def test_a_release_that_the_dead_man_reset_ends_and_its_mark_goes_when_it_has(world: World) -> None:
    progressing(world)
    world.router.reset(world.release, "then: nobody was there")
    weights = []
    for _ in range(10):
        world.serve()
        weights.append(world.weight)
        if world.status.phase is not Phase.ROLLED_BACK:
            assert world.router.observe(world.release).mark
    assert (world.status.phase, world.status.rejected_revision) == (Phase.ROLLED_BACK, NEXT)
    assert world.router.observe(world.release).mark == ""
    assert set(weights) == {0}
    (line,) = (each for each in world.journal.read(world.release) if each.weight_to < each.weight_from)
    assert (line.rule, line.actor, line.weight_from) == ("ControllerLost", "canary-deadman", 10)
    assert replayed(world).agrees


def test_a_weight_decided_before_the_dead_man_came_is_not_written_after_it(world: World) -> None:
    progressing(world)
    ensure = world.workloads.ensure

    def then_the_dead_man_comes(release: Release, target: Target) -> None:
        ensure(release, target)
        world.workloads.ensure = ensure  # type: ignore[method-assign]
        world.router.reset(release, "then: nobody was there")

    world.workloads.ensure = then_the_dead_man_comes  # type: ignore[method-assign]
    with pytest.raises(ConflictError, match="dead-man"):
        world.serve(loops=100)
    assert world.weight == 0
    world.until(Phase.ROLLED_BACK)


def test_each_completed_loop_is_a_sign_of_life_and_one_that_fails_is_none(world: World) -> None:
    progressing(world)
    before = len(world.releases.beats)
    world.serve(loops=5)
    assert len(world.releases.beats) - before == 5

    def fail(release: Release) -> RouteState:
        raise UnreachableError(f"{release.key}: no answer: try again")

    world.router.observe = fail  # type: ignore[method-assign]
    with pytest.raises(UnreachableError):
        world.loop()
    assert len(world.releases.beats) - before == 5


def test_blindness_is_a_matter_of_the_blind_budget_not_of_the_dead_man(world: World) -> None:
    progressing(world)
    world.metrics.reading = None
    before = len(world.releases.beats)
    world.loop(60)
    assert len(world.releases.beats) - before == 60


@pytest.mark.parametrize(("reading_then", "alive"), [(GOOD, True), (BAD, False)], ids=["holds", "must leave"])
def test_a_refused_object_is_a_sign_of_life_unless_it_keeps_users_where_they_must_leave(
    world: World,
    reading_then: Pair,
    alive: bool,  # noqa: FBT001
) -> None:
    progressing(world)

    def refused(release: Release, weight: int) -> None:
        raise RefusedError(f"Ingress {release.name}-canary: {weight}: forbidden: ask for the permission")

    world.metrics.reading = reading(reading_then, Pair())
    world.router.ensure = refused  # type: ignore[method-assign]
    before = len(world.releases.beats)
    for _ in range(10):
        with pytest.raises(RefusedError):
            world.loop()
    assert (len(world.releases.beats) > before) is alive
