"""What a release left behind: its journal, and whether its decisions come out the same again."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from canary.bootstrap import desk
from canary.core.replay import replay, runs
from canary.ports import SerinError
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from canary.core.model import JournalEntry
    from demo.reads import Subject

WHOLE = 100  # percent: who has everybody goes to 0 as the new stable, after the proxy has shown it


def journal(env: Mapping[str, str], subject: Subject, revision: str) -> list[JournalEntry]:
    """Every line about the releases of one revision, oldest first. Raises StepError."""
    try:
        counter = desk(env.get("KUBECONFIG", ""))
        found = counter.journal(counter.release(subject.namespace, subject.name))
    except SerinError as error:
        raise StepError(f"{subject.namespace}: journal: {error}") from error
    return [entry for entry in found if entry.revision == revision]


def path(entries: Iterable[JournalEntry]) -> list[int]:
    """The weights that a journal says were asked for, in their order, the same one never twice in a row.

    A weight that somebody else wrote is no step of the release, and neither is its way back.
    """
    own = [entry for entry in entries if entry.rule != "foreign"]
    order = [weight for entry in own for weight in (entry.weight_from, entry.weight_to)]
    return order[:1] + [after for before, after in pairwise(order) if after != before]


def carried(route: Sequence[int], order: Sequence[int]) -> bool:
    """Whether a route carried the weights that were asked for, in their order.

    A way back does not wait for the step before it to be carried out.
    """
    overtaken = [
        [*order[:index], *order[index + 1 :]]
        for index, (before, weight, after) in enumerate(zip(order, order[1:], order[2:], strict=False), 1)
        if before < weight > after == 0 and weight < WHOLE
    ]
    return list(route) in [list(order), *overtaken]


def disagreements(env: Mapping[str, str], subject: Subject, revision: str) -> tuple[str, ...]:
    """What `canary replay` has to say against the last release of a revision. Raises StepError.

    A move is confirmed by its line, so the lines are as much a part of what was kept as the looks are.
    """
    try:
        counter = desk(env.get("KUBECONFIG", ""))
        release = counter.release(subject.namespace, subject.name)
        kept = replace(counter.kept(release), journal=tuple(counter.journal(release)))
    except SerinError as error:
        raise StepError(f"{subject.namespace}: replay: {error}") from error
    mine = [run for run in runs(kept) if run.header.revision == revision]
    if not mine:
        raise StepError(f"{subject.namespace}: replay: nothing is recorded of revision {revision}")
    return (*kept.problems, *replay(mine[-1]).disagreements)
