"""What only the ConfigMaps of a journal can do wrong; the contract suite says what it must do right."""

from __future__ import annotations

import base64
import gzip
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from canary.adapters import journal, kinds, volumes
from canary.adapters.journal import KubeJournal
from canary.core.model import (
    Block,
    Counts,
    ErrorRule,
    JournalEntry,
    Look,
    Phase,
    Rules,
    Status,
    Step,
    Verdict,
    View,
)
from canary.core.records import Header, Looked, Row
from canary.ports import ConflictError

if TYPE_CHECKING:
    from canary.ports import Release

    from .fakeapi import FakeApi

RULES = Rules(ErrorRule(0.01, 0.0), None, confidence=0.99, risk=0.005)
HEADER = Header("shop", "web", "abc", "old", 990.0, RULES, (Step(10), Step(100)), (View.EDGE,))


def entry(sequence: int) -> JournalEntry:
    return JournalEntry(
        sequence, 1000.0, 0, 10, Phase.PROGRESSING, "abc", "errors/edge", "1 of 2", "x" * 200, "ann"
    )


def looked(number: int) -> Looked:
    """One look of a release like any other: two ticks of four rows."""
    time = 1_790_000_000.1 + 5 * number
    counts = Counts(480 + number % 7, number % 3, 480, 4 + number % 5, (9, 31))
    tick = Block(time - 5, time, counts, replace(counts, requests=4300 + number % 11))
    edges = dict.fromkeys(View, (0.05, 0.1, 0.25, 0.5, 1.0, 2.5))
    look = Look(time, "abc", 10, 25, confirmed=True, edges=edges, blocks=dict.fromkeys(View, (tick,)))
    rows = tuple(
        Row(rule, view, Verdict.HOLD, 0.37 * number / 3 - 1.1, 0.7 * number / 7 - 4.5, 4000 - number)
        for rule in ("errors", "latency")
        for view in View
    )
    return Looked(990.0, 0.0 if not number else time - 5, look, rows)


@pytest.fixture
def running(release: Release) -> Release:
    return replace(release, status=Status(checkpoint={"time": 1.0}))


def maps(api: FakeApi) -> list[str]:
    return sorted(found["metadata"]["name"] for found in api.list(kinds.CONFIGMAP))


def packed(api: FakeApi, name: str) -> bytes:
    return base64.b64decode(api.get(kinds.CONFIGMAP, "shop", name)["binaryData"]["records"])


def put(api: FakeApi, name: str, raw: bytes | str) -> None:
    """What somebody else, or a broken disk, makes of the records."""
    found = api.get(kinds.CONFIGMAP, "shop", name)
    text = raw if isinstance(raw, str) else base64.b64encode(raw).decode()
    api.put(kinds.CONFIGMAP, found | {"binaryData": {"records": text}})


