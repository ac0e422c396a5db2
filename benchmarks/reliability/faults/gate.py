"""A proxy in front of the API server that can be told to let a call wait, whatever else it does."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.reliability.faults.api import WRITES, ApiProxy
from benchmarks.reliability.faults.counts import is_watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.reliability.faults.wire import Asked, Exchange

LONGEST = 120.0  # seconds that a call is kept waiting


def nothing(_: Asked) -> bool:
    """No call."""
    return False


class Gate(ApiProxy):
    """Calls that are `shut` out wait until they are let through, and then go on as they were meant."""

    def __init__(self, configuration: Any) -> None:
        super().__init__(configuration)
        self.caught = threading.Event()
        self._shut: Callable[[Asked], bool] = nothing
        self._open = threading.Event()

    def shut(self, which: Callable[[Asked], bool]) -> None:
        """From now on let these calls wait; `caught` says that there is one."""
        self.caught.clear()
        self._open.clear()
        self._shut = which

    def let_through(self) -> None:
        """Let all that waits go on, and nothing wait any more."""
        self._shut = nothing
        self._open.set()

    def _answer(self, exchange: Exchange) -> None:
        if self._shut(exchange.asked):
            self.caught.set()
            self._open.wait(LONGEST)
        super()._answer(exchange)


@contextmanager
def gate(configuration: Any) -> Iterator[Gate]:
    """A gate that stands open, until the end of the block."""
    found = Gate(configuration)
    found.open()
    try:
        yield found
    finally:
        found.let_through()
        found.close()


def writes_to(namespace: str, plural: str) -> Callable[[Asked], bool]:
    """Whether a call changes an object of this kind in this namespace."""
    place = f"/namespaces/{namespace}/{plural}/"
    return lambda asked: asked.method in WRITES and place in asked.path


def anything_in(namespace: str) -> Callable[[Asked], bool]:
    """Whether a call is about this namespace and no watch."""
    return lambda asked: f"/namespaces/{namespace}/" in asked.path and not is_watch(asked)
