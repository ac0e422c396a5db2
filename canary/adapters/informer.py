"""Keeps a store fresh by listing and watching.

Written here because the client's SharedInformer cannot list custom resources (it looks for typed
`.items`), retries a dead API server without pause, and never notices a watch that went silent.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from typing import TYPE_CHECKING

from canary.adapters.refusals import ExpiredError
from canary.adapters.store import Store, slimmed
from canary.ports import NotFoundError, SerinError

if TYPE_CHECKING:
    from collections.abc import Callable

    from canary.adapters.kinds import Kind
    from canary.adapters.kube import Kube, Object

    Listener = Callable[[Kind, Object], None]

LOG = logging.getLogger("canary.informer")
SHORTEST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
# A server ends a watch after minutes; one that ends so soon would be opened all the time.
BRIEF_SECONDS = 1.0
# How long a cluster without an optional kind is left alone before it is asked again.
ABSENT_PAUSE = 30.0


class Informer:
    """Lists and watches one kind for ever, in a thread of its own."""

    def __init__(self, kube: Kube, kind: Kind, namespace: str, labels: str, listener: Listener) -> None:
        self.store = Store()
        self.synced = threading.Event()
        self.absent = False
        self._kube, self._kind, self._namespace, self._labels = kube, kind, namespace, labels
        self._listener = listener
        self._stop = threading.Event()
        self._version = ""

    def start(self) -> None:
        threading.Thread(target=self._run, name=f"watch-{self._kind.plural}", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        """Follow for ever; whatever ends soon is begun again later each time, or it would be a hot loop."""
        pause = SHORTEST_PAUSE
        while not self._stop.is_set():
            began = time.monotonic()
            failed = not self._attempt()
            if time.monotonic() - began >= BRIEF_SECONDS:
                pause = SHORTEST_PAUSE
                if not failed:
                    continue
            self._stop.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, not a secret
            pause = min(pause * 2, LONGEST_PAUSE)
            # A server restored from a backup may never reach the version we wait for.
            self._version = "" if failed and pause == LONGEST_PAUSE else self._version

    def _attempt(self) -> bool:
        """Follow once; False when it failed."""
        try:
            self._follow()
        except ExpiredError:
            self._version = ""
        except SerinError as error:
            LOG.warning("%s", error)
            return False
        return True

    def _follow(self) -> None:
        """Apply changes from where we are until the watch ends."""
        if not self._version and not self._relist():
            self._stop.wait(ABSENT_PAUSE)
            return
        for change, item in self._kube.watch(self._kind, self._namespace, self._labels, self._version):
            self._version = item["metadata"]["resourceVersion"]
            self._accept(change, item)
            if self._stop.is_set():
                return

    def _accept(self, change: str, item: Object) -> None:
        if change == "DELETED":
            self.store.drop(item)
            self._listener(self._kind, item)
        elif change != "BOOKMARK" and self.store.put(slimmed(item)):
            self._listener(self._kind, item)

    def _relist(self) -> bool:
        """Copy everything; False when the cluster does not have the kind, and need not have it."""
        try:
            items, self._version = self._kube.snapshot(self._kind, self._namespace, self._labels)
            self.absent = False
        except NotFoundError:
            if not self._kind.optional:
                raise
            items, self.absent = [], True
        slim = [slimmed(item) for item in items]
        gone = self.store.replace(slim)
        self.synced.set()
        for item in (*gone, *slim):
            self._listener(self._kind, item)
        return not self.absent