def test_any_gzip_unpacks_all_records(
    api: FakeApi, running: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(volumes, "_MEMBER_BYTES", 2000)
    book = KubeJournal(api)
    for number in range(20):
        book.keep(running, [HEADER, looked(number)])
    raw = packed(api, "web-journal-0")
    assert raw.count(b"\x1f\x8b\x08") > 3, "not one member, but several"
    assert len(gzip.decompress(raw).decode().splitlines()) == 21
    assert book.kept(running).records == (HEADER, *map(looked, range(20)))


def test_an_hour_of_looks_takes_a_fraction_of_a_volume(api: FakeApi, running: Release) -> None:
    book = KubeJournal(api)
    for number in range(720):
        book.keep(running, [HEADER, looked(number)])
    assert maps(api) == ["web-journal-0"]
    assert len(packed(api, "web-journal-0")) < 90 * 1024


def test_a_look_is_one_request_once_the_volume_is_known(api: FakeApi, running: Release) -> None:
    book = KubeJournal(api)
    book.keep(running, [HEADER, looked(0)])
    book.append(running, [entry(1)])
    api.list = None  # type: ignore[method-assign,assignment]
    api.writes.clear()
    book.keep(running, [HEADER, looked(1)])
    book.append(running, [entry(1), entry(2)])
    book.keep(running, [HEADER, looked(1)])
    assert api.writes == ["apply ConfigMap web-journal-0"] * 2


def test_a_restarted_controller_goes_on_where_the_last_one_was(api: FakeApi, running: Release) -> None:
    for number in range(4):
        book = KubeJournal(api)
        book.keep(running, [HEADER, looked(number)])
        book.append(running, [entry(1), entry(2)])
    assert KubeJournal(api).kept(running).records == (HEADER, *map(looked, range(4)))
    assert KubeJournal(api).read(running) == [entry(1), entry(2)]


def test_full_volumes_go_on_in_the_next_which_begins_with_the_header(
    api: FakeApi, running: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "FULL_BYTES", 3000)
    book = KubeJournal(api)
    book.append(running, [entry(1)])
    for number in range(250):
        known = replace(HEADER, checkpoint={"time": float(number)})
        book.keep(running, [known, looked(number)])
    assert len(maps(api)) == 5
    assert "web-journal-0" not in maps(api)
    assert all(len(packed(api, name)) <= 3000 for name in maps(api))
    records = book.kept(running).records
    assert isinstance(records[0], Header)
    assert records[-1] == looked(249)
    headers = [each for each in records if isinstance(each, Header)]
    first = records[records.index(headers[-1]) + 1]
    assert isinstance(first, Looked)
    assert headers[-1].checkpoint == {"time": float((first.look.time - looked(0).look.time) // 5)}


def test_a_line_is_not_written_again_when_a_new_volume_has_none_yet(
    api: FakeApi, running: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    KubeJournal(api).append(running, [entry(1), entry(2)])
    monkeypatch.setattr(journal, "FULL_BYTES", 900)
    KubeJournal(api).keep(running, [HEADER, looked(0)])
    assert len(maps(api)) == 2
    KubeJournal(api).append(running, [entry(1), entry(2), entry(3)])
    assert KubeJournal(api).read(running) == [entry(1), entry(2), entry(3)]


def test_two_controllers_do_not_overwrite_each_other(api: FakeApi, running: Release) -> None:
    old, new = KubeJournal(api), KubeJournal(api)
    old.keep(running, [HEADER, looked(0)])
    new.keep(running, [HEADER, looked(1)])
    with pytest.raises(ConflictError):
        old.keep(running, [HEADER, looked(2)])
    old.keep(running, [HEADER, looked(2)])
    assert new.kept(running).records == (HEADER, looked(0), looked(1), looked(2))


def test_at_rest_no_volume_stays_in_memory(api: FakeApi, release: Release, running: Release) -> None:
    book = KubeJournal(api)
    book.keep(running, [HEADER, looked(0)])
    book.append(running, [entry(1)])
    assert book._newest
    book.append(release, [entry(2)])
    assert not book._newest


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        pytest.param(b"nonsense", "its records cannot be unpacked", id="no gzip"),
        pytest.param("no base64!", "its records cannot be unpacked", id="no base64"),
        pytest.param(gzip.compress(b"\xff\xfe\n"), "its records cannot be unpacked", id="no text"),
        pytest.param(gzip.compress(b"x" * 5000)[:-4], "its records break off", id="broken off"),
        pytest.param(gzip.compress(b"x" * 5000), "its records break off", id="a bomb"),
    ],
)
def test_records_that_cannot_be_unpacked_are_named_and_the_next_volume_goes_on(
    api: FakeApi, running: Release, raw: Any, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(volumes, "_MOST_BYTES", 4000)
    KubeJournal(api).append(running, [entry(1)])
    put(api, "web-journal-0", raw)
    KubeJournal(api).keep(running, [HEADER, looked(0)])
    KubeJournal(api).append(running, [entry(1), entry(2)])
    found = KubeJournal(api).kept(running)
    assert found.records == (HEADER, looked(0))
    assert [each.startswith(f"web-journal-0: {problem}") for each in found.problems] == [True]
    assert KubeJournal(api).read(running) == [entry(1), entry(2)]


def test_a_line_of_nonsense_is_named_with_its_volume(api: FakeApi, running: Release) -> None:
    KubeJournal(api).append(running, [entry(1)])
    put(api, "web-journal-0", gzip.compress(b'{"kind":"release"}\nx\n'))
    assert [each.partition(" is ")[0] for each in KubeJournal(api).kept(running).problems] == [
        "web-journal-0: line 1: header.namespace:",
        "web-journal-0: line 2:",
    ]
    KubeJournal(api).keep(running, [HEADER, looked(0)])
    assert KubeJournal(api).kept(running).records == (HEADER, looked(0))
