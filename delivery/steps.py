"""The steps from a model to everybody: train, images, stage, gate, release, watch.

Each is a target of the Makefile, and the demo takes the same ones. A step raises StepError when it does not
hold; nothing before `release` touches production.
"""

from __future__ import annotations

import json
import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from delivery import candidate, children, contract, models, tools
from delivery.children import ROOT
from delivery.errors import RefusedError, StepError, UnreachableError
from delivery.places import PRODUCTION, STAGING

if TYPE_CHECKING:
    from collections.abc import Callable

    from delivery.candidate import Candidate
    from delivery.cluster import Cluster

    Say = Callable[[str], None]

GATE_REPORT = ROOT / "build" / "gate.json"
TIMEOUT = (
    2400.0  # seconds: longer than the progress deadline of the production values, after which it ends itself
)
SHOWN = 100  # characters
UNREACHABLE = 5  # the load gate's exit code


def build(say: Say) -> None:
    """Build the images that changed; their names lie in build/images.json."""
    tools.make("build the images", "images", say)


def stage(cluster: Cluster, what: Candidate, say: Say) -> None:
    """Bring a candidate's image to the nodes, put it into staging and wait until all of its pods serve."""
    candidate.forget()
    cluster.load(what.image, say)
    say(f"$ helm upgrade --install {STAGING.name} helm/{STAGING.name} -n {STAGING.namespace}  # {what}")
    values = ["-f", str(STAGING.values), *what.values()]
    tools.helm(cluster, say, STAGING.namespace, STAGING.name, values)
    tools.rollout(cluster, say, STAGING.namespace, STAGING.name)


def gate(cluster: Cluster, entry: str, what: Candidate, say: Say) -> dict[str, Any]:
    """Hold staging against the contract and the load limits; return the load's report.

    Raises StepError with what is broken, RefusedError when staging runs another image; only a candidate that
    passed may be released.
    """
    candidate.forget()
    _require_staged(cluster, what, say)
    contract.hold(entry, STAGING.host, what.digest)
    say(f"contract: {STAGING.host} answers every question of the dashboard, with {what.digest[:19]}")
    report = _load(entry, say)
    broken = [goal for goal in report["goals"] if not goal["met"]]
    if broken:
        told = "; ".join(f"{goal['name']} {goal['figure']} is not {goal['goal']}" for goal in broken)
        raise StepError(f"gate of staging: {told}: production is untouched")
    candidate.passed(what)
    return report


def release(cluster: Cluster, what: Candidate, say: Say, *settings: str) -> None:
    """Release what has passed the gate, by plain `helm upgrade`; `settings` (name=JSON) come on top.

    Raises RefusedError for anything else. It does not wait: that is `watch`.
    """
    candidate.require_passed(what)
    told = [*_notes(cluster, what, say), *settings]
    place = PRODUCTION
    shown = "".join(f" --set-json '{shortened(each)}'" for each in told)
    say(f"$ helm upgrade --install {place.name} helm/{place.name} -n {place.namespace}{shown}  # {what}")
    on_top = chain.from_iterable(("--set-json", each) for each in told)
    values = ["-f", str(place.values), *what.values(), *on_top]
    tools.helm(cluster, say, place.namespace, place.name, values)


def watch(cluster: Cluster, say: Say, timeout: float = TIMEOUT) -> int:
    """Follow the release to its end on this terminal; return the exit code of `canary status --watch`."""
    words = ["status", PRODUCTION.name, "-n", PRODUCTION.namespace, "--watch", "--timeout", f"{timeout:g}"]
    say(f"$ canary {' '.join(words)}")
    child = children.start([Path(sys.executable).parent / "canary", *words], cluster.env)
    try:
        return child.wait()
    finally:
        children.end(child)


def shortened(setting: str) -> str:
    """What of a setting is worth a place on the screen."""
    return setting if len(setting) <= SHOWN else f"{setting[:SHOWN]}..."


def _notes(cluster: Cluster, what: Candidate, say: Say) -> list[str]:
    """The value that tells what the candidate changes against the model that production has now."""
    helm = [cluster.tool("helm"), "-n", PRODUCTION.namespace]
    listed = children.run("look for the release", [*helm, "list", "-q"], say, cluster.env)
    if PRODUCTION.name not in listed.split():
        return []
    words = [*helm, "get", "values", PRODUCTION.name, "-o", "json"]
    values = json.loads(children.run("what production has", words, say, cluster.env)) or {}
    before = values.get("model", {}).get("version", "")
    if before == what.version or before not in models.known():
        return []
    return [f"model.notes={json.dumps(models.notes(before, what.version, say))}"]


def _require_staged(cluster: Cluster, what: Candidate, say: Say) -> None:
    """The contract sees which model answers; which image does, only the Deployment tells."""
    path = "jsonpath={.spec.template.spec.containers[0].image}"
    words = ("-n", STAGING.namespace, "get", "deployment", STAGING.name, "--ignore-not-found", "-o", path)
    running = tools.kubectl(cluster, say, "what staging runs", *words).strip()
    if running != what.image:
        raise RefusedError(f"{what}: staging runs {running or 'nothing'}: run `make stage` first")


def _load(entry: str, say: Say) -> dict[str, Any]:
    GATE_REPORT.unlink(missing_ok=True)
    target: list[str | Path] = ["--host", entry, "--host-header", STAGING.host, "--out", GATE_REPORT]
    answer = children.attempt("load gate of staging", [sys.executable, "-m", "loadtest.gate", *target], say)
    for line in answer.output.splitlines():
        if line.startswith(("gate: failure", "gate: p95", "gate: p99", "gate: throughput")):
            say(f"  {line}")
    if not GATE_REPORT.exists():
        kind = UnreachableError if answer.code == UNREACHABLE else StepError
        raise kind(f"load gate: it ended with exit code {answer.code} and without figures: {answer.tail}")
    report: dict[str, Any] = json.loads(GATE_REPORT.read_text(encoding="utf-8"))
    return report
