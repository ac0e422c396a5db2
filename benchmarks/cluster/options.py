"""Options that several measurements take."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def among(known: Sequence[str]) -> Callable[[str], list[str]]:
    """Read names of rows with commas between them; argparse.ArgumentTypeError names the unknown ones."""

    def rows(text: str) -> list[str]:
        if unknown := sorted(set(text.split(",")) - set(known)):
            raise argparse.ArgumentTypeError(
                f"{', '.join(unknown)}: unknown row: there are {', '.join(known)}"
            )
        return text.split(",")

    return rows
