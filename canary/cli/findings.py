"""Every problem of a CanaryRelease at once.

The parser stops at the first problem. Here the field it names is replaced by a sound one and the
parser asked again, until it is content: what remains are the problems a person has to correct.
"""

from __future__ import annotations

import copy
import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from canary.cli.manifests import parts
from canary.core.spec import SpecError, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SOUND: dict[str, Any] = {
    "apiVersion": "canary.serin.dev/v1alpha1",
    "kind": "CanaryRelease",
    "metadata": {"name": "sound", "namespace": "sound", "generation": 1},
    "spec": {
        "replicas": 1,
        "template": {
            "metadata": {"labels": {"app": "sound"}, "annotations": {}},
            "spec": {"containers": [{"name": "sound", "image": "sound"}]},
        },
        "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
        "disruption": {"maxUnavailable": 1},
        "rollbackWindow": "10m",
        "revisionHistoryLimit": 3,
        "progressDeadline": "30m",
        "traffic": {"router": "ingress", "ingress": "sound"},
        "steps": [{"weight": 100, "hold": "1s", "approval": False}],
        "rules": {
            "errors": {"max": "1%", "tolerance": "0%"},
            "latency": {"within": "250ms", "for": "99%", "tolerance": "2%"},
            "confidence": "99%",
        },
        "budget": {"blind": "15m", "risk": "0.5%", "badAnswers": 0},
    },
}
# What a release may have beside: each needs another field to make sense, so nothing is mended with it.
_CUSTOM = dict.fromkeys(("histogram", "status", "predictions", "answers", "badAnswers"), "")
_KNOWN: dict[str, Any] = _SOUND["spec"] | {
    "traffic": _SOUND["spec"]["traffic"] | {"httproute": "", "port": "", "rules": ""},
    "rules": _SOUND["spec"]["rules"]
    | {"predictions": {"max": "", "tolerance": ""}, "drift": {"above": "", "action": ""}}
    | {"resources": dict.fromkeys(("throttled", "memory", "restarts", "action"), "")},
    "metrics": {"application": "", "custom": _CUSTOM},
}
_FREE = ("spec.template",)


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem: the field's path, and what is wrong with it."""

    path: str
    message: str


def findings(body: Mapping[str, Any]) -> list[Finding]:
    """Find all problems of one CanaryRelease: unknown fields first, then wrong values."""
    unknown = list(_unknown(body.get("spec"), _KNOWN, "spec"))
    return unknown + list(_wrong(copy.deepcopy(dict(body))))


def _wrong(body: dict[str, Any]) -> Iterator[Finding]:
    mended: set[tuple[str, ...]] = set()
    while True:
        try:
            parse(body)
        except SpecError as error:
            path, _, message = str(error).partition(": ")
            keys = _mendable(path)
            if keys not in mended:
                yield Finding(path, message)
            while keys in mended:
                keys = keys[:-1]
            if not keys:
                return
            mended.add(keys)
            _mend(body, keys)
        else:
            return


def _mendable(path: str) -> tuple[str, ...]:
    """Cut a path down to what the sound release has a value for; lists are mended as a whole."""
    sound: Any = _SOUND
    keys: list[str] = []
    for part in parts(path):
        if not isinstance(sound, dict) or part not in sound:
            break
        keys.append(str(part))
        sound = sound[part]
    return tuple(keys)


def _mend(body: dict[str, Any], keys: tuple[str, ...]) -> None:
    sound: Any = _SOUND
    place = body
    for key in keys[:-1]:
        sound = sound[key]
        if not isinstance(place.get(key), dict):
            place[key] = copy.deepcopy(sound)
        place = place[key]
    place[keys[-1]] = copy.deepcopy(sound[keys[-1]])


def _unknown(value: Any, known: Any, path: str) -> Iterator[Finding]:
    """Find fields that a release does not have: the API server would drop them without a word."""
    if path in _FREE:
        return
    if isinstance(value, list) and isinstance(known, list):
        for index, item in enumerate(value):
            yield from _unknown(item, known[0], f"{path}[{index}]")
    if not isinstance(value, dict) or not isinstance(known, dict):
        return
    for key, inner in value.items():
        if key in known:
            yield from _unknown(inner, known[key], f"{path}.{key}")
        else:
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            yield Finding(f"{path}.{key}", f"is no field of a release: {hint}")
