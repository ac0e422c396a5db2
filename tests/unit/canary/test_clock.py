from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from canary.adapters import clock
from canary.adapters.clock import SystemClock


class Machine:
    """A machine whose clock can be set; time passes only when it is told to."""

    def __init__(self) -> None:
        self.wall, self.passed = 1_000_000.0, 50.0

    def wait(self, seconds: float) -> None:
        self.wall += seconds
        self.passed += seconds


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine()
    monkeypatch.setattr(time, "time", lambda: made.wall)
    monkeypatch.setattr(clock, "_passed", lambda: made.passed)
    return made


def test_it_is_the_time_of_the_machine(machine: Machine) -> None:
    told = SystemClock()
    machine.wait(7.5)
    assert told.now() == 1_000_007.5


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 30.0, -30.0])
def test_a_jump_of_the_machines_clock_is_none_here(machine: Machine, jump: float) -> None:
    told = SystemClock()
    before = told.now()
    machine.wall += jump
    machine.wait(1.0)
    assert told.now() - before == pytest.approx(1.0, abs=0.011)


@pytest.mark.parametrize("jump", [30.0, -30.0])
def test_it_finds_back_to_the_machines_clock(machine: Machine, jump: float) -> None:
    told = SystemClock()
    machine.wall += jump
    for _ in range(3100):
        machine.wait(1.0)
        told.now()
    assert told.now() == machine.wall


def test_it_never_goes_back(machine: Machine) -> None:
    told = SystemClock()
    machine.wall -= 3600
    seen = [told.now() for _ in range(50) if machine.wait(0.3) is None]
    assert seen == sorted(seen)


@pytest.mark.parametrize("off", [3600.0, -3600.0, 30.0, -30.0])
def test_a_machine_whose_clock_is_off_is_told_the_time_by_the_api_server(
    machine: Machine, off: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: machine.passed)
    right = machine.wall
    machine.wall += off
    told = SystemClock()
    told.heard("")
    told.heard(formatdate(right, usegmt=True))
    assert told.now() == pytest.approx(right, abs=1.0)
    machine.wait(10.0)
    assert told.now() == pytest.approx(right + 10.0, abs=1.0)


def test_a_machine_whose_clock_is_about_right_keeps_it(machine: Machine) -> None:
    told = SystemClock()
    told.heard(formatdate(machine.wall - 1, usegmt=True))
    assert told.now() == machine.wall


def test_the_real_one_is_about_right() -> None:
    assert abs(SystemClock().now() - time.time()) < 1.0
