"""R8: somebody edits or deletes what belongs to a running release."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from kubernetes import client

from benchmarks.cluster.goals import Goal, p50
from benchmarks.cluster.healing import FOREIGN, SOMEBODY, Object, foreign_weight, seconds
from benchmarks.cluster.told import events
from benchmarks.reliability.hurt import how
from benchmarks.reliability.row import Row
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.cluster.site import Site
    from benchmarks.cluster.stretch import Stretch
    from benchmarks.reliability.row import Play, Record, Stage

FIRST = 10
# The release stays at its first step, judged all the time, while hand after hand is laid on it.
STAYING = (
    'model.version="v1"',
    f'canary.steps=[{{"weight": {FIRST}, "hold": "12h"}}, {{"weight": 100}}]',
    'canary.progressDeadline="12h"',
)
RATE = 20.0
PATIENCE = 120.0  # seconds for a canary to get its first users
AFTER = 3.0  # seconds that are watched after what was broken is whole again
TELLING = 5.0  # seconds within which it has to be reported


@dataclass(frozen=True, slots=True)
class Hand:
    """What is done to which object of the release; `role` names the revision, `word` what must be told."""

    kind: str
    role: str
    act: str

    @property
    def case(self) -> str:
        """Its name."""
        return f"{self.role} {self.kind} {self.act}"


HANDS = (
    Hand("Ingress", "canary", "edited"),
    Hand("Ingress", "canary", "deleted"),
    Hand("Service", "canary", "deleted"),
    Hand("Service", "stable", "deleted"),
    Hand("Deployment", "canary", "deleted"),
    Hand("Deployment", "canary", "scaled to 0"),
    Hand("Deployment", "stable", "deleted"),
    Hand("Deployment", "stable", "scaled to 0"),
)
WORDS = {"Ingress": "route", "Service": "Service", "Deployment": "Deployment"}
EDITED = HANDS[0].case
OBJECTS = tuple(hand.case for hand in HANDS[1:])
HARMLESS = tuple(hand.case for hand in HANDS if hand.role == "canary")


@contextmanager
def _open(stage: Stage) -> Iterator[Play]:
    hands = {hand.case: hand for hand in HANDS}
    with stage.site("r8") as site:
        site.require(*STAYING)
        with site.users(RATE) as stretch:
            yield lambda case, _: _play(site, stretch, hands[case])


def _play(site: Site, stretch: Stretch, hand: Hand) -> Record:
    canary = _exposed(site, stretch)
    began = time.time()
    healed = seconds(*_broken(site, hand, canary))
    stretch.last(AFTER)
    told = _told(site, hand, began)
    route = [seen.weight for seen in site.weights.seen if seen.time > began]
    failed = [record for record in stretch.records() if record.start >= began - 1 and record.failed]
    status = site.production.reads.status()
    return {
        "seconds": round(healed, 3),
        "unreported": int(not told),
        "adopted": int(_adopted(route, status, canary)),
        "failed": len(failed),
        "weights": route,
        "told": told[-1] if told else "",
        "how": how(failed),
    }


def _exposed(site: Site, stretch: Stretch) -> str:
    """The canary that has its first users; a new one where the release before has ended."""
    deadline = time.monotonic() + PATIENCE
    status = site.production.reads.status()
    if status.get("weight") != FIRST:
        site.require(*STAYING)
        site.release(*STAYING)
    while not (site.weights.now == FIRST and _settled(status := site.production.reads.status())):
        if time.monotonic() > deadline:
            said = f"weight {site.weights.now} on the Ingress, {status.get('reason')}"
            raise StepError(f"no canary in place after {PATIENCE:.0f} s: {said}")
        stretch.last(0.5)
    return str(status["canaryRevision"])


def _settled(status: dict[str, Any]) -> bool:
    """Whether the controller has seen in place what the hand will break."""
    control = status.get("control", {})
    return status.get("weight") == FIRST and bool(control.get("settledSince"))


def _broken(site: Site, hand: Hand, canary: str) -> tuple[Object, Callable[[], Any]]:
    """The object with what makes it whole, and what breaks it."""
    api, space = site.place.api, site.subject.namespace
    role = f"{site.subject.name}-{hand.role}"
    if hand.kind == "Ingress":
        thing, edit = foreign_weight(api, site.subject, FIRST)
        delete = partial(client.NetworkingV1Api(api).delete_namespaced_ingress, role, space)
        return thing, edit if hand.act == "edited" else delete
    if hand.kind == "Service":
        core = client.CoreV1Api(api)
        return (
            Object(core.list_namespaced_service, space, role, lambda _: True),
            lambda: core.delete_namespaced_service(role, space),
        )
    revision = site.stable if hand.role == "stable" else canary
    return _deployment(api, space, f"{site.subject.name}-{revision}", hand.act)


def _deployment(api: Any, space: str, name: str, act: str) -> tuple[Object, Callable[[], Any]]:
    apps = client.AppsV1Api(api)
    thing = Object(apps.list_namespaced_deployment, space, name, lambda found: bool(found.spec.replicas))
    if act == "deleted":
        return thing, lambda: apps.delete_namespaced_deployment(name, space)
    none = {"spec": {"replicas": 0}}
    return thing, lambda: apps.patch_namespaced_deployment_scale(name, space, none, field_manager=SOMEBODY)


def _told(site: Site, hand: Hand, since: float) -> list[str]:
    """What was reported of it, in time."""
    deadline = time.monotonic() + TELLING
    word = SOMEBODY if hand.act == "edited" else WORDS[hand.kind]
    while not (told := [each for each in events(site.place.api, site.subject, since - 1) if word in each]):
        if time.monotonic() > deadline:
            return []
        time.sleep(0.5)
    return told


def _adopted(route: Sequence[int], status: dict[str, Any], canary: str) -> bool:
    """Whether what the hand did has become the release's own: another weight, a step on, a new stable."""
    higher = [weight for weight in route if weight not in {0, FIRST, FOREIGN}]
    lasting = route[-1:] == [FOREIGN] or status.get("weight") not in {0, FIRST}
    return bool(higher) or lasting or status.get("stableRevision") == canary


ROW = Row(
    name="R8",
    title="somebody edits or deletes what belongs to a running release",
    holds=(
        "the weight is put back within 0.5 s (median), other objects within 5 s; it is reported, and never "
        "taken for the release's own progress"
    ),
    method="""\
20 requests/s; a release stays at its first step of 10 %, judged all the time. Another client of the API
server edits the weight to 90, deletes an object or scales a Deployment to 0. From before that write to the
API server's announcement of the object as it was. Reported means a Kubernetes event on the release within
5 s that names the object, or who edited it.""",
    cases=tuple(hand.case for hand in HANDS),
    long=20,
    minutes=0.1,
    open=_open,
    goals=(
        Goal("weight put back, median", (EDITED,), "seconds", p50, 0.5, "s"),
        Goal("objects put back, longest", OBJECTS, "seconds", max, 5.0, "s"),
        Goal("not reported", (), "unreported", sum, 0, "rounds"),
        Goal("adopted", (), "adopted", sum, 0, "rounds"),
        Goal("requests failed when a hand was laid on the canary", HARMLESS, "failed", sum, 0, "requests"),
    ),
    explained={
        "requests failed when a hand was laid on the canary": (
            "with the canary's Deployment deleted or scaled to 0 all its pods end at once. Traefik keeps "
            "pods that end as servers that get no new requests, so it does not take the canary for empty, "
            "and answers the canary's share with 503 until the pods of the Deployment that was put back are "
            "ready. Nobody fails where its Ingress or its Service was what was touched"
        ),
    },
)
