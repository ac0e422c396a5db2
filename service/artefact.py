"""A stored model and its manifest; nothing is unpickled before every digest has been checked."""

import hashlib
import hmac
import io
import json
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib

from service.model import Forecaster

MANIFEST = "MANIFEST.json"
MODEL = "model.joblib"
_LIBRARIES = ("joblib", "numpy", "scikit-learn", "scipy")


class ArtefactError(RuntimeError):
    """A stored model that must not be loaded; the message says which check failed."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """A verified model; `digest` is `sha256:<hex>` over the whole manifest.

    `predictions` is the hex sha256 of all that the model said when it was stored.
    """

    version: str
    digest: str
    predictions: str
    forecaster: Forecaster


def libraries() -> dict[str, str]:
    """Return the versions that a pickle depends on."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, **{name: version(name) for name in _LIBRARIES}}


def digest_of(manifest: dict[str, Any]) -> str:
    """Return `sha256:<hex>` over the manifest without its own digest."""
    rest = {key: value for key, value in manifest.items() if key != "digest"}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


def load(folder: Path, pinned: str | None) -> Artefact:
    """Verify the folder's manifest, files and library versions, then unpickle the model.

    `pinned` is the only digest that is accepted, if given. Raises ArtefactError with the reason
    when anything differs; the pickle has not been touched then.
    """
    manifest = _manifest(folder, pinned)
    stored = _files(folder, manifest)
    _same_libraries(folder, manifest)
    forecaster = joblib.load(io.BytesIO(stored[MODEL]))
    if not isinstance(forecaster, Forecaster):
        raise ArtefactError(f"{folder / MODEL}: holds a {type(forecaster).__name__}, not a forecaster")
    return Artefact(
        str(manifest["version"]), str(manifest["digest"]), str(manifest["predictions"]), forecaster
    )


def _manifest(folder: Path, pinned: str | None) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ArtefactError(f"{path}: cannot be read: {error}: train the model again") from error
    missing = {"version", "digest", "files", "libraries", "predictions"} - set(
        manifest if isinstance(manifest, dict) else ()
    )
    if missing:
        raise ArtefactError(f"{path}: lacks {', '.join(sorted(missing))}: train the model again")
    found = digest_of(manifest)
    if not hmac.compare_digest(found, str(manifest["digest"])):
        raise ArtefactError(f"{path}: was changed: its digest is {found}, it claims {manifest['digest']}")
    if pinned is not None and not hmac.compare_digest(found, pinned):
        raise ArtefactError(
            f"{path}: is another model: its digest is {found}, MODEL_DIGEST asks for {pinned}"
        )
    return dict(manifest)


def _files(folder: Path, manifest: dict[str, Any]) -> dict[str, bytes]:
    """Read each listed file once and check it; what is returned is what was checked."""
    if MODEL not in manifest["files"]:
        raise ArtefactError(f"{folder / MANIFEST}: does not list {MODEL}: train the model again")
    stored = {}
    for name, sha256 in manifest["files"].items():
        try:
            stored[name] = (folder / Path(name).name).read_bytes()
        except OSError as error:
            raise ArtefactError(f"{folder / name}: cannot be read: {error}") from error
        found = hashlib.sha256(stored[name]).hexdigest()
        if not hmac.compare_digest(found, str(sha256)):
            raise ArtefactError(f"{folder / name}: was changed or cut short: sha256 {found}, not {sha256}")
    return stored


def _same_libraries(folder: Path, manifest: dict[str, Any]) -> None:
    here = libraries()
    for name, wanted in manifest["libraries"].items():
        if here.get(name) != wanted:
            raise ArtefactError(
                f"{folder / MODEL}: was made with {name} {wanted}, here is {here.get(name)}: "
                "train it again with the locked packages"
            )
