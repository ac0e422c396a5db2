"""Whatever is sent: a clear page with an honest status, and nothing is done that was not meant."""

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import PASSWORD, WANTED, Browser, Clock, hidden
from .test_pages import rows

NASTY = [
    "'; DROP TABLE stock_requests; --",
    "1 OR 1=1",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "%s %(name)s {0} \\x00 \\",
    "日本語 🦜 ﷽",
]


@pytest.mark.parametrize("text", NASTY)
def test_injections_are_kept_and_shown_as_the_text_they_are(amira: Browser, omar: Browser, text: str) -> None:
    assert amira.ask(note=text).status_code == 303
    assert omar.post("/requests/1/decline", page="/requests/1", reason=text).status_code == 303
    for page in (amira.get("/requests"), amira.get("/requests/1"), omar.get("/audit")):
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
    shown = amira.get("/requests/1").text
    assert (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&#34;")
        .replace("'", "&#39;")
        in shown
    )


FORGED = [
    pytest.param({}, id="none"),
    pytest.param({"csrf_token": "forged"}, id="invented"),
    pytest.param({"csrf_token": ""}, id="empty"),
]
POSTS = ["/requests/new", "/requests/1/dispatch", "/requests/1/decline", "/sign-in", "/sign-out"]


@pytest.mark.parametrize("token", FORGED)
@pytest.mark.parametrize("path", POSTS)
def test_a_form_that_is_not_ours_does_nothing(
    omar: Browser, amira: Browser, path: str, token: dict[str, str]
) -> None:
    amira.ask()
    browser = amira if path == "/requests/new" else omar
    answer = browser.client.post(path, data={**token, **WANTED, "form": "0" * 32, "reason": "x"})
    assert answer.status_code == 400
    assert "This form did not come from a page of yours" in answer.text
    assert len(rows(omar.get("/queue").text)) == 1


def test_a_token_of_another_session_is_none(amira: Browser, omar: Browser) -> None:
    amira.ask()
    theirs = amira.token("/requests")
    assert omar.client.post("/requests/1/dispatch", data={"csrf_token": theirs}).status_code == 400
    assert len(rows(omar.get("/queue").text)) == 1


def test_a_form_of_the_session_before_is_refused_after_signing_in_again(amira: Browser) -> None:
    page = amira.get("/requests/new").text
    form = {name: hidden(page, name) for name in ("csrf_token", "form")}
    amira.post("/sign-out", page="/requests")
    amira.sign_in("amira")
    assert amira.client.post("/requests/new", data={**form, **WANTED}).status_code == 400
    assert "Nothing has been asked for" in amira.get("/requests").text


FIELDS = [
    ("quantity", "0", "whole number from 1 to 10000"),
    ("quantity", "-1", "whole number"),
    ("quantity", "10001", "whole number"),
    ("quantity", "9" * 5000, "whole number"),
    ("quantity", "4.0", "whole number"),
    ("quantity", "1e3", "whole number"),
    ("quantity", "four", "whole number"),
    ("quantity", "", "whole number"),
    ("quantity", "\u0664", "whole number"),
    ("quantity", "\uff14", "whole number"),
    ("quantity", "\u0e54", "whole number"),
    ("quantity", "²", "whole number"),
    ("month", "2026-10", "is over: the first that can be asked for is 2026-11"),
    ("month", "2027-12", "is too far ahead: the last that can be asked for is 2027-11"),
    ("month", "2569-12", "is too far ahead"),
    ("month", "1448-06", "is over"),
    ("month", "2026-13", "must be written like 2026-11"),
    ("month", "2026-00", "must be written like"),
    ("month", "٢٠٢٦-١٢", "must be written like"),
    ("month", "2026-12-01", "must be written like"),
    ("month", "", "must be written like"),
    ("medicine", "Snake oil", "is none that the forecast knows"),
    ("medicine", "", "Choose a medicine"),
    ("medicine", "m" * 101, "must have at most 100 characters, and has 101"),
    ("note", "n" * 501, "must have at most 500 characters, and has 501"),
    ("note", "a\0b", "has a character that cannot be shown (U+0000)"),
    ("note", "a\x1b[31mb", "has a character that cannot be shown (U+001B)"),
    ("note", "a\u202eb", "has a character that cannot be shown (U+202E)"),
    ("form", "", "was not sent by our page"),
    ("form", "0" * 31, "was not sent by our page"),
]


@pytest.mark.parametrize(
    ("field", "value", "told"), FIELDS, ids=[f"{each[0]}-{at}" for at, each in enumerate(FIELDS)]
)
def test_a_field_that_is_wrong_is_named_and_nothing_is_sent(
    amira: Browser, field: str, value: str, told: str
) -> None:
    answer = amira.ask(**{field: value})
    assert answer.status_code == 422
    assert "Nothing was sent yet: 1 entry needs another look." in answer.text
    assert told[0].upper() + told[1:] in answer.text or told in answer.text
    assert f'id="{field}-problem"' in answer.text
    assert "Nothing has been asked for" in amira.get("/requests").text


def test_all_that_is_wrong_is_told_at_once_and_what_was_typed_stays(amira: Browser) -> None:
    answer = amira.ask(quantity="0", month="2020-01", note="<b>keep me</b>")
    assert "2 entries need another look" in answer.text
    assert "&lt;b&gt;keep me&lt;/b&gt;</textarea>" in answer.text


@pytest.mark.parametrize(
    "body",
    [
        {"note": "n" * 70_000},
        {f"field{number}": "x" for number in range(20_000)},
    ],
    ids=["one-field", "many-fields"],
)
def test_a_body_that_is_too_large_is_refused_before_it_is_read(amira: Browser, body: dict[str, str]) -> None:
    answer = amira.client.post("/requests/new", data=body)
    assert answer.status_code == 413
    assert "That is too much at once" in answer.text


