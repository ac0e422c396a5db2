from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from .build import ManualClock, MemoryDesk, Shell, manifest

if TYPE_CHECKING:
    from pathlib import Path

FEW = ("--runs", "6")


def written(**fields: Any) -> str:
    release = manifest()
    release["spec"] |= fields
    return yaml.safe_dump(release)


def simulate(text: str, *options: str) -> Shell:
    canary = Shell(MemoryDesk(), stdin=text.encode())
    assert canary("simulate", *options, "-") == 0, canary.story
    return canary


def document(text: str, *options: str) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(simulate(text, "-o", "json", *options).out.getvalue())
    return shown


def refused(text: str, *options: str) -> str:
    canary = Shell(MemoryDesk(), stdin=text.encode())
    assert canary("simulate", *options, "-") == 2
    assert not canary.lines
    (line,) = canary.story
    return line


def test_every_scenario_ends_as_an_operator_expects() -> None:
    ended = {each["name"]: each for each in document(written(), *FEW)["scenarios"]}
    assert list(ended) == [
        "as good as stable",
        "worse by the risk margin",
        "+1 point",
        "+5 points",
        "total failure",
        "slow",
    ]
    assert ended["as good as stable"]["promoted"]["share"] == 1
    for bad in ("+5 points", "total failure", "slow"):
        assert ended[bad]["rolledBack"]["share"] == 1
        assert ended[bad]["ends"][0]["cause"] == "RuleFailed"
    good = ended["as good as stable"]
    assert (good["rolledBack"]["low"], good["undecided"]["share"]) == (0, 0)
    assert 0.3 < good["rolledBack"]["high"] < 0.5


def test_the_table_fits_a_terminal_and_tells_the_steps_and_what_became_of_each_canary() -> None:
    lines = simulate(written(), *FEW).lines
    assert lines[0] == "forecast: 100 requests/s, stable 0.1 % errors, 0.2 % slow, scrapes of 5s"
    assert lines[2].split("   ")[0] == "STEP"
    assert lines[3].startswith("10 to 50 %    errors +1 %     606 requests, 1m1s ")
    assert lines[3].split()[-2:] == ["the", "proof"]
    assert lines[5].startswith("100 %")
    begin = lines.index("total failure: 100 % errors, 0.2 % slow")
    assert lines[begin + 1].split()[:8] == ["rolled", "back", "100", "%", "61", "to", "100", "%"]
    assert any("What is not listed happened in none of" in line for line in lines)
    assert max(len(line) for line in lines) <= 80


def test_one_assumed_canary_is_played_alone() -> None:
    (both,) = document(written(), *FEW, "--canary-errors", "50%", "--canary-slow", "1%")["scenarios"]
    assert (both["name"], both["canary"]) == ("as assumed", {"errors": 0.5, "slow": 0.01})
    (slow,) = document(written(), *FEW, "--errors", "1%", "--canary-slow", "50%")["scenarios"]
    assert slow["canary"] == {"errors": 0.01, "slow": 0.5}
    (wrong,) = document(written(), *FEW, "--slow", "1%", "--canary-errors", "50%")["scenarios"]
    assert wrong["canary"] == {"errors": 0.5, "slow": 0.01}


def test_the_same_seed_plays_the_same_users() -> None:
    options = (*FEW, "--canary-errors", "0.6%")
    assert simulate(written(), *options).lines == simulate(written(), *options).lines
    other = document(written(), *options, "--seed", "2")["scenarios"]
    assert document(written(), *options)["scenarios"] != other


def test_what_was_assumed_is_told() -> None:
    told = document(
        written(), *FEW, "--rate", "500", "--scrape", "15s", "--hours", "0.5", "--canary-slow", "5%"
    )
    assert told["assumed"] == {
        "rate": 500.0,
        "scrape": 15.0,
        "stable": {"errors": 0.001, "slow": 0.002},
        "runs": 6,
        "seed": 1,
        "horizon": 1800.0,
    }
    assert (told["namespace"], told["name"], told["warnings"]) == ("production", "forecast", [])


def test_steps_that_come_too_late_are_warned_of() -> None:
    slow = (*FEW, "--rate", "1", "--canary-errors", "0.1%")
    text = written(progressDeadline="5m")
    (warning,) = document(text, *slow)["warnings"]
    assert warning.startswith("slow: 10 % takes ")
    assert "of 6m" in warning
    lines = simulate(text, *slow).lines
    assert lines[6].startswith("warning: slow: 10 % takes ")
    assert any(line.startswith("  undecided") for line in lines)
    assert not any("deadline" in line for line in lines[7:])


