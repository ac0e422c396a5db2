"""Pages in Debian's Chromium, served as the images serve them, with the real forecast service beside them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from devcluster import packages

from .servers import ROOT, Server

if TYPE_CHECKING:
    from pathlib import Path

BROWSER = {
    "chromium": "chromium",
    "fonts-liberation": "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
}
SCREENSHOTS = ROOT / "build" / "screenshots"
WIDE, PHONE = (1100, 900), (360, 740)
Opened = Callable[..., Page]
Shot = Callable[[Page, str], None]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, installed where it is missing; playwright brings none that we could pin."""
    packages.ensure(BROWSER)
    # Chromium's sandbox refuses to run as root, as tests do in containers; the pages are our own.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        yield running
        running.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """Open a window of a size, without scripts if asked to; what a page cannot load fails the test."""
    problems: list[str] = []
    contexts = []

    def start(size: tuple[int, int] = WIDE, *, scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, java_script_enabled=scripts, locale="en-GB"
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("requestfailed", lambda request: _missing(problems, request.url, request.failure or ""))
        page.on("console", lambda told: _complain(problems, told.type, told.text))
        return page

    yield start
    for context in contexts:
        context.close()
    assert problems == []


def _missing(problems: list[str], url: str, why: str) -> None:
    # What is no longer wanted, because the next page was asked for, is not missing.
    if why != "net::ERR_ABORTED":
        problems.append(f"{url}: {why}")


def _complain(problems: list[str], kind: str, text: str) -> None:
    # The browser reports each answer of 4xx and 5xx; that these come where they should is what tests ask.
    if kind in {"error", "warning"} and "the server responded with a status of" not in text:
        problems.append(text)


@pytest.fixture(scope="session")
def shot() -> Shot:
    """Keep a picture of a page in build/screenshots."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str) -> None:
        page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    return take


@pytest.fixture(scope="session")
def service(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The forecast service with a small chain's model."""
    log = tmp_path_factory.mktemp("service") / "log"
    running = Server("service", log, {"MODEL_DIR": str(models / "v1"), "REVISION": "rev1"})
    yield running
    running.end()


@pytest.fixture(scope="session")
def pages(service: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The dashboard beside it."""
    running = Server("dashboard", tmp_path_factory.mktemp("dashboard") / "log", {"FORECAST_URL": service.url})
    yield running
    running.end()
