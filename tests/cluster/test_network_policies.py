"""The chart's NetworkPolicy, while it is enforced: only the entrance and Prometheus reach a pod."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

from .lab import ENTRY, ROOT, wait_for
from .test_infrastructure import ask as prometheus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .lab import Lab

pytestmark = [pytest.mark.cluster]

SLEEP = "import signal; signal.sigwait([signal.SIGTERM])"
ASK = "import urllib.request as u; print(u.urlopen('http://forecast-stable/openapi.json', timeout=3).status)"


def devcluster(*words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "devcluster", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def enforced(stranger: Lab) -> Iterator[Lab]:
    """Enforce policies after the stranger was seen to get through."""
    if os.environ.get("CLUSTER", "embedded") == "current":
        pytest.fail("CLUSTER=current: whether it enforces policies is its own affair: deselect this module")
    wait_for("an answer for the stranger before", lambda: stranger_gets_through(stranger), 30)
    try:
        devcluster("network-policies", "on")
        yield stranger
    finally:
        devcluster("network-policies", "off")
    wait_for("an answer for the stranger after", lambda: stranger_gets_through(stranger), 30)


@pytest.fixture
def stranger(lab: Lab) -> Lab:
    """A release, and a pod beside it that no policy names."""
    lab.healthy(model__version="v0")
    image = f"--image={lab.tools.images['service']}"
    lab.kubectl(
        "run",
        "stranger",
        image,
        "--image-pull-policy=IfNotPresent",
        "--command",
        "--",
        "python3",
        "-c",
        SLEEP,
    )
    lab.kubectl("wait", "pod/stranger", "--for=condition=Ready", "--timeout=60s")
    return lab


def stranger_gets_through(lab: Lab) -> bool:
    said = lab.kubectl("exec", "stranger", "--", "python3", "-c", ASK, check=False)
    return said.strip() == "200"


def user_gets_through(lab: Lab) -> bool:
    request = urllib.request.Request(f"{ENTRY}/openapi.json", headers={"Host": lab.host})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return bool(answer.status == 200)
    except urllib.error.URLError:
        return False


def test_a_stranger_is_refused_while_users_and_prometheus_are_not(enforced: Lab) -> None:
    wait_for("the stranger refused", lambda: not stranger_gets_through(enforced), 30)
    assert all(user_gets_through(enforced) for _ in range(20))
    scraped = f'min_over_time(up{{namespace="{enforced.namespace}",release="forecast"}}[15s]) == 1'
    wait_for("samples of the pod", lambda: prometheus(scraped), 30)
