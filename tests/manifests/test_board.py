"""The Grafana board can be read, asks what Prometheus can answer, and is tied to no Grafana of ours."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter
from typing import TYPE_CHECKING

import pytest
import yaml

from .board import BOARD, FOLDER, board, panels, queries
from .charts import ROOT, tool

if TYPE_CHECKING:
    from pathlib import Path

CHOSEN = {"namespace": "production", "release": "forecast"}
OURS = re.compile(r"\b(?:canary|forecast)_[a-z_]+\b(?=[{\[ )]|$)")
ENDING = re.compile("_(bucket|count|sum)$")
DOCUMENTED = (ROOT / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")


def test_ids_and_places_are_unique() -> None:
    numbers = Counter(panel["id"] for panel in board()["panels"])
    places = Counter(
        (panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board()["panels"] if panel["gridPos"]
    )
    assert [number for number, times in numbers.items() if times > 1] == []
    assert [place for place, times in places.items() if times > 1] == []
    titles = Counter(panel["title"] for panel in panels())
    assert [title for title, times in titles.items() if times > 1] == []


def test_the_data_source_is_whichever_the_reader_chooses() -> None:
    (chosen,) = [each for each in board()["templating"]["list"] if each["type"] == "datasource"]
    assert (chosen["name"], chosen["query"]) == ("datasource", "prometheus")
    asked = [panel["datasource"]["uid"] for panel in panels()]
    asked += [target["datasource"]["uid"] for panel in panels() for target in panel["targets"]]
    asked += [each["datasource"]["uid"] for each in board()["templating"]["list"] if each["type"] == "query"]
    assert set(asked) == {"${datasource}"}


def test_every_panel_says_what_it_shows() -> None:
    assert [panel["title"] for panel in panels() if not panel["description"].endswith(".")] == []


def test_every_query_can_be_read_by_prometheus(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": query} for number, (_, query) in enumerate(queries(CHOSEN))
    ]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "board", "rules": rules}]}))
    done = _checked(tmp_path / "rules.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(rules)} rules found" in done.stdout


def test_a_query_that_cannot_be_read_is_noticed(tmp_path: Path) -> None:
    broken = [{"record": "panel:0", "expr": "sum by (release) (up"}]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "board", "rules": broken}]}))
    assert _checked(tmp_path / "rules.yml").returncode != 0


def _checked(rules: Path) -> subprocess.CompletedProcess[str]:
    command = [tool("promtool"), "check", "rules", "--lint=none", str(rules)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_metric_of_ours_that_is_asked_for_exists() -> None:
    asked = {name for _, query in queries(CHOSEN) for name in OURS.findall(query)}
    assert "canary_release_weight_seen" in asked
    assert [name for name in asked if f"`{ENDING.sub('', name)}`" not in DOCUMENTED] == []


@pytest.mark.parametrize("variable", [*CHOSEN, "__rate_interval"])
def test_no_variable_is_left_over(variable: str) -> None:
    assert [query for _, query in queries(CHOSEN) if f"${variable}" in query or "$" in query] == []


def test_the_component_makes_the_map_that_a_sidecar_finds(tmp_path: Path) -> None:
    component = os.path.relpath(FOLDER, tmp_path.resolve())
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump({"components": [component]}))
    command = [tool("kubectl"), "kustomize", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = yaml.safe_load(done.stdout)
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(found["data"][BOARD.name]) == board()
