"""The Grafana board as the tests look at it: its panels, and their queries as Grafana would send them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .charts import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = ROOT / "k8s" / "components" / "grafana"
BOARD = FOLDER / "releases.json"

Panel = dict[str, Any]

# Panels that are rightly empty while all is well, or where no container has a CPU limit.
QUIET = {"CPU held back", "Alerts that fire", "Stalled or rolled back", "Clocks that run", "Failed loops"}


def board() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(BOARD.read_text(encoding="utf-8"))
    return loaded


def panels() -> list[Panel]:
    """Every panel that shows something; rows only order them."""
    return [panel for panel in board()["panels"] if panel["type"] != "row"]


def queries(chosen: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Title and query of every target, with variables replaced as Grafana does."""
    for panel in panels():
        for target in panel["targets"]:
            query = target["expr"]
            for name, value in ({"__rate_interval": "1m"} | dict(chosen)).items():
                query = query.replace(f"${name}", value)
            yield panel["title"], query
