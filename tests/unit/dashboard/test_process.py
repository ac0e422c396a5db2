"""A real gunicorn: start, refusal, probes, and a stop that lets a request in flight finish."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.servers import ROOT, Server

from .conftest import Provider

COMMAND = [sys.executable, "-m", "gunicorn", "--config", "dashboard/gunicorn_conf.py"]


@pytest.fixture
def started(provider: Provider, stored: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Server]]:
    running: list[Server] = []

    def start(**environment: str) -> Server:
        told = {"FORECAST_URL": provider.url, **stored, **environment}
        running.append(Server("dashboard", tmp_path / "log", told))
        return running[-1]

    yield start
    for one in running:
        one.end()


def test_it_serves_pages_on_one_port_and_probes_on_another(started: Callable[..., Server]) -> None:
    dashboard = started()
    status, page = dashboard.get("/?branch=Dubai+Mall&month=2025-12")
    assert status == 200
    assert "Paracetamol 500 mg" in page
    assert dashboard.get("/livez", dashboard.admin_port)[0] == 200
    status, figures = dashboard.get("/metrics", dashboard.admin_port)
    assert 'dashboard_forecast_calls_total{outcome="answered"} 3.0' in figures
    assert dashboard.get("/metrics")[0] == 404
    assert dashboard.get("/elsewhere", dashboard.admin_port)[0] == 404


def test_it_stops_when_told_to(started: Callable[..., Server]) -> None:
    dashboard = started()
    dashboard.process.send_signal(signal.SIGTERM)
    assert dashboard.process.wait(20) == 0


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("FORECAST_URL", "nowhere", "FORECAST_URL: 'nowhere' is no address of a server"),
        ("SECRET_KEY", "", "SECRET_KEY: is missing"),
        ("DATABASE_URL", "mysql://me:hush@host/db", "DATABASE_URL: mysql cannot be used"),
    ],
)
def test_it_refuses_a_configuration_by_its_name(
    stored: dict[str, str], name: str, value: str, told: str
) -> None:
    environment = os.environ | stored | {name: value}
    done = subprocess.run(
        COMMAND, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert f"dashboard: {told}" in done.stderr
    assert "hush" not in done.stderr
