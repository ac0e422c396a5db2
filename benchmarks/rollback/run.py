"""Plays the rounds that are missing, and keeps each one as soon as it is over."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.cluster.site import Site, StandstillError
from benchmarks.rollback.rows import GOOD
from delivery.errors import StepError
from demo.report import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.cluster.partial import Partial, Row
    from benchmarks.cluster.place import Place, Say
    from benchmarks.rollback.rows import Measured, Play

NAMESPACE = "bench-rollback"
QUICK = (
    "outcome",
    "seconds",
    "failed",
    "failed_elsewhere",
    "write_seconds",
    "weights",
    "highest_mib",
    "broken",
)


def expected(rows: Sequence[Measured], rounds: int) -> dict[str, int]:
    """How many rounds each row has to have."""
    return {row.name: row.rounds(rounds) for row in rows}


def run(
    place: Place, rows: Sequence[Measured], wanted: Mapping[str, int], partial: Partial, say: Say
) -> None:
    """Play what is missing of `rows`. Raises StepError when the site cannot be brought to rest."""
    missing = {row.name: partial.missing(row.name, wanted[row.name]) for row in rows}
    if not any(missing.values()):
        say("every round has been measured already; --fresh measures them again")
        return
    site = Site(place, say, NAMESPACE)
    site.open()
    site.require(*GOOD)
    images = {"service": place.images.service.name, "controller": place.images.controller.name}
    partial.describe({"images": images, **site.spec()})
    say(f"measured with {partial.setting}")
    for row in rows:
        _play_row(row, missing[row.name], site, partial)
    site.close()


def _play_row(row: Measured, numbers: Sequence[int], site: Site, partial: Partial) -> None:
    if not numbers:
        return
    site.say(f"{row.name}: {row.title}; {len(numbers)} rounds to go")
    with row.open(site) as play:
        for number in numbers:
            partial.add(made := _round(row.name, number, play))
            site.say(f"{row.name} {number}: {_told(made)}")


def _round(name: str, number: int, play: Play) -> Row:
    """Play one round; what breaks it is its result, unless the site itself cannot go on."""
    began = time.time()
    try:
        measured = play(number)
    except StandstillError:
        raise
    except StepError as error:
        measured = {"broken": " ".join(str(error).split())[:300]}
    took = round(time.time() - began, 1)
    return {"row": name, "round": number, "started": stamp(began), "took": took, **measured}


def _told(row: Row) -> str:
    return ", ".join(f"{key.replace('_', ' ')} {row[key]}" for key in QUICK if key in row)
