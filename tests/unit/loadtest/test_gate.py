import json
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loadtest import plan as plans
from loadtest.plan import Limits, Plan, Stage
from loadtest.verdict import Figures, judge

LIMITS = Limits(max_failure_ratio=0.01, max_p95=200, max_p99=400, min_rps=50)
GOOD = Figures(requests=1000, failures=0, seconds=10, p50=5, p95=20, p99=40, errors={})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, [], id="all kept"),
        pytest.param({"failures": 10}, [], id="a limit may be reached"),
        pytest.param({"failures": 11}, ["failure ratio"], id="too many failures"),
        pytest.param({"p95": 200.0}, [], id="p95 at its limit"),
        pytest.param({"p95": 200.2}, ["p95"], id="p95 above"),
        pytest.param({"p99": 401}, ["p99"], id="p99 above"),
        pytest.param({"seconds": 21}, ["throughput"], id="too few each second"),
        pytest.param({"requests": 0}, ["failure ratio", "throughput"], id="nothing asked proves nothing"),
        pytest.param({"seconds": 0}, ["throughput"], id="no time measured"),
        pytest.param({"p95": float("nan")}, ["p95"], id="no number keeps no limit"),
        pytest.param(
            {"failures": 900, "p95": 999, "p99": 999}, ["failure ratio", "p95", "p99"], id="several"
        ),
    ],
)
def test_the_verdict_names_each_broken_limit(changes: dict[str, Any], expected: list[str]) -> None:
    findings = judge(replace(GOOD, **changes), LIMITS)
    assert [f.name for f in findings if not f.met] == expected


def test_a_broken_limit_is_said_with_its_figure() -> None:
    _, p95, *_ = judge(replace(GOOD, p95=321), LIMITS)
    assert p95.sentence == "p95: 321 ms breaks the limit <= 200"
    assert p95.goal()["note"] == p95.sentence


def test_the_shipped_values_are_a_plan() -> None:
    plan = plans.read(plans.DEFAULTS)
    assert [stage.name for stage in plan.stages] == ["warm", "step", "peak"]
    assert plans.load(plan.dump()) == plan


VALUES = plans.DEFAULTS.read_text()


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("maxP95", "maxP59", "limits: has"),
        ("maxP95: 250", "maxP95: fast", "max_p95 'fast'"),
        ("minRps: 50", "minRps: -1", "min_rps -1"),
        ("users: 4", "users: 0", "stage warm: 0 users"),
        ("seconds: 15", "seconds: 99999", "stage peak"),
        ("ratePerUser: 10", "ratePerUser: 0", "ratePerUser 0"),
        ("limits:", "limit:", "values: has"),
        ("name: warm", "nam: warm", "nam"),
        ("shape:", "shape: [", "values"),
    ],
)
def test_wrong_values_are_refused_by_name(tmp_path: Path, before: str, after: str, message: str) -> None:
    path = tmp_path / "values.yaml"
    path.write_text(VALUES.replace(before, after))
    with pytest.raises(ValueError, match=message):
        plans.read(path)


def test_one_stage_cannot_both_warm_and_measure() -> None:
    with pytest.raises(ValueError, match="at least one to measure"):
        Plan((Stage("warm", 5, 1),), 10, LIMITS)


def gate(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "loadtest.gate", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, timeout=120)


@pytest.fixture
def values(tmp_path: Path) -> str:
    path = tmp_path / "values.yaml"
    path.write_text(VALUES.replace("seconds: 5", "seconds: 1"))
    return str(path)


def test_a_good_service_passes(pharmacy: Any, values: str, tmp_path: Path) -> None:
    done = gate(
        *("--host", pharmacy.url, "--values", values, "--users", "4", "--seconds", "2"),
        *("--min-rps", "5", "--max-p95", "2000", "--max-p99", "4000"),
        cwd=tmp_path,
    )
    report = json.loads((tmp_path / "build/loadtest/report.json").read_text())
    assert done.returncode == 0, done.stderr
    assert report.keys() == {"what", "commit", "machine", "seconds", "goals", "rows"}
    assert all(goal["met"] for goal in report["goals"])
    assert pharmacy.hosts == {"staging.forecast.serin.test"}
    # 4 users x 10/s x 2 s, and the second of warming left out.
    assert 10 <= report["rows"][0]["requests"] <= 100


@pytest.mark.parametrize(
    ("manners", "word"),
    [({"status": 500}, "status-500"), ({"lie": {"forecasts": []}}, "empty")],
    ids=["errors", "empty answers"],
)
def test_a_bad_service_fails_with_the_limit_and_the_figure(
    pharmacy: Any, values: str, tmp_path: Path, manners: dict[str, Any], word: str
) -> None:
    for name, value in manners.items():
        setattr(pharmacy, name, value)
    out = tmp_path / "report.json"
    done = gate(
        *("--host", pharmacy.url, "--values", values, "--seconds", "1", "--out", str(out)), cwd=tmp_path
    )
    assert done.returncode == 1, done.stderr
    assert "failure ratio: 1 of requests breaks the limit <= 0.001" in done.stdout
    assert word in json.loads(out.read_text())["rows"][0]["errors"]


def test_nobody_there_is_exit_5(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    done = gate("--host", f"http://127.0.0.1:{port}", "--patience", "0", cwd=tmp_path)
    assert done.returncode == 5
    assert "staging.forecast.serin.test: GET /openapi.json" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["--users", "0"], ["--max-p95", "-1"], ["--values", "nowhere.yaml"], ["--host", "127.0.0.1:80"]],
    ids=["users", "limit", "values", "host"],
)
def test_wrong_usage_is_exit_2(arguments: list[str], tmp_path: Path) -> None:
    done = gate(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