def test_without_users_it_is_said_what_happens() -> None:
    shell = simulate(written(), *FEW, "--rate", "0")
    assert "warning: without users the release holds its first step" in shell.lines[6]
    assert shell.lines[3].split()[-4:] == ["never", "ends", "the", "proof"]
    assert any(line.startswith("  back: no users   100 %") for line in shell.lines)
    told = document(written(), *FEW, "--rate", "0")
    assert [each["name"] for each in told["scenarios"]] == ["as good as stable"]
    step = told["steps"][0]
    assert (step["takes"], step["needs"][0]["seconds"]) == (None, None)


def test_an_undecided_release_has_no_time() -> None:
    lines = simulate(written(), *FEW, "--hours", "0.01", "--canary-errors", "0.1%").lines
    (row,) = (line for line in lines if line.startswith("  undecided"))
    assert row.split()[1:8] == ["100", "%", "61", "to", "100", "%", "-"]


def test_rules_that_are_missing_are_said_to_be_missing() -> None:
    only_errors = written(rules={"errors": {"max": "1%"}})
    told = document(only_errors, *FEW)
    assert told["warnings"] == ["there is no latency rule, so slow answers are not judged"]
    assert "slow" not in [each["name"] for each in told["scenarios"]]
    assert told["assumed"]["stable"]["slow"] == 0
    assert "slow" not in simulate(only_errors, *FEW).lines[0]
    only_latency = document(written(rules={"latency": {"within": "250ms", "for": "99%"}}), *FEW)
    assert only_latency["warnings"][0].startswith("there is no rule on errors")


def test_a_release_in_one_step_is_held_against_its_limits() -> None:
    alone = written(steps=[{"weight": 100}])
    assert simulate(alone, *FEW).lines[3].split()[:5] == ["100", "%", "errors", "above", "limit"]
    broken = simulate(alone, *FEW, "--errors", "5%", "--canary-errors", "5%")
    assert "no proof possible" in broken.lines[3]


def test_other_reasons_to_go_back_are_named() -> None:
    text = written(budget={"badAnswers": 1})
    lines = simulate(text, *FEW, "--canary-errors", "2%").lines
    assert any(line.startswith("  back: budget spent") for line in lines)


def test_a_long_simulation_tells_how_far_it_is() -> None:
    class Slow(ManualClock):
        def elapsed(self) -> float:
            self.slept += 2.0
            return self.slept

    canary = Shell(MemoryDesk(), clock=Slow(), stdin=written().encode())
    assert canary("simulate", "--runs", "4", "--canary-errors", "100%", "-") == 0
    assert canary.story == ["canary: 3 of 4 runs played, about 2s left"]


def test_a_file_is_read_as_lint_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "release.yaml"
    path.write_text(f"---\nkind: ConfigMap\napiVersion: v1\n---\n{written()}", encoding="utf-8")
    canary = Shell(MemoryDesk())
    assert canary("simulate", *FEW, "--canary-errors", "100%", str(path)) == 0
    missing = Shell(MemoryDesk())
    assert missing("simulate", str(tmp_path / "none.yaml")) == 2
    assert missing.story[0].endswith("no such file or directory: give a file, or - for standard input")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [", "-:1: is no YAML: "),
        ("a: {{ .Values.name }}\n\x00", "-: is no YAML: "),
        ("kind: ConfigMap\napiVersion: v1\n", "-: holds no CanaryRelease: give a file with one"),
        (
            f"{written()}---\n{written()}",
            "-: holds 2 CanaryReleases, forecast, forecast: give a file with one",
        ),
        (written(rules={}), "spec.rules: is {}: must have errors, latency or both"),
        (written(steps=[{"weight": 5}]), "spec.steps[0].weight: is 5: must be 100"),
        (written(steps=[{"weight": 5}], rules={}), "(and 1 more: canary lint)"),
    ],
)
def test_what_is_no_release_is_refused_in_one_line(text: str, expected: str) -> None:
    assert expected in refused(text)


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--rate", "-1", "not in the range"),
        ("--rate", "nan", "not a number"),
        ("--rate", "many", "not a valid"),
        ("--errors", "101%", "from 0% to 100%"),
        ("--canary-errors", "0.5", "from 0% to 100%"),
        ("--slow", "-1%", "from 0% to 100%"),
        ("--canary-slow", "x", "from 0% to 100%"),
        ("--scrape", "0s", "longer than no time"),
        ("--scrape", "-5s", "must be a duration"),
        ("--scrape", "1ms", "10,800,000 scrapes a run: must be 1 to 20,000"),
        ("--hours", "0", "0 scrapes a run"),
        ("--runs", "0", "not in the range"),
        ("--seed", "x", "not a valid integer"),
    ],
)
def test_assumptions_that_cannot_be_are_refused_in_one_line(option: str, value: str, expected: str) -> None:
    assert expected in refused(written(), option, value)


@pytest.mark.parametrize("option", ["--slow", "--canary-slow"])
def test_slowness_without_a_limit_has_no_meaning(option: str) -> None:
    assert "no meaning without spec.rules.latency" in refused(
        written(rules={"errors": {"max": "1%"}}), option, "1%"
    )
