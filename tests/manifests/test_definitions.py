"""The two kinds: structural schemas that say no for themselves and leave nothing undeclared."""

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from canary.cli.findings import findings
from canary.core.spec import SpecError, parse

from .charts import CONTROLLER, SYSTEM, Manifest, definitions, kinds, render, schema_of
from .mistakes import GOOD, MISTAKES, Mistake

KINDS = ("CanaryRelease", "ReleaseCommand")


@pytest.fixture
def release() -> Manifest:
    return schema_of(definitions()["CanaryRelease"])


def nodes(schema: Manifest, path: str = "") -> Iterator[tuple[str, Manifest]]:
    """Every schema of a value, with the path to the value."""
    yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from nodes(inner, f"{path}.{name}")
    for key, mark in (("items", "[]"), ("additionalProperties", ".*")):
        if isinstance(schema.get(key), dict):
            yield from nodes(schema[key], path + mark)


def unstructured(schema: Manifest) -> list[str]:
    """Values without a type, which the API server could neither prune nor default."""
    return [
        path
        for path, node in nodes(schema)
        if "type" not in node and not node.get("x-kubernetes-int-or-string")
    ]


def unbounded(schema: Manifest) -> list[str]:
    """Lists without an end: neither CEL nor etcd could bear them."""
    return [path for path, node in nodes(schema) if node.get("type") == "array" and "maxItems" not in node]


def undeclared(schema: Manifest, path: str) -> bool:
    """Whether a JSON path such as .spec.replicas leads to nothing."""
    known = {found for found, _ in nodes(schema)} | {".metadata.creationTimestamp"}
    return path not in known


@pytest.mark.parametrize("kind", KINDS)
def test_every_value_has_a_type_and_every_list_an_end(kind: str) -> None:
    schema = schema_of(definitions()[kind])
    assert unstructured(schema) == []
    assert unbounded(schema) == []


def test_a_value_without_type_or_end_is_noticed(release: Manifest) -> None:
    steps = release["properties"]["spec"]["properties"]["steps"]
    del steps["maxItems"], steps["items"]["properties"]["weight"]["type"]
    assert unstructured(release) == [".spec.steps[].weight"]
    assert unbounded(release) == [".spec.steps"]


@pytest.mark.parametrize("kind", KINDS)
def test_columns_and_scale_point_at_declared_fields(kind: str) -> None:
    (version,) = definitions()[kind]["spec"]["versions"]
    paths = [column["jsonPath"] for column in version["additionalPrinterColumns"]]
    paths += version["subresources"].get("scale", {}).values()
    assert [path for path in paths if undeclared(schema_of(definitions()[kind]), path)] == []


def test_a_column_of_an_undeclared_field_is_noticed(release: Manifest) -> None:
    del release["properties"]["status"]["properties"]["weight"]
    assert undeclared(release, ".status.weight")


def test_a_release_scales_like_a_deployment() -> None:
    (version,) = definitions()["CanaryRelease"]["spec"]["versions"]
    assert version["subresources"]["scale"] == {
        "specReplicasPath": ".spec.replicas",
        "statusReplicasPath": ".status.replicas",
        "labelSelectorPath": ".status.selector",
    }


def test_nothing_counts_as_ready_before_the_controller_has_looked(release: Manifest) -> None:
    unseen = release["properties"]["status"]["default"]["conditions"]
    assert {c["type"]: c["status"] for c in unseen} == {"Ready": "Unknown", "Reconciling": "True"}


@pytest.mark.parametrize("kind", KINDS)
def test_defaults_obey_their_own_schema(kind: str) -> None:
    for path, node in nodes(schema_of(definitions()[kind])):
        if "default" in node:
            assert list(Draft202012Validator(node).iter_errors(node["default"])) == [], path


def nameless(schema: Manifest) -> list[str]:
    """Refusals whose message names neither the value they are about nor a field of it."""
    return [
        f"{path}: {rule['message']}"
        for path, node in nodes(schema)
        for rule in node.get("x-kubernetes-validations", ())
        if not {path.rpartition(".")[2], *node.get("properties", {})}
        & set(re.findall(r"\w+", rule["message"]))
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_every_rule_names_the_field_it_refuses(kind: str) -> None:
    assert nameless(schema_of(definitions()[kind])) == []


def test_a_rule_that_names_no_field_is_noticed(release: Manifest) -> None:
    (*_, last) = release["properties"]["spec"]["properties"]["steps"]["x-kubernetes-validations"]
    last["message"] = "that has no meaning"
    assert nameless(release) == [".spec.steps: that has no meaning"]


def test_approval_at_the_end_is_refused_in_words_of_its_own(release: Manifest) -> None:
    """Whether the API server understands the rule, tests/cluster/test_crd.py asks it."""
    rules = release["properties"]["spec"]["properties"]["steps"]["x-kubernetes-validations"]
    (found,) = [rule for rule in rules if "approval" in rule["rule"]]
    assert found["message"].startswith("steps must not ask for approval at weight 100")


@pytest.mark.parametrize("kind", KINDS)
def test_uninstalling_the_controller_leaves_the_kinds(kind: str) -> None:
    assert definitions()[kind]["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def test_a_second_controller_brings_no_kinds() -> None:
    rendered = render(CONTROLLER, *SYSTEM, "--set", "crds.install=false")
    names = {each["metadata"]["name"] for each in rendered}
    assert "CustomResourceDefinition" not in kinds(rendered)
    assert "releasecommands.canary.serin.dev" not in names


def refusals(schema: Manifest, manifest: Manifest) -> list[str]:
    """Paths of the fields that the schema alone refuses, as the API server writes them."""
    found: list[Any] = list(Draft202012Validator(schema).iter_errors(manifest))
    paths = []
    for error in found:
        path = error.json_path.removeprefix("$.")
        missing = error.message.split("'")[1] if error.validator == "required" else ""
        paths.append(f"{path}.{missing}".rstrip("."))
    return paths


def test_a_good_release_is_accepted_by_schema_and_controller(release: Manifest) -> None:
    assert refusals(release, GOOD) == []
    assert parse(GOOD).name == "forecast"


@pytest.mark.parametrize("mistake", [m for m in MISTAKES if not m.cel], ids=lambda m: m.title)
def test_the_schema_refuses_a_mistake_and_names_the_field(release: Manifest, mistake: Mistake) -> None:
    assert refusals(release, mistake.made()) == [mistake.field]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: m.title)
def test_the_controller_refuses_the_same_mistake(mistake: Mistake) -> None:
    with pytest.raises(SpecError) as refused:
        parse(mistake.made())
    assert str(refused.value).startswith(mistake.field)


def test_a_schema_that_lost_a_limit_is_noticed(release: Manifest) -> None:
    lax = copy.deepcopy(release)
    del lax["properties"]["spec"]["properties"]["steps"]["items"]["properties"]["weight"]["maximum"]
    over = next(m for m in MISTAKES if m.title == "a weight over 100")
    assert refusals(release, over.made()) != refusals(lax, over.made())


def test_lint_knows_every_field_that_a_release_may_have(release: Manifest) -> None:
    paths = [path for path, _ in nodes(release["properties"]["spec"], "spec")]
    declared = [path for path in paths if "spec.template" not in path and "[]" not in path and path != "spec"]
    assert len(declared) > 30
    for path in declared:
        body: Any = None
        for key in reversed(path.split(".")):
            body = {key: body}
        assert [each.path for each in findings(body) if "is no field" in each.message] == [], path
