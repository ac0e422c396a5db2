"""`python -m delivery`: what stops it, with which exit code, and that only `release` touches production."""

from __future__ import annotations

import json
import os
import shlex
from typing import TYPE_CHECKING

import pytest

from delivery import candidate, children, contract, images, models, steps
from delivery.__main__ import main
from delivery.candidate import Candidate

if TYPE_CHECKING:
    from pathlib import Path

# Each tool notes what it was asked, and does what the test says.
TOOL = """#!/bin/sh
echo "{name} $*" >> {log}
case "$*" in
{cases}
esac
exit 0
"""
UPGRADE = "helm upgrade --install forecast"


class Desk:
    """A checkout with a trained model and a built image, and tools that do as they are told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "log"
        self._log.touch()
        for name in ("make", "kubectl", "helm"):
            self.tell(name)

    def tell(self, name: str, **cases: str) -> None:
        """Let a tool do something for the words that a shell pattern matches."""
        lines = "\n".join(f"*{pattern}*) {action};;" for pattern, action in cases.items())
        tool = self._folder / name
        tool.write_text(TOOL.format(name=name, log=self._log, cases=lines))
        tool.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        return self._log.read_text().splitlines()

    @property
    def touched(self) -> list[str]:
        """The namespaces in which something was installed."""
        words = [shlex.split(call) for call in self.calls if call.startswith(UPGRADE)]
        return [each[each.index("-n") + 1] for each in words]

    def build(self, tag: str) -> None:
        names = {kind: f"localhost/serin/{kind}:{tag}" for kind in ("service", "dashboard", "controller")}
        images.BUILT.write_text(json.dumps(names))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, models: Path) -> Desk:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("CLUSTER", "current")
    monkeypatch.setenv("IMAGE_LOADER", "true {image}")
    monkeypatch.setenv("ENTRY_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("PROMETHEUS_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("TRAEFIK_METRICS_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("delivery.models.FOLDER", models)
    monkeypatch.setattr(children, "LOGS", tmp_path)
    monkeypatch.setattr(images, "BUILT", tmp_path / "images.json")
    monkeypatch.setattr(candidate, "GATED", tmp_path / "gated.json")
    monkeypatch.setattr(contract, "PATIENCE", 0)
    there = Desk(tmp_path)
    there.build("one")
    there.tell("kubectl", deployment="echo localhost/serin/service:one")
    return there


def of_the_checkout() -> Candidate:
    return Candidate("v1", models.digest("v1"), "localhost/serin/service:one")


def test_without_a_cluster_nothing_is_built(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.tell("kubectl", get="echo 'connection refused' >&2; exit 1")
    assert main(["ship", "--version", "v1"]) == 5
    assert "cluster: cannot be reached: connection refused: run `make up`" in capsys.readouterr().err
    assert not [call for call in desk.calls if not call.startswith("kubectl")]


def test_a_model_that_does_not_pass_its_gate_goes_nowhere(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.tell("make", train="echo 'v1 does not beat the seasonal-naive forecast'; exit 2")
    assert main(["ship", "--version", "v1"]) == 1
    assert "v1 does not beat the seasonal-naive forecast" in capsys.readouterr().err
    assert desk.touched == []


@pytest.mark.parametrize("version", ["v9", "", "../v1"])
def test_a_model_that_there_is_not_is_named_with_those_there_are(
    desk: Desk, capsys: pytest.CaptureFixture[str], version: str
) -> None:
    assert main(["ship", "--version", version]) == 2
    assert (
        f"VERSION={version}: there is no such model: name one that is trained (v0, v1)"
        in capsys.readouterr().err
    )
    assert not [call for call in desk.calls if call.startswith(("make images", "helm"))]


def test_a_model_that_was_changed_after_its_training_goes_nowhere(
    desk: Desk, model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = model / "MANIFEST.json"
    stored.write_text(stored.read_text().replace('"mase"', '"mase better"'))
    monkeypatch.setattr(models, "FOLDER", model.parent)
    assert main(["ship", "--version", "v1"]) == 1
    assert "model v1: it is not what has passed the gate" in capsys.readouterr().err
    assert desk.touched == []


def test_production_is_untouched_when_the_gate_of_staging_fails(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ship", "--version", "v1"]) == 1
    assert "ship: contract: staging.forecast.serin.test" in capsys.readouterr().err
    assert desk.touched == ["staging"]
    assert not candidate.GATED.exists()


def test_a_candidate_that_broke_a_limit_may_not_be_released(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidate.passed(of_the_checkout())
    monkeypatch.setattr(contract, "hold", lambda *_: None)
    monkeypatch.setattr(steps, "_load", lambda *_: {"goals": [goal(met=True), goal(met=False)]})
    assert main(["gate", "--version", "v1"]) == 1
    assert main(["release", "--version", "v1"]) == 3
    assert desk.touched == []


def goal(*, met: bool) -> dict[str, object]:
    return {"name": "p95", "figure": 300, "goal": "<= 250", "met": met}


@pytest.mark.parametrize("running", ["", "localhost/serin/service:two"])
def test_a_gate_that_would_look_at_another_image_says_so(
    desk: Desk, capsys: pytest.CaptureFixture[str], running: str
) -> None:
    desk.tell("kubectl", deployment=f"echo {running}")
    candidate.passed(of_the_checkout())
    assert main(["gate", "--version", "v1"]) == 3
    assert f"staging runs {running or 'nothing'}: run `make stage` first" in capsys.readouterr().err
    assert not candidate.GATED.exists()


def test_what_broke_a_limit_is_named_with_its_figure(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    del desk
    monkeypatch.setattr(contract, "hold", lambda *_: None)
    monkeypatch.setattr(steps, "_load", lambda *_: {"goals": [goal(met=True), goal(met=False)]})
    assert main(["gate", "--version", "v1"]) == 1
    assert "gate of staging: p95 300 is not <= 250: production is untouched" in capsys.readouterr().err


def test_a_load_gate_that_reaches_nobody_says_so_with_its_own_exit_code(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    del desk
    monkeypatch.setattr(contract, "hold", lambda *_: None)
    monkeypatch.setattr(steps, "GATE_REPORT", tmp_path / "gate.json")
    assert main(["gate", "--version", "v1"]) == 5


def test_nothing_is_released_that_has_not_passed_the_gate(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["release", "--version", "v1"]) == 3
    assert "nothing has passed the gate of staging: run `make stage gate`" in capsys.readouterr().err
    assert desk.touched == []


@pytest.mark.parametrize("version", ["v1", "v0"])
def test_neither_another_image_nor_another_model_is_released_than_passed_the_gate(
    desk: Desk, capsys: pytest.CaptureFixture[str], version: str
) -> None:
    candidate.passed(of_the_checkout())
    desk.build("one" if version == "v0" else "two")
    assert main(["release", "--version", version]) == 3
    assert "is not what has passed the gate of staging" in capsys.readouterr().err
    assert desk.touched == []


def test_a_record_that_nobody_can_read_is_no_record(desk: Desk) -> None:
    candidate.GATED.write_text('{"version": ')
    assert main(["release", "--version", "v1"]) == 3
    assert desk.touched == []


def test_what_has_passed_is_released_with_its_digest_and_the_settings_on_top(desk: Desk) -> None:
    passed = of_the_checkout()
    candidate.passed(passed)
    assert main(["release", "--version", "v1", "--set", "threads=6"]) == 0
    assert desk.touched == ["production"]
    upgrade = next(call for call in desk.calls if call.startswith(UPGRADE))
    assert f"--set-string model.digest={passed.digest}" in upgrade
    assert "--set-string image.tag=one" in upgrade
    assert upgrade.endswith("--set-json threads=6")
    assert "--wait" not in upgrade


def test_users_of_another_model_are_told_what_changes(desk: Desk) -> None:
    candidate.passed(of_the_checkout())
    desk.tell("helm", list="echo forecast", get="""echo '{"model": {"version": "v0"}}'""")
    assert main(["release", "--version", "v1"]) == 0
    upgrade = next(call for call in desk.calls if call.startswith(UPGRADE))
    assert "--set-json model.notes=" in upgrade


def test_a_new_stage_forgets_what_passed_before(desk: Desk) -> None:
    candidate.passed(of_the_checkout())
    assert main(["stage", "--version", "v1"]) == 0
    assert desk.touched == ["staging"]
    assert main(["release", "--version", "v1"]) == 3


def test_the_watch_ends_with_the_exit_code_of_the_canary_command(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    del desk
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "nothing"))
    assert main(["watch"]) == 2  # of `canary`: there is no such kubeconfig


def test_an_unknown_cluster_is_a_clear_error(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTER", "moon")
    assert main(["ship", "--version", "v1"]) == 1
    assert desk.calls == []
