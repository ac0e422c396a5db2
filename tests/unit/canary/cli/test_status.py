from __future__ import annotations

import json
from dataclasses import replace

import pytest
import yaml

from canary.adapters.releases import decode
from canary.cli.reference import DOCUMENT
from canary.core.model import Phase, Status, Verdict, View

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
    evidence,
    manifest,
    shell,
)

PICTURE = f"""\
forecast in production: Progressing, step 1 of 3
  revisions  stable {STABLE}, canary {CANARY}
  steps      [10 %] > 50 % > 100 %
  weight     10 % asked, 9.8 % seen
  reason     waiting for evidence
  next       in about 40s if the evidence stays as it is
  started    30s ago

  RULE     VIEW   CANARY          STABLE               BAD AT   SAFE AT   VERDICT   DETAIL
  errors   edge   0 of 40 (0 %)   1 of 360 (0.278 %)   1 : 2    30 : 1    HOLD      60 more requests needed
"""


def test_a_release_on_a_step_is_drawn_with_everything_that_counts() -> None:
    canary = shell(PROGRESSING)
    assert (canary("status"), canary.out.getvalue()) == (0, PICTURE)


def test_the_name_may_be_left_out_when_there_is_one_release() -> None:
    named, unnamed = shell(PROGRESSING), shell(PROGRESSING)
    named("status", "canaryrelease.canary.serin.dev/forecast")
    unnamed("status")
    assert named.lines == unnamed.lines


def test_several_releases_ask_for_a_name() -> None:
    canary = shell(PROGRESSING, HEALTHY)
    assert canary("status") == 2
    assert canary.story == ["canary: namespace production: holds 2 releases: name one of forecast, orders"]


def test_a_missing_release_names_those_that_exist() -> None:
    canary = shell(PROGRESSING)
    assert canary("status", "forcast") == 2
    assert canary.story == ["canary: release production/forcast: not found: there is forecast"]


def test_an_empty_namespace_says_where_to_look() -> None:
    canary = Shell(MemoryDesk())
    assert canary("status", "-n", "staging") == 2
    assert canary.story == [
        "canary: namespace staging: holds no release: pass -n NAMESPACE, or see canary list -A"
    ]


@pytest.mark.parametrize(
    "place", [("status", "a/../b c"), ("status", "-n", "x?watch=1"), ("list", "-n", "../x")]
)
def test_what_cannot_be_a_name_never_reaches_the_cluster(place: tuple[str, ...]) -> None:
    canary = shell(HEALTHY)
    assert canary(*place) == 2
    assert "cannot be the name of an object" in canary.story[0]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        pytest.param(HEALTHY, 0, id="healthy"),
        pytest.param(PROGRESSING, 0, id="under way"),
        pytest.param(UNTOUCHED, 0, id="not seen yet"),
        pytest.param(ROLLED_BACK, 1, id="rolled back"),
        pytest.param(Status(), 0, id="nobody has looked"),
    ],
)
def test_the_exit_code_is_the_verdict(status: Status, code: int) -> None:
    assert shell(status)("status") == code


def test_a_release_that_nobody_looked_at_is_pending_not_healthy() -> None:
    canary = shell(Status())
    canary("status")
    assert canary.lines[0] == "forecast in production: Pending"
    assert "  waiting    the controller has not looked at the newest change yet" in canary.lines


@pytest.mark.parametrize(
    ("observed", "words"), [(10.0, "0 % asked, 10.0 % seen"), (0.0, "0 %"), (None, "0 %")]
)
def test_users_whom_the_proxy_still_leads_to_a_rejected_canary_are_shown(
    observed: float | None, words: str
) -> None:
    canary = shell(replace(PROGRESSING, phase=Phase.ROLLING_BACK, weight=0, observed_weight=observed))
    canary("status")
    assert f"  weight     {words}" in canary.lines
    waiting = f"  waiting    until all users are seen to be back on revision {PROGRESSING.stable_revision}"
    assert waiting in canary.lines


def test_a_spec_that_cannot_be_understood_is_told_and_fails() -> None:
    body = manifest()
    body["spec"]["steps"][1]["weight"] = 5
    canary = Shell(MemoryDesk(decode(body)))
    assert canary("status") == 1
    assert any(line.startswith("  stalled    spec.steps[1].weight") for line in canary.lines)


def test_every_key_of_the_json_document_is_documented() -> None:
    canary = shell(PROGRESSING)
    canary("status", "-o", "json")
    document = json.loads(canary.out.getvalue())
    assert sorted(document) == sorted(DOCUMENT)
    assert (document["phase"], document["seen"], document["revision"]) == ("Progressing", True, CANARY)
    assert (document["weights"], document["step"], document["eta"]) == ([10, 50, 100], 1, 40.0)


def test_yaml_and_json_say_the_same() -> None:
    as_json, as_yaml = shell(PROGRESSING), shell(PROGRESSING)
    as_json("status", "-o", "json")
    as_yaml("status", "-o", "yaml")
    assert yaml.safe_load(as_yaml.out.getvalue()) == json.loads(as_json.out.getvalue())


def test_a_name_is_what_kubectl_takes() -> None:
    canary = shell(PROGRESSING)
    canary("status", "-o", "name")
    assert canary.lines == ["canaryrelease.canary.serin.dev/forecast"]


def test_colour_changes_nothing_but_the_colour() -> None:
    canary = shell(ROLLED_BACK)
    canary.colour = True
    canary("status")
    assert "\x1b[31mRolledBack\x1b[0m" in canary.lines[0]


def test_foreign_text_cannot_steer_the_terminal() -> None:
    canary = shell(replace(PROGRESSING, reason="bad\x1b[2J\nnews", held_by="eve\r\x07"))
    canary("status")
    assert "  reason     bad [2J news" in canary.lines
    assert "  held by    eve" in canary.lines


def test_the_way_back_is_shown_while_it_is_one_write() -> None:
    canary = shell(replace(HEALTHY, rollback_until=NOW + 90, previous_revision=STABLE, phase=Phase.HEALTHY))
    canary("status")
    assert "  way back   one write, for another 1m30s" in canary.lines


def test_a_rejected_revision_is_said_to_stay_a_while() -> None:
    canary = shell(replace(ROLLED_BACK, rollback_until=NOW + 90))
    canary("status")
    assert "  pods       those of the rejected revision stay for another 1m30s" in canary.lines


def test_a_missing_approval_names_the_command_that_gives_it() -> None:
    body = manifest()
    body["spec"]["steps"][0]["approval"] = True
    canary = Shell(MemoryDesk(replace(decode(body), status=PROGRESSING)))
    canary("status")
    assert "  missing    approval: canary promote forecast" in canary.lines


def test_figures_stand_in_a_row_only_once() -> None:
    row = replace(PROGRESSING.evidence[0], detail="0 of 40 bad, stable 1 of 360: needs 60 more")
    canary = shell(replace(PROGRESSING, evidence=(row,)))
    canary("status")
    assert canary.lines[-1].endswith("HOLD      needs 60 more")


def test_what_containers_use_has_no_requests_and_no_odds() -> None:
    detail = "97 % of the memory limit in use, stable 40 %, limit 90 %"
    row = replace(evidence(Verdict.PASS, detail=detail, warning=True), rule="memory", view=View.APPLICATION)
    canary = shell(replace(PROGRESSING, evidence=(row,)))
    assert canary("status") == 0
    assert canary.lines[-1].split(maxsplit=7) == ["memory", "application", *"----", "WARN", detail]
