"""What the system said about a release: the events of the API server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubernetes import client

from benchmarks.cluster.place import SECONDS, ask

if TYPE_CHECKING:
    from demo.reads import Subject


def events(api: Any, subject: Subject, since: float) -> list[str]:
    """Reason and note of every event about the release from `since` (epoch) on, oldest first."""
    listed = ask(
        "events",
        lambda: client.EventsV1Api(api).list_namespaced_event(
            subject.namespace, field_selector=f"regarding.name={subject.name}", _request_timeout=SECONDS
        ),
    )
    fresh = [each for each in listed.items if each.event_time and each.event_time.timestamp() >= since]
    fresh.sort(key=lambda each: each.event_time)
    return [f"{each.reason}: {each.note}" for each in fresh]
