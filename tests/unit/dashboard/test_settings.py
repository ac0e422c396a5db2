from pathlib import Path

import pytest

from dashboard import settings
from dashboard.refusal import ConfigError

KEY = {"SECRET_KEY": "0" * 32}


def test_a_secret_key_is_enough() -> None:
    chosen = settings.read(KEY)
    assert (chosen.port, chosen.admin_port, chosen.log_level) == (8000, 8001, "INFO")
    assert (chosen.forecast.url, chosen.forecast.host) == ("http://127.0.0.1:8080", "")
    assert (chosen.flow.secret_key, chosen.flow.cookie_secure) == ("0" * 32, True)
    assert (chosen.flow.idle_minutes, chosen.flow.session_hours) == (30, 12)
    assert chosen.flow.database_url == "sqlite:///dashboard.db"


def test_the_secret_key_can_be_a_mounted_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("1" * 32 + "\n")
    assert settings.read(KEY | {"SECRET_KEY_FILE": str(file)}).flow.secret_key == "1" * 32


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "SECRET_KEY: is missing: give the same random text to every replica"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY: has fewer than 32 characters"),
        ({"SECRET_KEY_FILE": "/nowhere"}, "SECRET_KEY_FILE: /nowhere cannot be read"),
        ({"SECRET_KEY_FILE": "/dev/null"}, "SECRET_KEY_FILE: is missing"),
    ],
)
def test_without_a_secret_key_nothing_starts(environment: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigError, match=f"^{told}"):
        settings.read(environment)


def test_the_forecast_is_asked_by_address_and_name() -> None:
    chosen = settings.read(
        KEY | {"FORECAST_URL": "http://traefik.traefik/", "FORECAST_HOST": "forecast.test"}
    )
    assert (chosen.forecast.url, chosen.forecast.host) == ("http://traefik.traefik", "forecast.test")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "65536"),
        ("ADMIN_PORT", "80.5"),
        ("THREADS", "0"),
        ("GRACE_SECONDS", "nan"),
        ("LOG_LEVEL", "LOUD"),
        ("FORECAST_URL", "forecast:80"),
        ("FORECAST_URL", "ftp://forecast"),
        ("FORECAST_URL", "http://"),
        ("FORECAST_URL", "http://forecast:none"),
        ("FORECAST_URL", "http://me:secret@forecast"),
        ("FORECAST_URL", "http://forecast/?a=b"),
        ("FORECAST_URL", "http://[::1"),
        ("FORECAST_TIMEOUT_SECONDS", "0"),
        ("FORECAST_TRIES", "6"),
        ("FORECAST_TRIES", "1.5"),
        ("COOKIE_SECURE", "maybe"),
        ("SESSION_IDLE_MINUTES", "0"),
        ("SESSION_HOURS", "169"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name}: "):
        settings.read(KEY | {name: value})
