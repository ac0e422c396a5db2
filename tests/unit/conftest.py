"""What the tests of several parts share."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def model(models: Path, tmp_path: Path) -> Path:
    """A copy of v1 that a test may spoil."""
    return Path(shutil.copytree(models / "v1", tmp_path / "v1"))
