"""The page of the service leaves out no path, no error and no bound that the code has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service import openapi, schema
from service.training import own, score

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "service.md"
TEXT = PAGE.read_text(encoding="utf-8")
DOCUMENT = openapi.document(None)


@pytest.mark.parametrize("path", sorted(DOCUMENT["paths"]))
def test_every_path_is_named(path: str) -> None:
    assert f"`{path}`" in TEXT


@pytest.mark.parametrize("code", DOCUMENT["components"]["schemas"]["Error"]["properties"]["code"]["enum"])
def test_every_error_code_is_in_the_table(code: str) -> None:
    assert f"`{code}`" in TEXT.partition("### Errors")[2].partition("## The model")[0]


@pytest.mark.parametrize("metric", sorted(set(re.findall(r"`((?:forecast|flask)_[a-z_]+)`", TEXT))))
def test_every_metric_that_is_named_exists(metric: str) -> None:
    assert f"`{metric}`" in (ROOT / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "bound",
    [
        f"MASE at most {score.MASE_LIMIT},",
        f"at least {score.WAPE_GAINS[score.NAIVE] * 100:.0f} % better than seasonal naive",
        f"and {score.WAPE_GAINS[score.ETS] * 100:.0f} % better than exponential smoothing",
        f"covers {score.COVERED[0] * 100:.0f} to {score.COVERED[1] * 100:.0f} %",
        f"{own.LEAST_MONTHS} months are needed",
        f"up to {schema.MAX_BATCH} queries",
        f"{schema.MAX_BODY // 1024} KiB",
    ],
)
def test_the_bounds_are_those_of_the_code(bound: str) -> None:
    assert bound in TEXT
