"""The whole program against an API server: the real adapter, streams and exit codes."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from canary.cli.main import connect, run
from canary.cli.terminal import SystemClock, Terminal

from .apiserver import ApiServer, kubeconfig, serving
from .build import CANARY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = [sys.executable, "-m", "canary.cli"]


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with serving() as running:
        yield running


@pytest.fixture
def config(server: ApiServer, tmp_path: Path) -> str:
    return kubeconfig(tmp_path, server.server_port)


def canary(*arguments: str) -> tuple[int, str, list[str]]:
    """Call the program in this process, on the real adapter."""
    out, err = io.StringIO(), io.StringIO()
    streams = Terminal(out=out, err=err, stdin=io.BytesIO(), clock=SystemClock())
    code = run(arguments, streams, connect)
    return code, out.getvalue(), err.getvalue().splitlines()


def test_status_reads_the_cluster_of_the_kubeconfig(config: str) -> None:
    code, out, err = canary("status", "--kubeconfig", config, "-o", "json")
    document = json.loads(out)
    assert (code, err) == (0, [])
    assert (document["name"], document["phase"], document["canary"]) == ("forecast", "Progressing", CANARY)


def test_the_environment_names_the_kubeconfig_as_for_kubectl(config: str) -> None:
    found = subprocess.run(
        [*PROGRAM, "list", "-A", "-o", "name"],
        capture_output=True,
        text=True,
        env=os.environ | {"KUBECONFIG": config},
        check=True,
        timeout=60,
    )
    assert (found.stdout, found.stderr) == ("canaryrelease.canary.serin.dev/forecast\n", "")


def test_a_missing_release_names_those_that_exist(config: str) -> None:
    assert canary("status", "nobody", "--kubeconfig", config) == (
        2,
        "",
        ["canary: release production/nobody: not found: there is forecast"],
    )


def test_an_order_is_placed_under_the_own_name_and_its_answer_awaited(server: ApiServer, config: str) -> None:
    assert canary("pause", "--kubeconfig", config) == (0, "forecast: paused at 10 %\n", [])
    (order,) = server.orders
    assert (order["kind"], order["metadata"]["generateName"]) == ("ReleaseCommand", "forecast-pause-")
    assert order["spec"] == {
        "release": "forecast",
        "verb": "pause",
        "requestedBy": "alice",
        "expectedRevision": CANARY,
        "expectedStep": 0,
    }


def test_why_reads_the_journal(config: str) -> None:
    code, out, err = canary("why", "--kubeconfig", config, "-o", "json")
    assert (code, err) == (0, [])
    assert [entry["weightTo"] for entry in json.loads(out)["journal"]] == [10, 0, 0]


@pytest.mark.parametrize("verb", ["status", "list", "promote", "why", "history"])
def test_no_permission_is_refused_in_one_line(server: ApiServer, config: str, verb: str) -> None:
    server.forbidden = True
    code, out, err = canary(verb, "--kubeconfig", config)
    assert (code, out, len(err)) == (3, "", 1)
    assert 'User "eve" cannot do that' in err[0]


@pytest.mark.parametrize("line", ["status", "status --watch", "list", "promote forecast"])
def test_a_dead_api_server_is_unreachable_in_one_line(tmp_path: Path, line: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code, out, err = canary(*line.split(), "--kubeconfig", kubeconfig(tmp_path, port))
    assert (code, out, len(err)) == (5, "", 1)
    assert f"127.0.0.1:{port}" in err[0]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="no YAML"),
        pytest.param("- a\n- b\n", id="a list"),
        pytest.param("just words", id="words"),
        pytest.param("apiVersion: v1\nkind: Config\n", id="no contexts"),
        pytest.param("kind: Config\nclusters: 3\ncontexts: 4\ncurrent-context: 5\n", id="numbers"),
        pytest.param(b"\xff\xfe\x00\x01", id="binary"),
    ],
)
def test_a_malformed_kubeconfig_is_wrong_usage_in_one_line(tmp_path: Path, content: str | bytes) -> None:
    file = tmp_path / "config"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    code, out, err = canary("status", "--kubeconfig", str(file))
    assert (code, out, len(err)) == (2, "", 1), err
    assert str(file) in err[0]


def test_an_unknown_context_is_wrong_usage(config: str) -> None:
    code, _, err = canary("status", "--kubeconfig", config, "--context", "nowhere")
    assert (code, len(err)) == (2, 1)
    assert "nowhere" in err[0]


def test_ctrl_c_ends_a_watch_silently(config: str) -> None:
    # Tests that run in the background of a shell inherit that nobody there listens to Ctrl-C.
    command = ["env", "--default-signal=INT", *PROGRAM, "status", "--watch", "--kubeconfig", config]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            assert "Progressing" in process.stdout.readline()
            process.send_signal(signal.SIGINT)
            assert (process.wait(30), process.stderr.read()) == (130, "")
        finally:
            process.kill()
