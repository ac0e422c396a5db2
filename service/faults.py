"""Failure on demand, for releases that must fail: refused unless switched on by name.

`FAULTS={"enabled": true, "error": {"ratio": 0.3, "status": 503}}`. Requests to /predict meet them
in the order memory, crash, hang, delay, error; NaN and constant answers spoil the table instead.
"""

import itertools
import json
import logging
import os
import threading
import time
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from service.errors import ApiError
from service.history import Floats, Rows
from service.refusal import ConfigError

_LOG = logging.getLogger("service.faults")
_DEFAULTS: dict[str, dict[str, float]] = {
    "error": {"ratio": 1.0, "status": 500},
    "delay": {"ratio": 1.0, "seconds": 1.0},
    "hang": {"ratio": 1.0},
    "crash": {"after_requests": 0},
    "memory": {"mib_per_request": 16},
}
_ANSWERS = ("nan", "constant")
_OTHER = ("enabled", "start_after")


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong: request faults by kind with their numbers, and how answers are spoiled."""

    requests: dict[str, dict[str, float]]
    nan: bool = False
    constant: int | None = None
    start_after: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the JSON of the FAULTS variable; empty means none. ConfigError says what is wrong."""
        try:
            wanted = json.loads(text or "{}")
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"FAULTS: is no JSON: {error}") from None
        if not isinstance(wanted, dict):
            raise ConfigError("FAULTS: must be an object of fault kinds")
        kinds = set(wanted) - set(_OTHER)
        unknown = kinds - set(_DEFAULTS) - set(_ANSWERS)
        if unknown:
            known = ", ".join((*_DEFAULTS, *_ANSWERS))
            raise ConfigError(f"FAULTS: unknown kind {', '.join(sorted(unknown))}: there are {known}")
        if kinds and wanted.get("enabled") is not True:
            raise ConfigError('FAULTS: refused: faults are given without "enabled": true')
        return cls(
            requests={kind: _parameters(kind, wanted[kind]) for kind in _DEFAULTS if kind in wanted},
            nan=_flag(wanted.get("nan", False)),
            constant=_units(wanted.get("constant")),
            start_after=_positive("start_after", wanted.get("start_after", 0)),
        )

    @property
    def spoils(self) -> bool:
        """Return whether answers are altered, not only requests disturbed."""
        return self.nan or self.constant is not None

    def distort(self, cells: Rows | Floats) -> Rows | Floats:
        """Return the table's cells as these faults would have them answered."""
        if self.nan:
            return np.full(cells.shape, np.nan)
        return cells if self.constant is None else np.full_like(cells, self.constant)


class Injector:
    """Lets requests meet their faults; one for each process."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._count = itertools.count(1)
        self._begin = time.monotonic() + faults.start_after
        self._kept: list[bytes] = []

    @property
    def idle(self) -> bool:
        """Return whether requests meet no fault, now or ever."""
        return not self._faults.requests

    def announce(self) -> None:
        """Warn of every fault that is switched on."""
        for kind, parameters in self._faults.requests.items():
            _LOG.warning("fault %s is switched on: %s", kind, json.dumps(parameters))
        if self._faults.nan:
            _LOG.warning("fault nan is switched on: every answer is NaN")
        if self._faults.constant is not None:
            _LOG.warning("fault constant is switched on: every answer is %d", self._faults.constant)

    def meet(self) -> None:
        """Do to the current request what is due; ApiError for the error fault."""
        faults = self._faults.requests
        if not faults or time.monotonic() < self._begin:
            return
        number = next(self._count)
        if "memory" in faults:
            self._kept.append(b"\1" * int(faults["memory"]["mib_per_request"] * 2**20))
        if "crash" in faults and number > faults["crash"]["after_requests"]:
            os._exit(70)
        if "hang" in faults and _due(number, faults["hang"]["ratio"]):
            threading.Event().wait()
        if "delay" in faults and _due(number, faults["delay"]["ratio"]):
            time.sleep(faults["delay"]["seconds"])
        if "error" in faults and _due(number, faults["error"]["ratio"]):
            raise ApiError(int(faults["error"]["status"]), "fault", "this release fails on purpose")


def _due(number: int, ratio: float) -> bool:
    """Spread the ratio evenly over the count of requests: no dice, the share is exact."""
    return int(number * ratio) > int((number - 1) * ratio)


def _parameters(kind: str, given: Any) -> dict[str, float]:
    if given is True:
        return dict(_DEFAULTS[kind])
    if not isinstance(given, dict):
        raise ConfigError(f"FAULTS: {kind}: must be true or an object of {', '.join(_DEFAULTS[kind])}")
    unknown = set(given) - set(_DEFAULTS[kind])
    if unknown:
        raise ConfigError(
            f"FAULTS: {kind}: unknown {', '.join(sorted(unknown))}: there are {', '.join(_DEFAULTS[kind])}"
        )
    chosen = {name: _positive(f"{kind}.{name}", value) for name, value in given.items()}
    if chosen.get("ratio", 0) > 1:
        raise ConfigError(f"FAULTS: {kind}.ratio: {chosen['ratio']} is above 1")
    if not 400 <= chosen.get("status", 500) <= 599:
        raise ConfigError(f"FAULTS: {kind}.status: {chosen['status']} is no error status (400 to 599)")
    return _DEFAULTS[kind] | chosen


def _positive(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
        raise ConfigError(f"FAULTS: {name}: {value!r} is no number from 0 on")
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"FAULTS: nan: {value!r} is neither true nor false")
    return value


def _units(value: Any) -> int | None:
    return None if value is None else int(_positive("constant", value))
