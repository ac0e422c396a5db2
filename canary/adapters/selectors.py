"""Label selectors of the plain `key=value,key` form."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

RELEASE_LABEL = "canary.serin.dev/release"
REVISION_LABEL = "canary.serin.dev/revision"
OWNED = RELEASE_LABEL


def of_release(name: str) -> str:
    return f"{RELEASE_LABEL}={name}"


def matches(selector: str, labels: Mapping[str, str]) -> bool:
    """Whether `labels` satisfy every term; a term without a value asks only for the key."""
    for term in filter(None, selector.split(",")):
        key, given, value = term.partition("=")
        if key not in labels or (given and labels[key] != value):
            return False
    return True
