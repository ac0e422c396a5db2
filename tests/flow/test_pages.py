import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dashboard.database.engine import Database
from dashboard.database.migrate import migrate, outdated_because
from dashboard.flow import once
from dashboard.paging import SIZE
from tests.unit.dashboard.conftest import Provider, forecast_of

from .conftest import BRANCH, WANTED, Browser, hidden


def rows(page: str) -> list[str]:
    """The text of each row of the first table's body, blanks joined."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in body.split("</tr>")[:-1]]


def test_a_request_goes_from_the_pharmacist_to_the_warehouse_and_back(amira: Browser, omar: Browser) -> None:
    sent = amira.ask()
    assert (sent.status_code, sent.location) == (303, "/requests/1?sent=now")
    assert "Sent to the warehouse." in amira.get(sent.location).text
    (waiting,) = rows(omar.get("/queue").text)
    assert waiting.startswith(
        "1 Dubai Mall Paracetamol 500 mg Dec 2026 4 4 (2\u20137) amira, 2026-11-25 12:00 UTC"
    )
    assert omar.post("/requests/1/dispatch", page="/requests/1").location == "/queue?done=1"
    assert "Nobody waits" in omar.get("/queue").text
    (seen,) = rows(amira.get("/requests").text)
    assert seen == "1 Paracetamol 500 mg Dec 2026 4 Dispatched omar, 2026-11-25 12:00 UTC"


def test_the_pharmacist_reads_why_a_request_was_declined(amira: Browser, omar: Browser) -> None:
    amira.ask()
    declined = omar.post("/requests/1/decline", page="/requests/1", reason="none left\r\nuntil Monday")
    assert declined.status_code == 303
    assert "none left\nuntil Monday" in amira.get("/requests/1").text
    (seen,) = rows(amira.get("/requests").text)
    assert "Declined none left until Monday omar" in seen


def test_without_a_reason_nothing_is_declined(amira: Browser, omar: Browser) -> None:
    amira.ask()
    answer = omar.post("/requests/1/decline", page="/requests/1", reason=" \n")
    assert answer.status_code == 422
    assert "Say why, so that the pharmacist knows what to do." in answer.text
    assert len(rows(omar.get("/queue").text)) == 1


def test_who_decides_second_is_told_who_was_first(
    amira: Browser, omar: Browser, signed_in: Callable[[str], Browser]
) -> None:
    amira.ask()
    wassim = signed_in("wassim")
    late = wassim.token("/requests/1")
    omar.post("/requests/1/dispatch", page="/requests/1")
    answer = wassim.client.post("/requests/1/dispatch", data={"csrf_token": late})
    assert answer.status_code == 409
    assert "Somebody was first" in answer.text
    assert "Request 1 was dispatched by omar on 2026-11-25 at 12:00:00 UTC." in answer.text


def test_dispatch_pressed_twice_is_harmless(amira: Browser, omar: Browser) -> None:
    amira.ask()
    token = omar.token("/queue")
    for _ in range(2):
        assert omar.client.post("/requests/1/dispatch", data={"csrf_token": token}).status_code == 303


def test_the_form_shows_what_is_expected_beside(amira: Browser, provider: Provider) -> None:
    page = amira.get("/requests/new?month=2027-01").text
    assert "Expected in January 2027" in page
    assert rows(page)[0].startswith("Paracetamol 500 mg 4 2\u20137")
    assert provider.questions()[-1].body == [{"branch": BRANCH, "date": "2027-01"}]


def test_while_the_forecast_is_away_everything_else_goes_on(
    amira: Browser, omar: Browser, provider: Provider
) -> None:
    amira.ask()
    provider.is_away()
    page = amira.get("/requests/new")
    assert page.status_code == 200
    assert "The forecast is away for a moment" in page.text
    assert "<option>Paracetamol 500 mg</option>" in page.text  # as it was named before
    assert amira.ask().status_code == 303
    assert amira.ask(medicine="Snake oil").status_code == 422
    queue = omar.get("/queue")
    assert queue.status_code == 200
    assert "The forecast is away for a moment" in queue.text
    assert ["forecast away" in row for row in rows(queue.text)] == [True, True]
    assert omar.post("/requests/2/dispatch", page="/requests/2").status_code == 303
    assert "Dispatched" in amira.get("/requests").text


def test_before_the_forecast_was_ever_seen_medicines_are_typed(amira: Browser, provider: Provider) -> None:
    provider.is_away()
    assert '<input id="medicine" name="medicine"' in amira.get("/requests/new").text
    assert amira.ask(medicine="Anything").status_code == 303


def test_a_month_that_the_forecast_does_not_reach_spoils_no_other(
    amira: Browser, omar: Browser, provider: Provider
) -> None:
    amira.ask(month="2027-11")
    amira.ask()
    beyond = {"code": "outside_horizon", "message": "no", "first": "2025-12", "last": "2026-12", "index": 0}
    provider.answers((422, beyond), (200, [forecast_of(BRANCH, "2026-12")]))
    first, second = rows(omar.get("/queue").text)
    assert "no forecast" in first
    assert "4 4 (2\u20137)" in second


def test_a_form_sent_twice_is_one_request(amira: Browser) -> None:
    page = amira.get("/requests/new").text
    form = {name: hidden(page, name) for name in ("csrf_token", "form")}
    places = [amira.client.post("/requests/new", data={**form, **WANTED}).location for _ in range(2)]
    assert places == ["/requests/1?sent=now", "/requests/1?sent=before"]
    assert "This form was sent before" in amira.get(places[1]).text
    assert len(rows(amira.get("/requests").text)) == 1


def test_whoever_goes_back_gets_the_same_form_and_every_visit_of_the_list_another(amira: Browser) -> None:
    links = [re.findall(r'href="(/requests/new[^"]*)"', amira.get("/requests").text)[0] for _ in range(2)]
    assert links[0] != links[1]
    assert hidden(amira.get(links[0]).text, "form") == hidden(amira.get(links[0]).text, "form")
    assert len(hidden(amira.get("/requests/new?form=<b>").text, "form")) == 32


def test_a_form_replayed_with_something_else_is_refused(amira: Browser) -> None:
    page = amira.get("/requests/new").text
    form = {name: hidden(page, name) for name in ("csrf_token", "form")}
    amira.client.post("/requests/new", data={**form, **WANTED})
    answer = amira.client.post("/requests/new", data={**form, **WANTED, "quantity": "400"})
    assert answer.status_code == 422
    assert "Was sent before, as request 1: open a new one." in answer.text
    assert hidden(answer.text, "form") != form["form"]


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        ("amira", {"/requests": 200, "/requests/new": 200, "/queue": 403, "/audit": 403}),
        ("omar", {"/requests": 403, "/requests/new": 403, "/queue": 200, "/audit": 200}),
        ("root", {"/requests": 403, "/requests/new": 403, "/queue": 403, "/audit": 200}),
    ],
)
def test_each_role_has_its_pages(
    signed_in: Callable[[str], Browser], name: str, pages: dict[str, int]
) -> None:
    browser = signed_in(name)
    assert {path: browser.get(path).status_code for path in pages} == pages
    shown = re.findall(r'href="([^"]*)"', browser.get("/").text.partition("<nav")[2].partition("</nav>")[0])
    assert {path for path in shown if path != "/"} <= {
        path for path, status in pages.items() if status == 200
    }


def test_the_wrong_role_is_told_whose_page_it_is(amira: Browser) -> None:
    answer = amira.post("/requests/1/dispatch", page="/requests")
    assert answer.status_code == 403
    assert "This is for the role warehouse. You are signed in as amira, pharmacist." in answer.text


def test_the_warehouse_asks_for_nothing(omar: Browser) -> None:
    assert omar.post("/requests/new", page="/queue", **WANTED).status_code == 403


def test_another_branchs_request_is_as_if_it_were_not_there(
    amira: Browser, signed_in: Callable[[str], Browser]
) -> None:
    amira.ask()
    karim = signed_in("karim")
    theirs, nobodys = karim.get("/requests/1"), karim.get("/requests/2")
    assert theirs.status_code == nobodys.status_code == 404
    assert "There is no request 1 of Karama." in theirs.text
    assert "Nothing has been asked for" in karim.get("/requests").text


def test_a_pharmacist_cannot_ask_for_another_branch(amira: Browser, omar: Browser) -> None:
    amira.ask(branch="Karama")
    assert "Dubai Mall" in rows(omar.get("/queue").text)[0]


def test_lists_come_in_pages(amira: Browser, omar: Browser) -> None:
    for _ in range(SIZE + 1):
        amira.ask()
    first, second = omar.get("/queue"), omar.get("/queue?page=2")
    assert (len(rows(first.text)), len(rows(second.text))) == (SIZE, 1)
    assert 'href="/queue?page=2"' in first.text
    assert 'href="/requests?page=2"' in amira.get("/requests").text


@pytest.mark.parametrize("number", ["0", "-1", "x", "1e3", "٣", "10001", "9" * 40, "", "1;DROP TABLE people"])
@pytest.mark.parametrize("path", ["/queue", "/audit"])
def test_a_page_that_cannot_be_is_none(omar: Browser, path: str, number: str) -> None:
    assert omar.client.get(path, query_string={"page": number}).status_code == 404


def test_the_audit_names_who_did_what(amira: Browser, omar: Browser) -> None:
    amira.ask()
    omar.post("/requests/1/decline", page="/requests/1", reason="none left")
    told = rows(omar.get("/audit").text)
    assert told[:2] == [
        "2026-11-25 12:00 UTC omar declined 1 none left",
        "2026-11-25 12:00 UTC amira requested 1 4 of Paracetamol 500 mg, Dubai Mall, 2026-12",
    ]
    assert "amira signed in" in " ".join(told)


def test_the_database_away_is_a_page_and_the_forecast_goes_on(
    app: Any, amira: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = app.extensions["database"]
    monkeypatch.setattr(
        database, "engine", type(database)("postgresql+psycopg://serin@127.0.0.1:9/no").engine
    )
    for path in ("/requests", "/requests/new"):
        answer = amira.get(path)
        assert (answer.status_code, answer.headers["Content-Type"][:9]) == (503, "text/html")
        assert "The store of requests gives no answer." in answer.text
    assert amira.get("/?branch=Dubai+Mall&month=2025-12").status_code == 200
    monkeypatch.undo()
    assert amira.get("/requests").status_code == 200


def test_ready_means_that_the_tables_are_there(
    app: Any, opened: Callable[[str], Database], tmp_path: Path
) -> None:
    ready = app.extensions["readiness"]
    assert ready.not_ready_because is None
    empty = once(lambda: outdated_because(database))
    database = opened(f"sqlite:///{tmp_path / 'empty.db'}")
    assert str(empty()).endswith("run python -m dashboard.database migrate")
    migrate(database)
    assert empty() is None
    database.close()
    Path(tmp_path / "empty.db").unlink()
    assert empty() is None, "a database that goes away later takes the forecast from nobody"
