"""What somebody finds who broke into a pod, stole a token or reads everything: nothing to go on with."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from tests.manifests.charts import CONTROLLER, SYSTEM, one, render

from .lab import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .lab import Lab

pytestmark = pytest.mark.cluster

SPACE = "canary-system"
DEPLOYMENT = "deployment/canary-controller"
ACCOUNT = f"system:serviceaccount:{SPACE}:canary-controller"
WRITES = """
import os, pathlib
found = []
for place in ("/", "/app", "/venv", "/usr/local/bin", "/etc", "/var/tmp", os.path.expanduser("~")):
    try:
        pathlib.Path(place, "left").write_text("here")
        found.append(place)
    except OSError:
        pass
print(os.getuid(), found, os.path.exists("/var/run/secrets/kubernetes.io"))
"""
PROGRAMS = ("sh", "bash", "dash", "apt-get", "dpkg", "pip", "perl", "wget", "curl", "nc", "cat", "mount")
Rights = set[tuple[str, str, str, str]]


def inside(lab: Lab, where: str, *command: str) -> str:
    """Run a program in a pod; what it said, or why it did not run."""
    space, _, target = where.rpartition(":")
    words = ("-n", space, "exec", target, "--", *command)
    return lab.tools.run(lab.tools.kubectl, *words, check=False)


@pytest.fixture
def service(lab: Lab) -> str:
    """One pod of a release, as `inside` names it."""
    revision = lab.healthy()
    return f"{lab.namespace}:deployment/forecast-{revision}"


def test_the_pods_hold_no_program_but_python(lab: Lab, service: str) -> None:
    for where in (service, f"{SPACE}:{DEPLOYMENT}"):
        for program in PROGRAMS:
            assert "executable file not found" in inside(lab, where, program, "--version"), (where, program)
        assert inside(lab, where, "python3", "-c", "print(6 * 7)").strip() == "42"


def test_the_pods_are_nobody_write_nowhere_and_only_the_controller_has_a_token(
    lab: Lab, service: str
) -> None:
    assert inside(lab, service, "python3", "-c", WRITES).strip() == "10001 [] False"
    assert inside(lab, f"{SPACE}:{DEPLOYMENT}", "python3", "-c", WRITES).strip() == "10001 [] True"


def rights(lab: Lab, account: str, namespace: str) -> Rights:
    """Every (group, resource, verb, name) that the API server lets an account do in a namespace."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    words = (f"--as={account}", "create", "--validate=false", "-f", "-", "-o", "json")
    rules = json.loads(lab.kubectl(*words, stdin=json.dumps(review)))["status"]["resourceRules"]
    return _flat(rules)


def _flat(rules: list[dict[str, Any]]) -> Rights:
    return {
        (group, resource, verb, name)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
        for name in rule.get("resourceNames") or [""]
    }


def test_the_controllers_account_can_do_what_its_chart_says_and_nothing_else(lab: Lab) -> None:
    anybody = rights(lab, f"system:serviceaccount:{SPACE}:default", SPACE)
    rendered = render(CONTROLLER, *SYSTEM)
    everywhere = _flat(one(rendered, "ClusterRole", "canary-controller")["rules"])
    election = _flat(one(rendered, "Role", "canary-controller-election")["rules"])
    assert rights(lab, ACCOUNT, SPACE) - anybody == everywhere | election
    assert rights(lab, ACCOUNT, lab.namespace) - anybody == everywhere


@pytest.mark.parametrize(
    ("verb", "resource"),
    [
        ("get", "secrets"),
        ("create", "pods"),
        ("create", "pods/exec"),
        ("patch", "canaryreleases.canary.serin.dev"),
        ("create", "releasecommands.canary.serin.dev"),
        ("create", "serviceaccounts/token"),
        ("patch", "clusterroles.rbac.authorization.k8s.io"),
        ("impersonate", "users"),
        ("patch", "nodes"),
        ("delete", "namespaces"),
        ("patch", "validatingadmissionpolicies.admissionregistration.k8s.io"),
    ],
)
def test_a_stolen_token_of_the_controller_opens_no_other_door(lab: Lab, verb: str, resource: str) -> None:
    said = lab.kubectl(f"--as={ACCOUNT}", "auth", "can-i", verb, resource, check=False)
    assert said.splitlines()[0] == "no"


