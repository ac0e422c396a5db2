"""R9: helm, kubectl, an autoscaler and evictions in the middle of a release."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kubernetes import client

from benchmarks.cluster.goals import Goal
from benchmarks.cluster.place import ask
from benchmarks.reliability.faults import evictions
from benchmarks.reliability.hurt import hurt
from benchmarks.reliability.row import Row
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.cluster.site import Settings, Site
    from benchmarks.cluster.stretch import Stretch
    from benchmarks.reliability.row import Play, Record, Stage
    from delivery.children import Answer

FIRST = 10
# A busy machine is no bad release: what is looked at here is not what the rules say.
GOOD = ('model.version="v1"', 'canary.rules.latency.within="1s"', 'canary.progressDeadline="12h"')
STAYING = (*GOOD, f'canary.steps=[{{"weight": {FIRST}, "hold": "12h"}}, {{"weight": 100}}]')
QUICK = (*GOOD, f'canary.steps=[{{"weight": {FIRST}, "hold": "2s"}}, {{"weight": 100}}]')
ASKING = (
    *GOOD,
    f'canary.steps=[{{"weight": {FIRST}, "hold": "2s", "approval": true}}, {{"weight": 100}}]',
)
SCALED = (*STAYING, "autoscaling.enabled=true")
FAILING = 'faults={"enabled": true, "error": {"ratio": 1}}'
RATE = 100.0
PATIENCE = 180.0  # seconds for a canary to get its first users, or for a release to end
SHORT = "20s"  # a time-out that runs out while a release waits for approval
LONG = "300s"  # one that does not
AFTER = 3.0  # seconds that are watched after what was done


@dataclass(slots=True)
class Scene:
    """One round: the release, its users, and what was found wrong."""

    site: Site
    stretch: Stretch
    conflicts: int = 0
    untrue: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    bad: str = ""

    def said(self, answer: Answer, *, done: bool) -> None:
        """Hold what helm or kubectl came to against what was true."""
        self.conflicts += int("conflict" in answer.output.lower())
        if (answer.code == 0) is not done:
            self.untrue.append(f"exit code {answer.code}: {answer.tail.splitlines()[-1:]}")

    def stands(self, revision: str) -> None:
        """The canary still has its first share, and nothing else was ever seen since."""
        status = self.site.production.reads.status()
        if status.get("canaryRevision") != revision or status.get("weight") != FIRST:
            self.lost.append(f"the status has {status.get('canaryRevision')} at {status.get('weight')} %")
        if self.site.weights.now != FIRST:
            self.lost.append(f"the Ingress has {self.site.weights.now} %")

    def took(self, expected: list[int], since: float) -> None:
        """These weights and no others were seen since a time (epoch), the one that stood then first."""
        seen = self.site.weights.seen
        before = [each.weight for each in seen if each.time <= since][-1:]
        route = before + [each.weight for each in seen if each.time > since]
        if route != expected:
            self.lost.append(f"weights {route} instead of {expected}")

    def ready(self, truth: str) -> None:
        """The condition Ready of the release must say this."""
        told = {each["type"]: each["status"] for each in self.site.production.reads.status()["conditions"]}
        if told.get("Ready") != truth:
            self.untrue.append(f"condition Ready is {told.get('Ready')} instead of {truth}")


@contextmanager
def _open(stage: Stage) -> Iterator[Play]:
    with stage.site("r9") as site:

        def play(case: str, _: int) -> Record:
            kind = SCALED if case == AUTOSCALED else STAYING
            site.require(*kind)
            with site.users(RATE) as stretch:
                scene = Scene(site, stretch)
                began = time.time()
                CASES[case](scene)
                took = time.time() - began
                stretch.last(AFTER)
                seen = hurt(stretch.finish(), scene.bad)
            return {
                "seconds": round(took, 1),
                "conflicts": scene.conflicts,
                "untrue": len(scene.untrue),
                "lost_weights": len(scene.lost),
                "failed": seen.failed,
                "how": "; ".join([*scene.untrue, *scene.lost, seen.how]).strip("; "),
            }

        yield play


def _exposed(scene: Scene, *kind: str) -> tuple[str, Settings]:
    """A canary with its first users, and the settings that it was released with."""
    released = scene.site.release(*(kind or STAYING))
    _reach(scene, [FIRST])
    scene.stretch.last(1.0)
    return released.revision, released.settings


def _reach(scene: Scene, weights: list[int]) -> None:
    scene.stretch.until(
        lambda route: list(route[-len(weights) :]) == weights, PATIENCE, f"weights {weights} on the Ingress"
    )


def _wait(scene: Scene, what: str, happened: Callable[[dict[str, Any]], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened(status := scene.site.production.reads.status()):
        if time.monotonic() > deadline:
            raise StepError(f"{what}: not within {PATIENCE:.0f} s: {status.get('reason')}")
        scene.stretch.last(0.3)


def _same_values(scene: Scene) -> None:
    revision, settings = _exposed(scene)
    since = time.time()
    scene.said(scene.site.upgrade(settings), done=True)
    scene.stretch.last(AFTER)
    scene.stands(revision)
    scene.took([FIRST], since)


def _new_version(scene: Scene) -> None:
    """The newer one starts over against the same stable; users of the older one are back before that."""
    older, _ = _exposed(scene)
    since = time.time()
    known = scene.site.production.reads.revisions()
    _, answer = scene.site.attempt(STAYING)
    scene.said(answer, done=True)
    newer = scene.site.production.await_new_revision(known)
    _reach(scene, [FIRST, 0, FIRST])
    scene.stands(newer)
    scene.took([FIRST, 0, FIRST], since)
    scene.stretch.last(AFTER)
    late = [each for each in scene.stretch.records() if each.start > time.time() - 2]
    if any(record.revision == older for record in late):
        scene.lost.append(f"revision {older} still answers")


def _helm_rollback(scene: Scene) -> None:
    _exposed(scene)
    since = time.time()
    scene.said(scene.site.helm("rollback", scene.site.subject.name), done=True)
    _wait(scene, "the end of the release", lambda status: status.get("phase") == "Healthy")
    scene.took([FIRST, 0], since)
    scene.ready("True")


def _kubectl_apply(scene: Scene) -> None:
    """The manifest of the running release once more, by another tool."""
    revision, _ = _exposed(scene)
    since = time.time()
    site = scene.site
    manifest = site.helm("get", "manifest", site.subject.name).output
    file = site.folder / "manifest.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(manifest, encoding="utf-8")
    scene.said(site.kubectl("apply", "-f", str(file)), done=True)
    scene.stretch.last(AFTER)
    scene.stands(revision)
    scene.took([FIRST], since)


def _without_wait(scene: Scene) -> None:
    """Helm is done at once, and the condition says that the release is not."""
    known = scene.site.production.reads.revisions()
    _, answer = scene.site.attempt(STAYING)
    scene.said(answer, done=True)
    scene.site.production.await_new_revision(known)
    scene.ready("False")
    _reach(scene, [FIRST])
    scene.ready("False")


def _wait_good(scene: Scene) -> None:
    """Helm comes back when everybody is on the new revision, and not before."""
    site, since = scene.site, time.time()
    known = site.production.reads.revisions()
    settings, answer = site.attempt(QUICK, "--wait", "--timeout", LONG)
    scene.said(answer, done=True)
    scene.took([0, FIRST, 100, 0], since)
    scene.ready("True")
    revision = (site.production.reads.revisions() - known).pop()
    if site.production.reads.status().get("stableRevision") != revision:
        raise StepError(f"revision {revision} was not promoted: {answer.tail}")
    site.promoted(revision, settings)


def _wait_bad(scene: Scene) -> None:
    """Helm fails, because the release did, long before its time-out."""
    known = scene.site.production.reads.revisions()
    since = time.time()
    _, answer = scene.site.attempt((*QUICK, FAILING), "--wait", "--timeout", LONG)
    scene.bad = (scene.site.production.reads.revisions() - known).pop()
    scene.said(answer, done=False)
    _wait(scene, "the way back", lambda status: status.get("phase") == "RolledBack")
    scene.ready("False")
    scene.took([0, FIRST, 0], since)


def _wait_approval(scene: Scene) -> None:
    """Helm's time-out runs out while somebody is asked; the release does not care and waits on."""
    known = scene.site.production.reads.revisions()
    _, answer = scene.site.attempt(ASKING, "--wait", "--timeout", SHORT)
    scene.said(answer, done=False)
    _reach(scene, [FIRST])
    scene.ready("False")
    scene.stands((scene.site.production.reads.revisions() - known).pop())


