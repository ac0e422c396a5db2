"""How a measurement on the cluster ends: one line that says why, and the exit code that goes with it."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from benchmarks.cluster.place import NoClusterError
from canary.ports import SerinError
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

FAILED, NO_CLUSTER, INTERRUPTED = 1, 5, 130


def ended(name: str, measure: Callable[[], int], onward: str = "") -> int:
    """Run a measurement to its end, whatever that is; `onward` tells who interrupts it how it goes on."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return measure()
    except NoClusterError as error:
        say(f"{name}: {error}")
        return NO_CLUSTER
    except (StepError, SerinError) as error:
        say(f"{name}: {error}")
        return FAILED
    except KeyboardInterrupt:
        say(f"{name}: interrupted{': ' if onward else ''}{onward}")
        return INTERRUPTED


def summarise(goals: Iterable[Mapping[str, Any]], report: Path) -> None:
    """Print whether each goal is met, and where the report is."""
    for goal in goals:
        figure = "-" if goal["figure"] is None else f"{goal['figure']:g}"
        verdict = "met   " if goal["met"] else "MISSED"
        print(f"{verdict}  {goal['name']}: {figure} ({goal['goal']} {goal['unit']}); {goal['note']}")
    print(f"report: {report}")


def say(line: str) -> None:
    """Tell the story, which goes to stderr."""
    print(line, file=sys.stderr, flush=True)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
