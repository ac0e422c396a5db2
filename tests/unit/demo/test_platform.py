from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from delivery.cluster import Current
from demo import platform

if TYPE_CHECKING:
    from pathlib import Path

KUBECTL = """#!/bin/sh
echo "$@" >> {log}
[ "$1" = get ] && cat {known}
exit 0
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "known").touch()
    (tmp_path / "log").touch()
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(KUBECTL.format(log=tmp_path / "log", known=tmp_path / "known"))
    kubectl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(platform, "DEFINITIONS", ("echo", "/cache/definitions"))
    return tmp_path / "log"


def say(_: str) -> None:
    """Nobody listens."""


def test_a_cluster_without_the_gateway_api_gets_it(log: Path) -> None:
    platform.define_gateways(Current({}), say)
    asked, defined, waited = log.read_text().splitlines()
    assert asked.startswith("get crd")
    assert defined == "apply --server-side -f /cache/definitions"
    assert waited.startswith("wait --for=condition=Established")


def test_a_cluster_that_has_the_gateway_api_keeps_its_own(log: Path) -> None:
    (log.parent / "known").write_text("\n".join(platform.GATEWAY_KINDS))
    platform.define_gateways(Current({}), say)
    assert [line.split()[0] for line in log.read_text().splitlines()] == ["get"]
