"""One release as people read it: the same model behind status, list, why and history."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from canary.core.codec import camel, entry_to_json, finished_to_json
from canary.core.conditions import conditions
from canary.core.intents import current_step
from canary.core.model import Phase, Verdict
from canary.core.times import rfc3339
from canary.core.wording import odds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canary.core.model import Evidence, Finished, JournalEntry, Spec, Status, Step

_ON_A_STEP = (Phase.PROGRESSING, Phase.PAUSED, Phase.PROMOTING)


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """One rule in one view: whole requests on both sides, rates as shares of 1, None without requests.

    `odds_against` are those of a bet that the canary is bad, `odds_for` those of a bet that the
    coming step is safe; `needed` canary requests, in about `eta` seconds, are missing for it.
    """

    rule: str
    view: str
    verdict: str
    canary_requests: int
    canary_bad: int
    canary_rate: float | None
    stable_requests: int
    stable_bad: int
    stable_rate: float | None
    odds_against: str
    odds_for: str
    needed: int
    eta: float | None
    warning: bool
    detail: str


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """Everything that is shown about a release.

    `step` counts from 1 and is 0 off the steps; `step_weight` is its share in percent. `eta` is
    how many seconds this step still takes if the traffic stays as it is, None when nobody can
    say. `actor` gave the last order or took the last step. Times are seconds since the epoch.
    """

    namespace: str
    name: str
    phase: Phase
    weight: int
    observed_weight: float | None
    stable: str
    canary: str
    previous: str
    rejected: str
    step: int
    steps: int
    step_weight: int
    reason: str
    stalled: str
    held_by: str
    approval_needed: bool
    evidence: tuple[EvidenceView, ...]
    missing: tuple[str, ...]
    eta: float | None
    started: float
    rollback_until: float
    replicas: int
    actor: str
    journal: tuple[JournalEntry, ...]
    history: tuple[Finished, ...]
    conditions: tuple[Mapping[str, Any], ...]


def view(  # noqa: PLR0913, PLR0917 - what identifies a release, what it is, and when
    namespace: str, name: str, spec: Spec | None, status: Status, now: float, problem: str = ""
) -> ReleaseView:
    """Build the view; `spec` is None and `problem` says why when the spec cannot be understood."""
    step = _step(spec, status)
    return ReleaseView(
        namespace=namespace,
        name=name,
        phase=status.phase,
        weight=status.weight,
        observed_weight=status.observed_weight,
        stable=status.stable_revision,
        canary=status.canary_revision,
        previous=status.previous_revision,
        rejected=status.rejected_revision,
        step=status.step + 1 if step else 0,
        steps=len(spec.steps) if spec else 0,
        step_weight=step.weight if step else 0,
        reason=status.reason,
        stalled=problem or status.stalled,
        held_by=status.held_by,
        approval_needed=_approval_needed(step, status),
        evidence=tuple(_evidence(row) for row in status.evidence),
        missing=_missing(step, status),
        eta=_eta(step, status, now),
        started=status.started,
        rollback_until=status.rollback_until,
        replicas=status.replicas,
        actor=status.journal[-1].actor if status.journal else "",
        journal=status.journal,
        history=status.history,
        conditions=tuple(_conditions(status, now)),
    )


def to_json(shown: ReleaseView) -> dict[str, Any]:
    """Write the view for `-o json`: camelCase keys, times in RFC 3339, empty when unknown."""
    plain = {camel(key): value for key, value in asdict(shown).items()}
    return plain | {
        "phase": str(shown.phase),
        "evidence": [{camel(key): value for key, value in asdict(row).items()} for row in shown.evidence],
        "missing": list(shown.missing),
        "started": rfc3339(shown.started),
        "rollbackUntil": rfc3339(shown.rollback_until),
        "journal": [entry_to_json(entry) for entry in shown.journal],
        "history": [finished_to_json(each) for each in shown.history],
        "conditions": list(shown.conditions),
    }


def _conditions(status: Status, now: float) -> list[dict[str, Any]]:
    """The conditions without their transition times, which only the stored object knows."""
    return [
        {key: value for key, value in each.items() if key != "lastTransitionTime"}
        for each in conditions(status, (), now)
    ]


def _step(spec: Spec | None, status: Status) -> Step | None:
    if spec is None or not status.weight or status.phase not in _ON_A_STEP:
        return None
    return current_step(spec, status)


def _approval_needed(step: Step | None, status: Status) -> bool:
    return step is not None and step.approval and not (status.approved_by or status.skipped_by)


def _missing(step: Step | None, status: Status) -> tuple[str, ...]:
    if step is None or status.phase is Phase.PROMOTING:
        return ()
    rows = (row for row in status.evidence if row.verdict is not Verdict.PASS)
    wanted = tuple(f"{row.name}: {row.detail}" for row in rows)
    return (*wanted, "approval") if _approval_needed(step, status) else wanted


def _eta(step: Step | None, status: Status, now: float) -> float | None:
    """The rest of the hold, or the time the missing requests take at the rate so far."""
    if step is None or not status.weight_confirmed or status.phase is Phase.PROMOTING:
        return None
    waits_for_a_person = status.held_by or _approval_needed(step, status)
    if waits_for_a_person or status.blind_since or status.idle_since or status.stalled:
        return None
    counted = now - status.weight_confirmed
    waits = [row.eta for row in status.evidence if row.verdict is not Verdict.PASS]
    known = [wait for wait in waits if wait is not None]
    return max(0.0, step.hold - counted, *known) if len(known) == len(waits) else None


def _evidence(row: Evidence) -> EvidenceView:
    canary, canary_bad, stable, stable_bad = (int(each) for each in row.tally)
    return EvidenceView(
        rule=row.rule,
        view=str(row.view),
        verdict=row.verdict.name,
        canary_requests=canary,
        canary_bad=canary_bad,
        canary_rate=canary_bad / canary if canary else None,
        stable_requests=stable,
        stable_bad=stable_bad,
        stable_rate=stable_bad / stable if stable else None,
        odds_against=odds(row.against),
        odds_for=odds(row.proof),
        needed=row.needed,
        eta=row.eta,
        warning=row.warning,
        detail=row.detail,
    )
