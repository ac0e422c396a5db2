"""skaffold.yaml names only paths, stages, charts, values and namespaces that exist; each check can fail."""

import copy
import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from .charts import ROOT, template

Config = dict[str, Any]
Document = dict[str, Config]

TEXT, TRUTH = {"type": "string"}, {"type": "boolean"}
TEXTS = {"type": "array", "items": TEXT, "minItems": 1}


def closed(required: str = "", **properties: Any) -> Config:
    """An object with these members and no other."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": required.split(),
    }


def listed(each: Config) -> Config:
    return {"type": "array", "items": each, "minItems": 1}


# Of skaffold/v4beta11, what we use of it. Skaffold itself refuses a field that it does not know.
DOCKER = closed("dockerfile target", dockerfile=TEXT, target=TEXT)
HOOK = closed("command", command=TEXTS)
ARTIFACT = closed(
    "image context docker",
    image=TEXT, context=TEXT, docker=DOCKER, hooks=closed(before=listed(HOOK), after=listed(HOOK)),
)  # fmt: skip
RELEASE = closed(
    "name chartPath",
    name=TEXT, namespace=TEXT, chartPath=TEXT, valuesFiles=TEXTS, wait=TRUTH,
    setValueTemplates={"type": "object", "additionalProperties": TEXT},
)  # fmt: skip
VERIFIED = closed(
    "name container",
    name=TEXT,
    container=closed("name image", name=TEXT, image=TEXT, command=TEXTS, args=TEXTS),
    executionMode=closed(kubernetesCluster=closed(), local=closed()),
)  # fmt: skip
PATCH = closed("op path", op={"enum": ["remove"]}, path={"type": "string", "pattern": "^/"})
CONFIG = closed(
    "apiVersion kind metadata",
    apiVersion={"const": "skaffold/v4beta11"},
    kind={"const": "Config"},
    metadata=closed("name", name=TEXT),
    requires=listed(closed("configs", configs=TEXTS)),
    manifests=closed(kustomize=closed("paths", paths=TEXTS)),
    build=closed(
        tagPolicy=closed(inputDigest=closed()), local=closed(useBuildkit=TRUTH), artifacts=listed(ARTIFACT)
    ),
    deploy=closed(kubectl=closed(), helm=closed(releases=listed(RELEASE))),
    verify=listed(VERIFIED),
    profiles=listed(closed("name patches", name=TEXT, patches=listed(PATCH))),
)


def read() -> Document:
    return {c["metadata"]["name"]: c for c in yaml.safe_load_all((ROOT / "skaffold.yaml").read_text())}


def artifacts(document: Document) -> list[Config]:
    return list(document["serin"]["build"]["artifacts"])


def releases(document: Document) -> list[Config]:
    return list(document["serin"]["deploy"]["helm"]["releases"])


def unknown_fields(document: Document) -> list[str]:
    """Fields that Skaffold does not know, or that hold something else than it takes."""
    found = [
        error for config in document.values() for error in Draft202012Validator(CONFIG).iter_errors(config)
    ]
    return [f"{error.json_path}: {error.message}" for error in found]


def unbuilt(document: Document) -> list[str]:
    """Images that a verification runs and nobody builds."""
    built = {artifact["image"] for artifact in artifacts(document)}
    used = [each["container"]["image"] for each in document["serin"].get("verify", [])]
    return [image for image in used if image not in built]


def odd_arguments(document: Document) -> list[str]:
    """Options that the gate does not have, or a host that no chart of staging serves."""
    options = set(re.findall(r'"(--[a-z-]+)"', (ROOT / "loadtest" / "gate.py").read_text()))
    host = yaml.safe_load((ROOT / "helm/forecast/values-staging.yaml").read_text())["ingress"]["host"]
    given = [each["container"]["args"] for each in document["serin"].get("verify", [])]
    odd = [word for words in given for word in words if word.startswith("--") and word not in options]
    return odd + [str(words) for words in given if words[words.index("--host-header") + 1] != host]


rendered = functools.cache(template)


def unrendered(document: Document) -> list[str]:
    """Releases whose chart does not render with what Skaffold would give it."""
    images = {re.sub(r"\W", "_", a["image"]): a["image"] for a in artifacts(document)}

    def failure(release: Config) -> str:
        files = [word for path in release.get("valuesFiles", []) for word in ("-f", str(ROOT / path))]
        values = [
            word
            for key, text in release["setValueTemplates"].items()
            for word in ("--set-string", f"{key}={filled(text, images)}")
        ]
        done = rendered(ROOT / release["chartPath"], "-n", release["namespace"], *files, *values)
        wanted = images.get(f"serin_{image_of(release)}", "no image")
        if done.returncode != 0:
            return done.stderr
        return "" if f"image: {wanted}:0123456789ab" in done.stdout else f"no pod runs {wanted}"

    told = [(release, failure(release)) for release in releases(document)]
    return [f"{release['name']} in {release['namespace']}: {why}" for release, why in told if why]


def image_of(release: Config) -> str:
    return {"canary-controller": "controller", "forecast": "service"}.get(release["name"], release["name"])


def filled(text: str, images: dict[str, str]) -> str:
    """A template as Skaffold fills it in."""
    for variable, image in images.items():
        text = text.replace(f"{{{{.IMAGE_REPO_{variable}}}}}", image)
        text = text.replace(f"{{{{.IMAGE_TAG_{variable}}}}}", "0123456789ab")
    return text


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
        for key, text in release["setValueTemplates"].items():
            section, field = key.split(".")
            image = re.fullmatch(r"{{\.IMAGE_(?:REPO|TAG)_(\w+)}}", text)
            if field not in known.get(section, {}) or image is None or image[1] not in built:
                yield f"{release['name']}: {key}: {text}"

    return [line for release in releases(document) for line in strange(release)]


def missing_namespaces(document: Document) -> list[str]:
    manifests = yaml.safe_load_all((ROOT / "k8s/base/namespaces.yaml").read_text())
    there = {m["metadata"]["name"] for m in manifests}
    return [r["namespace"] for r in releases(document) if r["namespace"] not in there]


def first_release(document: Document) -> Config:
    return document["serin"]["deploy"]["helm"]["releases"][0]  # type: ignore[no-any-return]


def first_artifact(document: Document) -> Config:
    return document["serin"]["build"]["artifacts"][0]  # type: ignore[no-any-return]


def gate(document: Document) -> Config:
    return document["serin"]["verify"][0]["container"]  # type: ignore[no-any-return]


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
    "fields are Skaffold's": (unknown_fields, lambda d: first_release(d).update(chart="helm/forecast")),
    "fields hold what Skaffold takes": (unknown_fields, lambda d: first_release(d).update(wait="yes")),
    "fields that it needs are there": (unknown_fields, lambda d: first_artifact(d).pop("image")),
    "verifications run built images": (unbuilt, lambda d: gate(d).update(image="serin/locust")),
    "verifications use options that there are": (odd_arguments, lambda d: gate(d)["args"].append("--fast")),
    "verifications look at staging": (
        odd_arguments,
        lambda d: gate(d)["args"].__setitem__(3, "forecast.serin.test"),
    ),
    "charts render": (unrendered, lambda d: d["serin"]["deploy"]["helm"]["releases"][1].pop("valuesFiles")),
    "charts run the images of their part": (
        unrendered,
        lambda d: d["serin"]["deploy"]["helm"]["releases"][2].update(
            setValueTemplates=dict(d["serin"]["deploy"]["helm"]["releases"][1]["setValueTemplates"])
        ),
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
        *parents, last = patch["path"].strip("/").split("/")
        place: Any = document["serin"]
        for step in parents:
            place = place[int(step) if isinstance(place, list) else step]
        del place[int(last) if isinstance(place, list) else last]
    return document


STAGING = [("forecast", "staging"), ("dashboard", "staging")]
PRODUCTION = [("canary-controller", "canary-system"), ("forecast", "production"), ("dashboard", "production")]


@pytest.mark.parametrize(
    ("profile", "expected", "images"),
    [
        ("staging", STAGING, ["serin/service", "serin/dashboard", "serin/loadtest"]),
        ("production", PRODUCTION, ["serin/service", "serin/dashboard", "serin/controller"]),
    ],
)
def test_a_profile_deploys_its_environment_only(
    profile: str, expected: list[tuple[str, str]], images: list[str]
) -> None:
    document = patched(profile)
    assert [(r["name"], r["namespace"]) for r in releases(document)] == expected
    assert [a["image"] for a in artifacts(document)] == images
    assert ("verify" in document["serin"]) == (profile == "staging")


@pytest.mark.parametrize("profile", ["staging", "production"])
@pytest.mark.parametrize("promise", CHECKS)
def test_a_profile_keeps_every_promise_of_the_whole(promise: str, profile: str) -> None:
    check, _ = CHECKS[promise]
    assert check(patched(profile)) == []


def test_the_platform_comes_first() -> None:
    assert read()["serin"]["requires"] == [{"configs": ["platform"]}]
