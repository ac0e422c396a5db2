"""Makes the world match a decision: written down first, then done, then told."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from canary.core import intents
from canary.ports import SerinError

if TYPE_CHECKING:
    from canary.core.model import Decision, Note, Observation, Target
    from canary.ports import (
        Clock,
        Commands,
        Events,
        Journal,
        Metrics,
        Release,
        Releases,
        Router,
        Telemetry,
        Workloads,
    )

LOG = logging.getLogger("canary.apply")


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything the controller may touch."""

    releases: Releases
    workloads: Workloads
    router: Router
    metrics: Metrics
    commands: Commands
    journal: Journal
    events: Events
    telemetry: Telemetry
    clock: Clock


def carry_out(ports: Ports, release: Release, observation: Observation, decision: Decision) -> None:
    """Save the status, bring the objects in line, then tell people.

    Each part can be repeated: whatever a crash leaves undone, the next loop does. People are told
    even when an object was refused: an order that was carried out gets its answer.
    """
    stored = ports.releases.save(release, decision.status)
    try:
        if release.spec is not None:
            goal = intents.target(release.spec, decision.status, observation.revisions)
            _move(ports, stored, goal, observation.route.weight)
    finally:
        _tell(ports, stored, decision)


def _move(ports: Ports, release: Release, goal: Target, weight: int | None) -> None:
    """Users leave a revision before its pods do, and its pods are there before users come."""
    if goal.weight < (weight or 0):
        ports.router.ensure(release, goal.weight)
        ports.workloads.ensure(release, goal)
    else:
        ports.workloads.ensure(release, goal)
        ports.router.ensure(release, goal.weight)


def _tell(ports: Ports, release: Release, decision: Decision) -> None:
    if decision.acknowledgement is not None:
        ports.commands.acknowledge(release, decision.acknowledgement)
    ports.journal.append(release, decision.status.journal)
    for note in decision.notes:
        _announce(ports, release, note)


def _announce(ports: Ports, release: Release, note: Note) -> None:
    """Events are a courtesy: status and journal hold the same, so a lost one stops nothing."""
    try:
        ports.events.emit(release, note)
    except SerinError as error:
        LOG.warning("%s", error, extra={"release": release.key})
