"""The forecast pod: what makes a release, what does not, and how the pod is kept in bounds."""

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from canary.core.artefacts import ARTEFACT, NOTES
from service.faults import Faults

from .charts import FORECAST, PRODUCTION, STAGING, Manifest, one, pod_of, render
from .workloads import dangling_ports, unconfined, unscraped


@pytest.fixture
def pod() -> Manifest:
    return pod_of(render(FORECAST, *PRODUCTION))


def environment(pod: Manifest) -> dict[str, Manifest]:
    (container,) = pod["spec"]["containers"]
    return {entry["name"]: entry for entry in container["env"]}


def test_what_staging_tested_is_what_production_gets(pod: Manifest) -> None:
    assert pod_of(render(FORECAST, *STAGING)) == pod


@pytest.mark.parametrize(
    "change",
    [
        "ingress.host=other.test",
        "replicas=5",
        "canary.rollbackWindow=20m",
        "canary.rules.confidence=99.9%",
        "canary.budget.risk=1%",
        "autoscaling.enabled=true",
        "networkPolicy.enabled=false",
        "disruption.maxUnavailable=2",
    ],
)
def test_a_change_beside_the_pod_is_no_release(pod: Manifest, change: str) -> None:
    assert pod == pod_of(render(FORECAST, *PRODUCTION, "--set", change))


def test_a_newer_chart_with_the_same_pod_is_no_release(pod: Manifest, tmp_path: Path) -> None:
    newer = tmp_path / "forecast"
    shutil.copytree(FORECAST, newer)
    chart = newer / "Chart.yaml"
    chart.write_text(chart.read_text().replace("version: 0.1.0", "version: 9.9.9"))
    bumped = render(newer, "--namespace", "production", "--values", str(newer / "values-production.yaml"))
    assert one(bumped, "CanaryRelease")["metadata"]["labels"]["helm.sh/chart"] == "forecast-9.9.9"
    assert pod == pod_of(bumped)


@pytest.mark.parametrize(
    "change",
    ["image.tag=another", "model.version=v1", "logLevel=DEBUG", "nodeSelector.disk=fast"],
)
def test_a_change_of_the_pod_is_a_release(pod: Manifest, change: str) -> None:
    assert pod != pod_of(render(FORECAST, *PRODUCTION, "--set-string", change))


def test_a_digest_pins_the_image_and_wins_over_the_tag() -> None:
    digest = f"sha256:{'a' * 64}"
    pinned = pod_of(render(FORECAST, *PRODUCTION, "--set", f"image.digest={digest}"))
    assert f"localhost/serin/service@{digest}" == pinned["spec"]["containers"][0]["image"]


def test_the_pod_knows_its_model_and_its_revision(pod: Manifest) -> None:
    known = environment(pod)
    assert known["MODEL_VERSION"]["value"] == "v0"
    label = "metadata.labels['canary.serin.dev/revision']"
    assert label == known["REVISION"]["valueFrom"]["fieldRef"]["fieldPath"]


def test_a_model_can_be_pinned_by_its_digest(pod: Manifest) -> None:
    digest = f"sha256:{'b' * 64}"
    pinned = environment(pod_of(render(FORECAST, *PRODUCTION, "--set", f"model.digest={digest}")))
    assert digest == pinned["MODEL_DIGEST"]["value"]
    assert "MODEL_DIGEST" not in environment(pod)


def test_the_pinned_digest_is_the_artefact_that_the_status_of_the_release_tells(pod: Manifest) -> None:
    digest = f"sha256:{'b' * 64}"
    pinned = pod_of(render(FORECAST, *PRODUCTION, "--set", f"model.digest={digest}"))
    assert digest == pinned["metadata"]["annotations"][ARTEFACT]
    assert ARTEFACT not in pod["metadata"]["annotations"]


def test_notes_of_a_model_are_no_release(pod: Manifest) -> None:
    said = 'v0 -> v1: 83.1% change, "more" of {{ them }}\n  229 -> 79'
    noted = render(FORECAST, *PRODUCTION, "--set-json", f"model.notes={json.dumps(said)}")
    assert one(noted, "CanaryRelease")["metadata"]["annotations"] == {NOTES: said}
    assert pod == pod_of(noted)


def test_faults_are_off_unless_switched_on(pod: Manifest) -> None:
    assert "FAULTS" not in environment(pod)


@pytest.mark.parametrize(
    "faults",
    [
        {"error": {"ratio": 0.3, "status": 503}},
        {"delay": {"ratio": 0.5, "seconds": 0.4}, "start_after": 5},
        {"hang": {}, "crash": {"after_requests": 100}},
        {"memory": {"mib_per_request": 8}},
        {"nan": True},
        {"constant": 7},
    ],
    ids="+".join,
)
def test_the_service_understands_every_fault_of_the_chart(faults: Manifest) -> None:
    wanted = json.dumps({"enabled": True, **faults})
    bad = pod_of(render(FORECAST, *PRODUCTION, "--set-json", f"faults={wanted}"))
    assert Faults.parse(environment(bad)["FAULTS"]["value"]) != Faults.parse("")


def test_the_kubelet_waits_longer_than_the_service_drains(pod: Manifest) -> None:
    known = environment(pod)
    takes = int(known["DRAIN_SECONDS"]["value"]) + int(known["GRACE_SECONDS"]["value"])
    assert takes < pod["spec"]["terminationGracePeriodSeconds"]


def test_revisions_spread_over_nodes_each_by_itself(pod: Manifest) -> None:
    (spread,) = pod["spec"]["topologySpreadConstraints"]
    assert (
        spread["topologyKey"],
        spread["matchLabelKeys"],
    ) == ("kubernetes.io/hostname", ["pod-template-hash"])


def writable_root(pod: Manifest) -> None:
    pod["spec"]["containers"][0]["securityContext"]["readOnlyRootFilesystem"] = False


def root_user(pod: Manifest) -> None:
    pod["spec"]["securityContext"]["runAsUser"] = 0


def renamed_port(pod: Manifest) -> None:
    pod["spec"]["containers"][0]["ports"][1]["name"] = "metrics"


def unprobed(pod: Manifest) -> None:
    del pod["spec"]["containers"][0]["livenessProbe"]


def scraped_elsewhere(pod: Manifest) -> None:
    pod["metadata"]["annotations"]["prometheus.io/port"] = "9999"


@pytest.mark.parametrize("check", [unconfined, dangling_ports, unscraped])
def test_the_pod_is_kept_in_bounds(pod: Manifest, check: Callable[[Manifest], list[str]]) -> None:
    assert check(pod) == []


@pytest.mark.parametrize(
    ("check", "spoil"),
    [
        (unconfined, writable_root),
        (unconfined, root_user),
        (dangling_ports, renamed_port),
        (dangling_ports, unprobed),
        (unscraped, scraped_elsewhere),
    ],
)
def test_a_spoilt_pod_is_noticed(
    pod: Manifest, check: Callable[[Manifest], list[str]], spoil: Callable[[Manifest], None]
) -> None:
    spoilt = copy.deepcopy(pod)
    spoil(spoilt)
    assert check(spoilt) != []