def test_a_body_of_another_kind_is_no_form(amira: Browser) -> None:
    assert amira.client.post("/requests/new", json={"quantity": 4}).status_code == 400


@pytest.mark.parametrize("number", ["0", "-1", "x", "2147483648", "9" * 30, "1%00", "1;--", "\u0661"])
def test_a_request_that_cannot_be_is_a_page(amira: Browser, number: str) -> None:
    answer = amira.get(f"/requests/{number}")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_after_half_an_hour_pages_ask_to_sign_in_again_and_forms_do_nothing(
    amira: Browser, omar: Browser, clock: Clock
) -> None:
    page = amira.get("/requests/new").text
    form = {name: hidden(page, name) for name in ("csrf_token", "form")}
    clock.passes(minutes=31)
    refused = amira.client.post("/requests/new", data={**form, **WANTED})
    assert refused.status_code == 401
    assert "Your session has ended. Nothing was done" in refused.text
    back = amira.get("/requests/new?month=2027-01")
    assert back.status_code == 302
    assert back.location == "/sign-in?next=/requests/new?month%3D2027-01&over=yes"
    assert "Your session has ended. Sign in to go on." in amira.get(back.location).text
    assert omar.get("/queue").status_code == 302
    assert omar.sign_in("omar").status_code == 303
    assert "Nobody waits" in omar.get("/queue").text


def test_strangers_are_led_to_the_door_and_back(stranger: Browser) -> None:
    door = stranger.get("/requests")
    assert (door.status_code, door.location) == (302, "/sign-in?next=/requests")
    entered = stranger.post("/sign-in", page=door.location, name="amira", password=PASSWORD, next="/requests")
    assert (entered.status_code, entered.location) == (303, "/requests")
    assert stranger.post("/requests/1/dispatch", page="/requests").status_code == 403


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)", "evil", "/\t/evil.test"],
)
def test_nobody_is_led_elsewhere_after_signing_in(stranger: Browser, elsewhere: str) -> None:
    entered = stranger.post("/sign-in", name="amira", password=PASSWORD, next=elsewhere)
    assert entered.location == "/"


def test_a_wrong_password_and_an_unknown_name_look_alike(stranger: Browser) -> None:
    known, unknown = (stranger.sign_in(name, "wrong horse battery") for name in ("amira", "nobody"))
    assert known.status_code == unknown.status_code == 401
    assert "No person of that name has that password." in known.text
    assert without(known.text, "amira") == without(unknown.text, "nobody")
    assert "wrong horse battery" not in known.text


def without(page: str, name: str) -> str:
    return page.replace(hidden(page, "csrf_token"), "").replace(f'value="{name}"', "")


def test_who_tries_too_often_is_told_to_wait(stranger: Browser) -> None:
    answers = [stranger.sign_in("amira", "wrong horse battery") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert answers[-1].headers["Retry-After"] == "30"
    assert "Try again in 30 seconds." in answers[-1].text


def test_the_session_before_signing_in_is_worth_nothing_afterwards(app: Any) -> None:
    planted, victim = app.test_client(), Browser(app.test_client())
    planted.get("/sign-in")
    cookie = planted.get_cookie("serin").value
    victim.client.set_cookie("serin", cookie)
    victim.sign_in("amira")
    assert victim.cookie().value != cookie
    assert planted.get("/requests").status_code == 302
    known = hidden(planted.get("/sign-in").text, "csrf_token")
    assert victim.client.post("/requests/1/dispatch", data={"csrf_token": known}).status_code == 400


def test_a_copy_of_the_cookie_is_worth_nothing_after_signing_out(app: Any, amira: Browser) -> None:
    thief = app.test_client()
    thief.set_cookie("serin", amira.cookie().value)
    assert thief.get("/requests").status_code == 200
    assert amira.post("/sign-out", page="/requests").status_code == 303
    assert thief.get("/requests").status_code == 302


def test_signing_in_again_ends_the_session_before(app: Any, amira: Browser) -> None:
    copy = app.test_client()
    copy.set_cookie("serin", amira.cookie().value)
    amira.sign_in("amira")
    assert copy.get("/requests").status_code == 302


@pytest.mark.parametrize("cookie", ["", "x", "e30.aaaa.bbbb", "a" * 4000])
def test_a_cookie_that_is_not_ours_is_nobody(stranger: Browser, cookie: str) -> None:
    stranger.client.set_cookie("serin", cookie)
    assert stranger.get("/requests").status_code == 302
    assert stranger.get("/").status_code == 200


def test_signing_out_needs_a_form(amira: Browser) -> None:
    assert amira.get("/sign-out").status_code == 405
    assert amira.get("/requests").status_code == 200


def test_what_only_one_person_may_see_is_kept_by_no_browser(amira: Browser, stranger: Browser) -> None:
    assert "no-store" in amira.get("/requests").headers["Cache-Control"]
    assert "no-store" not in stranger.get("/").headers["Cache-Control"]
    assert "Set-Cookie" not in stranger.get("/").headers


def test_the_cookie_goes_nowhere_else(stranger: Browser) -> None:
    answer = stranger.sign_in("amira")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    attributes = {part.strip().partition("=")[0] for part in cookie.split(";")}
    assert {"HttpOnly", "SameSite", "Path"} <= attributes
    assert "SameSite=Lax" in cookie
    assert "Domain" not in attributes
    assert "Secure" not in attributes  # as COOKIE_SECURE=no asks for


def test_with_tls_the_cookie_never_goes_without(secure: Callable[[], Any]) -> None:
    client = secure()
    page = client.get("/sign-in", base_url="https://serin.test")
    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith("__Host-serin=")
    assert "; Secure" in cookie
