"""Write a model folder: the pickle, what is known of it, and a card for people."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import joblib

from service import features, months, table
from service.artefact import MANIFEST, MODEL, digest_of, libraries
from service.training.card import Origin, card
from service.training.fit import Fitted
from service.training.score import Scores

CARD = "MODEL_CARD.md"


def write(folder: Path, fitted: Fitted, baselines: Mapping[str, Scores], origin: Origin) -> dict[str, Any]:
    """Store the fitted model as `folder`, whole or not at all, and return its manifest.

    `baselines` are the scores of what it was measured against, on the same months.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        staged = Path(temporary) / folder.name
        staged.mkdir()
        joblib.dump(fitted.forecaster, staged / MODEL)
        (staged / CARD).write_text(card(fitted, baselines, origin))
        manifest = _manifest(staged, fitted, baselines, origin)
        (staged / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
        if folder.exists():
            shutil.rmtree(folder)
        staged.rename(folder)
    return manifest


def _manifest(
    staged: Path, fitted: Fitted, baselines: Mapping[str, Scores], origin: Origin
) -> dict[str, Any]:
    history, forecaster = origin.history, fitted.forecaster
    manifest: dict[str, Any] = {
        "version": staged.name,
        "estimator": type(forecaster).__name__,
        "files": {name: hashlib.sha256((staged / name).read_bytes()).hexdigest() for name in (MODEL, CARD)},
        "seed": origin.seed,
        "data": {
            "sha256": origin.data_digest,
            "first_month": months.name(history.first_month),
            "last_month": months.name(history.last_month),
            "branches": len(history.branches),
            "medicines": len(history.medicines),
        },
        "libraries": libraries(),
        "rows": ["branch index", "medicine index", "month ordinal"],
        "features": list(features.COLUMNS),
        "scores": fitted.scores.as_dict(),
        "baselines": {name: scores.as_dict() for name, scores in baselines.items()},
        "predictions": table.digest(forecaster.domain_, table.predictions(forecaster)),
        "git_revision": _git_revision(),
    }
    return manifest | {"digest": digest_of(manifest)}


def _git_revision() -> str:
    """Return the commit that last touched the service, so that other commits change no digest."""
    here = Path(__file__).resolve().parents[1]
    try:
        answer = subprocess.run(
            ["git", "log", "-1", "--format=%H", "--", "."],
            cwd=here,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return answer.stdout.strip() or "unknown"
