"""What a reader sees, and what a browser is told to do with it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from canary.core.model import Phase, Status
from canary.page.settings import Readers
from canary.ports import ForbiddenError, RefusedError, UnreachableError
from canary.shown.facts import facts
from canary.shown.past import story
from canary.shown.prose import prose
from tests.unit.canary.cli.build import CANARY, HEALTHY, NOW, PROGRESSING, ROLLED_BACK, STABLE, shell
from tests.unit.canary.cli.test_replay import BAD, GOOD, WENT_BACK, WENT_ON

from .stage import PLACE, Stage, told

if TYPE_CHECKING:
    from pathlib import Path

AWAY = UnreachableError("API server http://x: GET: refused: is it running?")
MAY_NOT = ForbiddenError("CanaryRelease: GET: forbidden: ask for the permission")


def test_every_release_is_listed_those_that_move_first(stage: Stage) -> None:
    stage.holds(HEALTHY, name="aa")
    stage.holds(ROLLED_BACK, name="bb", namespace="staging")
    stage.holds(PROGRESSING, name="zz")
    stage.holds(Status(), name="new")
    page = stage.client().page("/")
    assert re.findall(r'<h2><a href="([^"]+)">', page) == [
        "/releases/production/zz",
        "/releases/production/aa",
        "/releases/staging/bb",
        "/releases/production/new",
    ]
    assert re.findall(r'badge \w+">(\w+)<', page) == ["Progressing", "Healthy", "RolledBack", "Pending"]


def test_a_card_tells_the_weight_asked_and_seen_both_revisions_reason_and_age(stage: Stage) -> None:
    stage.holds(PROGRESSING)
    words = told(stage.client().page("/"))
    assert f"Weight 10 % asked, 9.8 % seen Stable {STABLE} Canary {CANARY} Age began 30s ago" in words
    assert "waiting for evidence" in words


def test_a_release_that_cannot_go_on_says_what_stalls_it(stage: Stage) -> None:
    stage.holds(replace(PROGRESSING, stalled="the Ingress is gone"))
    assert 'class="reason stalled">the Ingress is gone<' in stage.client().page("/")


def test_a_cluster_without_releases_is_said_to_have_none(stage: Stage) -> None:
    assert "There is no CanaryRelease yet." in told(stage.client().page("/"))


def test_the_page_of_a_release_says_what_the_command_line_says(stage: Stage) -> None:
    found = stage.holds(ROLLED_BACK)
    words = told(stage.client().page(PLACE))
    for label, text in facts(found, NOW):
        assert label == "steps" or f"{label.capitalize()} {text}" in words, label
    for sentence in prose(story(found, ()), NOW):
        assert " ".join(sentence.replace("`", " ").split()) in words.replace(" ,", ",")
    canary = shell(ROLLED_BACK)
    assert canary("why") == 0
    rows = [line.split() for line in canary.lines if line.startswith("2026-")]
    assert len(rows) == 4
    for row in rows[1:]:
        assert " ".join(row) in words


def test_the_evidence_has_both_sides_the_odds_and_the_verdict(stage: Stage) -> None:
    stage.holds(PROGRESSING)
    page = stage.client().page(PLACE)
    row = "errors edge 0 of 40 (0 %) 1 of 360 (0.278 %) 1 : 2 30 : 1 HOLD 60 more requests needed"
    assert row in told(page)
    assert 'class="verdict HOLD"' in page


def test_conditions_and_finished_releases_are_shown(stage: Stage) -> None:
    stage.holds(ROLLED_BACK)
    words = told(stage.client().page(PLACE))
    assert "Stalled True" in words
    assert f"{CANARY} rejected RolledBack canary-controller errors/edge failed" in words


@pytest.mark.parametrize(
    ("kept", "lines", "end"),
    [(GOOD, WENT_ON, "is at 50 %"), (BAD, WENT_BACK, "goes back")],
    ids=["under way", "back"],
)
def test_the_evidence_over_time_is_drawn_from_the_journal(
    stage: Stage, kept: object, lines: list[object], end: str
) -> None:
    stored = stage.holds(replace(HEALTHY, journal=()))
    stage.desk.book.keep(stored, kept.records)  # type: ignore[attr-defined]
    stage.desk.book.append(stored, lines)  # type: ignore[arg-type]
    page = stage.client().page(PLACE)
    assert re.search(rf'<title id="picture-title">[^<]*{end}', page)
    assert page.count("<polyline") >= 3
    assert "against the canary" in told(page)


def test_without_records_there_is_no_picture_and_nothing_missing_is_shown(stage: Stage) -> None:
    stage.holds(PROGRESSING)
    assert "<polyline" not in stage.client().page(PLACE)


def test_who_may_not_read_the_journals_still_sees_the_newest_lines(stage: Stage) -> None:
    stage.holds(PROGRESSING)
    stage.desk.journals = RefusedError("ConfigMap: GET: forbidden: ask for the permission")
    assert "step 1 begins" in told(stage.client().page(PLACE))


def test_the_commands_to_type_are_those_that_make_sense_now(stage: Stage) -> None:
    stage.holds(PROGRESSING)
    words = told(stage.client().page(PLACE))
    for verb in ("promote", "promote --full", "pause", "abort"):
        assert f"canary {verb} forecast -n production" in words
    for verb in ("resume", "retry", "rollback"):
        assert f"canary {verb} forecast -n production" not in words


@pytest.mark.parametrize("path", ["/", PLACE])
def test_a_page_is_read_again_by_itself_until_the_reader_stops_it(stage: Stage, path: str) -> None:
    stage.holds(PROGRESSING)
    fresh, still = stage.client().get(path), stage.client().get(f"{path}?refresh=off")
    assert (fresh.headers["Refresh"], f'href="{path}?refresh=off">Pause' in fresh.text) == ("10", True)
    assert "Refresh" not in still.headers
    assert f'href="{path}">Keep it fresh' in still.text


def test_what_others_wrote_is_text_and_never_markup(stage: Stage) -> None:
    bad = "<script>alert(1)</script>\x1b[2J"
    line = replace(PROGRESSING.journal[0], reason=bad, actor=bad, numbers=bad)
    stage.holds(replace(PROGRESSING, reason=bad, held_by=bad, journal=(line,), phase=Phase.PAUSED))
    for path in ("/", PLACE):
        page = stage.client().page(path)
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "\x1b" not in page


def test_nothing_comes_from_elsewhere_and_nothing_runs(stage: Stage) -> None:
    stage.holds(PROGRESSING)
    answer = stage.signed_in().get(PLACE)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'")
    assert "unsafe" not in policy
    assert re.findall(r'(?:src|href|action)="(?!/|#)[^"]*"', answer.text) == []
    assert re.findall(r"<script|<style|\sstyle=|\son\w+=", answer.text) == []
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (AWAY, 503, "The cluster gives no answer"),
        (MAY_NOT, 500, "This page may not look"),
        (RefusedError("CanaryRelease: GET: invalid: correct the object"), 422, "The cluster refused that"),
    ],
)
def test_trouble_with_the_cluster_is_a_page_that_says_what_to_do(
    stage: Stage, error: Exception, code: int, words: str
) -> None:
    stage.desk.reading = error
    answer = stage.client().get("/")
    assert answer.status_code == code
    assert words in told(answer.text)
    assert str(error) in told(answer.text)
    assert ("Refresh" in answer.headers) is (code == 503)


def test_a_defect_is_a_page_without_its_innards(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.app.testing = False
    stage.desk.reading = ZeroDivisionError("secret")
    answer = stage.client().get("/")
    assert (answer.status_code, "secret" in answer.text) == (500, False)
    assert "secret" in str(caplog.records[-1].exc_info)


@pytest.mark.parametrize(
    "path",
    [
        "/releases/production/absent",
        "/releases/nowhere/forecast",
        "/releases/production/..%2fnodes",
        "/releases/production/forecast%0a",
        "/releases/Production/forecast",
        "/releases/production/forecast?order=other-abort-1",
        "/releases/production/forecast?order=forecast-" + "a" * 100,
        "/nothing",
    ],
)
def test_what_is_not_there_is_said_to_be_missing(stage: Stage, path: str) -> None:
    stage.holds(PROGRESSING)
    answer = stage.client().get(path)
    assert answer.status_code == 404
    assert "Start from the list of releases." in told(answer.text)


def test_a_page_of_one_namespace_shows_no_other(tmp_path: Path) -> None:
    stage = Stage(tmp_path, namespace="staging")
    stage.holds(PROGRESSING)
    stage.holds(PROGRESSING, name="near", namespace="staging")
    browser = stage.client()
    assert re.findall(r'<h2><a href="([^"]+)">', browser.page("/")) == ["/releases/staging/near"]
    assert browser.get(PLACE).status_code == 404


def test_where_only_users_may_look_everybody_else_is_asked_to_sign_in(tmp_path: Path) -> None:
    stage = Stage(tmp_path, readers=Readers.USERS)
    stage.holds(PROGRESSING)
    stranger = stage.client()
    for path in ("/", PLACE):
        answer = stranger.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/sign-in?onward={path}")
    with stranger.get("/static/page.css") as sheet:
        assert sheet.status_code == 200
    assert "forecast" in stage.signed_in("vic").page("/")
