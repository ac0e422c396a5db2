"""Every port in memory: for tests of the loop, and for anybody who wants to watch it without a cluster.

The same contract suites check these and the real adapters.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from canary.core.model import Command, RevisionState, RouteState, ServiceState
from canary.core.records import fresh, read
from canary.ports import ConflictError, NotFoundError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from canary.core.model import (
        Acknowledgement,
        Decision,
        JournalEntry,
        Note,
        Observation,
        Reading,
        Status,
        Target,
        Verb,
    )
    from canary.core.records import Header, Kept, Looked
    from canary.ports import MetricsQuery, Release


@dataclass
class MemoryClock:
    """Stands still until it is set."""

    time: float = 1_000_000.0

    def now(self) -> float:
        return self.time


class MemoryReleases:
    """Releases by key; a save at an old version conflicts, as on the API server."""

    def __init__(self, *releases: Release) -> None:
        self._stored = {release.key: release for release in releases}
        self.beats: list[str] = []

    def all(self) -> list[Release]:
        return list(self._stored.values())

    def get(self, key: str) -> Release:
        if key not in self._stored:
            raise NotFoundError(f"CanaryRelease {key}: read: not found: check the name")
        return self._stored[key]

    def put(self, release: Release) -> None:
        """What an owner does with `kubectl apply`: a new version of the spec."""
        self._stored[release.key] = self._next(release)

    def remove(self, key: str) -> None:
        del self._stored[key]

    def save(self, release: Release, status: Status) -> Release:
        stored = self._stored.get(release.key)
        if stored is None or stored.resource_version != release.resource_version:
            raise ConflictError(f"CanaryRelease {release.key}: save: it changed: read it again")
        if status != release.status:
            self._stored[release.key] = self._next(replace(release, status=status))
        return self._stored[release.key]

    def beat(self, release: Release) -> None:
        self.beats.append(release.key)

    def _next(self, release: Release) -> Release:
        held = self._stored.get(release.key, release)
        return replace(release, resource_version=str(int(held.resource_version) + 1))


class MemoryWorkloads:
    """Revisions whose pods are ready at once, unless they are held back."""

    def __init__(self) -> None:
        self._sizes: dict[str, dict[str, int]] = {}
        self._templates: dict[str, set[str]] = {}
        self._roles: dict[str, tuple[str, str]] = {}
        self.held_back: dict[str, str] = {}

    def revisions(self, release: Release) -> Mapping[str, RevisionState]:
        return {
            revision: RevisionState(
                revision,
                replicas=size,
                ready=0 if revision in self.held_back else size,
                problem=self.held_back.get(revision, ""),
            )
            for revision, size in self._sizes.get(release.key, {}).items()
        }

    def services(self, release: Release) -> tuple[ServiceState, ServiceState]:
        ready = {revision for revision, state in self.revisions(release).items() if state.ready}
        stable, canary = (
            ServiceState(revision, settled=revision in ready)
            for revision in self._roles.get(release.key, ("", ""))
        )
        return stable, canary

    def remove(self, release: Release, revision: str) -> None:
        """What a stranger does with `kubectl delete deployment`."""
        del self._sizes[release.key][revision]

    def ensure(self, release: Release, target: Target) -> None:
        if release.spec is None:
            return
        known = self._templates.get(release.key, set()) | {release.spec.revision}
        sizes = {revision: size for revision, size in target.replicas.items() if revision in known}
        self._sizes[release.key], self._templates[release.key] = sizes, set(sizes)
        stable, canary = self._roles.get(release.key, ("", ""))
        self._roles[release.key] = (target.stable_route or stable, target.canary_route or canary)


class MemoryRouter:
    """One weight a release, and a stable route to `port`; `edit` is what a stranger does."""

    def __init__(self, port: str = "http") -> None:
        self._port = port
        self._states: dict[str, RouteState] = {}
        self.writes = 0

    def observe(self, release: Release) -> RouteState:
        return self._states.get(release.key, RouteState(port=self._port))

    def ensure(self, release: Release, weight: int) -> None:
        found = self.observe(release)
        if found.mark and weight:
            raise ConflictError(f"Route {release.key}: write: the dead-man reset it: look again")
        if found.weight != weight:
            self._states[release.key] = replace(found, weight=weight, foreign="")
            self.writes += 1

    def unmark(self, release: Release) -> None:
        self._states[release.key] = replace(self.observe(release), mark="")

    def reset(self, release: Release, mark: str) -> None:
        """What the dead-man does."""
        self._states[release.key] = RouteState(0, port=self._port, mark=mark)

    def edit(self, release: Release, weight: int, manager: str) -> None:
        self._states[release.key] = replace(self.observe(release), weight=weight, foreign=manager)

    def remove(self, release: Release) -> None:
        self._states.pop(release.key, None)


class MemoryMetrics:
    """Answers every look with the same reading, or not at all."""

    def __init__(self, reading: Reading | None = None) -> None:
        self.reading = reading
        self.asked: list[MetricsQuery] = []

    def read(self, query: MetricsQuery) -> Reading:
        self.asked.append(query)
        if self.reading is None:
            raise UnreachableError("metrics: query: no answer: is it running?")
        return self.reading


class MemoryCommands:
    """Orders in the order they came."""

    def __init__(self) -> None:
        self._count = 0
        self._names: set[str] = set()
        self._waiting: dict[str, list[Command]] = {}
        self.answers: list[Acknowledgement] = []

    def place(self, release: Release, verb: Verb, actor: str) -> str:
        """Give an order of nothing but a verb; returns its name."""
        return self.take(release, Command("", verb, actor))

    def take(self, release: Release, command: Command) -> str:
        """Keep an order until it is answered, and name it unless it has a name; returns the name."""
        self._count += 1
        name = command.name or f"{release.name}-{command.verb}-{self._count}"
        if name in self._names:
            raise ConflictError(
                f"ReleaseCommand {release.namespace}/{name}: create: it exists: read it again"
            )
        self._names.add(name)
        named = replace(command, name=name, uid=f"uid-{self._count}")
        self._waiting.setdefault(release.key, []).append(named)
        return name

    def answer(self, release: Release, name: str) -> Acknowledgement | None:
        """What was said to an order, None while it waits; NotFoundError when there is no such order."""
        if any(each.name == name for each in self._waiting.get(release.key, [])):
            return None
        for each in self.answers:
            if each.command == name:
                return each
        raise NotFoundError(f"ReleaseCommand {release.namespace}/{name}: read: not found: check the name")

    def next(self, release: Release) -> Command | None:
        return next(iter(self._waiting.get(release.key, [])), None)

    def acknowledge(self, release: Release, answer: Acknowledgement) -> None:
        waiting = self._waiting.get(release.key, [])
        self._waiting[release.key] = [each for each in waiting if each.name != answer.command]
        self.answers.append(answer)

    def expire(self, release: Release) -> None:
        known = {each.name for each in self._waiting.get(release.key, [])}
        self.answers = [each for each in self.answers if each.command not in known]


class MemoryJournal:
    """Entries by sequence, records as lines."""

    def __init__(self) -> None:
        self._entries: dict[str, dict[int, JournalEntry]] = {}
        self._lines: dict[str, list[str]] = {}
        self._headers: dict[str, Header | None] = {}

    def append(self, release: Release, entries: Iterable[JournalEntry]) -> None:
        kept = self._entries.setdefault(release.key, {})
        for entry in entries:
            kept.setdefault(entry.sequence, entry)

    def read(self, release: Release) -> list[JournalEntry]:
        kept = self._entries.get(release.key, {})
        return [kept[sequence] for sequence in sorted(kept)]

    def keep(self, release: Release, records: Iterable[Header | Looked]) -> None:
        lines = self._lines.setdefault(release.key, [])
        added, self._headers[release.key] = fresh(records, self._headers.get(release.key), lines)
        lines += added

    def kept(self, release: Release) -> Kept:
        return read(self._lines.get(release.key, []))


@dataclass
class MemoryEvents:
    """Notes in the order they were told."""

    told: list[tuple[str, Note]] = field(default_factory=list)

    def emit(self, release: Release, note: Note) -> None:
        self.told.append((release.key, note))


@dataclass
class MemoryTelemetry:
    """What the loop reported."""

    decisions: list[tuple[str, Observation, Decision]] = field(default_factory=list)
    loops: list[tuple[float, str]] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    def decided(self, release: Release, observation: Observation, decision: Decision) -> None:
        self.decisions.append((release.key, observation, decision))

    def looped(self, seconds: float, failure: str) -> None:
        self.loops.append((seconds, failure))

    def late(self, seconds: float) -> None:
        self.lags.append(seconds)

    def forgotten(self, key: str) -> None:
        self.gone.append(key)
