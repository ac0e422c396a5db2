"""What is done to the entrance is undone, also when the block in between fails."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException

from benchmarks.reliability.faults import entrance
from delivery.errors import StepError


class Cluster:
    """The API server and the packet filter as far as these tools use them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.rules: list[list[str]] = []
        for each in ("CustomObjectsApi", "NetworkingV1Api"):
            monkeypatch.setattr(entrance.client, each, lambda _: self)
        monkeypatch.setattr(entrance.client, "CoreV1Api", lambda _: self)
        monkeypatch.setattr(entrance.subprocess, "run", self._run)

    def create_cluster_custom_object(self, _g: str, _v: str, plural: str, body: Any, **_: object) -> None:
        self.objects[plural] = body

    def delete_cluster_custom_object(self, _g: str, _v: str, plural: str, _name: str, **_: object) -> None:
        if plural not in self.objects:
            raise ApiException(404)
        del self.objects[plural]

    def create_namespaced_ingress(self, *_: object, **__: object) -> Any:
        if "validatingadmissionpolicies" in self.objects:
            raise ApiException(422)
        return SimpleNamespace(spec=SimpleNamespace(ingress_class_name=entrance.ELSEWHERE))

    def list_namespaced_pod(self, *_: object, **__: object) -> Any:
        pods = [SimpleNamespace(status=SimpleNamespace(pod_ip=each)) for each in ("10.88.0.9", None)]
        return SimpleNamespace(items=pods)

    def _run(self, words: list[str], **_: object) -> Any:
        _, _, act, *rule = words
        if act == "-I":
            self.rules.append(rule)
        else:
            self.rules.remove(rule)
        return SimpleNamespace(returncode=0, stderr="")


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    return Cluster(monkeypatch)


def test_a_policy_changes_the_class_of_canary_ingresses_of_one_namespace_only(cluster: Cluster) -> None:
    with entrance.other_class(None, "t-x"):
        policy = cluster.objects["mutatingadmissionpolicies"]["spec"]
        bound = cluster.objects["mutatingadmissionpolicybindings"]["spec"]
        assert "endsWith('-canary')" in policy["matchConditions"][0]["expression"]
        chosen = bound["matchResources"]["namespaceSelector"]["matchLabels"]
        assert chosen == {"kubernetes.io/metadata.name": "t-x"}
    assert not cluster.objects


def test_a_policy_is_gone_even_when_the_block_fails(cluster: Cluster) -> None:
    def block() -> None:
        with entrance.forbidden(None, "t-x"):
            assert len(cluster.objects) == 2
            raise StepError("in between")

    with pytest.raises(StepError, match="in between"):
        block()
    assert not cluster.objects


def test_the_proxy_is_cut_off_both_ways_and_joined_again(cluster: Cluster) -> None:
    with entrance.cut_off(None):
        chains = [rule[0] for rule in cluster.rules]
        assert chains == ["INPUT", "OUTPUT"]
        assert all("10.88.0.9" in rule and "6443" in rule for rule in cluster.rules)
    assert not cluster.rules


def test_without_the_right_to_filter_packets_it_says_so(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = SimpleNamespace(returncode=4, stderr="Permission denied (you must be root)\n")
    monkeypatch.setattr(entrance.subprocess, "run", lambda *_, **__: refused)
    with pytest.raises(StepError, match="must be root"), entrance.cut_off(None):
        pass
    assert not cluster.rules
