"""Checks that hold for every pod of the charts; each returns its complaints, none when all is well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Template = dict[str, Any]

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def unconfined(template: Template) -> list[str]:
    """What lets the pod do more than serve: root, writable root, capabilities, a token."""
    pod = template["spec"]
    context = pod.get("securityContext", {})
    complaints = []
    if context.get("runAsNonRoot") is not True or not context.get("runAsUser"):
        complaints.append("pod: may run as root")
    if context.get("seccompProfile") != {"type": "RuntimeDefault"}:
        complaints.append("pod: no seccomp profile")
    for container in pod["containers"]:
        complaints += [f"{container['name']}: {text}" for text in _loose(container)]
    return complaints


def _loose(container: Template) -> Iterator[str]:
    context = container.get("securityContext", {})
    if context.get("allowPrivilegeEscalation") is not False:
        yield "may gain privileges"
    if context.get("readOnlyRootFilesystem") is not True:
        yield "may write to its root"
    if context.get("capabilities") != {"drop": ["ALL"]}:
        yield "keeps capabilities"
    if "memory" not in container.get("resources", {}).get("limits", {}):
        yield "may take all memory"


def dangling_ports(template: Template) -> list[str]:
    """Probes that ask a port which no container of the pod has, and containers that are not probed."""
    complaints = []
    for container in template["spec"]["containers"]:
        names = {port["name"] for port in container.get("ports", [])}
        for probe in PROBES:
            asked = container.get(probe, {}).get("httpGet", {}).get("port")
            if asked not in names:
                complaints.append(f"{container['name']}: {probe} asks port {asked}")
    return complaints


def unscraped(template: Template) -> list[str]:
    """Annotations for Prometheus that are missing, or name a port which does not exist."""
    notes = template["metadata"].get("annotations", {})
    ports = {
        str(port["containerPort"])
        for container in template["spec"]["containers"]
        for port in container.get("ports", [])
    }
    wanted = {
        "prometheus.io/scrape": {"true"},
        "prometheus.io/port": ports,
        "prometheus.io/path": {"/metrics"},
    }
    return [name for name, values in wanted.items() if notes.get(name) not in values]
