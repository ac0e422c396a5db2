"""The release in production as an operator handles it: helm and the canary command."""

from __future__ import annotations

import sys
import time
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from delivery import children, tools
from delivery.errors import StepError
from delivery.places import PRODUCTION
from delivery.steps import shortened
from demo.reads import Reads, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from delivery.cluster import Cluster
    from delivery.images import Image

    Say = Callable[[str], None]

SUBJECT = Subject(PRODUCTION.namespace, PRODUCTION.name)
HOST = PRODUCTION.host
VALUES = PRODUCTION.values
PATIENCE = 120.0  # seconds for pods to come or go


class Production:
    """One installed release of the forecast chart; `reads` looks at its objects."""

    def __init__(self, cluster: Cluster, image: Image, say: Say, subject: Subject = SUBJECT) -> None:
        self._cluster = cluster
        self._image = image
        self._say = say
        self._subject = subject
        self.reads = Reads(cluster.env, subject)

    def upgrade(self, *settings: str) -> None:
        """Plain `helm upgrade --install` with the production values and these settings (name=JSON) on top."""
        values = self.values(*settings)
        name, namespace = self._subject.name, self._subject.namespace
        self._say(
            f"$ helm upgrade --install {name} helm/{name} -n {namespace} {' '.join(map(shortened, settings))}"
        )
        tools.helm(self._cluster, self._say, namespace, name, values)

    def values(self, *settings: str) -> list[str]:
        """The words of helm that stand for the production values with these settings on top."""
        on_top = chain.from_iterable(("--set-json", each) for each in settings)
        return ["-f", str(VALUES), *self._image.values(), *on_top]

    def remove(self) -> bool:
        """Uninstall what an earlier demo left and wait until it is gone; whether there was anything."""
        helm = [self._cluster.tool("helm"), "-n", self._subject.namespace]
        listed = self._run("look for an earlier release", [*helm, "list", "-q"])
        there = self._subject.name in listed.split()
        if there:
            self._run("remove the earlier release", [*helm, "uninstall", self._subject.name])
        self._wait_gone()
        return there

    def canary(self, *words: str) -> str:
        """One `canary` command. Raises StepError with what it said unless it ends with exit code 0."""
        self._say(f"$ canary {' '.join(words)}")
        return self._run(f"canary {words[0]}", self._command(words))

    def explain(self) -> str:
        """What `canary why` says, whatever its verdict."""
        self._say(f"$ canary why {self._subject.name}")
        command = self._command(("why", self._subject.name))
        return children.attempt("canary why", command, self._say, self._cluster.env).output

    def replay(self, revision: str) -> children.Answer:
        """What `canary replay` says of the release of `revision`: exit code 0 when every decision agrees."""
        words = ("replay", self._subject.name, "--release", revision)
        self._say(f"$ canary {' '.join(words)}")
        return children.attempt("canary replay", self._command(words), self._say, self._cluster.env)

    def steps(self) -> list[int]:
        """The weights of the release's steps, as stored."""
        return [step["weight"] for step in self.reads.release()["spec"]["steps"]]

    def await_new_revision(self, known: set[str]) -> str:
        """The revision whose Deployment appears beside the known ones. Raises StepError when none does."""
        deadline = time.monotonic() + PATIENCE
        while not (fresh := self.reads.revisions() - known):
            if time.monotonic() > deadline:
                reason = self.reads.status().get("reason", "no reason given")
                raise StepError(
                    f"{self._subject.namespace}: no new Deployment within {PATIENCE:.0f} s: {reason}"
                )
            time.sleep(0.5)
        return fresh.pop()

    def _wait_gone(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while left := self.reads.left():
            if time.monotonic() > deadline:
                names = ", ".join(left)
                where = self._subject.namespace
                raise StepError(f"{where}: still there {PATIENCE:.0f} s after the uninstall: {names}")
            time.sleep(0.5)

    def _command(self, words: Sequence[str]) -> list[str | Path]:
        return [Path(sys.executable).parent / "canary", *words, "-n", self._subject.namespace]

    def _run(self, label: str, words: Sequence[str | Path]) -> str:
        return children.run(label, words, self._say, self._cluster.env)
