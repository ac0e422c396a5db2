"""One class handles any release of the forecast chart: the demo's, or one in a namespace of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from delivery import children
from delivery.images import Image
from demo.production import SUBJECT, Production
from demo.reads import Subject

if TYPE_CHECKING:
    from pathlib import Path

ELSEWHERE = Subject("elsewhere", "forecast")


class EchoingCluster:
    """A cluster whose helm repeats the words that it was given."""

    def __init__(self, kubeconfig: Path) -> None:
        self.env = {"KUBECONFIG": str(kubeconfig)}

    def tool(self, name: str) -> str:
        del name
        return "echo"


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EchoingCluster:
    monkeypatch.setattr(children, "LOGS", tmp_path)
    reached = {"cluster": "c", "user": "u"}
    document = {
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": "x", "context": reached}],
        "current-context": "x",
    }
    (tmp_path / "kubeconfig").write_text(json.dumps(document))
    return EchoingCluster(tmp_path / "kubeconfig")


def upgraded(cluster: EchoingCluster, folder: Path, *subject: Subject) -> str:
    production = Production(cluster, Image("repo", "1"), lambda _: None, *subject)  # type: ignore[arg-type]
    production.upgrade('ingress.host="a.test"')
    return "".join(log.read_text() for log in folder.glob("helm-*.log"))


@pytest.mark.parametrize("subject", [SUBJECT, ELSEWHERE], ids=["the demo's", "another"])
def test_helm_works_in_the_namespace_of_the_release(
    cluster: EchoingCluster, tmp_path: Path, subject: Subject
) -> None:
    words = upgraded(cluster, tmp_path, subject)
    assert f" -n {subject.namespace} " in words
    assert 'ingress.host="a.test"' in words


def test_without_a_name_it_is_the_release_in_production(cluster: EchoingCluster, tmp_path: Path) -> None:
    assert " -n production " in upgraded(cluster, tmp_path)
