"""Makes the world match a decision: recorded and written down first, then done, then told.

The look that a decision rests on is recorded before the status that goes on from it is saved. So no
checkpoint ever rests on ticks that are not recorded, whatever happens in between:

- *Died before the status was saved*: the same ticks are read again. The next look goes on from the same
  one, and whoever replays the release passes over the look that led nowhere.
- *The look cannot be recorded*: then it does not count (`records.unrecorded`). Nothing goes forward, while
  orders, clocks and foreign edits are seen to as ever, and the release says what is wrong with its journal.
- *It cannot be recorded and says that users must leave*: they leave, one refused request later. Behind that
  the look is tried once more. If it is refused again, the line of the journal that took the users back rests
  on a look that is not there: `canary replay` says so, and does not agree.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from canary.core import intents
from canary.core.records import goes_back, recorded, unrecorded
from canary.ports import ConflictError, SerinError, UnrecordedError

if TYPE_CHECKING:
    from canary.core.model import Decision, Note, Observation, RouteState, Target
    from canary.core.records import Header, Looked
    from canary.ports import (
        Clock,
        Commands,
        Events,
        Journal,
        Lead,
        Metrics,
        Release,
        Releases,
        Router,
        Telemetry,
        Workloads,
    )

    Record = Header | Looked

LOG = logging.getLogger("canary.apply")


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything the controller may touch."""

    releases: Releases
    lead: Lead
    workloads: Workloads
    router: Router
    metrics: Metrics
    commands: Commands
    journal: Journal
    events: Events
    telemetry: Telemetry
    clock: Clock


def carry_out(ports: Ports, release: Release, observation: Observation, decision: Decision) -> None:
    """Record the look, save the status, bring the objects in line, then tell people.

    Each part can be repeated: whatever a crash leaves undone, the next loop does. People are told
    even when an object was refused: an order that was carried out gets its answer. Raises
    UnrecordedError when all is done that may be done without a journal.
    """
    records = () if release.spec is None else recorded(release.spec, release.status, decision)
    if kept := _kept(ports, release, decision, records):
        records = ()
    possible = decision if kept else unrecorded(release.status, decision)
    stored = ports.releases.save(release, possible.status)
    try:
        if release.spec is not None:
            goal = intents.target(release.spec, possible.status, observation.revisions)
            _move(ports, stored, goal, observation.route)
    finally:
        _tell(ports, stored, possible, records)


def _kept(ports: Ports, release: Release, decision: Decision, records: tuple[Record, ...]) -> bool:
    """Record a look; somebody else's write means to look again, unless users must leave."""
    try:
        if records:
            ports.journal.keep(release, records)
    except SerinError as error:
        if isinstance(error, ConflictError) and not goes_back(release.status, decision.status):
            raise
        LOG.warning("%s", error, extra={"release": release.key})
        return False
    return True


def _move(ports: Ports, release: Release, goal: Target, route: RouteState) -> None:
    """Users leave a revision before its pods do, and its pods are there before users come."""
    _as_seen(ports, release, goal, route)
    if goal.weight < (route.weight or 0):
        ports.router.ensure(release, goal.weight)
        ports.workloads.ensure(release, goal)
    else:
        ports.workloads.ensure(release, goal)
        ports.router.ensure(release, goal.weight)
    if route.mark and goal.ended:
        ports.router.unmark(release)


def _as_seen(ports: Ports, release: Release, goal: Target, route: RouteState) -> None:
    """Undo nothing unseen: where no weight was to move, one that moved is looked at, and told of, first."""
    still = route.weight or 0
    if goal.weight == still != ((now := ports.router.observe(release)).weight or 0):
        raise ConflictError(
            f"{release.key}: the weight went from {still} % to {now.weight or 0} % while it was decided on"
        )


def _tell(ports: Ports, release: Release, decision: Decision, late: tuple[Record, ...]) -> None:
    """Answer orders, emit notes, and write the journal, with what could not be recorded before."""
    if decision.acknowledgement is not None:
        ports.commands.acknowledge(release, decision.acknowledgement)
    for note in decision.notes:
        _announce(ports, release, note)
    try:
        if late:
            ports.journal.keep(release, late)
        ports.journal.append(release, decision.status.journal)
    except ConflictError:
        raise
    except SerinError as error:
        raise UnrecordedError(f"{error}; until it can be recorded, no evidence counts") from error


def _announce(ports: Ports, release: Release, note: Note) -> None:
    """Events are a courtesy: status and journal hold the same, so a lost one stops nothing."""
    try:
        ports.events.emit(release, note)
    except SerinError as error:
        LOG.warning("%s", error, extra={"release": release.key})
