"""The gate's report, in the frame that all of the project's measurements share."""

import json
import os
import subprocess
from dataclasses import asdict
from pathlib import Path

from loadtest.verdict import Figures, Finding

GIB = 1024**3


def write(path: Path, seconds: float, figures: Figures, findings: tuple[Finding, ...]) -> None:
    """Write the figures and how each limit fared as JSON."""
    report = {
        "what": "load gate",
        "commit": _commit(),
        "machine": {"cores": os.cpu_count(), "memory_gib": _memory_gib()},
        "seconds": round(seconds, 1),
        "goals": [finding.goal() for finding in findings],
        "rows": [asdict(figures)],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _commit() -> str:
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:  # in the image there is no git, and no checkout either
        return "unknown"
    return answer.stdout.strip() or "unknown"


def _memory_gib() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB)
