"""What the environment says, read once at the edge. docs/reference/dashboard.md lists every variable."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from dashboard.refusal import ConfigError

_SHORTEST_KEY = 32


@dataclass(frozen=True, slots=True)
class ForecastAccess:
    """How the forecast is asked: `url` is an entrance, `host` the name it knows the forecast by.

    `timeout_seconds`: for one try, of which there are `tries` in all.
    """

    url: str
    host: str
    timeout_seconds: float
    tries: int


@dataclass(frozen=True, slots=True)
class FlowAccess:
    """Where requests are kept, and how people stay signed in: minutes without a request, hours at most."""

    database_url: str
    secret_key: str
    cookie_secure: bool
    idle_minutes: int
    session_hours: int


@dataclass(frozen=True, slots=True)
class Settings:
    """`grace_seconds`: how long requests in flight may take after SIGTERM."""

    host: str
    port: int
    admin_port: int
    threads: int
    grace_seconds: int
    log_level: str
    forecast: ForecastAccess
    flow: FlowAccess


def read(environment: Mapping[str, str]) -> Settings:
    """Read the settings; ConfigError names the variable that cannot be used."""
    return Settings(
        # Every address of the pod: the network policy decides who may connect.
        host=environment.get("HOST") or "0.0.0.0",  # noqa: S104
        port=_whole(environment, "PORT", 8000, (0, 65535)),
        admin_port=_whole(environment, "ADMIN_PORT", 8001, (0, 65535)),
        threads=_whole(environment, "THREADS", 8, (1, 256)),
        grace_seconds=_whole(environment, "GRACE_SECONDS", 20, (1, 600)),
        log_level=_level(environment),
        forecast=ForecastAccess(
            url=_url(environment, "FORECAST_URL", "http://127.0.0.1:8080"),
            host=environment.get("FORECAST_HOST", ""),
            timeout_seconds=_number(environment, "FORECAST_TIMEOUT_SECONDS", 2, (0.1, 60)),
            tries=_whole(environment, "FORECAST_TRIES", 3, (1, 5)),
        ),
        flow=FlowAccess(
            database_url=database_url(environment),
            secret_key=_secret(environment),
            cookie_secure=_yes(environment, "COOKIE_SECURE", "yes"),
            idle_minutes=_whole(environment, "SESSION_IDLE_MINUTES", 30, (1, 1440)),
            session_hours=_whole(environment, "SESSION_HOURS", 12, (1, 168)),
        ),
    )


def database_url(environment: Mapping[str, str]) -> str:
    """Where requests and people are kept; `Database` says whether it can be used."""
    return environment.get("DATABASE_URL") or "sqlite:///dashboard.db"


def _secret(environment: Mapping[str, str]) -> str:
    """Read the key that signs cookies; a default would be a key that everybody knows."""
    path = environment.get("SECRET_KEY_FILE")
    name = "SECRET_KEY_FILE" if path else "SECRET_KEY"
    try:
        key = Path(path).read_text(encoding="utf-8").strip() if path else environment.get(name, "")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"SECRET_KEY_FILE: {path} cannot be read: {error}") from error
    if len(key) < _SHORTEST_KEY:
        what = "is missing" if not key else f"has fewer than {_SHORTEST_KEY} characters"
        raise ConfigError(
            f"{name}: {what}: give the same random text to every replica, "
            'like that of python -c "import secrets; print(secrets.token_hex(32))"'
        )
    return key


def _yes(environment: Mapping[str, str], name: str, default: str) -> bool:
    given = (environment.get(name) or default).lower()
    if given not in {"yes", "no"}:
        raise ConfigError(f"{name}: {given!r} is neither yes nor no")
    return given == "yes"


def _url(environment: Mapping[str, str], name: str, default: str) -> str:
    url = environment.get(name) or default
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or parts.username:
        raise ConfigError(f"{name}: {url!r} is no address of a server: give one like {default}")
    return url.rstrip("/")


def _number(environment: Mapping[str, str], name: str, default: float, between: tuple[float, float]) -> float:
    text = environment.get(name) or str(default)
    try:
        number = float(text)
    except ValueError:
        raise ConfigError(f"{name}: {text!r} is no number: give one like {default}") from None
    if not between[0] <= number <= between[1]:
        raise ConfigError(f"{name}: {text} is not between {between[0]} and {between[1]}")
    return number


def _whole(environment: Mapping[str, str], name: str, default: int, between: tuple[int, int]) -> int:
    number = _number(environment, name, default, between)
    if not number.is_integer():
        raise ConfigError(f"{name}: {number} is no whole number")
    return int(number)


def _level(environment: Mapping[str, str]) -> str:
    level = (environment.get("LOG_LEVEL") or "INFO").upper()
    if level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ConfigError(f"LOG_LEVEL: {level!r} is none of DEBUG, INFO, WARNING, ERROR")
    return level
