"""The trained models, and which of them is to be delivered."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from delivery import children, tools
from delivery.children import ROOT
from delivery.errors import StepError, UsageError
from service.artefact import MANIFEST, ArtefactError, load

if TYPE_CHECKING:
    from collections.abc import Callable

    Say = Callable[[str], None]

FOLDER = ROOT / "models"
COMPARE = (sys.executable, "-m", "service.training.diff")


def train(say: Say) -> None:
    """Train the models unless nothing changed; the gate on their scores stops a bad one."""
    tools.make("train the models", "train", say)
    say(f"models: {', '.join(known())} trained, gate passed")


def known() -> list[str]:
    """The versions that have been trained."""
    return sorted(path.parent.name for path in FOLDER.glob(f"*/{MANIFEST}"))


def manifest(version: str) -> dict[str, Any]:
    """What is known of a trained model. Raises UsageError for a version that there is none of."""
    if version not in (versions := known()):
        there = ", ".join(versions) or "none"
        raise UsageError(f"VERSION={version}: there is no such model: name one that is trained ({there})")
    stored: dict[str, Any] = json.loads((FOLDER / version / MANIFEST).read_text(encoding="utf-8"))
    return stored


def digest(version: str) -> str:
    """The digest of a model whose files are what was trained. Raises StepError when one was changed since."""
    manifest(version)
    try:
        return load(FOLDER / version, None).digest
    except ArtefactError as error:
        raise StepError(f"model {version}: it is not what has passed the gate: {error}") from error


def notes(before: str, after: str, say: Say) -> str:
    """What the users of one model will notice when they get another."""
    command = [*COMPARE, str(FOLDER / before), str(FOLDER / after), "--short"]
    return children.run("what the model changes", command, say).strip()
