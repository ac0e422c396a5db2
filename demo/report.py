"""build/demo/report.json: what was seen, act by act, in the frame of every report of this project."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from demo.judges import Finding

FIRST_SETUP, LATER = 15 * 60.0, 5 * 60.0  # seconds that a first and a later `make demo` may take
SCRAPE = 5.0  # seconds between two scrapes
BAD_RATE = 50.0  # requests/s for which the figure on failed requests is given


@dataclass(frozen=True, slots=True)
class Act:
    """One act and its outcome; times are seconds since the epoch."""

    name: str
    started: float
    finished: float
    finding: Finding

    @property
    def seconds(self) -> float:
        """How long the act took."""
        return self.finished - self.started

    def row(self) -> dict[str, Any]:
        """Render for the report."""
        return {
            "name": self.name,
            "passed": self.finding.held,
            "seconds": round(self.seconds, 1),
            "started": stamp(self.started),
            "finished": stamp(self.finished),
            **({"complaint": self.finding.complaint} if self.finding.complaint else {}),
            **self.finding.facts,
        }


@dataclass(frozen=True, slots=True)
class Totals:
    """All user requests; `bad` failed on the deliberately bad release, `failed` on anything else."""

    total: int
    failed: int
    bad: int


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and how the demo ran: rate in requests/s, set-up in seconds."""

    commit: str
    cores: int
    memory_gib: float
    rate: float
    setup_seconds: float
    first: bool


def build(acts: Sequence[Act], expected: int, totals: Totals, setting: Setting) -> dict[str, Any]:
    """Build the report of a demo that should have had `expected` acts."""
    facts = {key: value for act in acts for key, value in act.finding.facts.items()}
    seconds = sum(act.seconds for act in acts)
    held = len(acts) == expected and all(act.finding.held for act in acts)
    goals = [_time(setting, seconds, whole=held), *_goals(facts, totals, setting)]
    return {
        "what": "demo",
        "passed": held and totals.failed == 0,
        "commit": setting.commit,
        "machine": {"cores": setting.cores, "memory_gib": setting.memory_gib},
        "finished": stamp(acts[-1].finished) if acts else None,
        "seconds": round(seconds, 1),
        "setup_seconds": round(setting.setup_seconds, 1),
        "acts_seconds": round(seconds - setting.setup_seconds, 1),
        "acts": [act.row() for act in acts],
        "requests": {"total": totals.total, "failed": totals.failed, "failed_by_bad_release": totals.bad},
        "rollback_seconds": facts.get("bad_answer_seconds"),
        "weights_seen": _weights(acts),
        "goals": goals,
    }


def stamp(seconds: float) -> str:
    """Epoch seconds as RFC 3339, UTC, with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def setting(root: Path, rate: float, setup_seconds: float, *, first: bool) -> Setting:
    """Read the commit and the machine."""
    return Setting(commit(root), **machine(), rate=rate, setup_seconds=setup_seconds, first=first)


def commit(root: Path) -> str:
    """The commit that the checkout at `root` stands on."""
    asked = ["git", "-C", str(root), "rev-parse", "HEAD"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return said or f"unknown ({platform.node()})"


def machine() -> dict[str, Any]:
    """Cores and memory (GiB) of this machine, as every report gives them."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"cores": os.cpu_count() or 1, "memory_gib": round(memory, 1)}


def _weights(acts: Sequence[Act]) -> list[int]:
    """Every weight in the order in which it was seen, over all acts."""
    seen: list[int] = []
    for weight in (weight for act in acts for weight in act.finding.facts.get("weights_seen", [])):
        if seen[-1:] != [weight]:
            seen.append(weight)
    return seen


def _time(setting: Setting, seconds: float, *, whole: bool) -> dict[str, Any]:
    """A demo that broke off was not quick."""
    allowed, kind = (FIRST_SETUP, "first") if setting.first else (LATER, "later")
    goal = _goal(f"{kind} demo", allowed, seconds, "s", "" if whole else "not every act was observed")
    return goal | {"met": goal["met"] and whole}


def _goals(facts: dict[str, Any], totals: Totals, setting: Setting) -> list[dict[str, Any]]:
    bad = 45 * max(1.0, setting.rate / BAD_RATE)
    goals = [
        _goal("requests failed because of a good release", 0, totals.failed, "requests", ""),
    ]
    if "bad_answer_seconds" in facts:
        note = f"one scrape + 3 s; traffic {setting.rate:g}/s"
        goals.append(
            _goal("bad release, first to last bad answer", SCRAPE + 3, facts["bad_answer_seconds"], "s", note)
        )
        goals.append(
            _goal("bad release, failed requests", bad, facts["bad_answers"], "requests", "scaled by the rate")
        )
    if "rollback_seconds" in facts:
        goals.append(
            _goal("rollback ordered to last canary answer", 2, facts["rollback_seconds"], "s", "one sample")
        )
    return goals


def _goal(name: str, limit: float, figure: float, unit: str, note: str) -> dict[str, Any]:
    return {
        "name": name,
        "goal": f"<= {limit:g}",
        "figure": round(figure, 3),
        "unit": unit,
        "met": figure <= limit,
        "note": note,
    }
