"""The acts of the demo, in order: each plays on the Stage and returns a Finding from what was observed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo.acts.ask import dubai_mall
from demo.acts.releases import bad_release, by_hand, good_release
from demo.acts.setup import platform_up, staging_gate
from demo.acts.users import production_starts

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.judges import Finding
    from demo.stage import Stage


@dataclass(frozen=True, slots=True)
class Act:
    """A title and what happens under it."""

    title: str
    play: Callable[[Stage], Finding]


ACTS = (
    Act("1 cluster and platform", platform_up),
    Act("2 models, image, staging and the gate", staging_gate),
    Act("3 production starts with v0", production_starts),
    Act("4 v1 goes from 10 % to 100 %", good_release),
    Act("5 v2 is bad and goes back by itself", bad_release),
    Act("6 v3 is decided by hand", by_hand),
    Act("7 Dubai Mall, December 2025", dubai_mall),
)
