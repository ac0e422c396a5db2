from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from canary.core.model import Phase, Status
from canary.ports import RefusedError

from .build import (
    CANARY,
    HEALTHY,
    NOW,
    PROGRESSING,
    ROLLED_BACK,
    STABLE,
    UNTOUCHED,
    MemoryDesk,
    Shell,
    line,
    release,
    shell,
)

CONTROLLER = "canary-controller"
FAILED = "errors/edge failed"
WHY = f"""\
forecast in production is RolledBack.
2026-11-23T08:59:02Z, 58s ago: canary-controller took revision {CANARY} from 10 % to 0 %.
Because: errors/edge failed.
Decided by: errors/edge: 12 of 40 bad, stable 1 of 360.
Next: change the template, or `canary retry forecast` to try the same one again.

  RULE     VIEW   CANARY            STABLE               BAD AT    SAFE AT   VERDICT   DETAIL
  errors   edge   12 of 40 (30 %)   1 of 360 (0.278 %)   250 : 1   1 : 8     FAIL
"""


def test_why_explains_a_rollback_with_actor_time_and_numbers() -> None:
    canary = shell(ROLLED_BACK)
    assert canary("why") == 0
    assert canary.out.getvalue().startswith(WHY)
    assert canary.lines[-2].startswith("2026-11-23T08:59:02Z   10 > 0 %   RollingBack")


def test_why_joins_the_kept_journal_with_the_fresh_lines() -> None:
    canary = shell(ROLLED_BACK)
    stored = canary.desk.release("production", "forecast")
    canary.desk.book.append(stored, [line(0, 50, 0, revision=STABLE), *ROLLED_BACK.journal[:1]])
    canary("why", "--all", "-o", "json")
    document = json.loads(canary.out.getvalue())
    assert [entry["sequence"] for entry in document["journal"]] == [0, 1, 2, 3]
    assert document["decision"]["numbers"] == "12 of 40 bad, stable 1 of 360"


def test_why_leaves_out_earlier_releases_unless_asked() -> None:
    canary = shell(replace(ROLLED_BACK, journal=(line(1, 50, 0, revision=STABLE), *ROLLED_BACK.journal[1:])))
    canary("why", "-o", "json")
    assert [entry["sequence"] for entry in json.loads(canary.out.getvalue())["journal"]] == [2, 3]


def test_why_without_the_right_to_read_the_journal_tells_what_the_status_has() -> None:
    canary = shell(ROLLED_BACK)
    canary.desk.journal_trouble = RefusedError("ConfigMap production: GET: forbidden: ask")
    assert canary("why") == 0
    assert canary.out.getvalue().startswith(WHY)
    assert canary.story == [
        "canary: ConfigMap production: GET: forbidden: ask; only the newest lines are shown"
    ]


def test_why_says_when_nothing_was_decided() -> None:
    canary = shell(Status(phase=Phase.PREPARING, observed_generation=3, reason="pods are starting"))
    canary("why")
    assert canary.lines == [
        "forecast in production is Preparing.",
        "Nothing has been decided yet.",
        "Now: pods are starting.",
    ]


@pytest.mark.parametrize(
    ("fields", "advice"),
    [
        (
            {"held_by": "ann"},
            "`canary promote forecast`, `canary resume forecast` or `canary abort forecast` decides",
        ),
        ({"reason": "Waits for approval"}, "`canary promote forecast` or `canary abort forecast` decides"),
        (
            {"blind_since": NOW - 60},
            "it goes on when the metrics store answers; `canary abort forecast` does not wait for that",
        ),
    ],
)
def test_why_advises_only_what_moves_a_paused_release(fields: dict[str, Any], advice: str) -> None:
    canary = shell(replace(PROGRESSING, phase=Phase.PAUSED, **fields))
    canary("why")
    assert f"Next: {advice}." in canary.lines


def test_why_warns_that_a_fresh_upgrade_was_not_looked_at() -> None:
    canary = shell(UNTOUCHED)
    canary("why")
    assert "The controller has not looked at the newest change yet" in canary.lines[1]


def test_why_names_who_ordered_it() -> None:
    entry = line(1, 10, 10, rule="order", numbers="", reason="pause", actor="alice")
    canary = shell(replace(PROGRESSING, journal=(entry,)))
    canary("why")
    assert canary.lines[1].endswith(f"alice ordered pause, revision {CANARY} at 10 %.")


def test_history_lists_the_newest_first() -> None:
    canary = shell(ROLLED_BACK)
    assert canary("history") == 0
    assert canary.lines == [
        "ENDED                  TOOK   REVISION     NOW        OUTCOME      ACTOR               REASON",
        f"2026-11-23T08:59:02Z   32s    {CANARY}   rejected   RolledBack   {CONTROLLER}   {FAILED}",
        f"2026-11-23T08:50:00Z   5m     {STABLE}   stable     Promoted     {CONTROLLER}   all passed",
    ]


def test_history_as_json_carries_what_the_status_keeps() -> None:
    canary = shell(ROLLED_BACK)
    canary("history", "-o", "json")
    document = json.loads(canary.out.getvalue())
    assert (document["namespace"], document["name"]) == ("production", "forecast")
    assert [each["outcome"] for each in document["history"]] == ["RolledBack", "Promoted"]


def test_a_release_without_a_past_says_so_on_stderr() -> None:
    canary = shell(HEALTHY)
    assert (canary("history"), canary.lines) == (0, [])
    assert canary.story == ["canary: release production/forecast: none has ended yet"]


def test_list_shows_one_row_for_each_release_of_the_namespace() -> None:
    desk = MemoryDesk(release(PROGRESSING), release(HEALTHY, name="orders", namespace="staging"))
    canary = Shell(desk)
    assert canary("list") == 0
    assert canary.lines == [
        "NAMESPACE    NAME       PHASE         WEIGHT   STABLE       CANARY       REASON",
        f"production   forecast   Progressing   10 %     {STABLE}   {CANARY}   waiting for evidence",
    ]


def test_list_of_all_namespaces_as_names_and_json() -> None:
    desk = MemoryDesk(release(PROGRESSING), release(HEALTHY, name="orders", namespace="staging"))
    names, documents = Shell(desk), Shell(desk)
    names("list", "-A", "-o", "name")
    documents("list", "-A", "-o", "json")
    assert names.lines == [f"canaryrelease.canary.serin.dev/{name}" for name in ("forecast", "orders")]
    assert [each["namespace"] for each in json.loads(documents.out.getvalue())] == ["production", "staging"]


def test_an_empty_list_is_an_answer_and_a_note() -> None:
    text, document = Shell(MemoryDesk()), Shell(MemoryDesk())
    assert (text("list", "-A"), text.lines) == (0, [])
    assert text.story == ["canary: no release in any namespace"]
    document("list", "-o", "json")
    assert json.loads(document.out.getvalue()) == []


def test_list_cuts_long_reasons() -> None:
    canary = shell(replace(PROGRESSING, reason="x" * 200))
    canary("list")
    assert canary.lines[1].endswith("x" * 57 + "...")


def test_times_are_counted_from_the_clock() -> None:
    canary = shell(replace(PROGRESSING, started=NOW - 7500))
    canary("status")
    assert "  started    2h5m ago" in canary.lines
