"""R4: every controller is dead while a canary has users, or one is alive and gets nothing done."""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubernetes import client

from benchmarks.cluster.controller import Controller, Options, lease, running
from benchmarks.cluster.deadman import watching
from benchmarks.cluster.goals import Bound, Goal
from benchmarks.cluster.installed import away
from benchmarks.cluster.place import SECONDS, ask
from benchmarks.reliability.faults.gate import Gate, anything_in, gate
from benchmarks.reliability.row import Row
from benchmarks.reliability.rows.r3_leaders import FIRST, STAYING
from canary.adapters.annotations import MARK
from canary.core.journal import DEADMAN
from canary.core.model import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.cluster.site import Site
    from benchmarks.cluster.stretch import Stretch
    from benchmarks.reliability.row import Play, Record, Stage

SHORT, LONG = 30.0, 60.0  # seconds: the least patience a dead-man may have, and that of the installed one
RATE = 20.0
AFTER = 5.0  # seconds that are watched before the controller returns
RETURN = 90.0  # seconds for it to end the release

DEAD, STUCK = "all dead", "alive but stuck"
INSTALLED = "all dead, the dead-man as installed"


@contextmanager
def _open(stage: Stage) -> Iterator[Play]:
    api = stage.place.api
    with away(api, stage.say), gate(api.configuration) as door, stage.site("r4") as site:
        signs = ("--heartbeat", f"{SHORT / 4:g}")
        with running(stage.place, Options("bench-a", site.subject.namespace, door.url, words=signs)) as only:
            yield lambda case, _: _play(site, Loss(only, door, case))


@dataclass(frozen=True, slots=True)
class Loss:
    """How the only controller is lost, and comes back."""

    only: Controller
    door: Gate
    case: str

    @property
    def ttl(self) -> float:
        """The patience of the dead-man that watches."""
        return LONG if self.case == INSTALLED else SHORT

    def lose(self, namespace: str) -> float:
        """Nobody looks after the release any more; gives the time (epoch)."""
        if self.case != STUCK:
            return self.only.dismiss()
        self.door.shut(anything_in(namespace))
        return time.time()

    def find(self) -> None:
        """Somebody looks after it again."""
        if self.case == STUCK:
            self.door.let_through()
        else:
            self.only.start()
            self.only.await_lead()


def _play(site: Site, loss: Loss) -> Record:
    site.require(*STAYING)
    with site.users(RATE) as stretch:
        released = site.release(*STAYING)
        stretch.until(lambda route: route[-1] == FIRST, 120, f"weight {FIRST} on the Ingress")
        watch = (
            nullcontext() if loss.case == INSTALLED else watching(site.place, site.subject.namespace, SHORT)
        )
        with watch:
            stretch.last(AFTER)
            return _lost(site, stretch, loss) | _ended(site, stretch, released.revision)


def _lost(site: Site, stretch: Stretch, loss: Loss) -> Record:
    """Watch the users leave, and let somebody look after the release again."""
    renewed = lease(site.place.api).get("renewTime")
    began = loss.lose(site.subject.namespace)
    stretch.until(lambda route: route[-1] == 0, 2 * loss.ttl, "no user on the canary any more")
    seconds = site.weights.seen[-1].time - began
    stretch.last(AFTER)
    leading = loss.only.leads() and lease(site.place.api).get("renewTime") != renewed
    marked = _mark(site)
    loss.find()
    return {
        "seconds": round(seconds, 2),
        "of_ttl": round(seconds / loss.ttl, 3),
        "renewed": int(leading or loss.case != STUCK),
        "marked": marked,
    }


def _ended(site: Site, stretch: Stretch, revision: str) -> Record:
    """What the controller that returned made of it."""

    def over(_: object = None) -> bool:
        status = site.production.reads.status()
        return status.get("phase") == "RolledBack" and not _mark(site)

    stretch.until(over, RETURN, "the end of the release")
    stretch.last(AFTER)
    status = site.production.reads.status()
    lines = (each for each in status["journal"] if each["rule"] == Cause.CONTROLLER_LOST)
    line: dict[str, Any] = next(lines, {})
    failed = [record for record in stretch.records() if record.failed]
    return {
        "told": int((line.get("actor"), line.get("weightTo")) == (DEADMAN, 0)),
        "rejected": int(status.get("rejectedRevision") == revision),
        "raised": int(site.weights.now != 0),
        "failed": len(failed),
        "weights": [seen.weight for seen in site.weights.seen],
        "reason": line.get("reason", ""),
    }


def _mark(site: Site) -> str:
    """The dead-man's mark on the route, empty when there is none."""
    networking: Any = client.NetworkingV1Api(site.place.api)
    name, space = f"{site.subject.name}-canary", site.subject.namespace
    found = ask(name, lambda: networking.read_namespaced_ingress(name, space, _request_timeout=SECONDS))
    return str((found.metadata.annotations or {}).get(MARK, ""))


ROW = Row(
    name="R4",
    title="every controller is dead, or the only one is alive and gets nothing done",
    holds=(
        "the dead-man sets the weight to 0 within its TTL; a controller that returns ends the release as "
        "rolled back, names the dead-man, and never gives the canary users again"
    ),
    method=f"""\
{RATE:g} requests/s; a release at its first step of 10 %. All dead: SIGKILL to the only controller. Stuck: a
proxy between it and the API server lets every call about the release wait, and its Lease pass, so that it
goes on leading. From then to the weight 0 on the Ingress, as the API server announced it. The dead-man has
the rights of the installed one and a TTL of {SHORT:g} s, the shortest that it takes; in the last case it is
the installed one with its {LONG:g} s. Then the controller returns, or the proxy lets the calls through.""",
    cases=(DEAD, STUCK, INSTALLED),
    long=4,
    minutes=1.0,
    open=_open,
    goals=(
        Goal("no users, longest, as a share of the TTL", (), "of_ttl", max, 1.0, "TTL"),
        Goal("the Lease was renewed all the time", (STUCK,), "renewed", min, 1, "rounds", Bound.AT_LEAST),
        Goal("journalled with the dead-man as actor", (), "told", min, 1, "rounds", Bound.AT_LEAST),
        Goal("rejected", (), "rejected", min, 1, "rounds", Bound.AT_LEAST),
        Goal("weight above 0 after the reset", (), "raised", sum, 0, "rounds"),
        Goal("user requests failed", (), "failed", sum, 0, "requests"),
    ),
    amounts=(Goal("times without a controller that works", (), "took", len, 10, "times", Bound.AT_LEAST),),
)
