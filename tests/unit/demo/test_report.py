"""The report of the demo: passed means that every act held and no good release cost a request."""

from __future__ import annotations

from typing import Any

import pytest

from demo import report
from demo.judges import Finding
from demo.report import Act, Setting, Totals

SETTING = Setting("abc", 2, 24.0, rate=100.0, setup_seconds=40.0, first=False)
HELD = Finding("", {"weights_seen": [0, 10, 0], "bad_answer_seconds": 6.5, "bad_answers": 60})
BROKEN = Finding("the proxy ignored the weight", {"weights_seen": [0, 10]})


def act(finding: Finding, name: str = "an act") -> Act:
    return Act(name, 1000.0, 1050.0, finding)


def built(*findings: Finding, expected: int = 2, failed: int = 0) -> dict[str, Any]:
    return report.build([act(each) for each in findings], expected, Totals(5000, failed, 60), SETTING)


def test_it_has_the_frame_and_the_facts() -> None:
    written = built(HELD, HELD)
    assert written["passed"] is True
    assert written["requests"] == {"total": 5000, "failed": 0, "failed_by_bad_release": 60}
    assert written["rollback_seconds"] == 6.5
    assert written["weights_seen"] == [0, 10, 0, 10, 0]
    assert (written["seconds"], written["setup_seconds"], written["acts_seconds"]) == (100.0, 40.0, 60.0)
    assert written["acts"][0]["started"] == "1970-01-01T00:16:40.000Z"
    assert written["machine"] == {"cores": 2, "memory_gib": 24.0}


@pytest.mark.parametrize(
    ("findings", "failed"),
    [
        pytest.param([HELD], 0, id="an act is missing"),
        pytest.param([HELD, BROKEN], 0, id="an act did not hold"),
        pytest.param([HELD, HELD], 1, id="a good release cost a request"),
        pytest.param([], 0, id="nothing was played"),
    ],
)
def test_it_has_not_passed(findings: list[Finding], failed: int) -> None:
    assert built(*findings, failed=failed)["passed"] is False


def test_an_act_that_failed_says_why() -> None:
    assert built(HELD, BROKEN)["acts"][1]["complaint"] == "the proxy ignored the weight"


@pytest.mark.parametrize(
    ("findings", "met"), [((HELD, HELD), True), ((HELD, BROKEN), False), ((HELD,), False)]
)
def test_a_demo_that_broke_off_was_not_quick(findings: tuple[Finding, ...], *, met: bool) -> None:
    assert built(*findings)["goals"][0]["met"] is met


def test_goals_lay_figures_beside_limits() -> None:
    goals = {goal["name"]: goal for goal in built(HELD, HELD, failed=3)["goals"]}
    assert goals["requests failed because of a good release"]["met"] is False
    assert goals["bad release, first to last bad answer"]["met"] is True
    assert goals["bad release, failed requests"]["goal"] == "<= 90"
    assert goals["later demo"]["goal"] == "<= 300"