@pytest.fixture
def asleep(lab: Lab) -> Iterator[None]:
    """The controller of the whole cluster sleeps, so that another may be looked at alone."""

    def scale(replicas: int) -> None:
        run, kubectl = lab.tools.run, lab.tools.kubectl
        run(kubectl, "-n", SPACE, "scale", DEPLOYMENT, f"--replicas={replicas}")
        run(kubectl, "-n", SPACE, "rollout", "status", DEPLOYMENT, "--timeout=120s")
        chosen = "--selector=app.kubernetes.io/name=canary-controller"
        wait_for(
            f"{replicas} controller pods",
            lambda: len(run(kubectl, "-n", SPACE, "get", "pods", chosen, "-o", "name").split()) == replicas,
            60,
        )

    scale(0)
    yield
    scale(1)


@pytest.fixture
def elsewhere(lab: Lab) -> Iterator[Lab]:
    """A second namespace, which the controller of the first has no business with."""
    other = type(lab)(lab.tools, f"t-{uuid.uuid4().hex[:8]}")
    other.tools.run(other.tools.kubectl, "create", "namespace", other.namespace)
    yield other
    other.tools.run(other.tools.kubectl, "delete", "namespace", other.namespace, "--wait=false")


@pytest.mark.usefixtures("asleep")
def test_a_controller_of_one_namespace_works_there_with_rights_for_nothing_else(
    lab: Lab, elsewhere: Lab
) -> None:
    repository, tag = lab.tools.images["controller"].rsplit(":", 1)
    lab.helm(
        "upgrade", "--install", "own", str(CONTROLLER), "--set", f"image.repository={repository}",
        "--set-string", f"image.tag={tag}", "--set", f"scope.namespace={lab.namespace}",
        "--set", "crds.install=false", "--set", "roles.install=false", "--wait", "--timeout=120s",
    )  # fmt: skip
    account = lab.kubectl("get", "serviceaccount", "-o", "name").split()
    own = next(name.rpartition("/")[2] for name in account if name.endswith("canary-controller"))
    user = f"system:serviceaccount:{lab.namespace}:{own}"
    elsewhere.upgrade()
    lab.healthy()
    assert elsewhere.status().get("stableRevision") is None
    anybody = rights(lab, f"system:serviceaccount:{lab.namespace}:default", elsewhere.namespace)
    assert rights(lab, user, elsewhere.namespace) == anybody
    rendered = render(CONTROLLER, "--namespace", lab.namespace, "--set", f"scope.namespace={lab.namespace}")
    roles = (each["rules"] for each in rendered if each["kind"] == "Role")
    assert rights(lab, user, lab.namespace) - anybody == set().union(*map(_flat, roles))


def test_what_a_template_keeps_secret_reaches_no_status_journal_event_log_or_screen(lab: Lab) -> None:
    marker = f"s3cret-{uuid.uuid4().hex}"
    lab.upgrade(canary__steps='[{"weight": 10, "approval": true}, {"weight": 100}]')
    lab.until("Healthy")
    add = {"op": "add", "path": "/spec/template/spec/containers/0/env/-"}
    lab.kubectl(
        "patch", "canaryrelease", "forecast", "--type=json", "-p",
        json.dumps([add | {"value": {"name": "TOKEN", "value": marker}}]),
    )  # fmt: skip
    lab.until("Paused", "Progressing")
    lab.canary("abort", "forecast")
    lab.until("RolledBack")
    wrong = {"name": "TWICE", "value": marker, "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    lab.kubectl(
        "patch", "canaryrelease", "forecast", "--type=json", "-p", json.dumps([add | {"value": wrong}])
    )
    wait_for("the refused template in the status", lambda: "TWICE" in told(lab) or stalled(lab), 60)
    assert marker in json.dumps(lab.get("canaryrelease", "forecast")["spec"])
    assert marker not in told(lab)


def stalled(lab: Lab) -> bool:
    return any(
        each["type"] == "Stalled" and each["status"] == "True" for each in lab.status().get("conditions", [])
    )


def told(lab: Lab) -> str:
    """Everything that Serin ever says about the release, wherever it says it."""
    logs = lab.tools.run(lab.tools.kubectl, "-n", SPACE, "logs", DEPLOYMENT, "--since=10m")
    written = "".join(lab.kubectl("get", kind, "-o", "json") for kind in ("events.events.k8s.io", "ingress"))
    written += lab.kubectl("get", "services", "-o", "json")
    # A kept template is the owner's own text, for whoever may read the CanaryRelease: it says it all.
    maps = json.loads(lab.kubectl("get", "configmaps", "-o", "json"))["items"]
    written += json.dumps([each for each in maps if "template.json" not in (each.get("data") or {})])
    shown = "".join(lab.canary(verb, "forecast") for verb in ("why", "history"))
    return json.dumps(lab.status()) + logs + written + shown
