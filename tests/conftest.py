"""What holds for every test."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No test fails because the machine is busy. New examples are for people at work; a pipeline that fails
# must fail again for whoever looks into it.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("people", _PATIENT)
settings.register_profile("pipeline", _PATIENT, derandomize=True)
settings.load_profile("pipeline" if os.environ.get("CI") else "people")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `python -m service.training --quick` leaves behind: trained once for all who serve."""
    from service.training.__main__ import main  # noqa: PLC0415 most tests need no numeric library

    folder = tmp_path_factory.mktemp("models")
    assert main(["--quick", "--seed", "1", "--out", str(folder)]) == 0
    return folder
