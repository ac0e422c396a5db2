"""What containers use: told, or taken back, and never a proof."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from canary.core import usage
from canary.core.model import Phase, ResourceRule, Usage, Usages, Verdict, View
from canary.core.records import read
from canary.core.rules import tightest

from .build import RULES
from .tape import taped

if TYPE_CHECKING:
    from canary.core.model import Evidence

TELL, BACK = ResourceRule(memory=0.9), ResourceRule(memory=0.9, rollback=True)
FULL = "97 % of the memory limit in use, stable 40 %, limit 90 %"
BUSY = Usages(Usage(memory=0.97), Usage(memory=0.4))


def judged(rule: ResourceRule | None, found: Usages | None) -> tuple[Evidence, ...]:
    return usage.judge(replace(RULES, resources=rule), found)


@pytest.mark.parametrize(
    ("rule", "found", "verdict", "warning", "detail"),
    [
        pytest.param(
            BACK,
            BUSY,
            Verdict.FAIL,
            True,
            FULL,
            id="above, and stable is not",
        ),
        pytest.param(
            TELL,
            BUSY,
            Verdict.PASS,
            True,
            FULL,
            id="above, and people are told",
        ),
        pytest.param(
            BACK,
            Usages(Usage(memory=0.9), Usage(memory=0.4)),
            Verdict.PASS,
            False,
            "90 % of the memory limit in use, stable 40 %, limit 90 %",
            id="at the limit",
        ),
        pytest.param(
            BACK,
            Usages(Usage(memory=0.97), Usage(memory=0.98)),
            Verdict.PASS,
            True,
            "97 % of the memory limit in use, stable 98 %, limit 90 %: stable is above it too",
            id="both above: a way back would help nobody",
        ),
        pytest.param(
            BACK,
            Usages(Usage(memory=0.97)),
            Verdict.FAIL,
            True,
            "97 % of the memory limit in use, stable unknown, limit 90 %",
            id="above, and of stable nothing is known",
        ),
        pytest.param(
            BACK,
            Usages(stable=Usage(memory=0.97)),
            Verdict.PASS,
            True,
            "no container with a memory limit has run for two minutes, or nobody scrapes the kubelet",
            id="nothing is known",
        ),
        pytest.param(
            ResourceRule(throttled=0.25, rollback=True),
            Usages(Usage(0.5, 0.97), Usage(0.0, 0.4)),
            Verdict.FAIL,
            True,
            "50 % of CPU periods throttled, stable 0 %, limit 25 %",
            id="throttled",
        ),
    ],
)
def test_above_a_limit_that_stable_keeps(
    rule: ResourceRule, found: Usages, verdict: Verdict, *, warning: bool, detail: str
) -> None:
    (row,) = judged(rule, found)
    assert (row.verdict, row.warning, row.detail) == (verdict, warning, detail)
    assert (row.view, row.proves) == (View.APPLICATION, False)


def test_each_limit_has_a_row_and_without_any_there_is_none() -> None:
    both = ResourceRule(throttled=0.25, memory=0.9, restarts=0)
    assert [row.name for row in judged(both, BUSY)] == ["throttled/application", "memory/application"]
    assert judged(ResourceRule(restarts=0), BUSY) == ()
    assert judged(None, BUSY) == ()


def test_before_users_have_been_there_for_long_enough_nobody_is_asked() -> None:
    (row,) = judged(BACK, None)
    assert (row.verdict, row.warning) == (Verdict.PASS, False)
    assert row.detail == "looked at once the canary has had users for 75 s"
    rules = replace(RULES, resources=BACK)
    asked = [usage.due(rules, exposed, 1000.0) for exposed in (0.0, 926.0, 925.0)]
    assert asked == [False, False, True]
    assert not usage.due(RULES, 1.0, 1000.0)
    assert not usage.due(replace(RULES, resources=ResourceRule(restarts=0)), 1.0, 1000.0)


def test_nothing_is_proved_by_them() -> None:
    assert tightest(judged(BACK, Usages())) is None


def test_a_release_is_taken_back_for_what_it_uses_and_a_replay_agrees() -> None:
    tape, _ = taped()
    tape.world.manifest["spec"]["rules"] |= {"resources": {"memory": "90%", "action": "rollback"}}
    tape.world.upgrade("service:2")
    tape.world.run_to_weight(10)
    tape.world.usages = BUSY
    tape.world.run(60, until=Phase.ROLLED_BACK)
    entry = next(each for each in tape.journal.values() if each.phase is Phase.ROLLING_BACK)
    assert (entry.rule, entry.numbers[:4]) == ("memory/application", "97 %")
    assert tape.replay().agrees
    assert [line.words for line in tape.replay().lines if line.evidence] == ["memory/application is FAIL"]


def test_what_was_seen_is_part_of_the_record() -> None:
    """A line that was changed afterwards is found out, and one of before these rules is read."""
    tape, _ = taped()
    tape.world.manifest["spec"]["rules"] |= {"resources": {"memory": "90%", "action": "rollback"}}
    tape.world.upgrade("service:2")
    tape.world.run_to_weight(10)
    tape.world.usages = BUSY
    tape.world.run(60, until=Phase.ROLLED_BACK)
    line = max(number for number, each in enumerate(tape.lines) if '"usages"' in each)
    changed = json.loads(tape.lines[line])
    del changed["look"]["usages"]
    assert read([json.dumps(changed)]).problems == ()
    tape.lines[line] = json.dumps(changed)
    assert not tape.replay().agrees
