"""Pages in Debian's Chromium, served as the images serve them, with the real forecast service beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page

from .chromium import chromium, keep_picture
from .servers import Server, pages_beside

if TYPE_CHECKING:
    from pathlib import Path

WIDE, PHONE = (1100, 900), (360, 740)
Opened = Callable[..., Page]
Shot = Callable[[Page, str], None]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser for all tests here; each window of it forgets the others.

    It ends with this package: while it runs, an event loop of its own keeps others from asyncio.
    """
    with chromium() as running:
        yield running


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
    return keep_picture


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
    running = pages_beside(service.url, tmp_path_factory.mktemp("dashboard"))
    yield running
    running.end()
