"""docs/benchmarks/scale.md out of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_COLUMNS = (
    ("releases", "releases"),
    ("moving", "moving"),
    ("start_seconds", "first look at all, s"),
    ("resident_mib", "memory, MiB"),
    ("cpu_share", "CPU, cores"),
    ("calls_per_second", "API calls/s"),
    ("writes_per_second", "writes among them"),
    ("loops_per_second", "loops/s"),
    ("lag_p99_seconds", "late by, p99, s"),
    ("queries_per_second", "queries/s"),
    ("samples_per_second", "samples read/s"),
    ("each_kib", "one more: KiB"),
    ("each_cpu_ms", "CPU, ms/s"),
    ("each_calls", "API calls/s"),
)
_HOW = """\
## How it is measured

`make up` first. Then as many CanaryReleases as the table says, 100 in a namespace, each with one pod, two
rules in two views, two Services, a disruption budget and two Ingresses, on the real API server with its real
controllers. Their pods are on a node that kwok plays: nothing runs in them, and they are Ready at once. The
controller is the product's own program as a process of this machine, alone with all releases, set as by the
chart. At rest nothing moves; then a tenth of the releases (100 at most) get a new template, whose canary
keeps 10 % of 20 requests/s while it is measured. Their counters come from one process that exports what a
proxy and the services would, to a real Prometheus that scrapes every 5 s. Figures are those of the
controller's own metrics page, between the begin and the end of a measurement.
Percentiles of times are the edges of the histogram's buckets: "at most".

*Late by*: how long after its due time a release was looked at. *First look at all*: from the start of the
process until every release has been looked at once. *One more*: what one release at rest adds, against the
next smaller fleet; what one that moves adds to that, against the same fleet at rest. Where more than 40
move, each is looked at less than once a second.
"""


def page(report: Mapping[str, Any], command: str) -> str:
    """The page, in Markdown."""
    return "\n".join([*_head(report, command), *_goals(report), "", *_table(report), "", _HOW])


def _head(report: Mapping[str, Any], command: str) -> Iterator[str]:
    machine = report["machine"]
    yield "# What many releases cost one controller"
    yield ""
    yield (
        f"`{command}`, {report['finished'][:10]}, commit {report['commit'][:10]}, {machine['cores']} cores, "
        f"{machine['memory_gib']} GiB."
    )
    yield ""


def _goals(report: Mapping[str, Any]) -> Iterator[str]:
    yield "| what | goal | measured | met |"
    yield "| --- | --- | --- | --- |"
    for goal in report["goals"]:
        figure = "-" if goal["figure"] is None else f"{goal['figure']:g}"
        asked, met = f"{goal['goal']} {goal['unit']}", "yes" if goal["met"] else "no"
        yield f"| {goal['name']} | {asked} | {figure} | {met} |"
    yield ""
    yield from (f"- Missed, {goal['name']}: {goal['note']}." for goal in report["goals"] if goal["note"])


def _table(report: Mapping[str, Any]) -> Iterator[str]:
    yield "| " + " | ".join(title for _, title in _COLUMNS) + " |"
    yield "| " + " | ".join("---" for _ in _COLUMNS) + " |"
    for row in report["rows"]:
        shown = (row.get(key, 0 if key == "moving" else None) for key, _ in _COLUMNS)
        yield "| " + " | ".join("-" if each is None else f"{each:g}" for each in shown) + " |"
