"""Write the OpenAPI schemas of the kinds this repository renders, as an API server publishes them.

Run `python -m tests.manifests.export_schemas` with KUBECONFIG at the embedded cluster when its version
changes. One file a kind lands in tests/manifests/schemas: a JSON Schema without descriptions, closed, so that
a field the API server would drop is an error.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from .charts import tool

Schema = dict[str, Any]

FOLDER = Path(__file__).parent / "schemas"
KINDS = {
    "v1": ("ConfigMap", "Namespace", "Service", "ServiceAccount"),
    "admissionregistration.k8s.io/v1": ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"),
    "apiextensions.k8s.io/v1": ("CustomResourceDefinition",),
    "apps/v1": ("Deployment",),
    "autoscaling/v2": ("HorizontalPodAutoscaler",),
    "gateway.networking.k8s.io/v1": ("Gateway", "GatewayClass", "HTTPRoute"),
    "networking.k8s.io/v1": ("Ingress", "IngressClass", "NetworkPolicy"),
    "policy/v1": ("PodDisruptionBudget",),
    "rbac.authorization.k8s.io/v1": ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"),
}
PROSE = ("description", "default", "x-kubernetes-")


def main() -> None:
    """Write every file again."""
    FOLDER.mkdir(exist_ok=True)
    for group_version, kinds in KINDS.items():
        published = _published(group_version)
        for kind in kinds:
            schema = self_contained(published, _entry(published, group_version, kind))
            file_of(group_version, kind).write_text(
                json.dumps(schema, separators=(",", ":"), sort_keys=True) + "\n"
            )


def file_of(group_version: str, kind: str) -> Path:
    """Where the schema of a kind lies."""
    return FOLDER / f"{group_version.replace('/', '_')}_{kind}.json"


def self_contained(published: dict[str, Schema], entry: str) -> Schema:
    """One schema with everything it refers to."""
    needed: dict[str, Schema] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = closed(published[name])
            waiting += re.findall(r'"#/\$defs/([^"]+)"', json.dumps(needed[name]))
    return {"$ref": f"#/$defs/{entry}", "$defs": needed}


def closed(schema: Schema) -> Schema:
    """The schema without prose, its references within the file, and unknown fields refused."""
    kept = {key: _inner(key, value) for key, value in schema.items() if not key.startswith(PROSE)}
    if "properties" in kept:
        kept.setdefault("additionalProperties", False)
    return kept


def _inner(key: str, value: Any) -> Any:
    if key == "$ref":
        return value.replace("#/components/schemas/", "#/$defs/")
    if key == "properties":
        return {name: closed(schema) for name, schema in value.items()}
    if key in {"items", "additionalProperties", "not"} and isinstance(value, dict):
        return closed(value)
    if key in {"allOf", "anyOf", "oneOf"}:
        return [closed(schema) for schema in value]
    return value


def _published(group_version: str) -> dict[str, Schema]:
    where = f"api/{group_version}" if "/" not in group_version else f"apis/{group_version}"
    command = [tool("kubectl"), "get", "--raw", f"/openapi/v3/{where}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"schemas: {' '.join(command)}: {done.stderr.strip()}: is KUBECONFIG set?")
    schemas: dict[str, Schema] = json.loads(done.stdout)["components"]["schemas"]
    return schemas


def _entry(published: dict[str, Schema], group_version: str, kind: str) -> str:
    group, _, version = group_version.rpartition("/")
    wanted = {"group": group, "version": version, "kind": kind}
    (name,) = (n for n, s in published.items() if s.get("x-kubernetes-group-version-kind") == [wanted])
    return name


if __name__ == "__main__":
    main()
