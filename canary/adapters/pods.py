"""What a revision's pods say about it. Missing status always means: not ready."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

Object = dict[str, Any]

# Waiting is normal for these two; every other reason keeps the container from starting.
STARTING = {"", "ContainerCreating", "PodInitializing"}
LONGEST = 200


def ready(pod: Object) -> bool:
    """Whether a pod takes traffic: Ready, and not about to leave."""
    return "deletionTimestamp" not in pod["metadata"] and _condition(pod, "Ready").get("status") == "True"


def restarts(pods: Iterable[Object]) -> int:
    return sum(int(each.get("restartCount", 0)) for pod in pods for each in _containers(pod))


def problem(pods: Iterable[Object]) -> str:
    """What keeps the first unready pod from being ready, in one sentence; empty when nothing does."""
    for pod in sorted(pods, key=lambda each: str(each["metadata"]["name"])):
        if "deletionTimestamp" not in pod["metadata"] and not ready(pod):
            sentence = _unscheduled(pod) or _stuck(pod) or _unready(pod)
            if sentence:
                return f"pod {pod['metadata']['name']}: {sentence}"
    return ""


def _unscheduled(pod: Object) -> str:
    placed = _condition(pod, "PodScheduled")
    if placed.get("status") != "False":
        return ""
    return f"no node takes it: {_short(placed.get('message', 'no reason given'))}"


def _stuck(pod: Object) -> str:
    for each in _containers(pod):
        waiting = (each.get("state") or {}).get("waiting") or {}
        if waiting.get("reason", "") in STARTING:
            continue
        words = _last_words(each) or waiting.get("message", "")
        return f"container {each['name']}: {waiting['reason']}" + (f": {_short(words)}" if words else "")
    return ""


def _unready(pod: Object) -> str:
    """A container that runs without becoming ready, or that has just ended."""
    for each in _containers(pod):
        state = each.get("state") or {}
        if "terminated" in state:
            return f"container {each['name']}: ended: {_short(_ending(state['terminated']))}"
        if "running" in state and not each.get("ready"):
            hint = _last_words(each) or f"see kubectl logs -n {pod['metadata']['namespace']}"
            return f"container {each['name']}: runs but is not ready yet: {_short(hint)}"
    return ""


def _last_words(container: Object) -> str:
    ended = (container.get("lastState") or {}).get("terminated")
    return _ending(ended) if ended else ""


def _ending(ended: Object) -> str:
    code = f"{ended.get('reason', 'ended')}, exit code {ended.get('exitCode', '?')}"
    message = str(ended.get("message", "")).strip()
    return f"{code}: {message.splitlines()[-1]}" if message else code


def _containers(pod: Object) -> list[Object]:
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]


def _condition(pod: Object, name: str) -> Object:
    conditions: list[Object] = (pod.get("status") or {}).get("conditions") or []
    return next((each for each in conditions if each.get("type") == name), {})


def _short(text: str) -> str:
    flat = " ".join(str(text).split())
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"
