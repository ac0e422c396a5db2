"""What containers use is kept by scraping, and gets the labels of releases by rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from .charts import ROOT
from .promtool import played, said

if TYPE_CHECKING:
    from pathlib import Path

PROMETHEUS = ROOT / "k8s" / "components" / "prometheus"
RULES = PROMETHEUS / "rules-infrastructure.yml"
STATE = ROOT / "k8s" / "components" / "kube-state-metrics" / "deployment.yaml"
PAGE = ROOT / "docs" / "operations" / "infrastructure.md"
METRIC = re.compile(r"\b(?:container|kube_pod)_[a-z_]+")
JOIN = '{namespace="ns",pod="p",container="c",release="r",revision="v"}'

Rule = dict[str, str]


def rules() -> list[Rule]:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    found: list[Rule] = group["rules"]
    return found


def job(name: str) -> dict[str, Any]:
    configuration = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    return next(one for one in configuration["scrape_configs"] if one["job_name"] == name)


def kept(name: str) -> re.Pattern[str]:
    """Names of metrics that a job keeps."""
    return re.compile(
        next(r["regex"] for r in job(name)["metric_relabel_configs"] if r["source_labels"] == ["__name__"])
    )


def verdict(folder: Path, rule: Rule, series: dict[str, str], expected: str) -> str:
    """What promtool says of one rule at 10 s; empty when it agrees."""
    samples = [] if expected == "" else [{"labels": rule["record"] + JOIN, "value": float(expected)}]
    wanted = {"expr": rule["record"], "eval_time": "10s", "exp_samples": samples}
    return said(played(folder, series, [str(RULES)], promql_expr_test=[wanted]))


def used(rule: Rule) -> str:
    """The metric of a container that a rule labels."""
    return next(name for name in METRIC.findall(rule["expr"]) if name != "kube_pod_labels")


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["record"])
def test_a_containers_series_gets_release_and_revision(rule: Rule, tmp_path: Path) -> None:
    whose = {'kube_pod_labels{namespace="ns",pod="p",release="r",revision="v",instance="i"}': "1 1 1"}
    usage = {f'{used(rule)}{{namespace="ns",pod="p",container="c"}}': "7 8 9"}
    assert verdict(tmp_path, rule, whose | usage, "9") == ""
    assert "exp" in verdict(tmp_path, rule, whose | usage, "8")


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["record"])
def test_a_pod_of_no_release_has_no_series(rule: Rule, tmp_path: Path) -> None:
    whose = {'kube_pod_labels{namespace="ns",pod="p",instance="i"}': "1 1 1"}
    usage = {f'{used(rule)}{{namespace="ns",pod="p",container="c"}}': "7 8 9"}
    assert verdict(tmp_path, rule, whose | usage, "") == ""


def test_two_kube_state_metrics_during_a_roll_out_are_no_error(tmp_path: Path) -> None:
    rule = rules()[0]
    whose = {
        f'kube_pod_labels{{namespace="ns",pod="p",release="r",revision="v",instance="{instance}"}}': "1 1 1"
        for instance in "ab"
    }
    usage = {f'{used(rule)}{{namespace="ns",pod="p",container="c"}}': "7 8 9"}
    assert verdict(tmp_path, rule, whose | usage, "9") == ""


def test_scraping_keeps_every_metric_that_a_rule_reads() -> None:
    for name in {found for rule in rules() for found in METRIC.findall(rule["expr"])}:
        source = "cadvisor" if name.startswith("container_") else "kube-state-metrics"
        assert kept(source).fullmatch(name), name


def test_kube_state_metrics_offers_no_more_than_prometheus_keeps() -> None:
    (container,) = yaml.safe_load(STATE.read_text())["spec"]["template"]["spec"]["containers"]
    options = dict(argument.removeprefix("--").split("=", 1) for argument in container["args"])
    offered = options["metric-allowlist"].split(",")
    assert all(kept("kube-state-metrics").fullmatch(name) for name in offered)
    assert options["metric-labels-allowlist"] == ("pods=[canary.serin.dev/release,canary.serin.dev/revision]")


def test_every_series_is_told_to_operators() -> None:
    page = PAGE.read_text()
    assert [rule["record"] for rule in rules() if f"`{rule['record']}`" not in page] == []
