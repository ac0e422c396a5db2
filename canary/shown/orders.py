"""An order as it is given while looking at a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canary.core.model import Command, Verb

if TYPE_CHECKING:
    from canary.ports import Release


def addressed(
    release: Release, verb: Verb, *, to: str = "", full: bool = False, now: bool = False
) -> Command:
    """Bind the order to the revision and step that were just read: it cannot hit a later one."""
    status = release.status
    return Command(
        name="",
        verb=verb,
        actor="",
        to_revision=to,
        full=full,
        now=now,
        expected_revision=status.canary_revision or status.stable_revision,
        expected_step=status.step if status.canary_revision else None,
    )
