"""The objects that a status asks for. The same status always asks for the same objects."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from canary.core.model import Cause, Phase, Step, Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canary.core.model import RevisionState, Spec, Status

ORDERED = Cause.ORDERED


def target(spec: Spec, status: Status, kept: Mapping[str, RevisionState]) -> Target:
    """Derive sizes, selectors and weight; `kept` are the Deployments that exist for this release.

    Whatever carries users, may carry them in a moment or is the warm way back has pods. Older
    revisions stay at size 0 to be rolled back to, the newest `history_limit` of them.
    """
    sizes = dict.fromkeys(_history(spec, status, kept), 0)
    sizes |= {revision: kept[revision].replicas for revision in _warm(status) if revision in kept}
    if status.rollback_until and status.previous_revision in kept:
        sizes[status.previous_revision] = spec.replicas
    if status.canary_revision and status.phase is not Phase.ROLLING_BACK:
        sizes[status.canary_revision] = _canary_size(spec, status)
    if status.stable_revision:
        sizes[status.stable_revision] = spec.replicas
    ended = status.phase in (Phase.HEALTHY, Phase.ROLLED_BACK)
    return Target(status.weight, status.stable_route, status.canary_route, sizes, ended)


def pods_for(spec: Spec, weight: int) -> int:
    """Pods that a canary needs to carry `weight` percent as easily as stable would."""
    return max(1, ceil(spec.replicas * weight / 100))


def current_step(spec: Spec, status: Status) -> Step:
    """The step that a release stands on, also when its owner shortened the list meanwhile."""
    return spec.steps[min(max(status.step, 0), len(spec.steps) - 1)]


def next_step(spec: Spec, status: Status) -> int | None:
    """Index of the first step above the present weight; None at 100."""
    return next((index for index, step in enumerate(spec.steps) if step.weight > status.weight), None)


def next_weight(spec: Spec, status: Status) -> int | None:
    """Weight of the next step; None at 100."""
    coming = next_step(spec, status)
    return None if coming is None else spec.steps[coming].weight


def pods_for_next(spec: Spec, status: Status) -> int:
    """Pods that the step to come needs; all of them at 100."""
    return pods_for(spec, next_weight(spec, status) or 100)


def _canary_size(spec: Spec, status: Status) -> int:
    """Pods for the step to come, early: they start while the present step is still counted."""
    if status.phase is Phase.PROMOTING or status.rollback_cause == ORDERED:
        return pods_for(spec, 100)
    return pods_for_next(spec, status)


def _warm(status: Status) -> set[str]:
    """Revisions that keep the pods they have: those on the way out, and a rejected one to look at."""
    warm = {status.stable_route, status.canary_route, status.canary_revision}
    return warm | {status.rejected_revision} if status.rollback_until else warm


def _history(spec: Spec, status: Status, kept: Mapping[str, RevisionState]) -> list[str]:
    serving = {status.stable_revision, status.canary_revision, status.stable_route, status.canary_route}
    first = (status.previous_revision, status.rejected_revision)
    old = [revision for revision in kept if revision not in serving]
    old.sort(key=lambda revision: (revision in first, kept[revision].created, revision), reverse=True)
    return old[: spec.history_limit]
