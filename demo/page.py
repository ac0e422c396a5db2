"""What a person reads on the dashboard's page of a forecast."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class Page:
    """The heading of the answer, units by medicine, and the model's digest; all empty without a forecast."""

    heading: str = ""
    units: dict[str, int] = field(default_factory=dict)
    model: str = ""


def read(html: str) -> Page:
    """Read a page, whatever it is."""
    reader = _Reader()
    reader.feed(html)
    return reader.page


class _Reader(HTMLParser):
    """Follows the marks that people who cannot see the page go by: headings, row headers, cells."""

    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._mark = ""
        self._medicine = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id") == "answer":
            self._mark = "heading"
        elif tag == "th":
            self._mark = "medicine" if given.get("scope") == "row" else ""
        elif tag == "td":
            self._mark = "units" if "units" in (given.get("class") or "").split() else ""
        elif tag == "code":
            self._mark = "model"

    def handle_endtag(self, tag: str) -> None:
        if tag in {"h2", "th", "td", "code"}:
            self._mark = ""

    def handle_data(self, data: str) -> None:
        if not (text := data.strip()):
            return
        if self._mark == "heading":
            self.page.heading = text
        elif self._mark == "medicine":
            self._medicine = text
        elif self._mark == "units":
            self.page.units[self._medicine] = int(text)
        elif self._mark == "model":
            self.page.model = text
