"""Leader election over a Lease.

Written here because the client's election never gives a Lease back, has no time-outs on its calls
and trusts the wall clock. A holder that stops renewing is followed after `DURATION` seconds by our
own monotonic clock, whatever the clocks of the two machines say.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from canary.adapters.kinds import LEASE
from canary.ports import ConflictError, NotFoundError, SerinError

if TYPE_CHECKING:
    from collections.abc import Callable

    from canary.adapters.kube import Kube
    from canary.ports import Clock

Object = dict[str, Any]

LOG = logging.getLogger("canary.lease")

DURATION = 10
DEADLINE = 7.0
RETRY = 2.0


class Lease:
    """One candidate. `acquire` waits for the lead, `hold` keeps it until it is lost or given back."""

    def __init__(self, kube: Kube, clock: Clock, namespace: str, name: str, identity: str) -> None:
        self._kube, self._clock = kube, clock
        self._namespace, self._name, self._identity = namespace, name, identity
        self._stop = threading.Event()
        self._renewed = float("-inf")
        self._held: Object = {}
        self.epoch = 0
        self._seen: tuple[str, float] = ("", 0.0)

    def acquire(self) -> bool:
        """Wait until we lead; False when told to stop first."""
        while not self._stop.is_set():
            try:
                if self._try():
                    LOG.info("leading as %s", self._identity)
                    return True
            except ConflictError:
                LOG.info("another candidate was quicker")
            except SerinError as error:
                LOG.warning("%s", error)
            self._stop.wait(RETRY)
        return False

    def hold(self) -> bool:
        """Renew until told to stop (True) or until nothing was renewed for too long (False)."""
        while not self._stop.wait(RETRY):
            try:
                self._write(self._renewal())
            except ConflictError as error:
                LOG.warning("%s", error)
                if not self._still_ours():
                    return False
            except SerinError as error:
                LOG.warning("%s", error)
            if not self.current():
                return False
        return True

    def current(self) -> bool:
        """Whether nobody else can have taken the lead yet, by our own clock."""
        return time.monotonic() - self._renewed <= DEADLINE

    def confirmed(self) -> bool:
        """Whether the Lease, read afresh, is still ours; True while it cannot be read."""
        try:
            return self._ours(self._kube.get(LEASE, self._namespace, self._name))
        except NotFoundError:
            return False
        except SerinError as error:
            LOG.warning("%s", error)
            return True

    def rise_above(self, epoch: int) -> None:
        """Count on from an epoch that was found on a release: a Lease that was deleted begins at 1 again."""
        self.epoch = max(self.epoch, epoch + 1)

    def stop(self) -> None:
        self._stop.set()

    def give_back(self) -> None:
        """Let the next candidate lead at once; whoever still works for us may not write any more."""
        self._renewed = float("-inf")
        free = {"holderIdentity": "", "leaseDurationSeconds": 1, "renewTime": self._now()}
        self._kube.replace(LEASE, self._held | {"spec": self._held["spec"] | free})

    def _try(self) -> bool:
        """Take the Lease if it is free; each taking is an epoch of its own, also by the same identity."""
        try:
            found = self._kube.get(LEASE, self._namespace, self._name)
        except NotFoundError:
            self._held = {"metadata": {"name": self._name, "namespace": self._namespace}, "spec": {}}
            return self._taken(lambda body: self._kube.create(LEASE, self._namespace, body))
        spec = found.get("spec") or {}
        holder = spec.get("holderIdentity") or ""
        if holder not in {"", self._identity} and not self._silent(found):
            return False
        self._held = found | {"spec": spec}
        return self._taken(lambda body: self._kube.replace(LEASE, body))

    def _taken(self, write: Callable[[Object], Object]) -> bool:
        self.epoch = int(self._held["spec"].get("leaseTransitions") or 0) + 1
        begun = time.monotonic()
        spec = self._held["spec"] | self._renewal() | {"acquireTime": self._now()}
        self._held = write(self._held | {"spec": spec})
        self._renewed = begun
        return True

    def _silent(self, found: Object) -> bool:
        """Whether the holder has written nothing for as long as it promised to."""
        version, now = found["metadata"]["resourceVersion"], time.monotonic()
        if version != self._seen[0]:
            self._seen = (version, now)
        return now - self._seen[1] > float(found["spec"].get("leaseDurationSeconds") or DURATION)

    def _still_ours(self) -> bool:
        """After a conflict: somebody else led, or only touched the object."""
        try:
            self._held = self._kube.get(LEASE, self._namespace, self._name)
        except SerinError as error:
            LOG.warning("%s", error)
            return True
        return self._ours(self._held)

    def _ours(self, found: Object) -> bool:
        """Whether it is the Lease that we took, not one that was taken in our name since."""
        spec = found.get("spec") or {}
        taken = int(spec.get("leaseTransitions") or 0)
        return bool(spec.get("holderIdentity") == self._identity) and taken <= self.epoch

    def _write(self, spec: Object) -> None:
        begun = time.monotonic()
        self._held = self._kube.replace(LEASE, self._held | {"spec": self._held["spec"] | spec})
        self._renewed = begun

    def _renewal(self) -> Object:
        return {
            "holderIdentity": self._identity,
            "leaseDurationSeconds": DURATION,
            "leaseTransitions": self.epoch,
            "renewTime": self._now(),
        }

    def _now(self) -> str:
        moment = datetime.fromtimestamp(self._clock.now(), UTC)
        return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
