"""Act 7: what all of this is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from delivery import asking
from delivery.errors import StepError
from demo import judges
from demo.production import HOST

if TYPE_CHECKING:
    from demo.judges import Finding
    from demo.stage import Stage

BRANCH, MONTH = "Dubai Mall", "2025-12"


def dubai_mall(stage: Stage) -> Finding:
    """The question of the story, asked by plain HTTP through the same ingress."""
    if stage.addresses is None:
        raise StepError("production: the platform has not been installed")
    stage.screen.say(
        f"$ curl -H 'Host: {HOST}' '{stage.addresses.entry}/predict?branch=Dubai+Mall&date={MONTH}'"
    )
    answer = asking.forecast(stage.addresses.entry, HOST, BRANCH, MONTH)
    finding = judges.answered(answer, BRANCH, MONTH)
    for row in finding.facts.get("about_four", []):
        stage.screen.say(f"  {row['medicine']}: {row['units']} units ({row['low']} to {row['high']})")
    return finding
