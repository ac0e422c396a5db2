"""docs/benchmarks/series.md: what the models make of public series. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.series.public import SERIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

METHOD = """\
The models of this project are trained on a made-up chain. These series were recorded by others and come
with a package ([sktime](https://www.sktime.net)); each is read as a pharmacy's own CSV, trained on and
scored by the same code, from the same three origins, twelve months each. One series is not what the learned
model is for, which learns from what many have in common: the gate is there to say so. **Gate** is what
`make train` would print instead of storing the model.
"""


def page(report: Mapping[str, Any], command: str) -> str:
    """Render a report as Markdown."""
    head = [
        "# The models on public series",
        "",
        f"Written by `{command}` at commit {report['commit'][:12]}, {report['finished'][:10]}.",
        "",
        METHOD,
    ]
    return "\n".join(
        [*head, *(line for series in SERIES for line in _series(report, series.name, series.title))]
    )


def _series(report: Mapping[str, Any], name: str, title: str) -> Iterator[str]:
    rows = [row for row in report["rows"] if row["series"] == name]
    yield from (f"## {name}: {title}", "")
    yield from ("| forecast | MASE | WAPE | bias, units | 80 % interval covers | months judged |",)
    yield "|---|---|---|---|---|---|"
    for row in rows:
        yield (
            f"| {row['forecast']} | {row['mase']:.3f} | {row['wape']:.3f} | {row['bias']:+.2f} "
            f"| {row['coverage']:.1%} | {row['rows']} |"
        )
    verdict = "; ".join(report["gate"][name]) or "passed"
    yield from ("", f"**Gate**: {verdict}.", "")
