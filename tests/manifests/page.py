"""The reference page of the Releases page's process, written from its own options."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from canary.page.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Iterator

INTRODUCTION = """\
# The process of the Releases page

`python -m canary.page` in the controller's image; the chart passes these as flags. Each has a variable of the
environment that does the same; the flag counts more. How to set it up: [operations](../operations/page.md).
This page is generated: `make reference` writes it again.

| flag | variable | default | meaning |
|---|---|---|---|
"""


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Flag, variable, default and meaning of every option."""
    context = click.Context(main, auto_envvar_prefix="SERIN_PAGE", show_default=True)
    for option in main.params:
        if isinstance(option, click.Option):
            said = option.get_help_extra(context)
            flags = " or ".join((*option.opts, *option.secondary_opts))
            yield flags, ", ".join(said.get("envvars", ())), str(said.get("default", "")), option.help or ""


def process_page() -> str:
    """The whole page as Markdown."""
    lines = (
        f"| `{flags}` | `{variable}` | {f'`{default}`' if default else ''} | {meaning} |\n"
        for flags, variable, default, meaning in rows()
    )
    return INTRODUCTION + "".join(lines)
