"""Write a model folder: the pickle, what is known of it, and a card for people."""

import hashlib
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import joblib

from service import features, months, table
from service.artefact import MANIFEST, MODEL, digest_of, libraries
from service.history import History
from service.model import Forecaster
from service.training.score import MONTHS, ORIGINS, Scores

CARD = "MODEL_CARD.md"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a model comes from: the seed, the data, their digest, and how the card tells of them."""

    seed: int
    history: History
    data_digest: str
    source: str


def write(folder: Path, forecaster: Forecaster, scores: Scores, origin: Origin) -> dict[str, Any]:
    """Store the fitted model as `folder`, whole or not at all, and return its manifest."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        staged = Path(temporary) / folder.name
        staged.mkdir()
        joblib.dump(forecaster, staged / MODEL)
        (staged / CARD).write_text(_card(folder.name, forecaster, scores, origin))
        manifest = _manifest(staged, forecaster, scores, origin)
        (staged / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
        if folder.exists():
            shutil.rmtree(folder)
        staged.rename(folder)
    return manifest


def _manifest(staged: Path, forecaster: Forecaster, scores: Scores, origin: Origin) -> dict[str, Any]:
    history = origin.history
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
        "scores": scores.as_dict(),
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


def _card(version: str, forecaster: Forecaster, scores: Scores, origin: Origin) -> str:
    history = origin.history
    return f"""# Model {version}: {type(forecaster).__name__}

{(type(forecaster).__doc__ or "").strip()}

**Use**: units of a medicine that a branch will be asked for in a month, to plan stock. Not a medical device.

**Data**: {origin.source}, sha256 {origin.data_digest},
{months.name(history.first_month)} to {months.name(history.last_month)}, {len(history.branches)} branches,
{len(history.medicines)} medicines. Stock-outs and unrecorded months are left out.

**Scores** (rolling origin, {ORIGINS} origins, {MONTHS} months each, whole units as served):

| MASE | WAPE | bias, units | 80 % interval covers | rows |
|---|---|---|---|---|
| {scores.mase:.3f} | {scores.wape:.3f} | {scores.bias:.2f} | {scores.coverage:.1%} | {scores.rows} |

**Limits**: branches younger than a year are forecast from few months; promotions must be planned
{history.horizon} months ahead; nothing is known of shocks to come.
"""
