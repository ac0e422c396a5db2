"""The controller's chart: fewest verbs, an election, two roles for people, one policy for commands."""

import copy
from collections.abc import Iterator

import pytest

from canary.bootstrap import main

from .charts import CONTROLLER, IMAGE, SYSTEM, Manifest, helm, kinds, one, pod_of, render
from .workloads import dangling_ports, unconfined, unscraped

NAME = "canary-controller"
COMMANDS = "releasecommands.canary.serin.dev"
NAMESPACED = (*SYSTEM, "--set", "scope.namespace=production")
READ = {"get", "list", "watch"}
GRANTED = {
    "canary.serin.dev/canaryreleases": READ,
    "canary.serin.dev/canaryreleases/status": {"patch"},
    "canary.serin.dev/releasecommands": READ | {"delete"},
    "canary.serin.dev/releasecommands/status": {"patch"},
    "apps/deployments": READ | {"create", "patch", "delete"},
    "policy/poddisruptionbudgets": READ | {"create", "patch", "delete"},
    "/services": READ | {"create", "patch"},
    "networking.k8s.io/ingresses": READ | {"create", "patch"},
    "gateway.networking.k8s.io/httproutes": READ | {"patch"},
    "/pods": READ,
    "discovery.k8s.io/endpointslices": READ,
    "/configmaps": {"get", "list", "create", "patch", "delete"},
    "events.k8s.io/events": {"create"},
}


@pytest.fixture
def rendered() -> list[Manifest]:
    return render(CONTROLLER, *SYSTEM)


