from __future__ import annotations

import json
import logging
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from canary.adapters import journal, kinds
from canary.adapters.commands import KubeCommands
from canary.adapters.events import KubeEvents
from canary.adapters.http import check, serve
from canary.adapters.journal import KubeJournal
from canary.adapters.logs import JsonLines
from canary.adapters.memory import MemoryClock
from canary.core.codec import rfc3339
from canary.core.model import (
    JournalEntry,
    Note,
    Phase,
)

if TYPE_CHECKING:
    import pytest

    from canary.ports import Release

    from .fakeapi import FakeApi


def entry(sequence: int) -> JournalEntry:
    return JournalEntry(
        sequence, 1000.0, 0, 10, Phase.PROGRESSING, "abc", "errors/edge", "1 of 2", "x" * 200, "ann"
    )


def test_a_full_journal_goes_on_in_the_next_map_and_the_oldest_go(
    api: FakeApi, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "FULL_BYTES", 1000)
    book = KubeJournal(api)
    for sequence in range(1, 31):
        book.append(release, [entry(sequence)])
    maps = sorted(found["metadata"]["name"] for found in api.list(kinds.CONFIGMAP))
    assert len(maps) == 5
    assert maps[0] != "web-journal-0"
    kept = [each.sequence for each in book.read(release)]
    assert kept == list(range(kept[0], 31))


def test_what_was_written_is_not_read_again(api: FakeApi, release: Release) -> None:
    book = KubeJournal(api)
    book.append(release, [entry(1)])
    api.writes.clear()
    api.objects.clear()
    book.append(release, [entry(1)])
    assert api.writes == []


def test_a_restarted_controller_adds_only_what_is_missing(api: FakeApi, release: Release) -> None:
    KubeJournal(api).append(release, [entry(1)])
    KubeJournal(api).append(release, [entry(1), entry(2)])
    assert [each.sequence for each in KubeJournal(api).read(release)] == [1, 2]


def order(api: FakeApi, name: str, answered: float = 0.0) -> None:
    meta = {"name": name, "namespace": "shop", "creationTimestamp": "2026-01-01T00:00:00Z"}
    body: dict[str, Any] = {"metadata": meta, "spec": {"release": "web", "verb": "abort"}}
    status = {"accepted": True, "acknowledgedAt": rfc3339(answered)}
    api.put(kinds.COMMAND, body | ({"status": status} if answered else {}))


def test_orders_are_removed_an_hour_after_their_answer(api: FakeApi, release: Release) -> None:
    clock = MemoryClock()
    order(api, "old", answered=clock.time - 3700)
    order(api, "recent", answered=clock.time - 3500)
    order(api, "waiting")
    KubeCommands(api, clock).expire(release)
    assert {found["metadata"]["name"] for found in api.list(kinds.COMMAND)} == {"recent", "waiting"}


def test_an_event_says_who_what_and_about_whom(api: FakeApi, release: Release) -> None:
    KubeEvents(api, MemoryClock(), "pod-1").emit(release, Note("RolledBack", "y" * 2000, warning=True))
    [event] = api.list(kinds.EVENT)
    assert (event["type"], event["reason"], event["reportingInstance"]) == ("Warning", "RolledBack", "pod-1")
    assert event["regarding"]["uid"] == "uid-web"
    assert event["eventTime"] == "1970-01-12T13:46:40.000000Z"
    assert len(event["note"]) == 1000


def fetch(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_probes_say_what_holds() -> None:
    ready = False
    server = serve(0, {"/readyz": check(lambda: ready), "/metrics": lambda: (200, b"figures\n")})
    port = server.server_address[1]
    assert fetch(port, "/readyz") == (503, "no\n")
    ready = True
    assert fetch(port, "/readyz") == (200, "ok\n")
    assert fetch(port, "/metrics?x=1") == (200, "figures\n")
    assert fetch(port, "/secrets")[0] == 404
    server.shutdown()
    server.server_close()


def test_a_log_line_is_one_json_object_even_with_a_traceback() -> None:
    try:
        int("first\nsecond")
    except ValueError:
        record = logging.LogRecord("canary", logging.ERROR, "", 0, "it %s", ("broke",), sys.exc_info())
    record.release = "shop/web"
    line = JsonLines().format(record)
    assert "\n" not in line
    told = json.loads(line)
    assert (told["message"], told["release"], told["level"]) == ("it broke", "shop/web", "error")
    assert "ValueError: invalid literal" in told["traceback"]
