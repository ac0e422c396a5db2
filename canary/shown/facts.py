"""What is known about a release, as pairs of a label and a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canary.core.artefacts import told
from canary.core.model import Phase
from canary.shown.picture import picture, seen
from canary.shown.words import ago, clean, span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from canary.core.view import ReleaseView
    from canary.ports import Release


def facts(release: Release, now: float) -> Iterator[tuple[str, str]]:
    """Give what is worth a line now, the most important first."""
    view = picture(release, now)
    yield "revisions", _revisions(view)
    if artefacts := _artefacts(release, view):
        yield "artefacts", artefacts
    yield "steps", _bar(release, view)
    yield "weight", weights(view)
    if view.stalled:
        yield "stalled", clean(view.stalled)
    for waiting in _waiting(release, view):
        yield "waiting", waiting
    if view.reason:
        yield "reason", clean(view.reason)
    if view.held_by:
        yield "held by", clean(view.held_by)
    if view.approval_needed:
        yield "missing", f"approval: canary promote {release.name}"
    if view.eta is not None:
        yield "next", f"in about {span(view.eta)} if the evidence stays as it is"
    if view.rollback_until > now:
        yield _kept(view, span(view.rollback_until - now))
    if view.started and view.phase not in (Phase.HEALTHY, Phase.ROLLED_BACK):
        yield "started", ago(view.started, now)


def weights(view: ReleaseView) -> str:
    """Write the canary's asked and observed share of the users."""
    if not view.weight and not view.observed_weight:
        return "0 %"
    shown = "not seen yet" if view.observed_weight is None else f"{view.observed_weight:.1f} % seen"
    return f"{view.weight} % asked, {shown}"


def _waiting(release: Release, view: ReleaseView) -> Iterator[str]:
    if not seen(release):
        yield "the controller has not looked at the newest change yet"
    if view.phase is Phase.ROLLING_BACK:
        yield f"until all users are seen to be back on revision {view.stable}"


def _kept(view: ReleaseView, left: str) -> tuple[str, str]:
    """Say what the pods that are not used stay for."""
    if view.phase is Phase.ROLLED_BACK:
        return "pods", f"those of the rejected revision stay for another {left}"
    return "way back", f"one write, for another {left}"


def _revisions(view: ReleaseView) -> str:
    return ", ".join(f"{role} {revision}" for role, revision in _roles(view)) or "none yet"


def _artefacts(release: Release, view: ReleaseView) -> str:
    """Write what each revision serves, digests as short as people compare them."""
    known = told(release.raw or {})
    pairs = [(role, clean(known[revision])) for role, revision in _roles(view) if revision in known]
    return ", ".join(f"{role} {artefact[:19]}" for role, artefact in pairs)


def _roles(view: ReleaseView) -> Iterator[tuple[str, str]]:
    roles = (
        ("stable", view.stable),
        ("canary", view.canary),
        ("previous", view.previous),
        ("rejected", view.rejected),
    )
    return ((role, revision) for role, revision in roles if revision)


def _bar(release: Release, view: ReleaseView) -> str:
    """Draw the steps as weights, the present one in brackets: 10 % > [25 %] > 50 % > 100 %."""
    steps = enumerate(release.spec.steps if release.spec else (), start=1)
    return " > ".join(f"[{each.weight} %]" if n == view.step else f"{each.weight} %" for n, each in steps)
