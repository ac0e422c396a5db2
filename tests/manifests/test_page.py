"""The Releases page: rights to read, and to be somebody only by name."""

from __future__ import annotations

import json

import pytest

from canary.page.__main__ import main
from canary.page.people import People

from .charts import CONTROLLER, IMAGE, PAGE, SYSTEM, Manifest, helm, kinds, one, pod_of, render
from .workloads import dangling_ports, unconfined, unscraped

NAME = "canary-controller-page"
ACTS_AS = f"{NAME}-acts-as.canary-system"


@pytest.fixture
def rendered() -> list[Manifest]:
    return render(CONTROLLER, *SYSTEM, *PAGE)


def of_the_page(manifests: list[Manifest]) -> list[Manifest]:
    return [each for each in manifests if each["metadata"]["name"].startswith(NAME)]


def test_it_is_there_only_when_asked_for() -> None:
    assert of_the_page(render(CONTROLLER, *SYSTEM)) == []


def test_its_account_reads_releases_answers_and_journals_and_creates_nothing(
    rendered: list[Manifest],
) -> None:
    rules = one(rendered, "ClusterRole", NAME)["rules"]
    assert [(rule["resources"], rule["verbs"]) for rule in rules] == [
        (["canaryreleases"], ["get", "list"]),
        (["releasecommands"], ["get"]),
        (["configmaps"], ["list"]),
    ]
    bound = [each for each in rendered if NAME in str(each.get("subjects"))]
    assert {each["roleRef"]["name"] for each in bound} == {NAME, ACTS_AS}


def test_it_may_act_as_the_users_of_its_operators_and_nobody_else(rendered: list[Manifest]) -> None:
    (rule,) = one(rendered, "ClusterRole", ACTS_AS)["rules"]
    assert rule == {
        "apiGroups": [""],
        "resources": ["users"],
        "resourceNames": ["ann@example.test", "bob"],
        "verbs": ["impersonate"],
    }


@pytest.mark.parametrize(
    "users", ["[]", '[{"name":"vic","role":"viewer"}]', '[{"name":"vic","role":"viewer","actsAs":"root"}]']
)
def test_without_operators_it_may_act_as_nobody(users: str) -> None:
    found = render(CONTROLLER, *SYSTEM, *PAGE, "--set-json", f"page.users={users}")
    assert "impersonate" not in json.dumps(found)


def test_in_one_namespace_it_reads_no_further() -> None:
    found = of_the_page(render(CONTROLLER, *SYSTEM, *PAGE, "--set", "scope.namespace=production"))
    assert one(found, "Role")["metadata"]["namespace"] == "production"
    assert one(found, "RoleBinding")["metadata"]["namespace"] == "production"
    # Users are no objects of a namespace; what they may do is decided where they do it.
    assert one(found, "ClusterRole")["metadata"]["name"] == ACTS_AS
    assert "--namespace=production" in pod_of(found)["spec"]["containers"][0]["args"]


def test_the_users_are_as_the_process_reads_them(
    rendered: list[Manifest], tmp_path: pytest.TempPathFactory
) -> None:
    file = tmp_path / "users.json"  # type: ignore[operator]
    file.write_text(one(rendered, "ConfigMap", NAME)["data"]["users.json"])
    users = People(file)._users()
    assert {name: user.get("actsAs", "") for name, user in users.items()} == {
        "ann": "ann@example.test",
        "bob": "bob",
        "also-ann": "ann@example.test",
        "vic": "",
    }


def test_the_process_knows_every_flag_that_it_is_given(rendered: list[Manifest]) -> None:
    arguments = pod_of(rendered, NAME)["spec"]["containers"][0]["args"]
    given = {argument.partition("=")[0] for argument in arguments}
    known = {option for parameter in main.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert given - known == set()
    assert "--proxies=1" in arguments
    assert "--secure-cookies" in arguments


def test_what_it_is_told_to_read_is_mounted_and_read_only(rendered: list[Manifest]) -> None:
    pod = pod_of(rendered, NAME)["spec"]
    (container,) = pod["containers"]
    folders = [mount["mountPath"] for mount in container["volumeMounts"] if mount.get("readOnly")]
    files = [word.partition("=")[2] for word in container["args"] if "=/" in word]
    assert len(files) == 3
    assert all(any(file.startswith(f"{folder}/") for folder in folders) for file in files)
    sources = {volume["name"]: volume for volume in pod["volumes"]}
    assert sources["secret"]["secret"]["secretName"] == "canary-page"
    assert sources["users"]["configMap"]["name"] == NAME


def test_its_pod_is_kept_in_bounds_and_scraped(rendered: list[Manifest]) -> None:
    pod = pod_of(rendered, NAME)
    assert unconfined(pod) + dangling_ports(pod) + unscraped(pod) == []


def test_users_reach_the_page_and_never_its_metrics(rendered: list[Manifest]) -> None:
    service, ingress = one(rendered, "Service", NAME), one(rendered, "Ingress", NAME)
    assert [port["targetPort"] for port in service["spec"]["ports"]] == ["http"]
    (rule,) = ingress["spec"]["rules"]
    assert rule["host"] == "releases.test"
    assert rule["http"]["paths"][0]["backend"]["service"] == {"name": NAME, "port": {"name": "http"}}
    assert ingress["spec"]["tls"] == [{"hosts": ["releases.test"], "secretName": "releases-certificate"}]


def test_no_selector_of_the_others_takes_in_its_pods(rendered: list[Manifest]) -> None:
    labels = pod_of(rendered, NAME)["metadata"]["labels"]
    for deployment in ("canary-controller", "canary-controller-deadman"):
        chosen = one(rendered, "Deployment", deployment)["spec"]["selector"]["matchLabels"]
        assert not chosen.items() <= labels.items()
    assert one(rendered, "Service", NAME)["spec"]["selector"].items() <= labels.items()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (PAGE, "https://releases.test/"),
        (
            ("--set", "page.enabled=true"),
            "kubectl port-forward service/canary-controller-page 8090:80 --namespace canary-system",
        ),
        ((), None),
    ],
    ids=["ingress", "none", "no page"],
)
def test_the_notes_say_where_it_is(words: tuple[str, ...], said: str | None) -> None:
    done = helm("install", "canary-controller", str(CONTROLLER), "--dry-run=client", *SYSTEM, *IMAGE, *words)
    assert done.returncode == 0, done.stderr
    notes = done.stdout.partition("NOTES:")[2]
    assert ("The Releases page" in notes) is (said is not None)
    assert (said or "") in notes


def test_the_controller_is_the_same_with_and_without_it(rendered: list[Manifest]) -> None:
    others = [each for each in rendered if each not in of_the_page(rendered)]
    assert others == render(CONTROLLER, *SYSTEM)
    assert kinds(of_the_page(rendered)).count("Deployment") == 1
