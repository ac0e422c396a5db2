"""What the environment says, read once at the edge."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from service.faults import Faults
from service.refusal import ConfigError


@dataclass(frozen=True, slots=True)
class Settings:
    """`table_months`: how many months are answered from a table made at the start, the rest by the model.

    `queue_seconds`: how long a request may wait for a thread before it is refused.

    `read_seconds`: how long a client may take to send its request.

    `drain_seconds`: how long requests are still accepted after SIGTERM.

    `grace_seconds`: how long requests in flight may take after that before the process is killed.
    """

    host: str
    port: int
    admin_port: int
    threads: int
    model_dir: Path
    model_version: str
    model_digest: str | None
    revision: str
    table_months: int
    queue_seconds: float
    read_seconds: float
    drain_seconds: float
    grace_seconds: float
    log_level: str
    faults: Faults


def read(environment: Mapping[str, str]) -> Settings:
    """Read the settings; ConfigError names the variable that cannot be used."""
    version = environment.get("MODEL_VERSION") or "v1"
    return Settings(
        # Every address of the pod: the network policy decides who may connect.
        host=environment.get("HOST") or "0.0.0.0",  # noqa: S104
        port=_whole(environment, "PORT", 8000, (0, 65535)),
        admin_port=_whole(environment, "ADMIN_PORT", 8001, (0, 65535)),
        threads=_whole(environment, "THREADS", 8, (1, 256)),
        model_dir=Path(environment.get("MODEL_DIR") or Path("models") / version),
        model_version=version,
        model_digest=environment.get("MODEL_DIGEST") or None,
        revision=environment.get("REVISION", ""),
        table_months=_whole(environment, "TABLE_MONTHS", 1200, (0, 1200)),
        queue_seconds=_number(environment, "QUEUE_SECONDS", 1, (0.01, 600)),
        read_seconds=_number(environment, "READ_SECONDS", 10, (0.1, 600)),
        drain_seconds=_number(environment, "DRAIN_SECONDS", 5, (0, 600)),
        grace_seconds=_number(environment, "GRACE_SECONDS", 20, (1, 600)),
        log_level=_level(environment),
        faults=Faults.parse(environment.get("FAULTS", "")),
    )


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
