"""What `make images` built, under the names that the nodes know."""

from __future__ import annotations

import json
from dataclasses import dataclass

from delivery.children import ROOT
from delivery.errors import StepError

BUILT = ROOT / "build" / "images.json"


@dataclass(frozen=True, slots=True)
class Image:
    """One built image as the nodes know it."""

    repository: str
    tag: str

    @classmethod
    def parse(cls, name: str, registry: str = "") -> Image:
        """Split `repository:tag`; a registry takes the place of the local prefix."""
        repository, _, tag = name.rpartition(":")
        if registry:
            repository = f"{registry}/{repository.removeprefix('localhost/')}"
        return cls(repository, tag)

    @property
    def name(self) -> str:
        """`repository:tag`."""
        return f"{self.repository}:{self.tag}"

    def values(self) -> list[str]:
        """The chart values that pick this image."""
        return ["--set", f"image.repository={self.repository}", "--set-string", f"image.tag={self.tag}"]


@dataclass(frozen=True, slots=True)
class Images:
    """What `make images` built."""

    service: Image
    dashboard: Image
    controller: Image


def built(registry: str) -> Images:
    """The images that `make images` built last. Raises StepError when it has built none."""
    try:
        names = json.loads(BUILT.read_text(encoding="utf-8"))
        return Images(
            *(Image.parse(names[kind], registry) for kind in ("service", "dashboard", "controller"))
        )
    except (OSError, ValueError, KeyError) as error:
        raise StepError(
            f"{BUILT.name}: no built images to be read from it: {error}: run `make images`"
        ) from error
