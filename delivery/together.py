"""Steps at the same time: while one waits for the network, another computes."""

from __future__ import annotations

from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from delivery import children

if TYPE_CHECKING:
    from collections.abc import Callable

    Wait = Callable[[], object]


def together(first: Callable[[], object], *others: Callable[[Wait], object]) -> None:
    """Run all steps to their ends; the others are given a function that waits for the end of the first.

    A step that fails ends the commands of the rest, and its error is raised.
    """
    with ThreadPoolExecutor(1 + len(others)) as pool:
        leading = pool.submit(first)
        steps = [leading, *(pool.submit(step, leading.result) for step in others)]
        try:
            done, _ = wait(steps, return_when=FIRST_EXCEPTION)
            for step in sorted(done, key=steps.index):
                step.result()
        except BaseException:
            children.stop()
            raise
        finally:
            wait(steps)
            children.resume()
