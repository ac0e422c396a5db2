"""What a release asks the store about its containers, answered by Prometheus' own engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canary.adapters.queries import usage
from tests.unit.canary.test_queries import QUERY

from .promtool import played, said
from .test_infrastructure import rules

if TYPE_CHECKING:
    from pathlib import Path

OLD = "x60"  # samples of every five seconds for five minutes
THROTTLED, PERIODS = "release:container_cpu_throttled_periods:total", "release:container_cpu_periods:total"
USED, LIMIT = "release:container_memory_working_set:bytes", "release:container_memory_limit:bytes"


def container(name: str, revision: str, pod: str = "p", instance: str = "node", **labels: str) -> str:
    known = {"namespace": "shop", "release": "web", "revision": revision, "pod": pod, "container": "service"}
    told = ",".join(f'{key}="{value}"' for key, value in (known | {"instance": instance} | labels).items())
    return f"{name}{{{told}}}"


def asked(folder: Path, series: dict[str, str], expected: dict[tuple[str, str], float]) -> str:
    """What promtool says of the answer after five minutes; empty when it is the expected one."""
    samples = [
        {"labels": f'{{resource="{resource}",revision="{revision}"}}', "value": value}
        for (resource, revision), value in expected.items()
    ]
    wanted = {"expr": usage(QUERY), "eval_time": "5m", "exp_samples": samples}
    return said(played(folder, series, promql_expr_test=[wanted]))


def test_both_sides_are_told_by_resource(tmp_path: Path) -> None:
    series = {
        container(THROTTLED, "bbbb"): f"0+25{OLD}",
        container(PERIODS, "bbbb"): f"0+50{OLD}",
        container(THROTTLED, "aaaa"): f"0+0{OLD}",
        container(PERIODS, "aaaa"): f"0+50{OLD}",
        container(USED, "bbbb"): f"90+0{OLD}",
        container(LIMIT, "bbbb"): f"100+0{OLD}",
        container(USED, "aaaa"): f"40+0{OLD}",
        container(LIMIT, "aaaa"): f"100+0{OLD}",
    }
    found = {
        ("throttled", "bbbb"): 0.5,
        ("throttled", "aaaa"): 0.0,
        ("memory", "bbbb"): 0.9,
        ("memory", "aaaa"): 0.4,
    }
    assert asked(tmp_path, series, found) == ""
    assert "exp" in asked(tmp_path, series, found | {("memory", "aaaa"): 0.5})


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        pytest.param(
            {container(USED, "bbbb"): f"90+0x56 10+0x3 {'90 ' * 4}", container(LIMIT, "bbbb"): f"100+0{OLD}"},
            {("memory", "bbbb"): 0.1},
            id="what it fell to within the minute counts, not a peak",
        ),
        pytest.param(
            {
                container(USED, "bbbb", pod="p"): f"20+0{OLD}",
                container(LIMIT, "bbbb", pod="p"): f"100+0{OLD}",
                container(USED, "bbbb", pod="q"): f"70+0{OLD}",
                container(LIMIT, "bbbb", pod="q"): f"100+0{OLD}",
            },
            {("memory", "bbbb"): 0.7},
            id="the fullest container",
        ),
        pytest.param(
            {
                container(name, "bbbb", instance=node): values
                for node in ("one", "two")
                for name, values in ((USED, f"70+0{OLD}"), (LIMIT, f"100+0{OLD}"))
            },
            {("memory", "bbbb"): 0.7},
            id="two scrapers",
        ),
        pytest.param(
            {
                container(THROTTLED, "bbbb"): f"_{'x48'} 0+50x12",
                container(PERIODS, "bbbb"): f"_{'x48'} 0+50x12",
                container(USED, "bbbb"): f"_{'x48'} 99+0x12",
                container(LIMIT, "bbbb"): f"_{'x48'} 100+0x12",
            },
            {},
            id="whoever has just started may use all there is",
        ),
        pytest.param({container(USED, "bbbb"): f"90+0{OLD}"}, {}, id="no limit"),
        pytest.param(
            {
                container(THROTTLED, "bbbb"): f"0+50{OLD}",
                container(PERIODS, "bbbb"): f"0+50{OLD}",
                container("release:container_restarts:total", "bbbb"): "0+0x50 1+0x9",
            },
            {},
            id="it has started again",
        ),
        pytest.param(
            {
                container(USED, "bbbb", **pod): f"{used}+0{OLD}"
                for used, pod in ((20, {}), (95, {"container": ""}), (96, {"container": "POD"}))
            }
            | {
                container(LIMIT, "bbbb", **pod): f"100+0{OLD}"
                for pod in ({}, {"container": ""}, {"container": "POD"})
            },
            {("memory", "bbbb"): 0.2},
            id="a pod is no container",
        ),
        pytest.param(
            {container(THROTTLED, "bbbb"): f"0+0{OLD}", container(PERIODS, "bbbb"): f"7+0{OLD}"},
            {},
            id="a processor that nobody wanted",
        ),
        pytest.param(
            {
                container(USED, revision, **other): f"90+0{OLD}"
                for revision, other in (
                    ("cccc", {}),
                    ("bbbb", {"namespace": "x"}),
                    ("bbbb", {"release": "x"}),
                )
            }
            | {
                container(LIMIT, revision, **other): f"100+0{OLD}"
                for revision, other in (
                    ("cccc", {}),
                    ("bbbb", {"namespace": "x"}),
                    ("bbbb", {"release": "x"}),
                )
            },
            {},
            id="somebody else's",
        ),
    ],
)
def test_what_is_no_use_of_the_canary(
    tmp_path: Path, series: dict[str, str], expected: dict[tuple[str, str], float]
) -> None:
    assert asked(tmp_path, series, expected) == ""


def test_the_series_are_those_that_the_rules_of_our_prometheus_make() -> None:
    assert {THROTTLED, PERIODS, USED, LIMIT} <= {rule["record"] for rule in rules()}
