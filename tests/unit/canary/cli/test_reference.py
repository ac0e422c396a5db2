from __future__ import annotations

from pathlib import Path

from canary.cli.reference import page

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "cli.md"


def test_the_reference_page_is_what_the_commands_say_now() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it again: make reference"
