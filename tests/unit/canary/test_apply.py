from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from canary.adapters import memory
from canary.adapters.fence import Alone
from canary.apply import Ports, carry_out
from canary.core.model import (
    Acknowledgement,
    Block,
    Counts,
    Decision,
    JournalEntry,
    Look,
    Note,
    Observation,
    Phase,
    RouteState,
    ServiceState,
    Status,
    View,
)
from canary.core.records import Header, Looked
from canary.ports import ConflictError, RefusedError, SerinError, UnreachableError, UnrecordedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from canary.core.model import Target
    from canary.ports import Release

NEW = "ffffffffff"
TICK = Block(995.0, 1000.0, Counts(50), Counts(450))
LOOK = Look(1000.0, NEW, 10, 100, confirmed=True, edges={}, blocks={View.EDGE: (TICK,)})
REFUSED = RefusedError("ConfigMap shop/web-journal-0: PATCH: forbidden: ask for the permission")


@dataclass
class Recorder:
    """Notes the order in which ports are called; `fail` names calls that fail, each as often as it says."""

    calls: list[str] = field(default_factory=list)
    fail: dict[str, list[BaseException]] = field(default_factory=dict)

    def called(self, name: str) -> None:
        self.calls.append(name)
        if self.fail.get(name):
            raise self.fail[name].pop(0)


class Releases(memory.MemoryReleases):
    def __init__(self, recorder: Recorder, release: Release) -> None:
        super().__init__(release)
        self._recorder = recorder

    def save(self, release: Release, status: Status) -> Release:
        self._recorder.called("save")
        return super().save(release, status)


class Workloads(memory.MemoryWorkloads):
    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def ensure(self, release: Release, target: Target) -> None:
        self._recorder.called("workloads")
        super().ensure(release, target)


class Router(memory.MemoryRouter):
    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def ensure(self, release: Release, weight: int) -> None:
        self._recorder.called("router")
        super().ensure(release, weight)


class Journal(memory.MemoryJournal):
    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def keep(self, release: Release, records: Iterable[Header | Looked]) -> None:
        self._recorder.called("keep")
        super().keep(release, records)

    def append(self, release: Release, entries: Iterable[JournalEntry]) -> None:
        if self._recorder.fail.get("append"):
            raise self._recorder.fail["append"].pop(0)
        super().append(release, entries)


class World:
    """All ports of one release that stands at 10 % with something known already."""

    def __init__(self, release: Release, **status: Any) -> None:
        before = {"weight": 10, "checkpoint": {"time": 995.0}, "started": 900.0, "phase": Phase.PROGRESSING}
        self.release = replace(release, status=Status(**before | status))
        self.recorder = Recorder()
        self.releases = Releases(self.recorder, self.release)
        self.router = Router(self.recorder)
        self.commands = memory.MemoryCommands()
        self.journal = Journal(self.recorder)
        self.events = memory.MemoryEvents()

    def carry_out(self, decision: Decision, seen: int | None = 10) -> None:
        ports = Ports(
            self.releases,
            Alone(),
            Workloads(self.recorder),
            self.router,
            memory.MemoryMetrics(),
            self.commands,
            self.journal,
            self.events,
            memory.MemoryTelemetry(),
            memory.MemoryClock(),
        )
        if seen is not None:
            self.router.edit(self.release, seen, manager="")
        observation = Observation({}, ServiceState(), ServiceState(), RouteState(seen))
        carry_out(ports, self.releases.get(self.release.key), observation, decision)

    @property
    def status(self) -> Status:
        return self.releases.get(self.release.key).status

    @property
    def looks(self) -> list[Looked]:
        return [each for each in self.journal.kept(self.release).records if isinstance(each, Looked)]


def decision(weight: int, **status: Any) -> Decision:
    """What a look decides that takes in one more tick."""
    line = JournalEntry(1, 1000.0, 10, weight, Phase.PROGRESSING, NEW, "errors/edge", "", "so it is", "ann")
    after = {"checkpoint": {"time": 1000.0}, "started": 900.0, "phase": Phase.PROGRESSING, "journal": (line,)}
    answer = Acknowledgement("order-1", accepted=True, message="done")
    return Decision(Status(weight=weight, **after | status), 1.0, answer, (Note("Moved", "on"),), LOOK)


HOLD, ON = decision(10, idle_since=1000.0), decision(50)
BACK = decision(0, phase=Phase.ROLLING_BACK)


@pytest.mark.parametrize(
    ("seen", "asked", "expected"),
    [
        pytest.param(50, 0, ["save", "router", "workloads"], id="users leave before pods"),
        pytest.param(10, 25, ["save", "workloads", "router"], id="pods come before users"),
        pytest.param(10, 10, ["save", "workloads", "router"], id="no change"),
        pytest.param(None, 0, ["save", "workloads", "router"], id="no route yet"),
    ],
)
def test_written_down_first_then_in_the_safe_order(
    release: Release, seen: int | None, asked: int, expected: list[str]
) -> None:
    world = World(release)
    world.carry_out(Decision(Status(weight=asked), 1.0), seen)
    assert world.recorder.calls == expected


