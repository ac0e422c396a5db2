from __future__ import annotations

import json
from dataclasses import replace

import pytest

from canary.core.model import Phase, Status, Verdict, View
from canary.ports import UnreachableError

from .build import (
    CANARY,
    HEALTHY,
    PROGRESSING,
    ROLLED_BACK,
    STABLE,
    UNTOUCHED,
    Shell,
    evidence,
    shell,
)

AWAY = UnreachableError("API server https://127.0.0.1:6443: GET: connection refused: is it running?")


def plan(canary: Shell, *changes: tuple[float, Status]) -> None:
    """Let the release change after so many seconds."""
    waiting = list(changes)

    def step(slept: float) -> None:
        if waiting and slept >= waiting[0][0]:
            canary.desk.becomes(waiting.pop(0)[1])

    canary.clock.after = step


def test_the_old_healthy_release_does_not_end_the_watch_of_a_new_one() -> None:
    canary = shell(UNTOUCHED)
    plan(canary, (3.0, PROGRESSING), (6.0, HEALTHY))
    assert canary("status", "--watch") == 0
    assert canary.clock.slept == pytest.approx(6.0)


def test_a_seen_spec_whose_release_has_not_begun_is_not_the_end_either() -> None:
    canary = shell(replace(HEALTHY, stable_revision=STABLE))
    plan(canary, (2.0, HEALTHY))
    assert canary("status", "--watch") == 0
    assert canary.clock.slept == pytest.approx(2.0)


def test_an_older_rejection_does_not_end_the_watch() -> None:
    canary = shell(replace(ROLLED_BACK, rejected_revision=STABLE))
    plan(canary, (2.0, ROLLED_BACK))
    assert canary("status", "--watch") == 1
    assert canary.clock.slept == pytest.approx(2.0)


def test_a_rollback_fails_and_says_why() -> None:
    canary = shell(PROGRESSING)
    plan(canary, (1.0, ROLLED_BACK))
    assert canary("status", "-w") == 1
    assert canary.story == [
        "canary: release production/forecast: not released: errors/edge failed: canary why forecast says more"
    ]


def test_the_time_out_leaves_the_release_alone() -> None:
    canary = shell(PROGRESSING)
    assert canary("status", "--watch", "--timeout", "5s") == 4
    assert canary.clock.slept == pytest.approx(5.0)
    assert canary.story == [
        "canary: release production/forecast: Progressing after 5 s: it goes on by itself"
    ]


def test_a_time_out_without_watch_is_wrong_usage() -> None:
    assert shell(PROGRESSING)("status", "--timeout", "5s") == 2


def test_without_a_terminal_only_changes_become_lines() -> None:
    canary = shell(PROGRESSING)
    step_two = replace(PROGRESSING, step=1, weight=50, observed_weight=None, evidence=())
    plan(canary, (4.0, step_two), (8.0, HEALTHY))
    canary("status", "--watch")
    assert canary.lines == [
        (
            f"2026-11-23T09:00:00Z Progressing, step 1 of 3; 10 % asked, 9.8 % seen; canary {CANARY}; "
            "errors/edge HOLD 0 of 40 (0 %); waiting for evidence"
        ),
        (
            f"2026-11-23T09:00:04Z Progressing, step 2 of 3; 50 % asked, not seen yet; canary {CANARY}; "
            "waiting for evidence"
        ),
        "2026-11-23T09:00:08Z Healthy",
    ]


def test_what_containers_use_is_a_verdict_on_its_line() -> None:
    row = replace(evidence(Verdict.PASS), rule="memory", view=View.APPLICATION)
    canary = shell(replace(PROGRESSING, evidence=(row,)))
    plan(canary, (4.0, HEALTHY))
    canary("status", "--watch")
    assert "; memory/application PASS; waiting for evidence" in canary.lines[0]


