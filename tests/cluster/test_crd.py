"""What the real API server accepts, refuses and to whom it listens."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.manifests.charts import CONTROLLER, DASHBOARD, FORECAST, PAGES, PRODUCTION, STAGING, SYSTEM, render
from tests.manifests.mistakes import GOOD, KEPT_OUT, MISTAKES, OWN, Mistake

if TYPE_CHECKING:
    from .lab import Lab

pytestmark = pytest.mark.cluster

Manifest = dict[str, Any]
DRY = (
    "apply",
    "--server-side",
    "--force-conflicts",
    "--field-manager=dry-run",
    "--dry-run=server",
    "-o",
    "json",
)


def command(requested_by: str, **spec: object) -> Manifest:
    return {
        "apiVersion": "canary.serin.dev/v1alpha1",
        "kind": "ReleaseCommand",
        "metadata": {"generateName": "forecast-pause-"},
        "spec": {"release": "forecast", "verb": "pause", "requestedBy": requested_by, **spec},
    }


def bind(lab: Lab, role: str, user: str) -> None:
    lab.kubectl("create", "rolebinding", f"{user}-{role}", f"--clusterrole={role}", f"--user={user}")


def order(lab: Lab, user: str, manifest: Manifest) -> str:
    """What the API server answers when `user` creates the command."""
    return lab.kubectl(f"--as={user}", "create", "-f", "-", stdin=json.dumps(manifest), check=False)


def admitted(lab: Lab, user: str, manifest: Manifest) -> str:
    """As `order`, but a role that was bound just now may take a moment to count."""
    deadline = time.monotonic() + 10
    while "cannot create" in (answer := order(lab, user, manifest)) and time.monotonic() < deadline:
        time.sleep(0.2)
    return answer


def test_a_good_release_gets_every_default(lab: Lab) -> None:
    made = json.loads(lab.kubectl(*DRY, "-f", "-", stdin=json.dumps(GOOD)))["spec"]
    assert (made["replicas"], made["revisionHistoryLimit"]) == (1, 3)
    assert (made["rollbackWindow"], made["progressDeadline"]) == ("10m", "30m")
    assert made["budget"] == {"blind": "15m", "risk": "0.5%", "badAnswers": 0}
    assert made["metrics"] == {"application": "flask"}
    assert made["steps"] == [
        {"weight": 10, "hold": "10s", "approval": False},
        {"weight": 100, "hold": "0s", "approval": False},
    ]
    assert made["rules"] == {
        "errors": {"max": "1%", "tolerance": "0%"},
        "latency": {"within": "250ms", "for": "99%", "tolerance": "2%"},
        "confidence": "99%",
    }


@pytest.mark.parametrize("mistake", [*MISTAKES, *KEPT_OUT], ids=lambda mistake: mistake.title)
def test_a_bad_release_is_refused_by_a_message_that_names_the_field(lab: Lab, mistake: Mistake) -> None:
    answer = lab.kubectl(*DRY, "-f", "-", stdin=json.dumps(mistake.made()), check=False)
    assert "is invalid" in answer
    assert mistake.field in answer


def test_rules_about_forecasts_may_rest_on_metrics_of_the_owners_own(lab: Lab) -> None:
    """With each of the counters missing they are refused above."""
    own = {**OWN, "answers": "answers_total", "badAnswers": "bad_total", "predictions": "predicted"}
    rules = {**GOOD["spec"]["rules"], "predictions": {"max": "1%"}, "drift": {}}
    spec = {**GOOD["spec"], "rules": rules, "metrics": {"application": "custom", "custom": own}}
    made = json.loads(lab.kubectl(*DRY, "-f", "-", stdin=json.dumps({**GOOD, "spec": spec})))["spec"]
    assert made["rules"]["drift"] == {"above": "0.2", "action": "warn"}


def test_a_misspelt_field_is_refused(lab: Lab) -> None:
    misspelt = {**GOOD, "spec": {**GOOD["spec"], "stepz": []}}
    answer = lab.kubectl("create", "--dry-run=server", "-f", "-", stdin=json.dumps(misspelt), check=False)
    assert 'unknown field "spec.stepz"' in answer


@pytest.mark.parametrize(
    ("chart", "words"),
    [
        (FORECAST, STAGING),
        (FORECAST, PRODUCTION),
        (FORECAST, (*PRODUCTION, "--set", "ingress.router=httproute")),
        (DASHBOARD, PAGES),
        (CONTROLLER, SYSTEM),
    ],
    ids=["staging", "production", "gateway", "dashboard", "controller"],
)
def test_the_server_accepts_everything_the_charts_render(
    lab: Lab, chart: Any, words: tuple[str, ...]
) -> None:
    for manifest in render(chart, *words):
        manifest["metadata"].pop("namespace", None)
        made = json.loads(lab.kubectl(*DRY, "--validate=strict", "-f", "-", stdin=json.dumps(manifest)))
        assert made["kind"] == manifest["kind"]


def test_an_operator_orders_in_their_own_name(lab: Lab) -> None:
    bind(lab, "canary-operator", "ann")
    assert "created" in admitted(lab, "ann", command("ann"))


def test_an_operator_cannot_order_in_another_name(lab: Lab) -> None:
    bind(lab, "canary-operator", "ann")
    answer = admitted(lab, "ann", command("bob"))
    assert "spec.requestedBy: bob is somebody else: the API server knows you as ann" in answer


def test_a_viewer_sees_releases_but_cannot_order(lab: Lab) -> None:
    bind(lab, "canary-viewer", "vic")
    for verb, resource, answer in (
        ("list", "canaryreleases.canary.serin.dev", "yes"),
        ("create", "releasecommands.canary.serin.dev", "no"),
        ("patch", "canaryreleases.canary.serin.dev", "no"),
    ):
        assert lab.kubectl("--as=vic", "auth", "can-i", verb, resource, check=False).splitlines()[0] == answer
    assert 'User "vic" cannot create resource "releasecommands"' in order(lab, "vic", command("vic"))


def test_an_operator_cannot_change_what_runs(lab: Lab) -> None:
    bind(lab, "canary-operator", "ann")
    for resource in ("canaryreleases.canary.serin.dev", "deployments.apps", "ingresses.networking.k8s.io"):
        assert (
            lab.kubectl("--as=ann", "auth", "can-i", "patch", resource, check=False).splitlines()[0] == "no"
        )


def test_a_command_cannot_be_changed_afterwards(lab: Lab) -> None:
    name = lab.kubectl("create", "-f", "-", "-o", "name", stdin=json.dumps(command(whoami(lab)))).strip()
    change = json.dumps({"spec": {"verb": "promote"}})
    answer = lab.kubectl("patch", name, "--type=merge", "-p", change, check=False)
    assert "spec cannot be changed; create another command" in answer


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"verb": "undo"}, "spec.verb"),
        ({"toRevision": "0123456789"}, "toRevision belongs to the verb rollback"),
        ({"full": True}, "full belongs to the verb promote"),
        ({"now": True}, "now belongs to the verb rollback"),
        ({"toRevision": "latest", "verb": "rollback"}, "spec.toRevision"),
        ({"expectedStep": -1}, "spec.expectedStep"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_command_that_makes_no_sense_is_refused(lab: Lab, spec: Manifest, message: str) -> None:
    text = json.dumps(command(whoami(lab), **spec))
    assert message in lab.kubectl("create", "--dry-run=server", "-f", "-", stdin=text, check=False)


def whoami(lab: Lab) -> str:
    name: str = json.loads(lab.kubectl("auth", "whoami", "-o", "json"))["status"]["userInfo"]["username"]
    return name
