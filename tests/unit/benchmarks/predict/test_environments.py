"""A peer's environment is made once, and made again when its packages change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.predict import environments
from benchmarks.predict.environments import AbsentError, ensure
from delivery import children

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a peer's packages; none of them comes from anywhere but this folder."""
    monkeypatch.setattr(environments, "PEERS", tmp_path / "peers")
    monkeypatch.setattr(environments, "BUILD", tmp_path / "build")
    monkeypatch.setattr(children, "LOGS", tmp_path / "logs")
    file = tmp_path / "peers" / "stub" / "requirements.txt"
    file.parent.mkdir(parents=True)
    file.write_text("")
    return file


def test_it_is_made_once(wanted: Path) -> None:
    said: list[str] = []
    programs = ensure("stub", said.append)
    assert (programs / "python").exists()
    mark = programs / "mark"
    mark.touch()
    ensure("stub", said.append)
    assert mark.exists()
    wanted.write_text("# other packages\n")
    ensure("stub", said.append)
    assert not mark.exists()
    assert said == ["stub: installing its packages"] * 2


def test_packages_that_cannot_be_installed_make_the_peer_absent(wanted: Path) -> None:
    wanted.write_text(f"{wanted.parent}/no-such-package\n")
    with pytest.raises(AbsentError, match=r"stub: its packages cannot be installed: .*no-such-package"):
        ensure("stub", print)
    with pytest.raises(AbsentError):  # nothing half-made passes for an environment
        ensure("stub", print)