def test_without_a_terminal_growing_evidence_is_told_every_ten_seconds() -> None:
    canary = shell(PROGRESSING)
    counted = [
        replace(
            PROGRESSING, observed_weight=10 + second / 100, evidence=(evidence(Verdict.HOLD, bad=second),)
        )
        for second in range(1, 26)
    ]
    plan(canary, *((float(second), status) for second, status in enumerate(counted, start=1)))
    assert canary("status", "--watch", "--timeout", "25s") == 4
    assert [line[17:19] for line in canary.lines] == ["00", "10", "20"]


def test_a_short_outage_is_survived_and_told() -> None:
    canary = shell(PROGRESSING)

    def outage(slept: float) -> None:
        canary.desk.trouble = AWAY if 2.0 <= slept < 10.0 else None
        if slept >= 12.0:
            canary.desk.becomes(HEALTHY)

    canary.clock.after = outage
    assert canary("status", "--watch") == 0
    assert canary.story[:2] == [f"canary: {AWAY}; trying again", "canary: connected again after 8s"]


def test_an_outage_that_does_not_end_is_unreachable() -> None:
    canary = shell(PROGRESSING)

    def outage(_: float) -> None:
        canary.desk.trouble = AWAY

    canary.clock.after = outage
    assert canary("status", "--watch") == 5
    assert 300 <= canary.clock.slept < 305


def test_the_time_out_counts_during_an_outage() -> None:
    canary = shell(PROGRESSING)

    def outage(_: float) -> None:
        canary.desk.trouble = AWAY

    canary.clock.after = outage
    assert canary("status", "--watch", "--timeout", "20s") == 4


def test_a_cluster_that_was_never_there_is_unreachable_at_once() -> None:
    canary = shell(PROGRESSING)
    canary.desk.trouble = AWAY
    assert (canary("status", "--watch"), canary.clock.slept) == (5, 0.0)


def test_a_release_that_is_deleted_ends_the_watch() -> None:
    canary = shell(PROGRESSING)

    def deletion(slept: float) -> None:
        if slept == 1.0:
            canary.desk.stored.remove("production/forecast")

    canary.clock.after = deletion
    assert canary("status", "--watch") == 2


def test_a_silent_controller_is_asked_for_once() -> None:
    canary = shell(Status())
    assert canary("status", "--watch", "--timeout", "60s") == 4
    asked = [line for line in canary.story if "is the controller running?" in line]
    assert len(asked) == 1


def test_json_is_one_document_for_each_change() -> None:
    canary = shell(PROGRESSING)
    plan(canary, (3.0, ROLLED_BACK))
    canary("status", "--watch", "-o", "json")
    assert [json.loads(line)["phase"] for line in canary.lines] == ["Progressing", "RolledBack"]


@pytest.mark.parametrize("form", ["yaml", "name"])
def test_other_forms_cannot_be_watched(form: str) -> None:
    assert shell(PROGRESSING)("status", "--watch", "-o", form) == 2


def test_on_a_terminal_one_block_is_redrawn_and_never_wraps() -> None:
    canary = shell(replace(PROGRESSING, reason="long " * 40))
    canary.live = canary.colour = True
    plan(canary, (1.0, HEALTHY))
    assert canary("status", "--watch") == 0
    first, second, third = canary.out.getvalue().split("\x1b[10F\x1b[J")
    assert max(len(line) for line in second.splitlines() if "\x1b" not in line) == 60
    assert "Progressing" in first
    assert "Healthy" in third


def test_a_note_on_stderr_is_not_overwritten_by_the_next_block() -> None:
    canary = shell(PROGRESSING)
    canary.live = True

    def outage(slept: float) -> None:
        canary.desk.trouble = AWAY if slept == 0.5 else None
        if slept == 1.5:
            canary.desk.becomes(HEALTHY)

    canary.clock.after = outage
    canary("status", "--watch")
    assert canary.out.getvalue().count("\x1b[J") == 1
    assert Phase.HEALTHY in canary.out.getvalue()
