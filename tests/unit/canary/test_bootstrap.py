from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from canary.bootstrap import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "words",
    [["--port", "99999"], ["--workers", "0"], ["--proxy-settle", "-1"], ["--unknown"]],
    ids=lambda words: words[0],
)
def test_a_wrong_flag_is_a_usage_error(words: list[str]) -> None:
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2
    assert words[0] in done.output


def test_without_a_cluster_it_says_so_and_ends(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["--kubeconfig", str(tmp_path / "none")])
    assert done.exit_code == 5


@pytest.mark.parametrize(
    "variable",
    [
        "SERIN_PROMETHEUS_URL",
        "SERIN_NAMESPACE",
        "SERIN_PROXY_SETTLE",
        "SERIN_LEASE_NAMESPACE",
        "SERIN_LEADER_ELECT",
        "SERIN_IDENTITY",
        "SERIN_HTTP_PORT",
        "SERIN_WORKERS",
        "SERIN_CONTEXT",
        "KUBECONFIG",
    ],
)
def test_every_flag_has_an_environment_variable_that_help_names(variable: str) -> None:
    assert variable in CliRunner().invoke(main, ["--help"]).output
