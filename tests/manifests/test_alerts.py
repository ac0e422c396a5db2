"""Each alert fires when it should, stays quiet when it should, and tells people what to do."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from .alert_cases import ALSO, CASES, Case
from .charts import ROOT, tool
from .promtool import played

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

RULES = ROOT / "k8s" / "components" / "alerts" / "rules"
FILES = sorted(RULES.glob("*.yml"))
_LABEL = re.compile(r"\{\{ \$labels\.(\w+) \}\}")
_VALUE = re.compile(r"\{\{ \$value [^}]*\}\}|\{\{ \$value \}\}")

Rule = dict[str, Any]


def rules(files: Iterable[Path] = FILES) -> dict[str, Rule]:
    """Every alert by its name."""
    groups = [group for path in files for group in yaml.safe_load(path.read_text())["groups"]]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def _alert(rule: Rule, labels: Mapping[str, str], value: str) -> dict[str, Any]:
    """An alert that fires: its annotations have the labels and the value in their places."""
    told = {
        key: _VALUE.sub(value, _LABEL.sub(lambda found: labels[found[1]], text))
        for key, text in rule["annotations"].items()
    }
    return {"exp_labels": {**labels, **rule["labels"]}, "exp_annotations": told}


def promtool(folder: Path, alert: str, case: Case, rule: Rule) -> subprocess.CompletedProcess[str]:
    """Let promtool hold one rule against one case."""
    expected = [] if case.labels is None else [_alert(rule, case.labels, case.value)]
    (folder / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "one", "rules": [rule]}]}))
    wanted = {"eval_time": case.at, "alertname": alert, "exp_alerts": expected}
    return played(folder, case.series, ["rules.yml"], "15s", alert_rule_test=[wanted])


def test_the_rule_files_are_sound() -> None:
    done = subprocess.run(
        [tool("promtool"), "check", "rules", "--lint=all", "--lint-fatal", *map(str, FILES)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_its_cases() -> None:
    assert sorted(CASES) == sorted(rules())


@pytest.mark.parametrize("alert", CASES)
def test_it_fires_and_says_so(tmp_path: Path, alert: str) -> None:
    done = promtool(tmp_path, alert, CASES[alert].fires, rules()[alert])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("alert", CASES)
def test_it_stays_quiet(tmp_path: Path, alert: str) -> None:
    done = promtool(tmp_path, alert, CASES[alert].quiet, rules()[alert])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("alert", ALSO)
def test_it_fires_in_another_way_too(tmp_path: Path, alert: str) -> None:
    done = promtool(tmp_path, alert, ALSO[alert], rules()[alert])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("side", "expr"), [("fires", "vector(1) > 2"), ("quiet", "vector(1)")], ids=["never", "always"]
)
def test_an_alert_that_fires_never_or_always_is_noticed(tmp_path: Path, side: str, expr: str) -> None:
    broken = rules()["ReleaseBlind"] | {"expr": expr}
    done = promtool(tmp_path, "ReleaseBlind", getattr(CASES["ReleaseBlind"], side), broken)
    assert done.returncode == 1
    assert "FAILED" in done.stdout + done.stderr


@pytest.mark.parametrize("alert", rules())
def test_it_tells_how_urgent_it_is_what_it_means_and_where_to_look(alert: str) -> None:
    rule = rules()[alert]
    told = rule["annotations"]
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert told.keys() == {"summary", "description", "runbook"}
    assert len(told["summary"]) < 120
    assert told["description"].endswith(".")
    assert told["runbook"] == f"docs/operations/runbook.md#{alert.lower()}"


def test_every_rule_file_is_mounted_where_prometheus_looks() -> None:
    component = yaml.safe_load((RULES.parent / "kustomization.yaml").read_text())
    (generated,) = component["configMapGenerator"]
    assert generated["files"] == [
        f"rules/{name}.yml" for name in ("service", "controller", "releases", "platform")
    ]
    assert sorted(generated["files"]) == [f"rules/{path.name}" for path in FILES]
    pod = yaml.safe_load((RULES.parent / "mount.yaml").read_text())["spec"]["template"]["spec"]
    place = pod["containers"][0]["volumeMounts"][0]["mountPath"]
    read = yaml.safe_load((ROOT / "k8s/components/prometheus/prometheus.yml").read_text())["rule_files"]
    assert f"{place}/*.yml" in read
    assert pod["volumes"][0]["configMap"]["name"] == generated["name"]
