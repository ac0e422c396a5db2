from __future__ import annotations

from pathlib import Path

import pytest

from devcluster import gateway
from devcluster.errors import ClusterError
from devcluster.settings import Settings

GO = """#!/bin/sh
case "$1" in
  version) echo "go version go1.30 linux/amd64" ;;
  *) {answer} ;;
esac
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def provide_go(path: Path, answer: str) -> None:
    binary = path / "go"
    binary.write_text(GO.replace("{answer}", answer))
    binary.chmod(0o755)


def test_the_kinds_lie_in_the_module_cache(path: Path) -> None:
    provide_go(path, """echo '{"Path": "sigs.k8s.io/gateway-api", "Dir": "/cache/gateway-api@v1"}'""")
    assert Path("/cache/gateway-api@v1/config/crd/standard") == gateway.definitions(Settings.read({}))


def test_a_module_that_cannot_be_had_is_an_error(path: Path) -> None:
    provide_go(path, "echo 'dial tcp: no route to host' >&2; exit 1")
    with pytest.raises(ClusterError, match=r"Gateway API: .*no route to host"):
        gateway.definitions(Settings.read({}))
