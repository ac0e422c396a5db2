"""What the tests of several parts share."""

import shutil
from pathlib import Path

import pytest

from service.training.__main__ import main


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `python -m service.training --quick` leaves behind."""
    folder = tmp_path_factory.mktemp("models")
    assert main(["--quick", "--seed", "1", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def model(models: Path, tmp_path: Path) -> Path:
    """A copy of v1 that a test may spoil."""
    return Path(shutil.copytree(models / "v1", tmp_path / "v1"))
