"""What a revision serves beside its image: the artefact that its template pins, and what is said of it.

The owner of a release writes both as annotations. They decide nothing; people who look back want to know
which model a revision was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canary.core.model import Status

ARTEFACT = "canary.serin.dev/artefact"
"""On the pod template: the digest of the artefact, such as a model, that these pods and no others load."""

NOTES = "canary.serin.dev/notes"
"""On the CanaryRelease: what the newest template changes for users. It is no part of the template."""

_LONGEST = 200


def artefacts(raw: Mapping[str, Any], revision: str, status: Status) -> dict[str, str]:
    """Return the artefact of each revision that the status names: those known before, and the template's.

    `raw` is the CanaryRelease as stored, `revision` that of its template.
    """
    template = _inside(raw, "spec", "template", "metadata", "annotations")
    known = told(raw) | {revision: str(template.get(ARTEFACT) or "")[:_LONGEST]}
    named = (
        status.stable_revision,
        status.canary_revision,
        status.previous_revision,
        status.rejected_revision,
    )
    return {each: known[each] for each in named if each and known.get(each)}


def told(raw: Mapping[str, Any]) -> dict[str, str]:
    """Return the artefacts that the stored status tells, by revision."""
    return {str(key): str(value) for key, value in _inside(raw, "status", "artefacts").items()}


def notes(raw: Mapping[str, Any]) -> str:
    """Return what the owner says of the newest template; empty if nothing."""
    return str(_inside(raw, "metadata", "annotations").get(NOTES) or "").strip()


def _inside(raw: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    found: Any = raw
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}
