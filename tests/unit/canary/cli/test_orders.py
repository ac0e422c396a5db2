from __future__ import annotations

import json
from dataclasses import replace

import pytest

from canary.core.model import Acknowledgement, Verb
from canary.ports import RefusedError, UnreachableError

from .build import CANARY, HEALTHY, PROGRESSING, ROLLED_BACK, STABLE, shell

VERBS = [verb.value for verb in Verb]


@pytest.mark.parametrize("verb", VERBS)
def test_an_accepted_order_prints_what_the_controller_said(verb: str) -> None:
    canary = shell(PROGRESSING)
    canary.desk.reply = Acknowledgement("order-1", accepted=True, message="goes on at 10 %")
    assert (canary(verb), canary.lines, canary.story) == (0, ["forecast: goes on at 10 %"], [])
    assert [order.verb for order in canary.desk.orders] == [verb]


@pytest.mark.parametrize("verb", VERBS)
def test_a_refused_order_is_a_sentence_on_stderr(verb: str) -> None:
    canary = shell(HEALTHY)
    canary.desk.reply = Acknowledgement("order-1", accepted=False, message=f"{verb} refused: it is Healthy")
    assert (canary(verb), canary.lines) == (3, [])
    assert canary.story == [f"canary: release production/forecast: {verb} refused: it is Healthy"]


@pytest.mark.parametrize("verb", VERBS)
def test_without_an_answer_the_controller_is_asked_for(verb: str) -> None:
    canary = shell(PROGRESSING)
    canary.desk.reply = None
    assert canary(verb, "--timeout", "3s") == 4
    assert canary.clock.slept == pytest.approx(3.0, abs=0.21)
    assert canary.story == [
        (
            "canary: order order-1: not acknowledged within 3 s: is the controller running? "
            "To take it back: kubectl -n production delete releasecommand order-1"
        )
    ]


@pytest.mark.parametrize("verb", VERBS)
def test_without_permission_nothing_is_ordered(verb: str) -> None:
    canary = shell(PROGRESSING)
    canary.desk.trouble = RefusedError("ReleaseCommand production: POST: forbidden: ask for the permission")
    assert (canary(verb), canary.desk.orders) == (3, [])
    assert canary.story == ["canary: ReleaseCommand production: POST: forbidden: ask for the permission"]


@pytest.mark.parametrize(
    ("arguments", "wish"),
    [
        pytest.param(("promote", "--full"), {"full": True}, id="promote through all steps"),
        pytest.param(("rollback", "--to", STABLE), {"to_revision": STABLE}, id="rollback to a kept revision"),
        pytest.param(("rollback", "--now"), {"now": True}, id="rollback without steps"),
    ],
)
def test_an_order_carries_its_options(arguments: tuple[str, ...], wish: dict[str, object]) -> None:
    canary = shell(PROGRESSING)
    canary(*arguments)
    (order,) = canary.desk.orders
    assert {key: getattr(order, key) for key in wish} == wish


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param(replace(PROGRESSING, step=1), (CANARY, 1), id="in mid-release: canary and step"),
        pytest.param(HEALTHY, (CANARY, None), id="at rest: stable"),
        pytest.param(ROLLED_BACK, (STABLE, None), id="rolled back: stable"),
    ],
)
def test_an_order_is_bound_to_what_was_read(status: object, expected: tuple[str, int | None]) -> None:
    canary = shell(status)  # type: ignore[arg-type]
    canary("rollback")
    (order,) = canary.desk.orders
    assert (order.expected_revision, order.expected_step) == expected


def test_an_outage_while_waiting_is_survived() -> None:
    canary = shell(PROGRESSING)
    canary.desk.reply = None

    def outage(slept: float) -> None:
        canary.desk.trouble = UnreachableError("away") if slept < 4 else None
        canary.desk.reply = Acknowledgement("order-1", accepted=True, message="paused at 10 %")

    canary.clock.after = outage
    assert (canary("pause"), canary.lines) == (0, ["forecast: paused at 10 %"])


def test_an_outage_that_lasts_is_unreachable() -> None:
    canary = shell(PROGRESSING)
    canary.desk.reply = None

    def outage(_: float) -> None:
        canary.desk.trouble = UnreachableError("away")

    canary.clock.after = outage
    assert canary("pause") == 5
    assert canary.clock.slept == pytest.approx(10.0, abs=0.21)


@pytest.mark.parametrize(("accepted", "code"), [(True, 0), (False, 3)])
def test_json_tells_accepted_and_refused_orders_alike(accepted: bool, code: int) -> None:  # noqa: FBT001
    canary = shell(PROGRESSING)
    canary.desk.reply = Acknowledgement("order-1", accepted=accepted, message="so it is")
    assert canary("abort", "-o", "json") == code
    assert json.loads(canary.out.getvalue()) == {
        "namespace": "production",
        "release": "forecast",
        "verb": "abort",
        "command": "order-1",
        "accepted": accepted,
        "message": "so it is",
    }


@pytest.mark.parametrize("text", ["soon", "10", "1.5m", "250ms", "-1s", "1d"])
def test_a_duration_is_written_as_in_a_release_or_as_seconds(text: str) -> None:
    assert shell(PROGRESSING)("pause", "--timeout", text) == (2 if text in ("soon", "-1s", "1d") else 0)