def _undo_approval(scene: Scene) -> None:
    """With --rollback-on-failure the same time-out takes the template back, and that ends the release."""
    since = time.time()
    _, answer = scene.site.attempt(ASKING, "--rollback-on-failure", "--wait", "--timeout", SHORT)
    scene.said(answer, done=False)
    _wait(scene, "the end of the release", lambda status: status.get("phase") == "Healthy")
    scene.took([0, FIRST, 0], since)
    scene.ready("True")


def _autoscaled(scene: Scene) -> None:
    """The autoscaler wants a pod more, one less, one more; each time helm only moves its bounds."""
    revision, settings = _exposed(scene, *SCALED)
    since = time.time()
    for least, most, pods in ((3, 6, 3), (1, 2, 2), (3, 6, 3)):
        bounds = (f"autoscaling.minReplicas={least}", f"autoscaling.maxReplicas={most}")
        scene.said(scene.site.upgrade((*settings, *bounds)), done=True)
        _wait_pods(scene, pods)
    scene.stretch.last(AFTER)
    scene.stands(revision)
    scene.took([FIRST], since)


def _wait_pods(scene: Scene, count: int) -> None:
    apps = client.AppsV1Api(scene.site.place.api)
    name = f"{scene.site.subject.name}-{scene.site.stable}"

    def ready(_: object) -> bool:
        found = ask(name, lambda: apps.read_namespaced_deployment(name, scene.site.subject.namespace))
        return (found.spec.replicas, found.status.ready_replicas) == (count, count)

    _wait(scene, f"{count} pods of stable", ready)


