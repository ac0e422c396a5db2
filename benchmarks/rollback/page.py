"""docs/benchmarks/rollback.md: the figures worth keeping, with how they were come by. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.cluster.spread import spread
from benchmarks.cluster.tables import goals, origin, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.cluster.partial import Row

FIGURES = (
    ("failure", "seconds", "first to last bad answer, s"),
    ("failure", "failed", "failed requests"),
    ("abort", "seconds", "order to last canary answer, s"),
    ("abort", "write_seconds", "the order's way to the API server, s"),
    ("abort", "process_seconds", "a whole `canary list` process, s"),
    ("edit", "seconds", "edit to weight put back, s"),
    ("good", "seconds", "spec change to last old answer, s"),
    ("good", "requests", "requests"),
    ("memory", "highest_mib", "highest resident memory, MiB"),
    ("memory", "import_kubernetes_mib", "a bare `import kubernetes`, MiB"),
)

METHOD = """\
## How it is measured

On the cluster that `make up` sets up, with the chart's production values and open-loop users that ask
through the entrance. Each round releases a pod template that no round had before, by plain `helm upgrade`,
from a stable revision at rest. Answers are told apart by the revision in their header and timed by the
start of their request; weights are read from the Ingress.

- **failure**: 50 requests/s, every answer of the new revision is an error, Prometheus scrapes every 5 s.
- **abort**: 100 requests/s, weight 10. The clock starts before the order is sent, so the figure holds the
  sending too. The order's way is everything the command does at the API server: read the kubeconfig,
  connect, read the release, ask for its own name, create the ReleaseCommand. The start of the process is
  not in it; a whole `canary list` shows what that adds.
- **edit**: a release paused at its first step; another client writes weight 90. From before that write to
  the API server's announcement of the weight put back.
- **good**: 200 requests/s through all steps. The clock starts before `helm` does.
- **tolerated**: 100 requests/s; each pod of stable and canary fails every 200th of its requests. Errors
  come evenly, not by chance; what chance adds is measured by simulation, not here.
- **memory**: `process_resident_memory_bytes` of the controller, the highest sample of the run.

Percentiles are nearest ranks: of 20 rounds p95 is the 19th figure and p99 the largest.
"""


def page(report: Mapping[str, Any], command: str) -> str:
    """Render a report as Markdown."""
    return "\n".join(
        [
            "# Rollback and release on a real cluster",
            "",
            origin(report, command),
            "",
            *table(("what", "goal", "measured", "met"), goals(report["goals"])),
            "",
            "## Rounds",
            "",
            *table(("row", "figure", "rounds", "median", "p95", "p99", "max"), _spreads(report["rows"])),
            "",
            *_endings(report["rows"]),
            METHOD,
        ]
    )


def _spreads(rows: Sequence[Row]) -> Iterator[tuple[str, ...]]:
    for name, field, words in FIGURES:
        figures = [float(row[field]) for row in rows if row["row"] == name and field in row]
        if figures:
            lie = spread(figures)
            yield name, words, str(lie.n), *(f"{each:.4g}" for each in (lie.p50, lie.p95, lie.p99, lie.max))


def _endings(rows: Sequence[Row]) -> list[str]:
    """What no percentile says: how the healthy releases ended, and which rounds broke."""
    said = [_ending(row) for row in rows if "outcome" in row]
    said += [
        f"- {row['row']}, round {row['round']}, broke: {row['broken']}" for row in rows if "broken" in row
    ]
    return [*said, ""] if said else []


def _ending(row: Row) -> str:
    shares = ", ".join(f"{share:.2%}" for share in row["error_shares"].values())
    return (
        f"- {row['row']}, round {row['round']}: {row['outcome']} after {row['seconds']:.0f} s, "
        f"weights {row['weights']}, errors {shares}"
    )
