"""Releases as the command line reads them, a desk in memory, and one call of the program."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from math import log
from typing import TYPE_CHECKING, Any

from canary.adapters import memory_desk
from canary.adapters.memory import MemoryCommands, MemoryJournal, MemoryReleases
from canary.adapters.releases import decode
from canary.cli.main import run
from canary.cli.terminal import Terminal
from canary.core.codec import status_to_json
from canary.core.margin import Tally
from canary.core.model import (
    Acknowledgement,
    Evidence,
    Finished,
    JournalEntry,
    Phase,
    Status,
    Verdict,
    View,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from canary.cli.session import Where
    from canary.core.model import Command
    from canary.ports import Release

NOW = 1_795_424_400.0  # 2026-11-23T09:00:00Z


def manifest(name: str = "forecast", namespace: str = "production", image: str = "web:1") -> dict[str, Any]:
    return {
        "apiVersion": "canary.serin.dev/v1alpha1",
        "kind": "CanaryRelease",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "generation": 3,
            "uid": f"u-{name}",
            "resourceVersion": "1",
        },
        "spec": {
            "template": {"spec": {"containers": [{"name": "web", "image": image}]}},
            "ports": [{"name": "http", "port": 80}],
            "traffic": {"router": "ingress", "ingress": name},
            "steps": [{"weight": 10, "hold": "60s"}, {"weight": 50, "hold": "60s"}, {"weight": 100}],
            "rules": {"errors": {"max": "1%"}, "latency": {"within": "250ms", "for": "99%"}},
        },
    }


def release(status: Status | None = None, **place: str) -> Release:
    """A release of generation 3; without a status no controller has looked at it."""
    return replace(decode(manifest(**place)), status=status or Status())


def revision(image: str = "web:1") -> str:
    spec = decode(manifest(image=image)).spec
    assert spec is not None
    return spec.revision


CANARY, STABLE = revision("web:1"), revision("web:0")


def evidence(verdict: Verdict, *, bad: int = 0, detail: str = "", **fields: Any) -> Evidence:
    return Evidence("errors", View.EDGE, verdict, Tally(40, bad, 360, 1), detail, **fields)


def line(sequence: int, old: int, new: int, phase: Phase = Phase.PROGRESSING, **words: str) -> JournalEntry:
    told = {
        "rule": "errors/edge",
        "numbers": "0 of 40 bad",
        "reason": "step 1 begins",
        "actor": "canary-controller",
    }
    return JournalEntry(
        sequence=sequence,
        time=NOW - 60 + sequence,
        weight_from=old,
        weight_to=new,
        phase=phase,
        **({"revision": CANARY} | told | words),
    )


HEALTHY = Status(phase=Phase.HEALTHY, observed_generation=3, stable_revision=CANARY, replicas=2)
UNTOUCHED = replace(HEALTHY, observed_generation=2, stable_revision=STABLE)
PROGRESSING = Status(
    phase=Phase.PROGRESSING,
    observed_generation=3,
    stable_revision=STABLE,
    canary_revision=CANARY,
    weight=10,
    weight_confirmed=NOW - 20,
    observed_weight=9.8,
    started=NOW - 30,
    reason="waiting for evidence",
    evidence=(
        evidence(
            Verdict.HOLD,
            needed=60,
            detail="60 more requests needed",
            eta=40.0,
            against=-log(2),
            proof=log(30),
        ),
    ),
    journal=(line(1, 0, 10),),
)
ROLLED_BACK = Status(
    phase=Phase.ROLLED_BACK,
    observed_generation=3,
    stable_revision=STABLE,
    rejected_revision=CANARY,
    reason="errors/edge failed",
    evidence=(evidence(Verdict.FAIL, bad=12, against=log(250), proof=-log(8)),),
    journal=(
        line(1, 0, 10),
        line(
            2, 10, 0, Phase.ROLLING_BACK, reason="errors/edge failed", numbers="12 of 40 bad, stable 1 of 360"
        ),
        line(3, 0, 0, Phase.ROLLED_BACK, reason="errors/edge failed", numbers="", rule="RuleFailed"),
    ),
    history=(
        Finished(STABLE, "Promoted", NOW - 900, NOW - 600, "all passed", "canary-controller"),
        Finished(CANARY, "RolledBack", NOW - 90, NOW - 58, "errors/edge failed", "canary-controller"),
    ),
    rollback_cause="RuleFailed",
)


class ManualClock:
    """Sleeping is what makes time pass; `after` says what the world does meanwhile."""

    def __init__(self) -> None:
        self.slept = 0.0
        self.after: Callable[[float], object] = lambda _: None

    def now(self) -> float:
        return NOW + self.slept

    def elapsed(self) -> float:
        return self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.after(self.slept)


class MemoryDesk(memory_desk.MemoryDesk):
    """The shipped desk; every order gets `reply`, and everything but the namespace raises `trouble`."""

    def __init__(self, *releases: Release) -> None:
        super().__init__(
            MemoryReleases(*releases), MemoryCommands(), MemoryJournal(), namespace="production", actor="ann"
        )
        self.orders: list[Command] = []
        self.reply: Acknowledgement | None = Acknowledgement("order-1", accepted=True, message="done")
        self.trouble: Exception | None = None
        self.journal_trouble: Exception | None = None

    def releases(self, namespace: str | None) -> list[Release]:
        self._stumble()
        return super().releases(namespace)

    def release(self, namespace: str, name: str) -> Release:
        self._stumble()
        return super().release(namespace, name)

    def journal(self, release: Release) -> list[JournalEntry]:
        if self.journal_trouble:
            raise self.journal_trouble
        return super().journal(release)

    def order(self, release: Release, command: Command) -> str:
        self._stumble()
        self.stored.get(release.key)
        self.orders.append(command)
        return "order-1"

    def answer(self, release: Release, name: str) -> Acknowledgement | None:
        self._stumble()
        assert (self.stored.get(release.key).name, name) == (release.name, "order-1")
        return self.reply

    def becomes(self, status: Status) -> None:
        """What the controller writes: a new status of the only release."""
        (stored,) = self.stored.all()
        self.stored.put(replace(stored, status=status))

    def _stumble(self) -> None:
        if self.trouble:
            raise self.trouble


@dataclass
class Shell:
    """Runs the program against a desk and keeps what it wrote."""

    desk: MemoryDesk
    clock: ManualClock = field(default_factory=ManualClock)
    live: bool = False
    colour: bool = False
    stdin: bytes = b""
    out: io.StringIO = field(default_factory=io.StringIO)
    err: io.StringIO = field(default_factory=io.StringIO)
    asked: list[Where] = field(default_factory=list)

    def __call__(self, *arguments: str) -> int:
        terminal = Terminal(
            out=self.out,
            err=self.err,
            stdin=io.BytesIO(self.stdin),
            clock=self.clock,
            live=self.live,
            colour=self.colour,
            columns=lambda: 60,
        )
        return run(arguments, terminal, self._connect)

    @property
    def lines(self) -> list[str]:
        return self.out.getvalue().splitlines()

    @property
    def story(self) -> list[str]:
        return self.err.getvalue().splitlines()

    def _connect(self, where: Where) -> MemoryDesk:
        self.asked.append(where)
        return self.desk


def shell(*statuses: Status) -> Shell:
    """A shell on one release for each status: forecast, then others."""
    names = ("forecast", "orders", "prices")
    return Shell(
        MemoryDesk(*(release(status, name=name) for status, name in zip(statuses, names, strict=False)))
    )


def stored(found: Release, now: float = NOW) -> dict[str, Any]:
    """The object as the API server has it."""
    return manifest(found.name, found.namespace) | {
        "status": status_to_json(found.status, found.name, (), now)
    }
