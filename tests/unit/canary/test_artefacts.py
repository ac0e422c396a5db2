"""Which artefact each revision pins, in the status, and what people are shown of it."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from canary.adapters import kinds
from canary.adapters.clock import SystemClock
from canary.adapters.releases import KubeReleases, decode
from canary.core.artefacts import ARTEFACT, NOTES
from canary.core.model import Phase, Status

from .cli.build import HEALTHY, MemoryDesk, Shell, manifest
from .fakeapi import FakeApi

OLD, NEW = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"


def pinning(artefact: str, notes: str = "", **status: Any) -> dict[str, Any]:
    body = manifest()
    body["spec"]["template"]["metadata"] = {"annotations": {ARTEFACT: artefact} if artefact else {}}
    body["metadata"]["annotations"] = {NOTES: notes} if notes else {}
    return body | {"status": status}


def revision(artefact: str) -> str:
    spec = decode(pinning(artefact)).spec
    assert spec is not None
    return spec.revision


def saved(body: dict[str, Any], status: Status) -> dict[str, Any]:
    """What a controller sends of artefacts: server-side apply removes what it sends no more."""
    api = _Recording()
    api.put(kinds.RELEASE, body)
    releases = KubeReleases(api, SystemClock())
    releases.save(releases.get("production/forecast"), status)
    return dict(api.sent[-1]["status"].get("artefacts", {}))


class _Recording(FakeApi):
    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []

    def apply(self, kind: Any, body: dict[str, Any], **more: Any) -> dict[str, Any]:
        self.sent.append(deepcopy(body))
        return super().apply(kind, body, **more)


def test_the_first_revision_shows_what_its_template_pins() -> None:
    status = Status(phase=Phase.HEALTHY, stable_revision=revision(NEW))
    assert saved(pinning(NEW), status) == {revision(NEW): NEW}


def test_during_a_release_both_are_known_though_the_template_is_the_canarys() -> None:
    known = {revision(OLD): OLD}
    status = Status(phase=Phase.PROGRESSING, stable_revision=revision(OLD), canary_revision=revision(NEW))
    assert saved(pinning(NEW, artefacts=known), status) == {revision(OLD): OLD, revision(NEW): NEW}


def test_a_revision_that_the_status_names_no_more_is_forgotten() -> None:
    known = {"gone": "sha256:0", revision(OLD): OLD}
    status = Status(phase=Phase.HEALTHY, stable_revision=revision(OLD))
    assert saved(pinning(OLD, artefacts=known), status) == {revision(OLD): OLD}


@pytest.mark.parametrize("artefact", ["", "x" * 300])
def test_a_template_that_pins_nothing_has_none_and_a_long_one_is_cut(artefact: str) -> None:
    status = Status(phase=Phase.HEALTHY, stable_revision=revision(artefact))
    assert saved(pinning(artefact), status) == ({revision(artefact): "x" * 200} if artefact else {})


def shown(body: dict[str, Any], status: Status) -> Shell:
    return Shell(MemoryDesk(replace(decode(body), status=status)))


def test_status_tells_the_artefact_of_each_revision() -> None:
    known = {revision(OLD): OLD, revision(NEW): NEW}
    status = replace(HEALTHY, stable_revision=revision(OLD), canary_revision=revision(NEW))
    text, document = (shown(pinning(NEW, artefacts=known), status) for _ in range(2))
    text("status")
    assert f"  artefacts  stable {OLD[:19]}, canary {NEW[:19]}" in text.lines
    document("status", "-o", "json")
    assert json.loads(document.out.getvalue())["artefacts"] == known


def test_without_artefacts_there_is_no_such_line() -> None:
    canary = shown(pinning(""), HEALTHY)
    canary("status")
    assert not [line for line in canary.lines if "artefacts" in line]


def test_why_tells_what_the_owner_says_and_nothing_of_it_steers_a_terminal() -> None:
    canary = shown(pinning(NEW, notes="v0 -> v1: 83 % change\n\n  229 -> 79 \x1b[31mred"), HEALTHY)
    canary("why")
    start = canary.lines.index("Its owner says of the newest template:")
    assert canary.lines[start + 1 : start + 4] == ["  v0 -> v1: 83 % change", "", "  229 -> 79 [31mred"]


def test_long_notes_are_cut_in_the_text_and_whole_in_the_document() -> None:
    notes = "\n".join(f"line {number}" for number in range(30))
    text, document = (shown(pinning(NEW, notes=notes), HEALTHY) for _ in range(2))
    text("why")
    assert "  ... and 10 lines more" in text.lines
    document("why", "-o", "json")
    assert json.loads(document.out.getvalue())["notes"] == notes


@pytest.mark.parametrize("annotations", [None, [], {ARTEFACT: None, NOTES: None}, {ARTEFACT: 7}])
def test_odd_annotations_break_nothing(annotations: Any) -> None:
    body = manifest()
    body["metadata"]["annotations"] = annotations
    canary = shown(body, HEALTHY)
    assert (canary("why"), canary("status")) == (0, 0)
