"""The election against the real API server; its rules in a lab are in tests/unit/canary/test_lease.py."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from canary.adapters.clock import SystemClock
from canary.adapters.lease import DURATION, Lease

if TYPE_CHECKING:
    from canary.adapters.kube import Kube

pytestmark = pytest.mark.cluster


def test_the_second_candidate_leads_soon_after_the_first_gives_back(kube: Kube, namespace: str) -> None:
    first, second = (Lease(kube, SystemClock(), namespace, "election", name) for name in ("one", "two"))
    assert first.acquire()
    led = threading.Event()
    waiting = threading.Thread(target=lambda: second.acquire() and led.set())
    waiting.start()
    assert not led.wait(3.0)
    first.give_back()
    assert led.wait(DURATION - 1)  # a Lease that nobody gives back runs out later
    waiting.join()