def _evicted(scene: Scene) -> None:
    """Every pod is evicted, two of a revision never at once."""
    revision, _ = _exposed(scene)
    since = time.time()
    for each in (scene.site.stable, revision):
        _until_whole(scene, each)
        names = evictions.pods(scene.site, each)
        answers = [evictions.evict(scene.site, name) for name in names]
        if answers != [evictions.DONE] + [evictions.REFUSED] * (len(names) - 1):
            scene.untrue.append(f"evictions of revision {each} were answered {answers}")
        _until_whole(scene, each)
    scene.stands(revision)
    scene.took([FIRST], since)


def _until_whole(scene: Scene, revision: str) -> None:
    what = f"all pods of revision {revision}"
    _wait(scene, what, lambda _: evictions.whole(scene.site, revision))


AUTOSCALED = "autoscaler scales"
CASES: dict[str, Callable[[Scene], None]] = {
    "helm upgrade, same values": _same_values,
    "helm upgrade, new version": _new_version,
    "helm rollback": _helm_rollback,
    "kubectl apply": _kubectl_apply,
    "helm upgrade without --wait": _without_wait,
    "helm upgrade --wait, good release": _wait_good,
    "helm upgrade --wait, bad release": _wait_bad,
    "--wait, approval longer than the time-out": _wait_approval,
    "--rollback-on-failure --wait, approval longer": _undo_approval,
    AUTOSCALED: _autoscaled,
    "pods evicted": _evicted,
}

ROW = Row(
    name="R9",
    title="helm, kubectl, an autoscaler and evictions in the middle of a release",
    holds=(
        "no tool meets a conflict, no weight is lost, the conditions tell helm the truth, and no user notices"
    ),
    method=f"""\
{RATE:g} requests/s, replicas 2, a canary at 10 %, latency judged at 1 s. Lost is any weight but the expected
ones on the Ingress, or another canary than before; untrue an exit code of helm or a condition Ready that does
not say what users have. The autoscaler is a real HorizontalPodAutoscaler on the CanaryRelease; it is driven
by its bounds, which it keeps with or without metrics: 2 to 3 to 2 to 3 pods. Every pod is evicted through the
Eviction API, two of a revision at the same time, of which the second has to be refused.""",
    cases=tuple(CASES),
    long=2,
    minutes=0.6,
    open=_open,
    goals=(
        Goal("conflicts", (), "conflicts", sum, 0, "conflicts"),
        Goal("weights lost", (), "lost_weights", sum, 0, "findings"),
        Goal("untrue exit codes and conditions", (), "untrue", sum, 0, "findings"),
        Goal("requests failed that no bad canary explains", (), "failed", sum, 0, "requests"),
    ),
)
