"""The dashboard on the cluster: one of the users whose requests a release of the forecast splits."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import chromium, keep_picture

from .lab import ENTRY, ROOT, Lab, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = [pytest.mark.cluster]

CHART = ROOT / "helm" / "dashboard"
# Seconds. A tenth of all requests reaches the canary, in turn, and a page asks three times.
PATIENCE = 40


@pytest.fixture
def page() -> Iterator[Page]:
    """A window of a browser that finds every host of the tests at the entrance."""
    entrance = urlsplit(ENTRY).netloc
    with chromium(f"--host-resolver-rules=MAP *.serin.test {entrance}") as browser:
        window = browser.new_page(viewport={"width": 1100, "height": 900}, java_script_enabled=False)
        window.set_default_timeout(20_000)
        yield window


def install(lab: Lab) -> str:
    """Install the dashboard beside a forecast that may still be starting; returns its address."""
    repository, tag = lab.tools.images["dashboard"].rsplit(":", 1)
    host = f"pages.{lab.host}"
    values = [
        f"image.repository={repository}",
        f"ingress.host={host}",
        f"forecast.host={lab.host}",
        # The embedded cluster has nobody who makes volumes.
        "database.volume.enabled=false",
    ]
    words = [word for value in values for word in ("--set", value)]
    lab.helm("upgrade", "--install", "dashboard", str(CHART), "--set-string", f"image.tag={tag}", *words)
    return f"http://{host}/"


def go(page: Page) -> str:
    """Choose Dubai Mall in December 2025 and press Go; returns the model that answered."""
    page.get_by_label("Branch").select_option(label="Dubai Mall")
    page.get_by_label("Month").select_option(label="December 2025")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_role("heading", name="Dubai Mall, December 2025")).to_be_visible()
    assert page.locator("table.forecast tbody tr").count() == 30
    return page.locator(".facts div", has_text="Answered by model").locator("dd").inner_text()


def reached(page: Page, address: str) -> bool:
    """Whether the pages and the forecast behind them are in the entrance's routes already."""
    answer = page.goto(address)
    return answer is not None and answer.status == 200


def test_go_is_answered_by_both_models_while_a_canary_runs(lab: Lab, page: Page) -> None:
    lab.upgrade(model__version="v0")
    address = install(lab)
    lab.until("Healthy")
    lab.kubectl("rollout", "status", "deployment/dashboard", "--timeout=60s")
    wait_for("the pages", lambda: reached(page, address), 30)
    assert go(page) == "v0"

    lab.upgrade(model__version="v1")
    lab.until_weight(10)
    lab.canary("pause")
    wait_for("the new model on the page", lambda: go(page) == "v1", PATIENCE, pause=0.0)
    keep_picture(page, "cluster-canary")
    answers = {go(page) for _ in range(3)}
    assert "v0" in answers

    lab.canary("abort")
    wait_for("weight 0", lambda: lab.weight() in {0, None}, 20, pause=0.2)
    wait_for("the old model alone", lambda: {go(page) for _ in range(10)} == {"v0"}, 20, pause=0.0)
