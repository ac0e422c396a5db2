"""What the person in front of the demo sees: one live block on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

PLAIN_PAUSE = 5.0  # seconds between two plain lines about a scene in which nothing changes


@dataclass(frozen=True, slots=True)
class Row:
    """One revision among the users: its name, its share of their last requests, all and failed so far."""

    name: str
    share: float
    requests: int
    failed: int


@dataclass(frozen=True, slots=True)
class Scene:
    """A moment of a running release. `weight` is the Ingress's, `observed` the proxy's share in percent."""

    title: str
    seconds: float
    weight: int
    observed: float | None
    rows: tuple[Row, ...]
    evidence: tuple[str, ...]
    eta: str
    reason: str


class Screen(Protocol):
    """Where lines and scenes go."""

    def act(self, title: str) -> None:
        """Begin an act."""

    def say(self, line: str) -> None:
        """One line that stays."""

    def show(self, scene: Scene) -> None:
        """The present moment; replaces the one before."""

    def clear(self) -> None:
        """The moment is over."""


def screen() -> Screen:
    """The screen for this standard output."""
    return Drawn(Console(highlight=False)) if sys.stdout.isatty() else Plain()


class Plain:
    """Lines for a log: a scene when it changes, and every few seconds."""

    def __init__(self) -> None:
        self._last: tuple[int, str] | None = None
        self._at = 0.0

    def act(self, title: str) -> None:
        self.say(f"\n{title}")

    def say(self, line: str) -> None:
        print(line, flush=True)

    def show(self, scene: Scene) -> None:
        now = time.monotonic()
        state = (scene.weight, scene.reason)
        if state == self._last and now - self._at < PLAIN_PAUSE:
            return
        if scene.weight == (self._last or (None,))[0] and now - self._at < 1:
            return
        self._last, self._at = state, now
        self.say("  " + " | ".join(_words(scene)))

    def clear(self) -> None:
        self._last = None


class Drawn:
    """One block that is drawn again in place; lines that stay scroll above it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None

    def act(self, title: str) -> None:
        self.clear()
        self._console.print()
        self._console.rule(Text(title, style="bold"), align="left")

    def say(self, line: str) -> None:
        self._console.print(Text(line))

    def show(self, scene: Scene) -> None:
        if self._live is None:
            self._live = Live(console=self._console, auto_refresh=False, transient=True)
            self._live.start()
        self._live.update(_block(scene), refresh=True)

    def clear(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


def _words(scene: Scene) -> list[str]:
    observed = "-" if scene.observed is None else f"{scene.observed:.1f} %"
    rows = ", ".join(f"{row.name} {row.requests} requests {row.failed} failed" for row in scene.rows)
    said = [f"{scene.seconds:4.0f} s", f"weight {scene.weight} %, observed {observed}", rows]
    return [word for word in (*said, scene.eta, *scene.evidence, scene.reason) if word]


def _block(scene: Scene) -> RenderableType:
    observed = "-" if scene.observed is None else f"{scene.observed:.1f} %"
    parts: list[RenderableType] = [
        Text(f"weight asked {scene.weight:>3} %   {_bar(scene.weight)}"),
        Text(f"split seen {observed:>7}   {_bar(scene.observed or 0)}", style="cyan"),
        _table(scene.rows),
        *(Text(line) for line in scene.evidence),
        Text(scene.eta, style="bold"),
        Text(scene.reason, style="dim"),
    ]
    return Panel(Group(*parts), title=f"{scene.title}, {scene.seconds:.0f} s", title_align="left")


def _table(rows: tuple[Row, ...]) -> Table:
    table = Table("revision", "share now", "requests", "failed", box=None, pad_edge=False)
    for row in rows:
        failed = Text(str(row.failed), style="red" if row.failed else "green")
        table.add_row(row.name, f"{100 * row.share:.1f} %", str(row.requests), failed)
    return table


def _bar(percent: float, width: int = 40) -> str:
    full = round(percent / 100 * width)
    return "█" * full + "·" * (width - full)
