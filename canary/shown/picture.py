"""What the command line knows about a release beyond the shared view, and its JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from canary.core.artefacts import notes, told
from canary.core.view import to_json, view

if TYPE_CHECKING:
    from canary.core.view import ReleaseView
    from canary.ports import Release

PENDING = "Pending"


def seen(release: Release) -> bool:
    """Tell whether status is about the newest spec: an older one says nothing about a fresh upgrade."""
    return release.spec is None or release.status.observed_generation >= release.spec.generation


def phase(release: Release) -> str:
    """Name the phase; a release that no controller has ever looked at is Pending."""
    return str(release.status.phase) if release.status.observed_generation else PENDING


def picture(release: Release, now: float) -> ReleaseView:
    """Build the view that status, list, why and history share."""
    return view(release.namespace, release.name, release.spec, release.status, now, release.problem)


def document(release: Release, now: float) -> dict[str, Any]:
    """Render the view JSON-ready, with what only a reader of the spec can know.

    `revision` is the current template's, `seen` tells whether the rest is about it already,
    `weights` are the steps in percent, `artefacts` those of the revisions, `notes` what the owner says.
    """
    spec, raw = release.spec, release.raw or {}
    return to_json(picture(release, now)) | {
        "phase": phase(release),
        "revision": spec.revision if spec else "",
        "seen": seen(release),
        "weights": [step.weight for step in spec.steps] if spec else [],
        "artefacts": told(raw),
        "notes": notes(raw),
    }
