from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devcluster import sources, tools
from devcluster.build import Progress
from devcluster.errors import ClusterError
from devcluster.go import parse_version
from devcluster.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

MODULE = sources.Module("kubeconform", "tool", "-s -w", {"kubeconform": "kubeconform"})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.read(
        {"DEVCLUSTER_CACHE": str(tmp_path / "cache"), "DEVCLUSTER_BIN": str(tmp_path / "bin")}
    )


def test_progress_counts_modules_and_packages() -> None:
    progress = Progress("build x", total=3)
    for line in ("go: downloading k8s.io/api v0.36.3", "k8s.io/api/core/v1", "k8s.io/api/apps/v1"):
        progress.note(line)
    assert progress.text() == "1 modules fetched, 2/3 packages"


def test_progress_says_when_only_linking_is_left() -> None:
    progress = Progress("build x", total=1)
    progress.note("example.org/a")
    progress.note("example.org/b")
    assert progress.text() == "1/1 packages, linking"


def test_what_the_compiler_complains_about_is_kept() -> None:
    progress = Progress("build x", total=1)
    progress.note("./main.go:3:2: undefined: nothing")
    assert list(progress.last_lines) == ["./main.go:3:2: undefined: nothing"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("go version go1.26.8 linux/amd64", (1, 26)), ("go version go1.30 linux/arm64", (1, 30)), ("?", (0, 0))],
)
def test_go_version(text: str, expected: tuple[int, int]) -> None:
    assert parse_version(text) == expected


def test_a_folder_of_ready_binaries_wins(settings: Settings) -> None:
    settings.given_bin.mkdir()
    binary = settings.given_bin / "kubeconform"
    binary.touch(mode=0o755)
    assert tools.resolve(settings, MODULE) == {"kubeconform": binary}


def test_the_cache_is_next(settings: Settings) -> None:
    cached = settings.cache / "bin" / f"kubeconform-{tools.key(MODULE)}"
    cached.mkdir(parents=True)
    assert tools.resolve(settings, MODULE) == {"kubeconform": cached / "kubeconform"}


def test_other_flags_are_another_key() -> None:
    other = sources.Module("kubeconform", "tool", "-s", MODULE.programs)
    assert tools.key(other) != tools.key(MODULE)


def test_an_unknown_tool_names_the_known_ones(settings: Settings) -> None:
    with pytest.raises(ClusterError, match=r"tool kubectk: unknown: use one of .*kubectl"):
        tools.tool(settings, "kubectk")
