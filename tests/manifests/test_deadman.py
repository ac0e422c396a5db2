"""The dead-man: apart from the controllers, and with rights for one write."""

from __future__ import annotations

import pytest

from canary.adapters.annotations import MARK
from canary.adapters.routers.paths import WEIGHT

from .charts import CONTROLLER, SYSTEM, Manifest, kinds, one, pod_of, render, template
from .workloads import dangling_ports, unconfined, unscraped

NAME = "canary-controller-deadman"


@pytest.fixture
def rendered() -> list[Manifest]:
    return render(CONTROLLER, *SYSTEM)


def test_it_may_list_releases_and_change_a_route(rendered: list[Manifest]) -> None:
    rules = one(rendered, "ClusterRole", NAME)["rules"]
    assert [(rule["resources"], rule["verbs"]) for rule in rules] == [
        (["canaryreleases"], ["list"]),
        (["ingresses"], ["get", "patch"]),
        (["httproutes"], ["get", "patch"]),
    ]


def test_in_one_namespace_it_reaches_no_further() -> None:
    rendered = render(CONTROLLER, *SYSTEM, "--set", "scope.namespace=production")
    assert one(rendered, "Role", NAME)["metadata"]["namespace"] == "production"
    assert one(rendered, "RoleBinding", NAME)["metadata"]["namespace"] == "production"
    assert "--namespace=production" in pod_of(rendered, NAME)["spec"]["containers"][0]["args"]
    assert "ClusterRoleBinding" not in kinds(rendered)


@pytest.mark.parametrize("prefix", ["", "httproutes."])
def test_each_policy_is_about_its_own_account_and_denies(rendered: list[Manifest], prefix: str) -> None:
    name = f"{prefix}{NAME}.canary-system.canary.serin.dev"
    policy = one(rendered, "ValidatingAdmissionPolicy", name)["spec"]
    binding = one(rendered, "ValidatingAdmissionPolicyBinding", name)["spec"]
    (condition,) = policy["matchConditions"]
    account = one(rendered, "ServiceAccount", NAME)["metadata"]["name"]
    assert condition["expression"] == (
        f"request.userInfo.username == 'system:serviceaccount:canary-system:{account}'"
    )
    assert pod_of(rendered, NAME)["spec"]["serviceAccountName"] == account
    assert binding["policyName"] == name
    assert (policy["failurePolicy"], binding["validationActions"]) == ("Fail", ["Deny"])
    (rule,) = policy["matchConstraints"]["resourceRules"]
    assert {"CREATE", "UPDATE", "DELETE"} == set(rule["operations"])
    assert MARK in str(policy["validations"])


def test_the_policy_names_what_the_code_writes(rendered: list[Manifest]) -> None:
    policy = one(rendered, "ValidatingAdmissionPolicy", f"{NAME}.canary-system.canary.serin.dev")["spec"]
    its = next(each for each in policy["variables"] if each["name"] == "its")
    assert its["expression"] == f'["{WEIGHT}", "{MARK}"]'


def test_no_selector_of_the_controller_takes_in_its_pods(rendered: list[Manifest]) -> None:
    chosen = one(rendered, "Deployment", "canary-controller")["spec"]["selector"]["matchLabels"]
    labels = pod_of(rendered, NAME)["metadata"]["labels"]
    assert not chosen.items() <= labels.items()
    assert one(rendered, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == chosen


def test_its_pod_is_kept_in_bounds_and_scraped(rendered: list[Manifest]) -> None:
    pod = pod_of(rendered, NAME)
    assert unconfined(pod) + dangling_ports(pod) + unscraped(pod) == []


@pytest.mark.parametrize(("ttl", "sign"), [("60", "15"), ("30", "7.5")])
def test_four_signs_of_life_fit_into_its_patience(ttl: str, sign: str) -> None:
    rendered = render(CONTROLLER, *SYSTEM, "--set", f"deadman.ttl={ttl}")
    assert f"--ttl={ttl}" in pod_of(rendered, NAME)["spec"]["containers"][0]["args"]
    controller = pod_of(rendered, "canary-controller")["spec"]["containers"][0]
    assert f"--heartbeat={sign}" in controller["args"]


def test_less_patience_than_a_change_of_leaders_takes_is_refused() -> None:
    done = template(CONTROLLER, "--set-string", "image.tag=1", "--set", "deadman.ttl=29")
    assert done.returncode != 0
    assert "ttl" in done.stderr


def test_switched_off_nothing_of_it_is_left() -> None:
    rendered = render(CONTROLLER, *SYSTEM, "--set", "deadman.enabled=false")
    assert [each["metadata"]["name"] for each in rendered if "deadman" in each["metadata"]["name"]] == []
