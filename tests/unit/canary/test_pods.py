from __future__ import annotations

from typing import Any

import pytest

from canary.adapters import pods


def pod(*containers: dict[str, Any], conditions: dict[str, tuple[str, str]] | None = None) -> dict[str, Any]:
    listed = [
        {"type": kind, "status": status, "message": message}
        for kind, (status, message) in (conditions or {"Ready": ("False", "")}).items()
    ]
    status = {"conditions": listed, "containerStatuses": list(containers)}
    return {"metadata": {"name": "web-1", "namespace": "shop"}, "status": status}


def waiting(reason: str, message: str = "", /, **last: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"name": "web", "state": {"waiting": {"reason": reason, "message": message}}}
    return found | ({"lastState": {"terminated": last}} if last else {})


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(pod(waiting("ContainerCreating")), "", id="starting is no problem"),
        pytest.param(
            pod(waiting("ImagePullBackOff", "no such image")),
            "pod web-1: container web: ImagePullBackOff: no such image",
            id="image",
        ),
        pytest.param(
            pod(
                waiting(
                    "CrashLoopBackOff", "back-off", reason="Error", exitCode=3, message="log\nbad digest\n"
                )
            ),
            "pod web-1: container web: CrashLoopBackOff: Error, exit code 3: bad digest",
            id="crash loop, last words",
        ),
        pytest.param(
            pod(conditions={"PodScheduled": ("False", "0/1 nodes:\n  too little cpu")}),
            "pod web-1: no node takes it: 0/1 nodes: too little cpu",
            id="unschedulable",
        ),
        pytest.param(
            pod({"name": "web", "state": {"running": {}}, "ready": False}),
            "pod web-1: container web: runs but is not ready yet: see kubectl logs -n shop",
            id="runs",
        ),
        pytest.param(
            pod({"name": "web", "state": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}),
            "pod web-1: container web: ended: OOMKilled, exit code 137",
            id="ended",
        ),
        pytest.param(pod(conditions={"Ready": ("True", "")}), "", id="ready"),
        pytest.param({"metadata": {"name": "web-1"}}, "", id="no status yet"),
    ],
)
def test_what_keeps_a_pod_from_being_ready(found: dict[str, Any], expected: str) -> None:
    assert pods.problem([found]) == expected


def test_long_messages_are_cut() -> None:
    assert len(pods.problem([pod(waiting("ErrImagePull", "x" * 5000))])) < 300


def test_restarts_of_all_containers_are_counted() -> None:
    one = pod({"name": "web", "restartCount": 2}, {"name": "side", "restartCount": 1})
    assert pods.restarts([one, pod(), {"metadata": {"name": "new"}}]) == 3


def test_a_leaving_pod_is_not_ready() -> None:
    found = pod(conditions={"Ready": ("True", "")})
    assert pods.ready(found)
    found["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert not pods.ready(found)
