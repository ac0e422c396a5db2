"""R10: stable falls ill while a canary runs, or only a part of the canary is bad."""

from __future__ import annotations

import time
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

from kubernetes import client

from benchmarks.cluster.goals import Bound, Goal
from benchmarks.cluster.orders import give
from benchmarks.cluster.place import SECONDS, ask
from benchmarks.reliability.faults.ends import AFTER, PATIENCE, Outcome, ended, ending
from benchmarks.reliability.row import Row
from canary.core.model import Verb
from demo.observed import by_revision, span
from demo.reads import REVISION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.cluster.site import Released, Site
    from benchmarks.cluster.stretch import Stretch
    from benchmarks.reliability.row import Play, Record, Stage
    from demo.observed import Window

RATE = 50.0
GOOD = 'model.version="v1"'
# The first step lasts until stable has fallen ill.
LONGER = 'canary.steps=[{"weight": 10, "hold": "25s"}, {"weight": 50, "hold": "5s"}, {"weight": 100}]'
ILL_AFTER = 50.0  # seconds after the start of its process: users are on the canary by then
BEHIND = 3.0  # seconds by which the canary falls ill after stable
STARTING = 4.0  # seconds from `helm upgrade` to the start of a canary's process
ILL_FOR = 60.0  # seconds of an illness for which a release is watched
ERRORS = 0.3
KILLED = "SIGKILL"  # what gunicorn says of a worker that the kernel has ended
PROMPT = 30.0  # seconds from a bad canary's first bad answer to its last

STABLE, BOTH, MEMORY, HALF = "stable ill", "both ill", "out of memory", "half of the pods bad"
BAD = (MEMORY, HALF)
_ILLNESSES = count(1)  # no two are the same, or the site would take them for one


def _ill(after: float) -> str:
    return f'faults={{"enabled": true, "error": {{"ratio": {ERRORS}}}, "start_after": {after:.3f}}}'


@contextmanager
def _open(stage: Stage) -> Iterator[Play]:
    with stage.site("r10") as site:
        plays = {STABLE: _stable_ill, BOTH: _both_ill, MEMORY: _out_of_memory, HALF: _half_bad}
        yield lambda case, _: plays[case](site)


def _stable_ill(site: Site) -> Record:
    """Stable fails a part of its requests from some moment on, a canary does not."""
    old = _sick_stable(site)
    with site.users(RATE) as stretch:
        released = site.release(GOOD, LONGER)
        return _watched(site, stretch, (old, released.revision), _started(site, old) + ILL_AFTER)


def _both_ill(site: Site) -> Record:
    """Both fail the same part of their requests, stable a moment before the canary."""
    old = _sick_stable(site)
    ill_at = _started(site, old) + ILL_AFTER
    with site.users(RATE) as stretch:
        own = ill_at + BEHIND - time.time() - STARTING
        released = site.release(GOOD, LONGER, _ill(max(0.0, own)))
        return _watched(site, stretch, (old, released.revision), ill_at + BEHIND)


def _watched(site: Site, stretch: Stretch, revisions: tuple[str, str], ill_at: float) -> Record:
    """Watch a while from the illness on; a release that is still judged then is aborted."""
    stretch.until(lambda _: time.time() > ill_at, PATIENCE, "the illness")
    stretch.until(lambda route: ended(route) or time.time() > ill_at + ILL_FOR, PATIENCE, "a decision")
    window = stretch.finish()
    if window.route[-1] > 0:
        give(site.place.cluster.env, site.subject, Verb.ABORT)
    record = _record(site, window, revisions[1], Outcome.PROMOTED)
    counted = by_revision(window.between(ill_at, window.finished).requests)
    told = {each: counted.get(each, (0, 0)) for each in revisions}
    shares = [bad / all_ if all_ else 0.0 for all_, bad in told.values()]
    return record | {
        "taken_back": int(ending(window, revisions[1]) is Outcome.TAKEN_BACK),
        "stable_failed_share": round(shares[0], 3),
        "canary_failed_share": round(shares[1], 3),
        "not_ill": int(shares[0] < ERRORS / 2),
    }


def _out_of_memory(site: Site) -> Record:
    """A canary that keeps memory until the kernel ends it, again and again."""
    site.require(GOOD)
    with site.users(RATE) as stretch:
        released = site.release(GOOD, 'faults={"enabled": true, "memory": {"mib_per_request": 16}}')
        stretch.until(ended, PATIENCE, "the weight back at 0")
        window = _finished(stretch)
    return _bad(site, window, released) | {"killed": _kills(site, released.revision)}


def _half_bad(site: Site) -> Record:
    """One of the canary's two pods fails every request; both are Ready."""
    site.require(GOOD)
    with site.users(RATE) as stretch:
        released = site.release(GOOD)
        stretch.until(lambda route: route[-1] == 10, PATIENCE, "weight 10 on the Ingress")
        _add_bad_pod(site, released.revision)
        stretch.until(ended, PATIENCE, "the weight back at 0")
        window = _finished(stretch)
    _remove_bad_pod(site)
    return _bad(site, window, released)


def _sick_stable(site: Site) -> str:
    """A stable revision that will fall ill; started anew each time, since illness counts from its start."""
    site.require(GOOD, LONGER, _ill(ILL_AFTER + next(_ILLNESSES) / 1000))
    return site.stable


