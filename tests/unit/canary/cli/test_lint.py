from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from canary.cli.findings import _SOUND
from canary.core.spec import parse

from .build import MemoryDesk, Shell, manifest

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
apiVersion: canary.serin.dev/v1alpha1
kind: CanaryRelease
metadata:
  name: forecast
spec:
  template:
    metadata:
      annotations: {released: 2026-11-23}
    spec:
      containers: [{name: web, image: web}]
  ports: [{name: http, port: 80}]
  traffic: {ingress: forecast}
  steps:
    - {weight: 10, hold: 60s}
    - {weight: 100}
  rules:
    errors: {max: 1%}
"""
OTHER = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n"


def lint(text: str, *options: str) -> tuple[int, list[str]]:
    canary = Shell(MemoryDesk(), stdin=text.encode())
    return canary("lint", *options, "-"), canary.lines


def test_a_sound_release_is_told_so() -> None:
    assert lint(GOOD) == (0, ["-: 1 release, no problem found"])


def test_a_rendered_chart_is_checked_and_other_kinds_are_passed_over() -> None:
    assert lint(f"---\n{OTHER}---\n{GOOD}---\n---\n# Source: x\n{GOOD}") == (
        0,
        ["-: 2 releases, no problem found"],
    )


def test_what_kubectl_get_prints_is_checked() -> None:
    text = yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": [manifest(), manifest()]})
    assert lint(text) == (0, ["-: 2 releases, no problem found"])


def test_every_problem_is_told_with_its_line() -> None:
    text = (
        GOOD.replace("weight: 10, hold: 60s", "weight: 10, hold: soon")
        .replace("max: 1%", "max: 1")
        .replace("traffic: {ingress: forecast}", "traffic: {router: istio, ingress: forecast}")
    )
    code, lines = lint(text)
    assert code == 1
    assert [line.split(": ")[:2] for line in lines] == [
        ["-:12", "spec.traffic.router"],
        ["-:14", "spec.steps[0].hold"],
        ["-:17", "spec.rules.errors.max"],
    ]


@pytest.mark.parametrize(
    ("old", "new", "path", "line"),
    [
        ("weight: 100", "weight: 5", "spec.steps[1].weight", 15),
        ("weight: 10,", "weight: 101,", "spec.steps[0].weight", 14),
        ("weight: 100", "weight: 90", "spec.steps[1].weight", 15),
        ("  rules:\n    errors: {max: 1%}", "  rules: {}", "spec.rules", 16),
        ("  traffic: {ingress: forecast}\n", "", "spec.traffic", 5),
        ("name: forecast", f"name: {'x' * 41}", "metadata.name", 4),
        ("containers: [{name: web, image: web}]", "containers: []", "spec.template.spec.containers", 10),
    ],
)
def test_a_wrong_field_is_named_once(old: str, new: str, path: str, line: int) -> None:
    code, lines = lint(GOOD.replace(old, new, 1))
    assert code == 1
    assert [each.split(": ")[:2] for each in lines] == [[f"-:{line}", path]]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  steps:", "  stpes:", "-:13: spec.stpes: is no field of a release: did you mean steps?"),
        ("{weight: 100}", "{weight: 100, wait: 5s}", "-:15: spec.steps[1].wait: is no field of a release: "),
        (
            "errors: {max: 1%}",
            "errors: {max: 1%, maximum: 2%}",
            "-:17: spec.rules.errors.maximum: is no field",
        ),
    ],
)
def test_a_misspelt_field_is_found_before_the_api_server_drops_it(old: str, new: str, said: str) -> None:
    code, lines = lint(GOOD.replace(old, new))
    assert code == 1
    assert lines[0].startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("a: [1,\nb: }", "-:2: is no YAML: ", id="broken YAML"),
        pytest.param("", "-: holds no CanaryRelease: nothing was checked", id="empty"),
        pytest.param(OTHER, "-: holds no CanaryRelease: nothing was checked", id="only other kinds"),
        pytest.param("- 1\n- 2\n", "-: holds no CanaryRelease: nothing was checked", id="no object"),
        pytest.param("kind: {{ .Values.kind }}\n", "-:1: is no YAML", id="template that was not rendered"),
        pytest.param("a: \x00", "-: is no YAML: ", id="control character"),
        pytest.param(
            "a: &a [*a]\nkind: CanaryRelease\napiVersion: canary.serin.dev/v1\n", "-: ", id="endless"
        ),
        pytest.param("[" * 2000, "-", id="deep"),
        pytest.param(
            "kind: CanaryRelease\napiVersion: canary.serin.dev/v1alpha1\n", "-:1: metadata", id="bare"
        ),
        pytest.param("a: !python/object:os.system {}\n", "-:1: is no YAML: could not determine", id="tag"),
    ],
)
def test_what_cannot_be_checked_is_a_finding_never_a_traceback(text: str, said: str) -> None:
    code, lines = lint(text)
    assert code == 1
    assert lines[0].startswith(said)


def test_a_chart_template_is_sent_to_helm_first() -> None:
    _, lines = lint("kind: CanaryRelease\nspec: {{ .Values.x }}: y\n")
    assert "render the chart first, helm template" in lines[0]


def test_json_carries_line_path_and_message() -> None:
    code, lines = lint(GOOD.replace("weight: 100", "weight: 90"), "-o", "json")
    (report,) = json.loads("\n".join(lines))
    assert (code, report["file"], report["releases"]) == (1, "-", 1)
    assert [(each["line"], each["path"]) for each in report["problems"]] == [(15, "spec.steps[1].weight")]


def test_several_files_are_checked_and_one_problem_fails_all(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(GOOD)
    bad.write_text(GOOD.replace("max: 1%", "max: all"))
    canary = Shell(MemoryDesk())
    assert canary("lint", str(good), str(bad)) == 1
    assert canary.lines[0] == f"{good}: 1 release, no problem found"
    assert canary.lines[1].startswith(f"{bad}:17: spec.rules.errors.max: ")


@pytest.mark.parametrize("kind", ["missing", "folder", "binary"])
def test_what_is_no_text_file_is_wrong_usage(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "it.yaml"
    if kind == "folder":
        file.mkdir()
    if kind == "binary":
        file.write_bytes(b"\xff\xfe\x00\x81")
    canary = Shell(MemoryDesk())
    assert canary("lint", str(file)) == 2
    assert canary.story[0].startswith(f"canary: {file}: read: ")
    assert len(canary.story) == 1


def test_the_release_that_wrong_fields_are_mended_from_is_sound_itself() -> None:
    parse(_SOUND)
