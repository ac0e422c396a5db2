"""R3: two controllers, and the one that leads stands still, is killed, or has its Lease stolen."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubernetes import client

from benchmarks.cluster.audit import Audit
from benchmarks.cluster.controller import Controller, Options, lease, running
from benchmarks.cluster.goals import Bound, Goal
from benchmarks.cluster.healing import FOREIGN, foreign_weight
from benchmarks.cluster.installed import away
from benchmarks.cluster.place import CONTROLLER, SECONDS, SYSTEM, ask
from benchmarks.reliability.faults.gate import Gate, gate, writes_to
from benchmarks.reliability.row import Row
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.cluster.audit import Written
    from benchmarks.cluster.site import Site
    from benchmarks.cluster.stretch import Stretch
    from benchmarks.reliability.row import Play, Record, Stage

OLD, NEW = "bench-a", "bench-b"
FIRST = 10
STEPS = f'canary.steps=[{{"weight": {FIRST}, "hold": "12h"}}, {{"weight": 100}}]'
STAYING = ('model.version="v1"', STEPS, 'canary.progressDeadline="12h"')
FAILING = 'faults={"enabled": true, "error": {"ratio": 0.5}}'
RATE = 50.0
PATIENCE = 60.0  # seconds for whatever has to happen
AFTER = 3.0  # seconds that are watched after a woken leader has gone on

STATUS, ROUTE = "frozen before it writes the status", "frozen before it writes the weight"
STOLEN, KILLED = "Lease stolen", "killed when the canary begins to fail"
LATE = {STATUS: "canaryreleases", ROUTE: "ingresses"}


@dataclass(frozen=True, slots=True)
class Pair:
    """The leader, all of whose calls pass the gate, and the one that follows it."""

    old: Controller
    new: Controller
    door: Gate

    def begin(self) -> None:
        """Let the old one lead and the new one stand by, however the round before ended."""
        if not self.old.leads():
            self.new.stop()
            self.old.stop()
            self.old.start()
            self.old.await_lead()
            self.new.start()
        until("the standby is ready", self.new.ready)


@contextmanager
def _open(stage: Stage) -> Iterator[Play]:
    api = stage.place.api
    with away(api, stage.say), gate(api.configuration) as door, stage.site("r3") as site:
        leader = Options(OLD, site.subject.namespace, door.url)
        standby = Controller(stage.place, Options(NEW, site.subject.namespace, port=leader.port + 1))
        with running(stage.place, leader) as old:
            pair = Pair(old, standby, door)
            try:
                standby.start()
                yield lambda case, _: _play(site, pair, case)
            finally:
                standby.stop()


def _play(site: Site, pair: Pair, case: str) -> Record:
    pair.begin()
    site.require(*STAYING)
    with site.users(RATE) as stretch:
        site.release(*STAYING, *((FAILING,) if case == KILLED else ()))
        stretch.until(lambda route: route[-1] == FIRST, 2 * PATIENCE, f"weight {FIRST} on the Ingress")
        if case == KILLED:
            return _killed(site, stretch, pair)
        stretch.last(AFTER)
        return _frozen(site, stretch, pair, case) if case in LATE else _stolen(site, stretch, pair)


def _killed(site: Site, stretch: Stretch, pair: Pair) -> Record:
    """Nobody has judged the failing canary yet: whoever follows has to."""
    killed = pair.old.dismiss()
    stretch.until(lambda route: route[-1] == 0, 2 * PATIENCE, "no user on the canary any more")
    seconds = site.weights.seen[-1].time - killed
    failed = [record for record in stretch.records() if record.failed]
    return {"seconds": round(seconds, 2), "failed": len(failed)}


def _frozen(site: Site, stretch: Stretch, pair: Pair, case: str) -> Record:
    """It has decided, its write is on the way, and both stand still for longer than its Lease lasts."""
    audit, before = Audit(site.subject.namespace), _epoch(site)
    pair.door.shut(writes_to(site.subject.namespace, LATE[case]))
    if case == ROUTE:
        foreign_weight(site.place.api, site.subject, FIRST)[1]()
    until("a write of the old leader", pair.door.caught.is_set)
    began = time.time()
    pair.old.freeze()
    until("the epoch of the new leader", lambda: _epoch(site) > before)
    taken = time.time() - began
    stretch.last(AFTER)
    starts = len(pair.old.starts)
    woken = time.time()
    pair.door.let_through()
    pair.old.wake()
    until("the end of the old leader", lambda: len(pair.old.starts) > starts)
    left = time.time() - woken
    stretch.last(AFTER)
    return _seen(site, audit.writes(), began) | {"seconds": round(taken, 2), "left": round(left, 2)}


def _stolen(site: Site, stretch: Stretch, pair: Pair) -> Record:
    """Somebody writes the other name into the Lease: for a moment both believe that they lead."""
    audit, before, began = Audit(site.subject.namespace), _epoch(site), time.time()
    starts = len(pair.old.starts)
    _steal(site.place.api)
    until("the epoch of the new leader", lambda: _epoch(site) > before)
    taken = time.time() - began
    until("the end of the old leader", lambda: len(pair.old.starts) > starts)
    left = time.time() - began
    stretch.last(2 * AFTER)
    return _seen(site, audit.writes(), began) | {"seconds": round(taken, 2), "left": round(left, 2)}


def _seen(site: Site, writes: list[Written], began: float) -> Record:
    """What the audit log and the route say of the time since `began`."""
    old = [each for each in writes if each.agent.endswith(f"/{OLD}")]
    new = [each for each in writes if each.agent.endswith(f"/{NEW}") and each.done]
    late = [each for each in old if _after(each, new)]
    route = [seen.weight for seen in site.weights.seen if seen.time > began]
    return {
        "late": sum(each.done for each in late),
        "refused": sum(not each.done for each in late),
        "moved": len([weight for weight in route if weight not in {FIRST, FOREIGN}]),
        "standing": int(site.weights.now == FIRST),
        "which": [f"{each.resource}/{each.name} {each.code}" for each in late],
        "weights": route,
    }


def _after(each: Written, new: list[Written]) -> bool:
    """Whether a write came after the epoch of the new leader: on the release, or on the very object."""
    whole = [other.time for other in new if other.resource == "canaryreleases"]
    same = [other.time for other in new if (other.resource, other.name) == (each.resource, each.name)]
    return any(each.time > min(times) for times in (whole, same) if times)


def _epoch(site: Site) -> int:
    return int(site.production.reads.status().get("epoch") or 0)


def _steal(api: Any) -> None:
    """Name the other controller as the holder, as somebody with kubectl would."""
    place = ("coordination.k8s.io", "v1", SYSTEM, "leases", CONTROLLER)
    body = {"spec": {"holderIdentity": NEW}}
    kinds = client.CustomObjectsApi(api)
    ask("the Lease", lambda: kinds.patch_namespaced_custom_object(*place, body, _request_timeout=SECONDS))
    if lease(api).get("holderIdentity") != NEW:
        raise StepError("the Lease: could not be stolen")


def until(what: str, happened: Callable[[], bool]) -> None:
    """Wait for something. Raises StepError when it does not happen."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            raise StepError(f"{what}: not seen within {PATIENCE:.0f} s")
        time.sleep(0.1)


