import pytest

from dashboard import settings
from dashboard.refusal import ConfigError


def test_an_empty_environment_is_enough() -> None:
    chosen = settings.read({})
    assert (chosen.port, chosen.admin_port, chosen.log_level) == (8000, 8001, "INFO")
    assert (chosen.forecast.url, chosen.forecast.host) == ("http://127.0.0.1:8080", "")


def test_the_forecast_is_asked_by_address_and_name() -> None:
    chosen = settings.read({"FORECAST_URL": "http://traefik.traefik/", "FORECAST_HOST": "forecast.test"})
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
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name}: "):
        settings.read({name: value})
