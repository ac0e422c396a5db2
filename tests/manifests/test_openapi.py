"""Everything rendered fits the schemas that the API server itself published."""

import copy
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from .charts import (
    CONTROLLER,
    FORECAST,
    PAGE,
    PRODUCTION,
    STAGING,
    SYSTEM,
    Manifest,
    closed,
    definitions,
    kustomized,
    one,
    render,
    schema_of,
)
from .export_schemas import file_of

POD = "io.k8s.api.core.v1.PodTemplateSpec"
RENDERINGS: dict[str, list[tuple[Any, ...]]] = {
    "staging": [(FORECAST, *STAGING), (FORECAST, *STAGING, "--set", "autoscaling.enabled=true")],
    "production": [(FORECAST, *PRODUCTION), (FORECAST, *PRODUCTION, "--set", "autoscaling.enabled=true")],
    "pod": [
        (
            FORECAST,
            *PRODUCTION,
            "--set-json",
            'tolerations=[{"operator":"Exists"}]',
            "--set",
            "nodeSelector.a=b",
        )
    ],
    "edge": [(FORECAST, *PRODUCTION, "--set", "ingress.tlsSecret=cert,ingress.annotations.a=b")],
    "gateway": [
        (FORECAST, *STAGING, "--set", "ingress.router=httproute"),
        (FORECAST, *PRODUCTION, "--set", "ingress.router=httproute,ingress.gateway.sectionName=web"),
    ],
    "controller": [(CONTROLLER, *SYSTEM)],
    "page": [
        (CONTROLLER, *SYSTEM, *PAGE),
        (CONTROLLER, *SYSTEM, *PAGE, "--set", "scope.namespace=production"),
    ],
    "one namespace": [
        (CONTROLLER, *SYSTEM, "--set", "scope.namespace=production,crds.install=false,replicas=2")
    ],
}


def complaints(manifest: Manifest) -> list[str]:
    """What the API server would refuse or drop, with the path."""
    if manifest["kind"] == "CanaryRelease":
        return _against(closed_definition(), manifest) + _against(pod_schema(), manifest["spec"]["template"])
    published = json.loads(file_of(manifest["apiVersion"], manifest["kind"]).read_text())
    return _against(published, manifest)


def _against(schema: Manifest, value: Any) -> list[str]:
    return [
        f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(value)
    ]


def pod_schema() -> Manifest:
    deployment = json.loads(file_of("apps/v1", "Deployment").read_text())
    return {**deployment, "$ref": f"#/$defs/{POD}"}


def closed_definition() -> Manifest:
    """Our own kind's schema, where metadata is the API server's business."""
    schema: Manifest = closed(schema_of(definitions()["CanaryRelease"]))
    schema["properties"]["metadata"] = {"type": "object"}
    return schema


@pytest.mark.parametrize("name", RENDERINGS)
def test_the_charts_fit_the_published_schemas(name: str) -> None:
    for words in RENDERINGS[name]:
        for manifest in render(*words):
            assert complaints(manifest) == [], manifest["metadata"]["name"]


@pytest.mark.parametrize("overlay", ["local", "default"])
def test_the_platform_fits_the_published_schemas(overlay: str) -> None:
    for manifest in kustomized(overlay):
        assert complaints(manifest) == [], manifest["metadata"]["name"]


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("Ingress", ("spec", "ingressClass"), "nginx"),
        ("CanaryRelease", ("spec", "step"), []),
        ("CanaryRelease", ("spec", "template", "spec", "container"), []),
        ("CanaryRelease", ("spec", "template", "spec", "terminationGracePeriodSeconds"), "30"),
        ("NetworkPolicy", ("spec", "egress"), {}),
    ],
)
def test_a_spoilt_manifest_is_noticed(kind: str, path: tuple[str, ...], value: Any) -> None:
    manifest = copy.deepcopy(one(render(FORECAST, *PRODUCTION), kind))
    parent = manifest
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    assert complaints(manifest) != []
