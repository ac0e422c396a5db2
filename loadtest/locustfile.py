"""What Locust runs. By hand: `locust -f loadtest/locustfile.py --headless`; the gate sets the environment.

LOADTEST_PLAN (JSON; default values.yaml), LOADTEST_URL, LOADTEST_HOST_HEADER, LOADTEST_FIGURES (a file to
write the measured figures to).
"""

import json
import os
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from locust import constant_throughput, events

from loadtest import plan as plans
from loadtest.catalogue import Target, fetch
from loadtest.shapes import StagedShape
from loadtest.users import PharmacyUser
from loadtest.verdict import Figures

PLAN = (
    plans.load(os.environ["LOADTEST_PLAN"]) if "LOADTEST_PLAN" in os.environ else plans.read(plans.DEFAULTS)
)
TARGET = Target(
    os.environ.get("LOADTEST_URL", "http://127.0.0.1:8080"),
    os.environ.get("LOADTEST_HOST_HEADER", "staging.forecast.serin.test"),
)


class Pharmacist(PharmacyUser):
    """A user of the target, as busy as the plan says."""

    host = TARGET.url
    host_header = TARGET.host
    questions = fetch(TARGET, patience=10)
    wait_time = constant_throughput(PLAN.rate_per_user)


class Staged(StagedShape):
    """The plan's stages."""

    stages = PLAN.stages


@events.test_stop.add_listener
def write_figures(environment: Any, **_: Any) -> None:
    """Leave what was measured for the gate to judge."""
    if "LOADTEST_FIGURES" not in os.environ:
        return
    total = environment.stats.total
    errors: Counter[str] = Counter()
    for entry in environment.stats.errors.values():
        errors[str(entry.error)] += entry.occurrences
    figures = Figures(
        requests=total.num_requests,
        failures=total.num_failures,
        seconds=time.monotonic() - environment.shape_class.measured_from,
        p50=total.get_response_time_percentile(0.50),
        p95=total.get_response_time_percentile(0.95),
        p99=total.get_response_time_percentile(0.99),
        errors=dict(errors),
    )
    Path(os.environ["LOADTEST_FIGURES"]).write_text(json.dumps(asdict(figures)), encoding="utf-8")