def _bad(site: Site, window: Window, released: Released) -> Record:
    spoilt = [each for each in window.failed if each.revision in {released.revision, ""}]
    record = _record(site, window, released.revision, Outcome.TAKEN_BACK)
    rest = len(window.failed) - len(spoilt)
    times = [seen.time for seen in window.weights]
    return record | {
        "exposed_seconds": round(times[-1] - times[1], 1) if len(times) > 2 else 0.0,
        "bad_seconds": round(span(spoilt), 1),
        "spoilt": len(spoilt),
        "failed_of_stable": rest,
    }


def _record(site: Site, window: Window, revision: str, wanted: Outcome) -> Record:
    found = ending(window, revision)
    status = site.production.reads.status()
    history: Sequence[dict[str, Any]] = status.get("history") or [{}]
    own = [each for each in history if each.get("revision") == revision]
    return {
        "wrong_end": int(found is not wanted),
        "outcome": str(found),
        "weights": window.route,
        "requests": len(window.requests),
        "reason": str((own or [status])[-1].get("reason", "")),
    }


def _finished(stretch: Stretch) -> Window:
    stretch.last(AFTER)
    return stretch.finish()


def _started(site: Site, revision: str) -> float:
    """When the first process of a revision started (epoch)."""
    core = client.CoreV1Api(site.place.api)
    found = ask(
        "pods",
        lambda: core.list_namespaced_pod(
            site.subject.namespace, label_selector=f"{REVISION}={revision}", _request_timeout=SECONDS
        ),
    )
    starts = [each.state.running.started_at for pod in found.items for each in pod.status.container_statuses]
    return float(min(starts).timestamp())


def _kills(site: Site, revision: str) -> int:
    """How often the kernel ended a worker of the canary, as its parent or the kubelet tells."""
    core, space = client.CoreV1Api(site.place.api), site.subject.namespace
    select = f"{REVISION}={revision}"
    pods = ask("pods", lambda: core.list_namespaced_pod(space, label_selector=select)).items
    logs = [_log(core, space, pod.metadata.name) for pod in pods]
    restarts = sum(each.restart_count for pod in pods for each in pod.status.container_statuses or [])
    return int(restarts + sum(log.count(KILLED) for log in logs))


def _log(core: Any, space: str, name: str) -> str:
    return str(ask("a log", lambda: core.read_namespaced_pod_log(name, space, _request_timeout=SECONDS)))


def _bad_pod(site: Site) -> str:
    return f"{site.subject.name}-bad"


def _add_bad_pod(site: Site, revision: str) -> None:
    """One more pod of the canary's template, of which no ReplicaSet knows, and which fails every request."""
    api, space = site.place.api, site.subject.namespace
    apps, core = client.AppsV1Api(api), client.CoreV1Api(api)
    found = ask(
        "Deployment", lambda: apps.read_namespaced_deployment(f"{site.subject.name}-{revision}", space)
    )
    template = found.spec.template
    container = template.spec.containers[0]
    fault = client.V1EnvVar(name="FAULTS", value='{"enabled": true, "error": {"ratio": 1}}')
    container.env = [*(each for each in container.env or [] if each.name != "FAULTS"), fault]
    meta = client.V1ObjectMeta(
        name=_bad_pod(site), labels=template.metadata.labels, annotations=template.metadata.annotations
    )
    body = client.V1Pod(metadata=meta, spec=template.spec)
    ask("a bad pod", lambda: core.create_namespaced_pod(space, body, _request_timeout=SECONDS))


def _remove_bad_pod(site: Site) -> None:
    core = client.CoreV1Api(site.place.api)
    ask(
        "the bad pod",
        lambda: core.delete_namespaced_pod(_bad_pod(site), site.subject.namespace, _request_timeout=SECONDS),
    )


ROW = Row(
    name="R10",
    title="stable falls ill while a canary runs, or a part of the canary is bad",
    holds=(
        "users are never sent to something worse than what they had: no good canary is taken back to an ill "
        "stable, what hits both takes no canary back, and a canary of which a part is bad goes back"
    ),
    method=f"""\
{RATE:g} requests/s. *{STABLE}*: stable fails {ERRORS:.0%} of its requests from a moment in the first step
on; the canary is good. *{BOTH}*: the canary begins to fail as many {BEHIND:g} s after stable. Both are
watched for {ILL_FOR:g} s of the illness, and aborted if they are still judged then. *{MEMORY}*: each
request keeps 16 MiB until the kernel ends the process. *{HALF}*: one more pod of the canary's template
joins its Service, Ready, and fails every request.""",
    cases=(STABLE, BOTH, MEMORY, HALF),
    long=3,
    minutes=1.3,
    open=_open,
    goals=(
        Goal("a part of the canary is bad, and it stayed", BAD, "wrong_end", sum, 0, "releases"),
        Goal("taken back to a stable that is no better", (STABLE, BOTH), "taken_back", sum, 0, "releases"),
        Goal("stable was not ill", (STABLE, BOTH), "not_ill", sum, 0, "rounds"),
        Goal("half of the pods bad, first to last bad answer", (HALF,), "bad_seconds", max, PROMPT, "s"),
        Goal("out of memory, users on the canary", (MEMORY,), "exposed_seconds", max, 2 * PROMPT, "s"),
        Goal("out of memory, processes killed", (MEMORY,), "killed", min, 1, "kills", Bound.AT_LEAST),
        Goal("requests of stable failed beside a bad canary", BAD, "failed_of_stable", sum, 0, "requests"),
    ),
)
