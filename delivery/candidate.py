"""What goes to staging, and from there, unchanged, to production."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from delivery import images, models
from delivery.children import ROOT
from delivery.errors import RefusedError

if TYPE_CHECKING:
    from delivery.cluster import Cluster

GATED = ROOT / "build" / "delivery" / "gated.json"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model by its version and digest (`sha256:<hex>`), in an image (`repository:tag`)."""

    version: str
    digest: str
    image: str

    def values(self) -> list[str]:
        """The chart values that pick it, and nothing else that has the same name."""
        chosen = images.Image.parse(self.image).values()
        model = (("version", self.version), ("digest", self.digest))
        return [*chosen, *(word for key, value in model for word in ("--set-string", f"model.{key}={value}"))]

    def __str__(self) -> str:
        """As it is told to people."""
        return f"model {self.version} ({self.digest[:19]}) in {self.image}"


def candidate(cluster: Cluster, version: str) -> Candidate:
    """The candidate of this checkout. Raises UsageError without that version, StepError without an image."""
    return Candidate(version, models.digest(version), images.built(cluster.registry).service.name)


def passed(what: Candidate) -> None:
    """Remember that a candidate has passed the gate."""
    GATED.parent.mkdir(parents=True, exist_ok=True)
    GATED.write_text(json.dumps(asdict(what), indent=2) + "\n", encoding="utf-8")


def forget() -> None:
    """From now on nothing has passed the gate."""
    GATED.unlink(missing_ok=True)


def require_passed(what: Candidate) -> None:
    """Raise RefusedError unless exactly this candidate has passed the gate of staging last."""
    try:
        gated = Candidate(**json.loads(GATED.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise RefusedError(f"{what}: nothing has passed the gate of staging: run `make stage gate`") from None
    except (OSError, ValueError, TypeError) as error:
        raise RefusedError(f"{GATED.name}: cannot be read: {error}: run `make gate` again") from error
    if gated != what:
        raise RefusedError(
            f"{what}: is not what has passed the gate of staging: that was {gated}: gate it first"
        )
