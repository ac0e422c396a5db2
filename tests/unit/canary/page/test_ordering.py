"""Who may order what, in whose name, and how often."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from canary.core.model import Acknowledgement, Phase, Status, Verb
from canary.ports import ForbiddenError, UnreachableError
from tests.unit.canary.cli.build import CANARY, HEALTHY, NOW, PROGRESSING, ROLLED_BACK, STABLE

from .stage import PLACE, Stage, form_of, moved, told

if TYPE_CHECKING:
    from .stage import Browser

PAUSED = replace(PROGRESSING, phase=Phase.PAUSED, held_by="bob")
AT_REST = replace(HEALTHY, previous_revision=STABLE)
FORBIDDEN = ForbiddenError(
    'ReleaseCommand production: POST: releasecommands.canary.serin.dev is forbidden: User "ann@example.test" '
    "cannot create resource: ask for the permission"
)


def count(stage: Stage, verb: str, outcome: str) -> float:
    return (
        stage.figures.registry.get_sample_value(
            "canary_page_orders_total", {"verb": verb, "outcome": outcome}
        )
        or 0.0
    )


def ordered(stage: Stage) -> tuple[Browser, str]:
    """Promote once; the browser, and the name of the order."""
    stage.holds(PROGRESSING)
    browser = stage.signed_in()
    answer = browser.press(PLACE, "/orders/promote")
    assert answer.status_code == 303
    return browser, answer.headers["Location"].partition("order=")[2]


@pytest.mark.parametrize(
    ("status", "verb", "wish", "path"),
    [
        (PROGRESSING, Verb.PROMOTE, {}, PLACE),
        (PROGRESSING, Verb.PROMOTE, {"full": True}, f"{PLACE}/orders/promote?full=yes"),
        (PROGRESSING, Verb.PAUSE, {}, PLACE),
        (PAUSED, Verb.RESUME, {}, PLACE),
        (PROGRESSING, Verb.ABORT, {}, f"{PLACE}/orders/abort"),
        (AT_REST, Verb.ROLLBACK, {}, f"{PLACE}/orders/rollback"),
        (ROLLED_BACK, Verb.RETRY, {}, PLACE),
    ],
)
def test_an_operator_orders_as_their_own_user_what_is_on_the_screen(
    stage: Stage, status: Status, verb: Verb, wish: dict[str, bool], path: str
) -> None:
    stage.holds(status)
    answer = stage.signed_in().press(path, f"/orders/{verb}")
    assert answer.status_code == 303
    (order,) = stage.orders()
    assert (order.verb, order.full, order.actor) == (verb, bool(wish), "ann@example.test")
    revision = status.canary_revision or status.stable_revision
    step = status.step if status.canary_revision else None
    assert (order.expected_revision, order.expected_step) == (revision, step)
    assert stage.acted == ["ann@example.test"]
    assert count(stage, verb, "given") == 1


def test_a_page_that_is_out_of_date_orders_for_the_step_that_it_showed(stage: Stage) -> None:
    stage.holds(PROGRESSING)
    browser = stage.signed_in()
    form = form_of(browser.page(PLACE), "/orders/promote")
    moved(stage, replace(PROGRESSING, step=1, weight=50))
    browser.http.post(form.action, data=form.sent)
    (order,) = stage.orders()
    assert (order.expected_revision, order.expected_step) == (CANARY, 0)


def test_the_same_form_sent_twice_is_one_order(stage: Stage) -> None:
    stage.holds(PROGRESSING)
    browser = stage.signed_in()
    form = form_of(browser.page(PLACE), "/orders/promote")
    first, second = (browser.http.post(form.action, data=form.sent) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert len(stage.orders()) == 1
    assert (count(stage, "promote", "given"), count(stage, "promote", "repeated")) == (1, 1)


def test_the_page_read_again_gives_another_order(stage: Stage) -> None:
    stage.holds(PROGRESSING)
    browser = stage.signed_in()
    for _ in range(2):
        browser.press(PLACE, "/orders/pause")
    assert len(stage.orders()) == 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "is given. The controller has not answered yet."),
        (
            Acknowledgement("", accepted=True, message="skips what is left of this step"),
            "Done: skips what is left",
        ),
        (
            Acknowledgement("", accepted=False, message="promote refused: look again"),
            "Not done: promote refused",
        ),
    ],
    ids=["none yet", "accepted", "refused"],
)
def test_what_became_of_an_order_is_shown(stage: Stage, answer: Acknowledgement | None, words: str) -> None:
    browser, name = ordered(stage)
    if answer is not None:
        stage.desk.placed.acknowledge(
            stage.desk.release("production", "forecast"), replace(answer, command=name)
        )
    shown = browser.get(f"{PLACE}?order={name}")
    assert words in told(shown.text)
    assert shown.headers["Refresh"] == ("2" if answer is None else "10")


def test_an_order_that_is_long_gone_is_no_failure(stage: Stage) -> None:
    browser, _ = ordered(stage)
    assert "There is no order forecast-promote-0000" in told(
        browser.page(f"{PLACE}?order=forecast-promote-0000")
    )


@pytest.mark.parametrize("verb", ["abort", "promote?full=yes", "rollback"])
def test_what_cannot_be_taken_back_is_asked_about_first(stage: Stage, verb: str) -> None:
    stage.holds(AT_REST if verb == "rollback" else PROGRESSING)
    browser = stage.signed_in()
    assert f'href="{PLACE}/orders/{verb}">' in browser.page(PLACE)
    asked = browser.get(f"{PLACE}/orders/{verb}")
    assert "In the name of ann@example.test" in told(asked.text)
    assert "Refresh" not in asked.headers
    assert stage.orders() == []


def test_who_is_not_signed_in_sees_no_button_and_cannot_order(stage: Stage) -> None:
    stage.holds(PROGRESSING)
    stranger = stage.client()
    page = stranger.page(PLACE)
    assert "<form" not in page
    assert "/orders/" not in page
    operator = stage.signed_in()
    stolen = form_of(operator.page(PLACE), "/orders/promote")
    refused = stranger.http.post(stolen.action, data=stolen.sent)
    assert (refused.status_code, "Nothing was ordered" in told(refused.text)) == (400, True)
    asked = stranger.get(f"{PLACE}/orders/abort")
    assert asked.headers["Location"] == f"/sign-in?onward={PLACE}/orders/abort"
    assert stage.orders() == []


def test_a_viewer_sees_no_button_and_is_told_why_not(stage: Stage) -> None:
    stage.holds(PROGRESSING)
    viewer = stage.signed_in("vic")
    assert "/orders/" not in viewer.page(PLACE)
    token = form_of(viewer.page(PLACE), "/sign-out").sent["csrf_token"]
    sent = {"csrf_token": token, "key": "0" * 32, "revision": CANARY, "step": "0", "full": ""}
    refused = viewer.http.post(f"{PLACE}/orders/promote", data=sent)
    assert refused.status_code == 403
    assert "vic may not promote a release" in told(refused.text)
    assert viewer.get(f"{PLACE}/orders/abort").status_code == 403
    assert (stage.orders(), stage.acted) == ([], [])


def test_the_api_servers_refusal_is_a_page_that_names_the_user(stage: Stage) -> None:
    stage.holds(PROGRESSING)
    stage.desk.ordering = FORBIDDEN
    answer = stage.signed_in().press(PLACE, "/orders/promote")
    words = told(answer.text)
    assert answer.status_code == 403
    assert "ann@example.test may not promote forecast in production" in words
    assert "releasecommands.canary.serin.dev is forbidden" in words
    assert "--clusterrole=canary-operator --user=ann@example.test --namespace=production" in words
    assert count(stage, "promote", "forbidden") == 1


def test_an_order_that_did_not_reach_the_cluster_says_so(stage: Stage) -> None:
    stage.holds(PROGRESSING)
    stage.desk.ordering = UnreachableError("API server http://x: POST: refused: is it running?")
    answer = stage.signed_in().press(PLACE, "/orders/promote")
    assert (answer.status_code, "Refresh" in answer.headers) == (503, False)
    assert count(stage, "promote", "failed") == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"csrf_token": ""},
        {"csrf_token": "forged"},
        {"key": ""},
        {"key": "../../etc/passwd"},
        {"key": "0" * 33},
        {"revision": "'; DROP TABLE releases; --"},
        {"revision": "0123456789\n"},
        {"step": "-1"},
        {"step": "1e9"},
        {"full": "<b>"},
    ],
    ids=lambda changes: " ".join(changes.items().__iter__().__next__())[:20],
)
def test_a_form_that_is_not_ours_orders_nothing(stage: Stage, changes: dict[str, str]) -> None:
    stage.holds(PROGRESSING)
    answer = stage.signed_in().press(PLACE, "/orders/promote", **changes)
    assert answer.status_code == 400
    assert "That form cannot be used" in told(answer.text)
    assert stage.orders() == []


def test_a_form_of_another_session_orders_nothing(stage: Stage) -> None:
    stage.holds(PROGRESSING)
    ours, theirs = stage.signed_in(), stage.signed_in()
    form = form_of(theirs.page(PLACE), "/orders/promote")
    assert ours.http.post(form.action, data=form.sent).status_code == 400
    assert stage.orders() == []


def test_an_oversized_form_is_not_read(stage: Stage) -> None:
    stage.holds(PROGRESSING)
    answer = stage.signed_in().press(PLACE, "/orders/promote", more="x" * 20_000)
    assert (answer.status_code, "That was too much" in told(answer.text)) == (413, True)
    assert stage.orders() == []


@pytest.mark.parametrize("verb", ["delete", "PROMOTE", "promote%20", "rollback?full=yes"])
def test_an_order_that_does_not_exist_is_missing(stage: Stage, verb: str) -> None:
    stage.holds(PROGRESSING)
    assert stage.signed_in().get(f"{PLACE}/orders/{verb}").status_code == 404


def test_an_order_is_given_to_no_release_of_another_namespace(stage: Stage) -> None:
    stage.holds(PROGRESSING)
    browser = stage.signed_in()
    form = form_of(browser.page(PLACE), "/orders/promote")
    elsewhere = form.action.replace("production", "staging")
    assert browser.http.post(elsewhere, data=form.sent).status_code == 404
    assert stage.orders() == []


def test_after_the_session_has_ended_nothing_is_ordered(stage: Stage) -> None:
    stage.holds(PROGRESSING)
    browser = stage.signed_in()
    form = form_of(browser.page(PLACE), "/orders/promote")
    stage.clock.time = NOW + 3600
    answer = browser.http.post(form.action, data=form.sent)
    assert (answer.status_code, "Nothing was ordered." in told(answer.text)) == (401, True)
    assert stage.orders() == []
