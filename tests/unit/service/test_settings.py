from pathlib import Path

import pytest

from service import settings
from service.refusal import ConfigError


def test_an_empty_environment_serves_v1_with_the_documented_defaults() -> None:
    chosen = settings.read({})
    assert (chosen.port, chosen.admin_port, chosen.threads) == (8000, 8001, 8)
    assert (chosen.drain_seconds, chosen.grace_seconds) == (5, 20)
    assert (chosen.queue_seconds, chosen.read_seconds) == (1, 10)
    assert chosen.table_months >= 1200
    assert (chosen.model_dir, chosen.model_version) == (Path("models/v1"), "v1")
    assert (chosen.model_digest, chosen.revision, chosen.faults.requests) == (None, "", {})


def test_the_model_version_picks_the_folder() -> None:
    assert settings.read({"MODEL_VERSION": "v0"}).model_dir == Path("models/v0")


def test_the_model_folder_overrides_the_version() -> None:
    assert settings.read({"MODEL_VERSION": "v0", "MODEL_DIR": "/m"}).model_dir == Path("/m")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("PORT", "http", "no number"),
        ("PORT", "70000", "between"),
        ("PORT", "nan", "between"),
        ("PORT", "80.5", "whole"),
        ("THREADS", "0", "between"),
        ("DRAIN_SECONDS", "-1", "between"),
        ("TABLE_MONTHS", "-1", "between"),
        ("QUEUE_SECONDS", "0", "between"),
        ("READ_SECONDS", "0", "between"),
        ("GRACE_SECONDS", "0", "between"),
        ("LOG_LEVEL", "loud", "none of"),
        ("FAULTS", "{", "no JSON"),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_variable(name: str, value: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=f"{name}.*{reason}"):
        settings.read({name: value})
