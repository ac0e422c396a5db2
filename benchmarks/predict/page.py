"""docs/benchmarks/predict.md: the figures worth keeping, with how they were come by. Pure."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.cluster.tables import goals, origin, table
from benchmarks.predict.subjects import EMPTY, PEERS, WORKERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.cluster.partial import Row

GOALS = ("what", "goal", "measured", "met")
SERVERS = (
    "server",
    "requests/s",
    "table / it",
    "model / it",
    "p50 at 500/s, ms",
    "p99 at 500/s, ms",
    "failed at 500/s",
)
MODELS = (
    "workers",
    "table, requests/s",
    "p99, ms",
    "CPU, µs a request",
    "model, requests/s",
    "p99, ms",
    "CPU, µs a request",
    "memory, MiB",
)
OVER = ("round", "can answer/s", "asked/s", "accepted/s", "their p99, ms", "refused/s", "recovery, s")
METHOD = """\
## How it is measured

*requests/s* is a closed loop: wrk with 8 connections, each of which asks for all branches and months in
turn. The figures at 500/s come from an open loop, which sends at that rate whatever the answers do; an
answer's time counts from the instant at which its request was due. A server has one core, the load has the
other one, all on 127.0.0.1; numeric libraries have one thread everywhere. Where the system lets them, both
go before everything else on the machine, so that what its neighbours do meanwhile is not measured.

Every server has the same `model.joblib` and one process that predicts. Peers answer in the way of their own
documentation, by the adapters in `benchmarks/predict/peers`, each in an environment of its own; their
packages are pinned beside. Before anything is measured, 40 answers are held against the model, number by
number. In each round our two paths and the other server take turns, and a ratio is one of that round.
Metrics and JSON logs of ours are on, as in its image; the others write no access log.

- **by the model**: our service with `TABLE_MONTHS=0`, which asks the model for each request. Most of that
  time is scikit-learn's on every server: 150 trees one after the other, from Python. The rest is the
  server's, and an event loop costs less than gunicorn's threads. As it is shipped the table holds every
  month that can be asked for, so no user meets this path.
- **an empty Flask handler** returns an empty string under gunicorn as ours is: one worker, 8 threads.
- **three times too much**: an open loop at three times the rate that the model path had just answered.
  Nobody who is accepted has waited longer than `QUEUE_SECONDS` (1 s) for a thread. Recovery is the time to
  the first of 20 quick answers in a row.
- **CPU** is what all processes of a server had of a core, a request; a busy machine makes answers slow, and
  changes it little.
- **memory** is that of all processes of a server after load; what they share counts once.
"""


def page(report: Mapping[str, Any], command: str) -> str:
    """Render a report as Markdown."""
    rows = report["rows"]
    return "\n".join(
        [
            "# The forecast service and its peers",
            "",
            origin(report, command),
            "",
            *table(GOALS, goals(report["goals"])),
            "",
            "## Servers",
            "",
            "Medians of the rounds, with the least and the most.",
            "",
            *table(SERVERS, _servers(rows, report["absent"])),
            "",
            "## Worker models of our service, on one core",
            "",
            *table(MODELS, _workers(rows)),
            "",
            "## Three times too much",
            "",
            *table(OVER, _over(rows)),
            "",
            *_broken(rows),
            METHOD,
        ]
    )


def _servers(rows: Sequence[Row], absent: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    every = [row for row in rows if "table_rate" in row]
    yield "ours, from the table", _told(every, "table_rate"), "1", "", *_steady(rows, "steady")
    yield "ours, by the model", _told(every, "model_rate"), "", "1", "", "", ""
    for server in (EMPTY, *PEERS):
        its = [row for row in rows if row["row"] == server.name]
        if server.name in absent:
            yield server.title, absent[server.name], "", "", "", "", ""
        elif its:
            figures = (_told(its, of) for of in ("rate", "table_ratio", "model_ratio"))
            yield server.title, *figures, *_steady(rows, server.name)


def _steady(rows: Sequence[Row], name: str) -> tuple[str, str, str]:
    its = [row for row in rows if row["row"] == name]
    return _told(its, "steady_p50_ms"), _told(its, "steady_p99_ms"), _told(its, "steady_failed")


def _workers(rows: Sequence[Row]) -> Iterator[tuple[str, ...]]:
    its = [row for row in rows if row["row"] == "workers"]
    for name, (title, _) in WORKERS.items():
        fields = (f"{name}_{path}_{of}" for path in ("table", "model") for of in ("rate", "p99_ms", "cpu_us"))
        yield title, *(_told(its, each) for each in fields), _told(its, f"{name}_table_mib")


def _over(rows: Sequence[Row]) -> Iterator[tuple[str, ...]]:
    fields = ("round", "capacity", "asked", "accepted", "accepted_p99_ms", "refused", "recovery_seconds")
    for row in rows:
        if row["row"] == "overload" and "broken" not in row:
            yield tuple(f"{row[each]:g}" for each in fields)


def _broken(rows: Sequence[Row]) -> list[str]:
    said = [
        f"- {row['row']}, round {row['round']}, broke: {row['broken']}" for row in rows if "broken" in row
    ]
    return [*said, ""] if said else []


def _told(rows: Sequence[Row], of: str) -> str:
    """The median of a figure with its range; a dash where nobody was answered."""
    figures = [row[of] for row in rows if row.get(of) is not None]
    if not figures:
        return "-"
    return f"{median(figures):.4g} ({min(figures):.4g} to {max(figures):.4g})"
