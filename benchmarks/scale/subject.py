"""The controller under test: the program itself as a process of this machine, alone with all releases."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import urllib3
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.cluster.controller import Options, running
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.cluster.controller import Controller
    from benchmarks.cluster.place import Place

METRICS = 19466  # its port on the loopback address
PATIENCE = 120.0  # seconds for its first look at every release

Page = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@dataclass(slots=True)
class Subject:
    """The running controller."""

    controller: Controller

    def page(self) -> Page:
        """Every sample of its metrics page, by name and labels; nothing while it does not answer."""
        try:
            url = f"http://127.0.0.1:{METRICS}/metrics"
            text = urllib3.request("GET", url, timeout=30, retries=False).data.decode()
        except (urllib3.exceptions.HTTPError, OSError):
            return {}
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def seen_all(self, count: int) -> float:
        """Wait until it has looked at so many releases once; seconds since its start. Raises StepError."""
        while True:
            passed = time.time() - self.controller.starts[-1]
            if summed(self.page(), "canary_loop_seconds_count") >= count:
                return passed
            if passed > PATIENCE:
                raise StepError(f"controller: has not looked at {count} releases within {PATIENCE:.0f} s")
            time.sleep(0.1)


@contextmanager
def subject(place: Place, store: str, name: str) -> Iterator[Subject]:
    """Run the controller as long as the block lasts; its log is named after the measurement."""
    options = Options(identity=f"bench-scale-{name}", prometheus=store, port=METRICS)
    with running(place, options) as controller:
        yield Subject(controller)
        if len(controller.starts) > 1:
            raise StepError(f"controller: ended and had to be started again: see {controller.log.name}")


def summed(page: Page, name: str, **labels: str) -> float:
    """The sum of a metric over all series that carry these labels."""
    return sum(
        value for (found, has), value in page.items() if found == name and labels.items() <= dict(has).items()
    )


def below(before: Page, after: Page, histogram: str, share: float) -> float:
    """The bucket edge (seconds) that this share of what came between two pages does not exceed."""
    edges = sorted(
        {(float(dict(has)["le"]), dict(has)["le"]) for name, has in after if name == f"{histogram}_bucket"}
    )
    counts = [(edge, _gain(before, after, f"{histogram}_bucket", le=text)) for edge, text in edges]
    whole = counts[-1][1] if counts else 0.0
    if not whole:
        raise StepError(f"controller: nothing was counted in {histogram}")
    return next(edge for edge, count in counts if count >= share * whole)


def _gain(before: Page, after: Page, name: str, **labels: str) -> float:
    return summed(after, name, **labels) - summed(before, name, **labels)


def spent(before: Page, after: Page, seconds: float) -> dict[str, Any]:
    """What the controller used between two pages, per second."""

    def rate(name: str, **labels: str) -> float:
        return round(_gain(before, after, name, **labels) / seconds, 3)

    return {
        "seconds": round(seconds, 1),
        "resident_mib": round(summed(after, "process_resident_memory_bytes") / 2**20, 1),
        "cpu_share": rate("process_cpu_seconds_total"),
        "loops_per_second": rate("canary_loop_seconds_count"),
        "lag_p99_seconds": below(before, after, "canary_loop_lag_seconds", 0.99),
        "calls_per_second": rate("canary_api_requests_total"),
        "writes_per_second": rate("canary_api_requests_total")
        - rate("canary_api_requests_total", verb="GET"),
        "queries_per_second": rate("canary_metrics_queries_total"),
        "samples_per_second": rate("canary_metrics_samples_total"),
    }
