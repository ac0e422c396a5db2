"""Signing in and out: who it is, for how long, and how often somebody may be wrong."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.unit.canary.cli.build import NOW, PROGRESSING

from .stage import HASH, PASSWORD, PLACE, USERS, Stage, fields, told

if TYPE_CHECKING:
    from pathlib import Path

WRONG = "That name and password do not belong together."
OTHER_HASH = HASH.replace("445", "544")


def attempts(stage: Stage, outcome: str) -> float:
    return stage.figures.registry.get_sample_value("canary_page_sign_ins_total", {"outcome": outcome}) or 0.0


def test_who_signs_in_is_known_by_name_and_role_until_they_sign_out(stage: Stage) -> None:
    browser = stage.signed_in()
    assert "ann operator Sign out" in told(browser.page("/"))
    assert browser.press("/", "/sign-out").status_code == 303
    assert "Sign in" in told(browser.page("/"))
    assert attempts(stage, "accepted") == 1


@pytest.mark.parametrize(
    ("name", "password"),
    [("ann", "wrong password"), ("nobody", PASSWORD), ("ann:x", PASSWORD), ("' OR 1=1 --", PASSWORD)],
    ids=["password", "name", "colon", "injection"],
)
def test_every_failure_to_sign_in_looks_the_same(stage: Stage, name: str, password: str) -> None:
    answer = stage.client().sign_in(name, password)
    assert answer.status_code == 401
    assert WRONG in told(answer.text)
    assert attempts(stage, "wrong") == 1


def test_an_unknown_name_takes_as_long_as_a_wrong_password(stage: Stage) -> None:
    took = {}
    for name in ("ann", "nobody"):
        browser = stage.client()
        browser.sign_in(name, "warm the lazy hash up")
        begun = time.process_time()
        browser.sign_in(name, "wrong password")
        took[name] = time.process_time() - begun
    assert took["nobody"] > took["ann"] / 2


@pytest.mark.parametrize(
    ("name", "password", "words"),
    [
        ("", PASSWORD, "Give your name."),
        ("ann", "", "Give your password."),
        ("a" * 64, PASSWORD, "That is too long for a name."),
        ("ann", "p" * 257, "That is too long for a password."),
    ],
)
def test_a_form_that_cannot_be_right_says_what_is_wrong(
    stage: Stage, name: str, password: str, words: str
) -> None:
    answer = stage.client().sign_in(name, password)
    assert answer.status_code == 400
    assert words in told(answer.text)
    assert 'aria-invalid="true"' in answer.text
    assert attempts(stage, "wrong") == 0


def test_a_forged_form_signs_nobody_in(stage: Stage) -> None:
    browser = stage.client()
    answer = browser.http.post("/sign-in", data={"name": "ann", "password": PASSWORD})
    assert answer.status_code == 400
    assert "Sign in" in told(browser.page("/"))


def test_the_cookie_is_for_this_page_alone_and_for_no_script(stage: Stage) -> None:
    cookie = stage.client().sign_in("ann").headers["Set-Cookie"]
    assert cookie.startswith("serin-page=")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie
    stage.app.config["SESSION_COOKIE_SECURE"] = True
    assert "Secure;" in stage.client().sign_in("ann").headers["Set-Cookie"]


def test_a_session_ends_at_its_time_however_often_the_page_is_read(stage: Stage) -> None:
    browser = stage.signed_in()
    for seconds in (1800, 3599):
        stage.clock.time = NOW + seconds
        assert "Sign out" in told(browser.page("/"))
    stage.clock.time = NOW + 3600
    assert "Sign out" not in told(browser.page("/"))


def test_a_session_ends_when_its_user_is_gone_or_has_another_password(stage: Stage) -> None:
    for users, hashes in ((USERS[1:], {"vic": HASH}), (USERS, {"ann": OTHER_HASH, "vic": HASH})):
        browser = stage.signed_in()
        stage.write(users, hashes)
        assert "Sign out" not in told(browser.page("/"))
        stage.write(USERS, {"ann": HASH, "vic": HASH})


def test_a_session_that_somebody_else_signed_is_none(stage: Stage) -> None:
    browser = stage.client()
    browser.http.set_cookie("serin-page", "eyJfdXNlcl9pZCI6ImFubiJ9.aSX.forged")
    assert "Sign out" not in told(browser.page("/"))


def test_files_that_were_spoilt_meanwhile_let_nobody_in_and_say_so(stage: Stage) -> None:
    browser = stage.client()
    token = fields(browser.page("/sign-in"))["csrf_token"]
    (stage.folder / "users.json").write_text("nonsense")
    answer = browser.http.post("/sign-in", data={"csrf_token": token, "name": "ann", "password": PASSWORD})
    assert (answer.status_code, "Nobody can sign in" in told(answer.text)) == (500, True)


def test_five_failures_make_a_name_wait_at_that_address(stage: Stage) -> None:
    stage.holds(PROGRESSING)
    stranger = stage.client()
    for _ in range(5):
        assert stranger.sign_in("ann", "wrong password").status_code == 401
    late = stranger.sign_in("ann")
    assert (late.status_code, late.headers["Retry-After"]) == (429, "301")
    assert "Too many attempts: try again in 5m1s." in told(late.text)
    assert attempts(stage, "throttled") == 1
    assert stranger.sign_in("vic").status_code == 303
    stage.clock.time = NOW + 301
    assert stage.client().sign_in("ann").status_code == 303


def test_behind_a_proxy_the_address_is_the_clients(tmp_path: Path) -> None:
    stage = Stage(tmp_path, proxies=1)
    there = {"X-Forwarded-For": "6.6.6.6, 192.0.2.1"}
    for _ in range(5):
        stage.client().sign_in("ann", "wrong password", headers=there)
    assert stage.client().sign_in("ann", headers=there).status_code == 429
    assert stage.client().sign_in("ann", headers={"X-Forwarded-For": "192.0.2.2"}).status_code == 303


@pytest.mark.parametrize(
    ("referrer", "code"),
    [("https://localhost/sign-in", 303), ("https://evil.test/", 400)],
    ids=["ours", "not"],
)
def test_over_tls_a_form_must_come_from_this_very_page(tmp_path: Path, referrer: str, code: int) -> None:
    stage = Stage(tmp_path, proxies=1)
    over = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1", "Referer": referrer}
    assert stage.client().sign_in("ann", headers=over).status_code == code


def test_one_is_led_back_to_where_one_was(stage: Stage) -> None:
    stage.holds(PROGRESSING)
    browser = stage.client()
    token = fields(browser.page(f"/sign-in?onward={PLACE}"))
    answer = browser.http.post("/sign-in", data={**token, "name": "ann", "password": PASSWORD})
    assert answer.headers["Location"] == PLACE
    assert browser.get(f"/sign-in?onward={PLACE}").headers["Location"] == PLACE


@pytest.mark.parametrize(
    "onward",
    [
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "/\t/evil.test",
        "javascript:alert(1)",
        "evil.test",
    ],
)
def test_nobody_is_led_to_another_site(stage: Stage, onward: str) -> None:
    browser = stage.client()
    sent = fields(browser.page("/sign-in")) | {"onward": onward, "name": "ann", "password": PASSWORD}
    assert browser.http.post("/sign-in", data=sent).headers["Location"] == "/"


def test_a_page_without_users_only_reads(tmp_path: Path) -> None:
    stage = Stage(tmp_path, anybody=False)
    stage.holds(PROGRESSING)
    browser = stage.client()
    assert "read only" in told(browser.page(PLACE))
    assert "Sign in" not in told(browser.page(PLACE))
    assert "Nobody can sign in here" in told(browser.page("/sign-in"))