@pytest.mark.parametrize("decided", [HOLD, ON, BACK], ids=["hold", "on", "back"])
def test_a_look_is_recorded_before_the_status_that_rests_on_it_is_saved(
    release: Release, decided: Decision
) -> None:
    world = World(release)
    world.carry_out(decided)
    assert world.recorder.calls[:2] == ["keep", "save"]
    (looked,) = world.looks
    assert (looked.after, looked.look) == (995.0, LOOK)
    assert world.status.checkpoint == {"time": 1000.0}


def test_a_rollback_waits_for_one_write_at_most(release: Release) -> None:
    world = World(release)
    world.carry_out(BACK)
    assert world.recorder.calls == ["keep", "save", "router", "workloads"]


@pytest.mark.parametrize("decided", [HOLD, ON, BACK], ids=["hold", "on", "back"])
def test_who_dies_between_the_two_writes_looks_again_from_the_same_place(
    release: Release, decided: Decision
) -> None:
    world = World(release)
    world.recorder.fail["save"] = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        world.carry_out(decided)
    assert world.status == world.release.status
    assert len(world.looks) == 1
    later = replace(LOOK, time=1001.0)
    world.carry_out(replace(decided, look=later))
    assert [(each.after, each.look.time) for each in world.looks] == [(995.0, 1000.0), (995.0, 1001.0)]


def test_the_same_look_again_is_recorded_once(release: Release) -> None:
    world = World(release)
    world.recorder.fail["save"] = [UnreachableError("the answer got lost")]
    with pytest.raises(UnreachableError):
        world.carry_out(HOLD)
    world.carry_out(HOLD)
    assert len(world.looks) == 1


# --- a journal that cannot be written ------------------------------------------------------------


def test_users_leave_although_nobody_can_record_why(release: Release) -> None:
    world = World(release)
    world.recorder.fail["keep"] = [REFUSED, REFUSED]
    with pytest.raises(UnrecordedError, match=r"forbidden.*until it can be recorded, no evidence counts"):
        world.carry_out(BACK)
    assert world.recorder.calls == ["keep", "save", "router", "workloads", "keep"]
    assert (world.router.observe(world.release).weight, world.looks) == (0, [])
    assert (world.status.phase, world.status.checkpoint) == (Phase.ROLLING_BACK, {"time": 995.0})
    assert world.commands.answers
    assert world.events.told


@pytest.mark.parametrize(
    "trouble",
    [REFUSED, UnreachableError("no answer"), ConflictError("it moved")],
    ids=lambda each: type(each).__name__,
)
def test_what_users_left_for_is_recorded_behind_them(release: Release, trouble: SerinError) -> None:
    world = World(release)
    world.recorder.fail["keep"] = [trouble]
    world.carry_out(BACK)
    assert world.recorder.calls == ["keep", "save", "router", "workloads", "keep"]
    assert [each.look for each in world.looks] == [LOOK]
    assert len(world.journal.read(world.release)) == 1


def test_nothing_goes_forward_that_nobody_can_record(release: Release) -> None:
    world = World(release)
    world.recorder.fail["keep"] = [REFUSED, REFUSED]
    with pytest.raises(UnrecordedError):
        world.carry_out(ON)
    assert world.status == world.release.status
    assert world.router.observe(world.release).weight == 10
    assert world.commands.answers == [], "the order is still to be carried out"


def test_clocks_and_answers_go_on_without_a_record(release: Release) -> None:
    world = World(release)
    world.recorder.fail["keep"] = [REFUSED, REFUSED]
    with pytest.raises(UnrecordedError):
        world.carry_out(HOLD)
    assert (world.status.idle_since, world.status.checkpoint) == (1000.0, {"time": 995.0})
    assert world.commands.answers


def test_a_weight_that_is_not_ours_is_put_back_without_a_record(release: Release) -> None:
    world = World(release)
    world.recorder.fail["keep"] = [REFUSED, REFUSED]
    with pytest.raises(UnrecordedError):
        world.carry_out(HOLD, seen=90)
    assert world.router.observe(world.release).weight == 10


def test_a_journal_that_somebody_else_wrote_means_to_look_again(release: Release) -> None:
    world = World(release)
    world.recorder.fail["keep"] = [ConflictError("ConfigMap shop/web-journal-0: it moved: read it again")]
    with pytest.raises(ConflictError):
        world.carry_out(ON)
    assert world.recorder.calls == ["keep"]


@pytest.mark.parametrize(
    ("trouble", "raised"), [(REFUSED, UnrecordedError), (ConflictError("it moved"), ConflictError)]
)
def test_a_line_that_cannot_be_written_stops_nothing_else(
    release: Release, trouble: SerinError, raised: type[SerinError]
) -> None:
    world = World(release)
    world.recorder.fail["append"] = [trouble]
    with pytest.raises(raised):
        world.carry_out(ON)
    assert world.router.observe(world.release).weight == 50
    assert world.commands.answers
    assert world.events.told
