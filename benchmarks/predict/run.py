"""Plays the rounds that are missing, and keeps each one as soon as it is over."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.predict.environments import AbsentError
from delivery.errors import StepError
from demo.report import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.cluster.partial import Partial, Row
    from benchmarks.predict.rows import Measured, Play, Stage


def run(rows: Sequence[Measured], rounds: int, partial: Partial, stage: Stage) -> None:
    """Play what is missing of `rows`; what breaks a round is its result."""
    for row in rows:
        missing = partial.missing(row.name, rounds)
        if not missing:
            continue
        stage.say(f"{row.name}: {row.title}; {len(missing)} rounds to go")
        try:
            with row.open(stage) as play:
                _absent(partial, row.name, "")
                _play(row, missing, play, partial, stage.say)
        except AbsentError as error:
            _absent(partial, row.name, _told(error))
            stage.say(_told(error))
        except StepError as error:
            partial.add(_broken(row.name, missing[0], time.time(), error))
            stage.say(_told(error))


def _absent(partial: Partial, name: str, reason: str) -> None:
    """Note why a peer is not there, or that it is."""
    others = {peer: why for peer, why in partial.setting.get("absent", {}).items() if peer != name}
    partial.describe({**partial.setting, "absent": others | ({name: reason} if reason else {})})


def _play(
    row: Measured, numbers: Sequence[int], play: Play, partial: Partial, say: Callable[[str], None]
) -> None:
    for number in numbers:
        began = time.time()
        try:
            measured = play()
            made = {**_head(row.name, number, began), **measured}
        except StepError as error:
            made = _broken(row.name, number, began, error)
        partial.add(made)
        say(f"{row.name} {number}: {_figures(made)}")


def _head(name: str, number: int, began: float) -> Row:
    return {"row": name, "round": number, "started": stamp(began), "took": round(time.time() - began, 1)}


def _broken(name: str, number: int, began: float, error: StepError) -> Row:
    return {**_head(name, number, began), "broken": _told(error)}


def _told(error: StepError) -> str:
    return " ".join(str(error).split())[:300]


def _figures(row: Row) -> str:
    return ", ".join(f"{key} {value}" for key, value in row.items() if key not in {"row", "round", "started"})
