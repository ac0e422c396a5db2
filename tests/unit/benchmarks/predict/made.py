"""Rows and a report as a run leaves them."""

from __future__ import annotations

from typing import Any

from benchmarks.predict import goals
from benchmarks.predict.rows import RIVALS
from benchmarks.predict.subjects import WORKERS

STEADY = {"steady_p50_ms": 0.9, "steady_p99_ms": 1.8, "steady_failed": 0, "late_p99_ms": 0.2}


def made(row: str, number: int, **measured: Any) -> dict[str, Any]:
    head = {"row": row, "round": number, "started": "2026-11-25T10:00:00.000Z", "took": 20.0}
    return head | measured


def rival(name: str, number: int, rate: float) -> dict[str, Any]:
    ratios = {"table_ratio": 3000 / rate, "model_ratio": 600 / rate}
    return made(name, number, table_rate=3000.0, model_rate=600.0, rate=rate, **ratios, p99_ms=9.0, **STEADY)


def workers(number: int) -> dict[str, Any]:
    fields = [f"{path}_{of}" for path in ("table", "model") for of in ("rate", "p99_ms", "cpu_us", "mib")]
    return made(
        "workers", number, **{f"{name}_{of}": 100.0 + at for at, of in enumerate(fields) for name in WORKERS}
    )


def overloaded(number: int, **other: Any) -> dict[str, Any]:
    seen = {
        "capacity": 500.0, "asked": 1500, "accepted": 480.0, "accepted_p99_ms": 1020.0,
        "accepted_max_ms": 1100.0, "refused": 1020.0, "otherwise": 0, "unpromising": 0,
        "looks": 40, "dead_looks": 0, "recovery_seconds": 0.4,
    }  # fmt: skip
    return made("overload", number, **seen | other)


def rounds(number: int) -> list[dict[str, Any]]:
    """One round of every row; every goal is met by it."""
    rates = dict.fromkeys(RIVALS, 500.0) | {"fastapi": 550.0, "empty": 3500.0}
    start = made("start", number, ready_seconds=1.4, resident_mib=131.0, packages=17)
    return [
        *(rival(name, number, rate) for name, rate in rates.items()),
        made("steady", number, **STEADY),
        start,
        overloaded(number),
        workers(number),
    ]


def report(rows: list[dict[str, Any]], count: int, **absent: str) -> dict[str, Any]:
    return {
        "what": "predict", "commit": "0123456789abcdef", "machine": {"cores": 2, "memory_gib": 23.5},
        "finished": "2026-11-25T10:10:00.000Z", "absent": absent, "rows": rows,
        "goals": goals.judge(rows, count, absent),
    }  # fmt: skip
