"""Prometheus' own engine, held against prepared series."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import yaml

from .charts import tool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def played(
    folder: Path,
    series: Mapping[str, str],
    rule_files: Sequence[str] = (),
    interval: str = "5s",
    **expected: list[dict[str, Any]],
) -> subprocess.CompletedProcess[str]:
    """Play series of one sample each `interval`; `expected` are tests as promtool's files spell them."""
    fed = [{"series": name, "values": values} for name, values in series.items()]
    test = {"interval": interval, "input_series": fed, **expected}
    document = {"rule_files": list(rule_files), "evaluation_interval": interval, "tests": [test]}
    (folder / "test.yml").write_text(yaml.safe_dump(document))
    command = [tool("promtool"), "test", "rules", str(folder / "test.yml")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def said(done: subprocess.CompletedProcess[str]) -> str:
    """What promtool has against it; empty when it agrees."""
    return "" if done.returncode == 0 else done.stdout + done.stderr
