"""One release under one controller: who is asked what, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from benchmarks.decisions.world import HORIZON, SCRAPE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.decisions.traffic import Traffic
    from benchmarks.decisions.world import Tick

PROMOTED, ROLLED_BACK, UNDECIDED = "promoted", "rolled back", "undecided"


class Move(NamedTuple):
    """What a controller asks for: the canary's weight until the next tick (100: promoted, 0: rolled back)."""

    weight: int
    cause: str = ""


class Controller(Protocol):
    """Anything that moves a release. It begins at weight `first` and looks once in `every` scrapes."""

    first: int
    every: int

    def observe(self, tick: Tick) -> Move:
        """Learn from a tick and decide."""


if TYPE_CHECKING:
    Maker = Callable[[Sequence[Tick]], Controller]  # from the ticks before the release


class End(NamedTuple):
    """How a release ended: why, after how many seconds, and what it cost in bad answers of the canary.

    `unseen` says that the weight was raised while the store gave no answer, or before it had
    counted a single request of the canary.
    """

    how: str
    cause: str
    seconds: int
    failed: int
    unseen: bool


def play(maker: Maker, traffic: Traffic) -> End:
    """Play one release to its end, or for three hours."""
    controller = maker(traffic.history())
    weight, failed, begin, counted, unseen = controller.first, 0, 0, 0, False
    for number in range(controller.every - 1, HORIZON, controller.every):
        tick = traffic.tick(begin, number, weight)
        if tick.reachable:
            begin = number + 1
        counted += tick.canary.requests if tick.canary else 0
        failed += traffic.failed(number - controller.every + 1, number, weight)
        move = controller.observe(tick)
        unseen = unseen or (move.weight > weight and not (tick.reachable and counted))
        if move.weight in (0, 100):
            how = PROMOTED if move.weight else ROLLED_BACK
            return End(how, move.cause, SCRAPE * (number + 1), failed, unseen)
        weight = move.weight
    return End(UNDECIDED, "", SCRAPE * HORIZON, failed, unseen)