ROW = Row(
    name="R3",
    title="two controllers: the one that leads stands still, is killed, or loses its Lease",
    holds=(
        "no write of the old leader succeeds after the new one's epoch; the weight stays; a canary that "
        "begins to fail when the leader dies has no users 15 s later"
    ),
    method=f"""\
Two controller processes with one Lease, 10 s long; {RATE:g} requests/s; a release at its first step of 10 %.
Frozen: a proxy holds back the leader's next write of the status or of the weight (which somebody has just set
to {FOREIGN}), and the process gets SIGSTOP. When the other one has written its epoch, the write goes on as it
was meant and the process gets SIGCONT. Stolen: the Lease names the other one from one moment to the next.
Late are writes to the release's objects (itself, routes, Services, Deployments, ConfigMaps) that the API
server's audit log has under the old leader's name after the new one's first write to the release or to the
same object. Killed: SIGKILL as soon as a canary that fails half of its requests has its first users; from
then to the weight 0 on the Ingress, as the API server announced it.""",
    cases=(STATUS, ROUTE, STOLEN, KILLED),
    long=5,
    minutes=0.5,
    open=_open,
    goals=(
        Goal("late writes that succeeded", (STATUS, ROUTE, STOLEN), "late", sum, 0, "writes"),
        Goal(
            "late writes that were tried and refused",
            (STATUS, ROUTE),
            "refused",
            min,
            1,
            "writes",
            Bound.AT_LEAST,
        ),
        Goal("weights other than the asked one", (STATUS, ROUTE, STOLEN), "moved", sum, 0, "weights"),
        Goal(
            "weight as asked at the end",
            (STATUS, ROUTE, STOLEN),
            "standing",
            min,
            1,
            "rounds",
            Bound.AT_LEAST,
        ),
        Goal("failing canary without users, longest", (KILLED,), "seconds", max, 15.0, "s"),
        Goal("new epoch after the leader stood still, longest", (STATUS, ROUTE), "seconds", max, 15.0, "s"),
    ),
    amounts=(Goal("leaders lost", (), "took", len, 20, "times", Bound.AT_LEAST),),
)
