"""What the quickstart tells people to write does what the quickstart says."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from canary.cli.lint import Report, inspect
from canary.core.spec import parse

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[3]
FLASK, FASTAPI = ROOT / "examples" / "flask", ROOT / "examples" / "fastapi"
RELEASE = FLASK / "release.yaml"


def loaded(path: Path) -> ModuleType:
    """A module by its file: the examples are no packages."""
    specification = importlib.util.spec_from_file_location(f"example_{path.stem}", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def hello() -> Any:
    return loaded(FLASK / "app.py").app.test_client()


def counts(exposition: str, histogram: str) -> dict[str, float]:
    """Answers by status."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            if sample.name == f"{histogram}_count":
                status = sample.labels["status"]
                found[status] = found.get(status, 0) + sample.value
    return found


def limits(exposition: str, histogram: str) -> set[float]:
    samples = [s for family in text_string_to_metric_families(exposition) for s in family.samples]
    return {float(s.labels["le"]) for s in samples if s.name == f"{histogram}_bucket"}


def test_the_flask_service_greets_and_counts(hello: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREETING", "good morning")
    assert hello.get("/hello").json == {"says": "good morning"}
    monkeypatch.setenv("BROKEN", "yes")
    assert hello.get("/hello").status_code == 500
    assert hello.get("/healthz").status_code == 204
    told = hello.get("/metrics").get_data(as_text=True)
    assert counts(told, "flask_http_request_duration_seconds") == {"200": 1, "500": 1}


def test_the_limit_of_the_latency_rule_is_an_edge_of_both_histograms(hello: Any) -> None:
    within = parse(yaml.safe_load(RELEASE.read_text())).rules.latency.within  # type: ignore[union-attr]
    told = hello.get("/metrics").get_data(as_text=True)
    assert within in limits(told, "flask_http_request_duration_seconds")
    assert within in loaded(FASTAPI / "counted.py").BUCKETS


def test_the_release_passes_lint() -> None:
    assert inspect(RELEASE.name, RELEASE.read_text()) == Report(RELEASE.name, 1, ())


def test_the_ingress_leads_to_the_service_that_the_controller_makes() -> None:
    release = yaml.safe_load(RELEASE.read_text())
    ingress = yaml.safe_load((FLASK / "ingress.yaml").read_text())
    backend = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert release["spec"]["traffic"]["ingress"] == ingress["metadata"]["name"]
    assert backend["name"] == f"{release['metadata']['name']}-stable"
    assert backend["port"]["name"] in {port["name"] for port in release["spec"]["ports"]}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("value: hello}", "value: good morning}"),
        ("GREETING, value: hello", 'BROKEN, value: "yes"'),
    ],
)
def test_what_the_quickstart_replaces_is_there_and_makes_another_template(old: str, new: str) -> None:
    before = RELEASE.read_text()
    assert old in before
    assert f"s/{old}/{new}/" in (ROOT / "docs" / "quickstart.md").read_text()
    after = yaml.safe_load(before.replace(old, new))
    assert after["spec"]["template"] != yaml.safe_load(before)["spec"]["template"]


async def busy(scope: Any, receive: Any, send: Any) -> None:
    del scope, receive
    await send({"type": "http.response.start", "status": 503, "headers": []})
    await send({"type": "http.response.body", "body": b"busy"})


async def breaking(scope: Any, receive: Any, send: Any) -> None:
    del scope, receive, send
    raise RuntimeError("broken")


async def nothing(*_: object) -> None:
    return None


def asked(path: str) -> dict[str, str]:
    return {"type": "http", "path": path}


def test_an_asgi_application_is_counted_by_what_was_sent_also_when_it_breaks() -> None:
    counted, registry = loaded(FASTAPI / "counted.py"), CollectorRegistry()
    asyncio.run(counted.Counted(busy, registry)(asked("/hello"), nothing, nothing))
    assert counts(generate_latest(registry).decode(), "http_request_duration_seconds") == {"503": 1}
    registry = CollectorRegistry()
    with pytest.raises(RuntimeError, match="broken"):
        asyncio.run(counted.Counted(breaking, registry)(asked("/hello"), nothing, nothing))
    assert counts(generate_latest(registry).decode(), "http_request_duration_seconds") == {"500": 1}


def test_what_prometheus_asks_of_an_asgi_application_is_no_request_of_a_user() -> None:
    registry = CollectorRegistry()
    asyncio.run(loaded(FASTAPI / "counted.py").Counted(busy, registry)(asked("/metrics/"), nothing, nothing))
    assert counts(generate_latest(registry).decode(), "http_request_duration_seconds") == {}


def test_the_metrics_of_the_asgi_application_are_those_that_the_release_would_name() -> None:
    release = yaml.safe_load(RELEASE.read_text())
    release["spec"] |= yaml.safe_load((FASTAPI / "metrics.yaml").read_text())
    source = parse(release).application
    assert source is not None
    registry = CollectorRegistry()
    asyncio.run(loaded(FASTAPI / "counted.py").Counted(busy, registry)(asked("/hello"), nothing, nothing))
    assert counts(generate_latest(registry).decode(), source.histogram)
