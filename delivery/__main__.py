"""`make ship VERSION=v1`, and each of its steps alone: `python -m delivery STEP --version v1`.

0 done: with `ship` and `watch`, everybody has it. 1 a step failed, or the release was rolled back. 2 wrong
usage: no such version. 3 refused: not what has passed the gate. 4 nothing conclusive before the time-out.
5 the cluster cannot be reached. 130 interrupted. Until `release` production is untouched. `make` itself ends
with 2 for all of these and prints the code.
"""

from __future__ import annotations

import argparse
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

from delivery import models, steps, tools
from delivery.candidate import candidate
from delivery.cluster import chosen
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from delivery.cluster import Cluster

    Step = Callable[[Cluster, argparse.Namespace], int]


def say(line: str) -> None:
    """One line of the story."""
    print(line, file=sys.stderr, flush=True)


def stage(cluster: Cluster, given: argparse.Namespace) -> int:
    """Put a candidate into staging."""
    steps.stage(cluster, candidate(cluster, given.version), say)
    return 0


def gate(cluster: Cluster, given: argparse.Namespace) -> int:
    """Hold staging against the contract and the load limits."""
    steps.gate(cluster, cluster.addresses(say).entry, candidate(cluster, given.version), say)
    return 0


def release(cluster: Cluster, given: argparse.Namespace) -> int:
    """Release what has passed the gate."""
    steps.release(cluster, candidate(cluster, given.version), say, *given.set)
    return 0


def watch(cluster: Cluster, given: argparse.Namespace) -> int:
    """Follow the release to its end."""
    return steps.watch(cluster, say, given.timeout)


def ship(cluster: Cluster, given: argparse.Namespace) -> int:
    """All of them, from training on."""
    models.train(say)
    models.digest(given.version)
    steps.build(say)
    for step in (stage, gate, release):
        step(cluster, given)
    return watch(cluster, given)


STEPS: Mapping[str, Step] = {
    "stage": stage, "gate": gate, "release": release, "watch": watch, "ship": ship,
}  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Take a step; the return value is the exit code."""
    given = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return _take(STEPS[given.step], given)
    except StepError as error:
        say(f"{given.step}: {error}")
        return error.code
    except KeyboardInterrupt:
        say(f"{given.step}: interrupted; a release that runs goes on: `make watch` follows it")
        return 130


def _take(step: Step, given: argparse.Namespace) -> int:
    cluster = chosen()
    try:
        tools.reach(cluster, say)
        return step(cluster, given)
    finally:
        cluster.close()


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m delivery", description="From a model to everybody.")
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("--version", default="", help="the model to deliver, a folder of models/")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=JSON", help="a value of the chart for production"
    )
    parser.add_argument(
        "--timeout", type=float, default=steps.TIMEOUT, help="seconds to watch (default: %(default)g)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
