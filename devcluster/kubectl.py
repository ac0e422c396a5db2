"""kubectl as the cluster's administrator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devcluster.commands import run

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Kubectl:
    """kubectl with its kubeconfig. Every method raises ClusterError with what kubectl said."""

    binary: Path
    kubeconfig: Path

    def __call__(self, *words: str | Path, doing: str, text: str = "") -> str:
        return run([self.binary, f"--kubeconfig={self.kubeconfig}", *words], doing, text=text)

    def apply(self, manifest: Path, doing: str) -> None:
        self(
            "apply",
            "--server-side",
            "--force-conflicts",
            "--field-manager=devcluster",
            "-f",
            manifest,
            doing=doing,
        )
