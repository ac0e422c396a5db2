from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canary.adapters import memory
from canary.apply import Ports, carry_out
from canary.core.model import Decision, Observation, RouteState, ServiceState, Status

if TYPE_CHECKING:
    from canary.core.model import Target
    from canary.ports import Release


class Recorder:
    """Notes the order in which ports are called."""

    def __init__(self) -> None:
        self.calls: list[str] = []


class Releases(memory.MemoryReleases):
    def __init__(self, recorder: Recorder, release: Release) -> None:
        super().__init__(release)
        self._recorder = recorder

    def save(self, release: Release, status: Status) -> Release:
        self._recorder.calls.append("save")
        return super().save(release, status)


class Workloads(memory.MemoryWorkloads):
    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def ensure(self, release: Release, target: Target) -> None:
        self._recorder.calls.append("workloads")
        super().ensure(release, target)


class Router(memory.MemoryRouter):
    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def ensure(self, release: Release, weight: int) -> None:
        self._recorder.calls.append("router")
        super().ensure(release, weight)


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
    recorder = Recorder()
    ports = Ports(
        Releases(recorder, release),
        Workloads(recorder),
        Router(recorder),
        memory.MemoryMetrics(),
        memory.MemoryCommands(),
        memory.MemoryJournal(),
        memory.MemoryEvents(),
        memory.MemoryTelemetry(),
        memory.MemoryClock(),
    )
    observation = Observation({}, ServiceState(), ServiceState(), RouteState(seen))
    carry_out(ports, release, observation, Decision(Status(weight=asked), 1.0))
    assert recorder.calls == expected
