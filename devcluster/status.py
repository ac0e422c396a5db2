"""What runs, for `status`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devcluster import ownership, processes, sources, tools
from devcluster.errors import ClusterError
from devcluster.kubectl import Kubectl

if TYPE_CHECKING:
    from devcluster.settings import Settings


@dataclass(frozen=True, slots=True)
class Report:
    """The text for stdout, and whether the node is ready."""

    text: str
    ready: bool


def read(settings: Settings) -> Report:
    """Look at the pid files and ask the API server for the node."""
    owner = ownership.owner(settings)
    if not owner:
        return Report(f"no cluster in {settings.home}", ready=False)
    lines = [f"cluster of {owner} in {settings.home}"]
    for name in processes.names(settings):
        record = processes.read_record(settings, name)
        alive = record is not None and processes.is_alive(record)
        lines.append(f"  {name:<26}{'pid ' + str(record.pid) if record and alive else 'not running'}")
    state = _node(settings)
    return Report("\n".join([*lines, f"node: {state}"]), ready=state == "Ready")


def _node(settings: Settings) -> str:
    if not tools.is_ready(settings, sources.KUBERNETES):
        return "unknown: kubectl is not built"
    kubectl = Kubectl(tools.tool(settings, "kubectl"), settings.kubeconfig)
    question = "jsonpath={.items[*].status.conditions[?(@.type=='Ready')].status}"
    try:
        answer = kubectl("get", "nodes", "--request-timeout=5s", "-o", question, doing="node").strip()
    except ClusterError as cause:
        return f"unknown: {cause}"
    return "Ready" if answer == "True" else "not ready"
