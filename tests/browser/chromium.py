"""Debian's Chromium, for tests that look at pages."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from devcluster import packages

from .servers import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

NEEDED = {
    "chromium": "chromium",
    "fonts-liberation": "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
}
SCREENSHOTS = ROOT / "build" / "screenshots"


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """Run it without a screen; installed where it is missing, since playwright's own could not be pinned."""
    packages.ensure(NEEDED)
    # Its sandbox refuses to run as root, as tests do in containers; the pages are our own.
    inside = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=[*inside, *arguments]
        )
        yield running
        running.close()


def keep_picture(page: Page, name: str) -> None:
    """Keep a picture of a page in build/screenshots."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