def grants(role: Manifest) -> Iterator[tuple[str, set[str]]]:
    """Each resource as group/plural, with the verbs on it."""
    for rule in role["rules"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                yield f"{group}/{resource}", set(rule["verbs"])


def dangerous(role: Manifest) -> list[str]:
    """Rights that would let the holder become somebody else or everything."""
    return [
        f"{resource}: {', '.join(sorted(verbs))}"
        for resource, verbs in grants(role)
        if "*" in resource
        or "*" in verbs
        or verbs & {"impersonate", "escalate", "bind", "deletecollection"}
        or resource.endswith(("/secrets", "/pods/exec", "/serviceaccounts/token"))
    ]


def test_the_controller_has_the_verbs_it_uses_and_no_more(rendered: list[Manifest]) -> None:
    assert dict(grants(one(rendered, "ClusterRole", "canary-controller"))) == GRANTED


def test_no_role_of_the_chart_is_dangerous(rendered: list[Manifest]) -> None:
    roles = [m for m in rendered if m["kind"] in {"Role", "ClusterRole"}]
    assert len(roles) == 5
    assert [found for role in roles for found in dangerous(role)] == []


@pytest.mark.parametrize(
    ("resource", "verb"), [("secrets", "get"), ("*", "get"), ("pods", "*"), ("users", "impersonate")]
)
def test_a_dangerous_right_is_noticed(rendered: list[Manifest], resource: str, verb: str) -> None:
    role = copy.deepcopy(one(rendered, "ClusterRole", "canary-controller"))
    role["rules"].append({"apiGroups": [""], "resources": [resource], "verbs": [verb]})
    assert dangerous(role) != []


def test_in_one_namespace_the_same_verbs_reach_no_further() -> None:
    rendered = render(CONTROLLER, *NAMESPACED)
    role = one(rendered, "Role", "canary-controller")
    binding = one(rendered, "RoleBinding", "canary-controller")
    assert dict(grants(role)) == GRANTED
    assert (role["metadata"]["namespace"], binding["metadata"]["namespace"]) == ("production", "production")
    assert binding["subjects"][0]["namespace"] == "canary-system"
    assert "ClusterRoleBinding" not in kinds(rendered)
    assert "--namespace=production" in pod_of(rendered, NAME)["spec"]["containers"][0]["args"]


def test_the_election_needs_one_lease_by_name(rendered: list[Manifest]) -> None:
    create, use = one(rendered, "Role", "canary-controller-election")["rules"]
    assert (create["resources"], create["verbs"]) == (["leases"], ["create"])
    assert (use["resourceNames"], set(use["verbs"])) == (["canary-controller"], {"get", "update"})


def test_an_operator_is_a_viewer_who_may_order(rendered: list[Manifest]) -> None:
    viewer = one(rendered, "ClusterRole", "canary-viewer")["rules"]
    operator = one(rendered, "ClusterRole", "canary-operator")["rules"]
    order = {"apiGroups": ["canary.serin.dev"], "resources": ["releasecommands"], "verbs": ["create"]}
    assert operator == [*viewer, order]
    assert {verb for rule in viewer for verb in rule["verbs"]} == READ


def test_ordering_is_part_of_no_built_in_role(rendered: list[Manifest]) -> None:
    prefix = "rbac.authorization.k8s.io/aggregate-to-"
    joined = {
        role: [label for label in one(rendered, "ClusterRole", role)["metadata"]["labels"] if prefix in label]
        for role in ("canary-viewer", "canary-operator")
    }
    assert joined == {"canary-viewer": [f"{prefix}view"], "canary-operator": []}


def test_nobody_orders_in_another_name_even_when_the_policy_fails(rendered: list[Manifest]) -> None:
    policy = one(rendered, "ValidatingAdmissionPolicy", COMMANDS)
    (rule,) = policy["spec"]["matchConstraints"]["resourceRules"]
    (check,) = policy["spec"]["validations"]
    assert policy["spec"]["failurePolicy"] == "Fail"
    assert (rule["resources"], rule["operations"]) == (["releasecommands"], ["CREATE"])
    assert check["expression"] == "object.spec.requestedBy == request.userInfo.username"


def test_the_policy_denies_and_outlives_the_controller(rendered: list[Manifest]) -> None:
    binding = one(rendered, "ValidatingAdmissionPolicyBinding", COMMANDS)
    policy = one(rendered, "ValidatingAdmissionPolicy", binding["spec"]["policyName"])
    assert binding["spec"]["validationActions"] == ["Deny"]
    for kept in (policy, binding):
        assert kept["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def test_the_pod_is_kept_in_bounds(rendered: list[Manifest]) -> None:
    pod = pod_of(rendered, NAME)
    assert unconfined(pod) + dangling_ports(pod) + unscraped(pod) == []


def test_a_spoilt_pod_is_noticed(rendered: list[Manifest]) -> None:
    pod = pod_of(rendered, NAME)
    pod["spec"]["containers"][0]["ports"] = []
    del pod["spec"]["containers"][0]["securityContext"]
    assert unconfined(pod) != []
    assert dangling_ports(pod) != []
    assert unscraped(pod) != []


def test_the_controller_is_told_where_to_look_and_how_long_to_wait() -> None:
    chosen = ("--set", "prometheus.url=https://metrics.test/tenant", "--set-json", "proxySettle=0.5")
    (container,) = pod_of(render(CONTROLLER, *SYSTEM, *chosen), NAME)["spec"]["containers"]
    where, wait, sign = "--prometheus-url=https://metrics.test/tenant", "--proxy-settle=0.5", "--heartbeat=15"
    assert container["args"] == [where, wait, sign]


def test_the_controller_knows_every_flag_it_is_given() -> None:
    (container,) = pod_of(render(CONTROLLER, *NAMESPACED), NAME)["spec"]["containers"]
    given = {argument.partition("=")[0] for argument in container["args"]}
    assert given == {"--prometheus-url", "--proxy-settle", "--heartbeat", "--namespace"}
    assert given - {option for parameter in main.params for option in parameter.opts} == set()


def test_a_second_controller_brings_no_roles_for_people() -> None:
    rendered = render(CONTROLLER, *NAMESPACED, "--set", "roles.install=false,crds.install=false")
    assert not {"ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition"} & set(kinds(rendered))


def test_the_notes_say_that_uninstalling_stops_no_traffic() -> None:
    words = ("install", "canary-controller", str(CONTROLLER), "--dry-run=client", *SYSTEM, *IMAGE)
    done = helm(*words)
    assert done.returncode == 0, done.stderr
    notes = done.stdout.partition("NOTES:")[2]
    assert "kubectl rollout status deployment/canary-controller --namespace canary-system" in notes
    assert "stops the moves, not the traffic" in notes
