"""Act 7: what all of this is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from delivery import asking, tools
from delivery.children import ROOT
from delivery.errors import StepError
from delivery.places import PRODUCTION
from demo import judges, page
from demo.production import HOST

if TYPE_CHECKING:
    from delivery.cluster import Addresses
    from delivery.images import Images
    from demo.judges import Finding
    from demo.stage import Stage

BRANCH, MONTH = "Dubai Mall", "2025-12"
PAGES, PAGES_HOST = "dashboard", "dashboard.serin.test"
# Whoever looks at the demo enters nothing that would have to outlive it.
FLEETING = ("--set", "database.volume.enabled=false")


def dubai_mall(stage: Stage) -> Finding:
    """The question of the story, asked by plain HTTP, and on the dashboard, through the same ingress."""
    if stage.addresses is None or stage.images is None:
        raise StepError("production: the platform has not been installed")
    _install_pages(stage, stage.images)
    stage.screen.say(
        f"$ curl -H 'Host: {HOST}' '{stage.addresses.entry}/predict?branch=Dubai+Mall&date={MONTH}'"
    )
    answer = asking.forecast(stage.addresses.entry, HOST, BRANCH, MONTH)
    finding = judges.answered(answer, BRANCH, MONTH)
    for row in finding.facts.get("about_four", []):
        stage.screen.say(f"  {row['medicine']}: {row['units']} units ({row['low']} to {row['high']})")
    return judges.shown(finding, answer, _looked_at(stage, stage.addresses))


def _install_pages(stage: Stage, images: Images) -> None:
    place = PRODUCTION.namespace
    stage.screen.say(f"$ helm upgrade --install {PAGES} helm/{PAGES} -n {place}")
    values = ["-f", str(ROOT / "helm" / PAGES / f"values-{place}.yaml"), *images.dashboard.values()]
    tools.helm(stage.cluster, stage.screen.say, place, PAGES, [*values, *FLEETING])
    tools.rollout(stage.cluster, stage.screen.say, place, PAGES)


def _looked_at(stage: Stage, addresses: Addresses) -> page.Page:
    """Choose the branch and the month, and press Go: a form's answer has an address of its own."""
    html = asking.page(addresses.entry, PAGES_HOST, {"branch": BRANCH, "month": MONTH})
    seen = page.read(html)
    stage.screen.say(
        f"  the page on {PAGES_HOST}: {seen.heading}: {len(seen.units)} medicines, model {seen.model[:19]}"
    )
    return seen
