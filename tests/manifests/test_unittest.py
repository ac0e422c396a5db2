"""The charts' own helm-unittest suites pass, and notice a chart that was spoilt."""

import shutil
import subprocess
from pathlib import Path

import pytest

from .charts import CONTROLLER, DASHBOARD, FORECAST, tool


def suites(chart: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([tool("helm-unittest"), str(chart)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("chart", [FORECAST, DASHBOARD, CONTROLLER], ids=lambda chart: chart.name)
def test_the_suites_of_a_chart_pass(chart: Path) -> None:
    done = suites(chart)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Test Suites: {len(list((chart / 'tests').glob('*_test.yaml')))} passed" in done.stdout


@pytest.mark.parametrize(
    ("chart", "template", "right", "wrong"),
    [
        (FORECAST, "_pod.tpl", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
        (FORECAST, "ingress.yaml", '"%s-stable"', '"%s-canary"'),
        (FORECAST, "httproute.yaml", "if not .Values.canary.enabled", "if true"),
        (DASHBOARD, "_pod.tpl", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
        (DASHBOARD, "secret.yaml", "if $kept", "if not $kept"),
        (CONTROLLER, "crd/admission.yaml", "failurePolicy: Fail", "failurePolicy: Ignore"),
        (CONTROLLER, "page/rbac.yaml", "if $operators", "if true"),
    ],
    ids=[
        "writable root",
        "users on the canary",
        "rules with two writers",
        "pages with a writable root",
        "a new key at each upgrade",
        "forged commands",
        "a page that may be anybody",
    ],
)
def test_a_spoilt_template_is_noticed(
    tmp_path: Path, chart: Path, template: str, right: str, wrong: str
) -> None:
    spoilt = tmp_path / chart.name
    shutil.copytree(chart, spoilt)
    file = spoilt / "templates" / template
    assert right in file.read_text()
    file.write_text(file.read_text().replace(right, wrong))
    done = suites(spoilt)
    assert done.returncode == 1
    assert "1 failed" in done.stdout
