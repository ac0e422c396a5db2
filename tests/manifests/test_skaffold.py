"""skaffold.yaml names only paths, stages, charts, values and namespaces that exist; each check can fail."""

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]

Config = dict[str, Any]
Document = dict[str, Config]


def read() -> Document:
    return {c["metadata"]["name"]: c for c in yaml.safe_load_all((ROOT / "skaffold.yaml").read_text())}


def artifacts(document: Document) -> list[Config]:
    return list(document["serin"]["build"]["artifacts"])


def releases(document: Document) -> list[Config]:
    return list(document["serin"]["deploy"]["helm"]["releases"])


def missing_paths(document: Document) -> list[str]:
    def named() -> Iterator[str]:
        for folder in document["platform"]["manifests"]["kustomize"]["paths"]:
            yield f"{folder}/kustomization.yaml"
        for artifact in artifacts(document):
            yield f"{artifact['context']}/{artifact['docker']['dockerfile']}"
        for release in releases(document):
            yield f"{release['chartPath']}/Chart.yaml"
            yield from release.get("valuesFiles", [])

    return [path for path in named() if not (ROOT / path).is_file()]


def missing_stages(document: Document) -> list[str]:
    stages = re.findall(r"^FROM \S+ AS (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    return [a["docker"]["target"] for a in artifacts(document) if a["docker"]["target"] not in stages]


def missing_targets(document: Document) -> list[str]:
    makefile = (ROOT / "Makefile").read_text()
    commands = [h["command"] for a in artifacts(document) for h in a.get("hooks", {}).get("before", [])]
    return [
        " ".join(c) for c in commands if c[0] != "make" or not re.search(rf"^{c[1]}:", makefile, re.MULTILINE)
    ]


def images_with_a_registry(document: Document) -> list[str]:
    names = [a["image"] for a in artifacts(document)]
    return [name for name in names if re.match(r"(localhost|[^/]*[.:])", name)]


def strange_values(document: Document) -> list[str]:
    """Values that the chart does not have, or that name an image nobody builds."""
    built = {re.sub(r"\W", "_", a["image"]) for a in artifacts(document)}

    def strange(release: Config) -> Iterator[str]:
        known = yaml.safe_load((ROOT / release["chartPath"] / "values.yaml").read_text())
        for key, template in release["setValueTemplates"].items():
            section, field = key.split(".")
            image = re.fullmatch(r"{{\.IMAGE_(?:REPO|TAG)_(\w+)}}", template)
            if field not in known.get(section, {}) or image is None or image[1] not in built:
                yield f"{release['name']}: {key}: {template}"

    return [line for release in releases(document) for line in strange(release)]


def missing_namespaces(document: Document) -> list[str]:
    manifests = yaml.safe_load_all((ROOT / "k8s/base/namespaces.yaml").read_text())
    there = {m["metadata"]["name"] for m in manifests}
    return [r["namespace"] for r in releases(document) if r["namespace"] not in there]


def first_release(document: Document) -> Config:
    return document["serin"]["deploy"]["helm"]["releases"][0]  # type: ignore[no-any-return]


def first_artifact(document: Document) -> Config:
    return document["serin"]["build"]["artifacts"][0]  # type: ignore[no-any-return]


CHECKS: dict[str, tuple[Callable[[Document], list[str]], Callable[[Document], object]]] = {
    "paths exist": (missing_paths, lambda d: first_release(d).update(chartPath="helm/nothing")),
    "values files exist": (missing_paths, lambda d: first_release(d).update(valuesFiles=["helm/none.yaml"])),
    "stages exist": (missing_stages, lambda d: first_artifact(d)["docker"].update(target="website")),
    "make targets exist": (
        missing_targets,
        lambda d: first_artifact(d)["hooks"]["before"][0].update(command=["make", "models"]),
    ),
    "no registry is named": (
        images_with_a_registry,
        lambda d: first_artifact(d).update(image="registry.example/serin/service"),
    ),
    "values are the chart's": (
        strange_values,
        lambda d: first_release(d)["setValueTemplates"].update(
            {"image.name": "{{.IMAGE_TAG_serin_service}}"}
        ),
    ),
    "releases use built images": (
        strange_values,
        lambda d: first_release(d)["setValueTemplates"].update({"image.tag": "{{.IMAGE_TAG_serin_web}}"}),
    ),
    "namespaces exist": (missing_namespaces, lambda d: first_release(d).update(namespace="canary")),
}


@pytest.mark.parametrize("promise", CHECKS)
def test_the_file_keeps_its_promise(promise: str) -> None:
    check, _ = CHECKS[promise]
    assert check(read()) == []


@pytest.mark.parametrize("promise", CHECKS)
def test_a_mutated_file_breaks_its_promise(promise: str) -> None:
    check, mutate = CHECKS[promise]
    broken = copy.deepcopy(read())
    mutate(broken)
    assert check(broken) != []


def patched(profile: str) -> Document:
    document = read()
    patches = next(p for p in document["serin"]["profiles"] if p["name"] == profile)["patches"]
    for patch in patches:
        assert patch["op"] == "remove"
        *parents, last = patch["path"].strip("/").split("/")
        place: Any = document["serin"]
        for step in parents:
            place = place[step]
        del place[int(last)]
    return document


@pytest.mark.parametrize(
    ("profile", "expected", "images"),
    [
        ("staging", [("forecast", "staging")], ["serin/service"]),
        (
            "production",
            [("canary-controller", "canary-system"), ("forecast", "production")],
            ["serin/service", "serin/controller"],
        ),
    ],
)
def test_a_profile_deploys_its_environment_only(
    profile: str, expected: list[tuple[str, str]], images: list[str]
) -> None:
    document = patched(profile)
    assert [(r["name"], r["namespace"]) for r in releases(document)] == expected
    assert [a["image"] for a in artifacts(document)] == images


def test_the_platform_comes_first() -> None:
    assert read()["serin"]["requires"] == [{"configs": ["platform"]}]
