"""What axe finds against WCAG 2.2, levels A and AA."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

_RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],
}


def barriers(page: Page) -> list[str]:
    """Each violation with the elements that have it; nothing when the tool finds none."""
    found = Axe().run(page, options=_RULES).response["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in found]


def overflow(page: Page) -> list[str]:
    """Elements that reach over the right edge of the window, which would have to be scrolled to be read."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('body *')]
          .filter(each => each.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
          .map(each => each.outerHTML.slice(0, 120))"""
    )
    return found
