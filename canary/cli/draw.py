"""One release as a block of lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canary.cli.output import painted, table
from canary.cli.picture import PENDING, phase, picture, seen
from canary.cli.words import ago, clean, span, tally
from canary.core.model import Phase, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from canary.core.view import EvidenceView, ReleaseView
    from canary.ports import Release

_PHASE_COLOURS = {
    Phase.HEALTHY: "green",
    Phase.ROLLING_BACK: "red",
    Phase.ROLLED_BACK: "red",
    Phase.PAUSED: "yellow",
}
_VERDICT_COLOURS = {
    Verdict.PASS.name: "green",
    Verdict.HOLD.name: "yellow",
    Verdict.ERROR.name: "yellow",
    Verdict.FAIL.name: "red",
}
_LABEL = 10


def block(release: Release, now: float, *, colour: bool) -> tuple[str, ...]:
    """Draw everything about one release; the first line alone says how it stands."""
    view = picture(release, now)
    return (
        _title(release, view, colour=colour),
        *_facts(release, view, now),
        *evidence_lines(view.evidence, colour=colour),
    )


def _title(release: Release, view: ReleaseView, *, colour: bool) -> str:
    where = painted(f"{release.name} in {release.namespace}", "bold", wanted=colour)
    place = f", step {view.step} of {view.steps}" if view.step else ""
    return f"{where}: {_painted_phase(release, colour=colour)}{place}"


def _painted_phase(release: Release, *, colour: bool) -> str:
    name = phase(release)
    return painted(name, _PHASE_COLOURS.get(release.status.phase, "blue"), wanted=colour and name != PENDING)


def _facts(release: Release, view: ReleaseView, now: float) -> Iterator[str]:
    yield _line("revisions", _revisions(view))
    yield _line("steps", _bar(release, view))
    yield _line("weight", weights(view))
    if view.stalled:
        yield _line("stalled", clean(view.stalled))
    if not seen(release):
        yield _line("waiting", "the controller has not looked at the newest change yet")
    if view.reason:
        yield _line("reason", clean(view.reason))
    if view.held_by:
        yield _line("held by", clean(view.held_by))
    if view.approval_needed:
        yield _line("missing", f"approval: canary promote {release.name}")
    if view.eta is not None:
        yield _line("next", f"in about {span(view.eta)} if the evidence stays as it is")
    if view.rollback_until > now:
        yield _line(*_kept(view, span(view.rollback_until - now)))
    if view.started and view.phase not in (Phase.HEALTHY, Phase.ROLLED_BACK):
        yield _line("started", ago(view.started, now))


def _line(label: str, text: str) -> str:
    return f"  {label.ljust(_LABEL)} {text}"


def _kept(view: ReleaseView, left: str) -> tuple[str, str]:
    """Say what the pods that are not used stay for."""
    if view.phase is Phase.ROLLED_BACK:
        return "pods", f"those of the rejected revision stay for another {left}"
    return "way back", f"one write, for another {left}"


def _revisions(view: ReleaseView) -> str:
    roles = (
        ("stable", view.stable),
        ("canary", view.canary),
        ("previous", view.previous),
        ("rejected", view.rejected),
    )
    return ", ".join(f"{role} {revision}" for role, revision in roles if revision) or "none yet"


def weights(view: ReleaseView) -> str:
    """Write the canary's asked and observed share of the users."""
    if not view.weight:
        return "0 %"
    shown = "not seen yet" if view.observed_weight is None else f"{view.observed_weight:.1f} % seen"
    return f"{view.weight} % asked, {shown}"


def _bar(release: Release, view: ReleaseView) -> str:
    """Draw the steps as weights, the present one in brackets: 10 % > [25 %] > 50 % > 100 %."""
    steps = enumerate(release.spec.steps if release.spec else (), start=1)
    return " > ".join(f"[{each.weight} %]" if n == view.step else f"{each.weight} %" for n, each in steps)


_EVIDENCE = ("RULE", "VIEW", "CANARY", "STABLE", "BAD AT", "SAFE AT", "VERDICT", "DETAIL")


def evidence_lines(evidence: Sequence[EvidenceView], *, colour: bool) -> tuple[str, ...]:
    """Draw a row for every rule and view: bad of all answers on both sides, verdict, what is missing.

    BAD AT are the odds of a bet that the canary is bad, SAFE AT those that the coming step is safe.
    """
    if not evidence:
        return ()
    heading, *rows = table(_EVIDENCE, map(_row, evidence))
    painted_rows = [
        painted(row, _VERDICT_COLOURS[str(each.verdict)], wanted=colour)
        for row, each in zip(rows, evidence, strict=True)
    ]
    return ("", f"  {heading}", *(f"  {row}" for row in painted_rows))


def _row(each: EvidenceView) -> tuple[str, ...]:
    canary = tally(each.canary_bad, each.canary_requests, each.canary_rate)
    stable = tally(each.stable_bad, each.stable_requests, each.stable_rate)
    verdict = "WARN" if each.warning and each.verdict == "PASS" else str(each.verdict)
    return (each.rule, str(each.view), canary, stable, each.odds_against, each.odds_for, verdict, _news(each))


def _news(each: EvidenceView) -> str:
    """Cut off the figures that the row has already."""
    figures, separator, news = clean(each.detail).partition(": ")
    return news if separator and figures.startswith(f"{each.canary_bad} of ") else clean(each.detail)
