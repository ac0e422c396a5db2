from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.adapters import informer, kinds
from canary.adapters.cached import CachedKube
from canary.adapters.informer import Informer
from canary.adapters.refusals import AbsentError, ExpiredError
from canary.adapters.selectors import RELEASE_LABEL
from canary.adapters.store import Store, slimmed
from canary.ports import ConflictError, NotFoundError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Object = dict[str, Any]


def pod(name: str, version: int, **labels: str) -> Object:
    meta = {"name": name, "namespace": "shop", "uid": f"u-{name}", "resourceVersion": str(version)}
    return {"kind": "Pod", "metadata": meta | {"labels": labels}, "spec": {"big": True}, "status": {}}


class ScriptedServer:
    """Lists and watch streams in the order in which they are asked for; then it waits."""

    def __init__(self, lists: list[list[Object] | Exception], watches: list[list[Any]]) -> None:
        self._lists, self._watches = lists, watches
        self.watched_from: list[str] = []
        self.done = threading.Event()

    def snapshot(self, *_: object) -> tuple[list[Object], str]:
        found = self._lists.pop(0)
        if isinstance(found, Exception):
            raise found
        return found, "100"

    def watch(self, _kind: object, _space: str, _labels: str, version: str) -> Iterator[tuple[str, Object]]:
        self.watched_from.append(version)
        if not self._watches:
            self.done.set()
            threading.Event().wait(0.05)
            return
        for event in self._watches.pop(0):
            if isinstance(event, Exception):
                raise event
            yield event


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(informer, "SHORTEST_PAUSE", 0.001)
    monkeypatch.setattr(informer, "LONGEST_PAUSE", 0.01)


def follow(server: ScriptedServer) -> tuple[Store, list[str]]:
    """Run an informer through the whole script; the names its listener heard of."""
    heard: list[str] = []

    def listen(_kind: kinds.Kind, item: Object) -> None:
        heard.append(item["metadata"]["name"])

    watcher = Informer(server, kinds.POD, "", "", listen)  # type: ignore[arg-type]
    watcher.start()
    assert server.done.wait(5.0)
    watcher.stop()
    return watcher.store, heard


def names(store: Store) -> list[str]:
    return sorted(item["metadata"]["name"] for item in store.list("shop", ""))


def test_a_list_and_what_follows_make_the_copy() -> None:
    script = [("ADDED", pod("b", 101)), ("MODIFIED", pod("a", 102)), ("DELETED", pod("b", 103))]
    store, heard = follow(ScriptedServer([[pod("a", 1)]], [script]))
    assert names(store) == ["a"]
    assert heard == ["a", "b", "a", "b"]


def test_a_broken_stream_goes_on_where_it_ended() -> None:
    server = ScriptedServer(
        [[]], [[("ADDED", pod("a", 101)), UnreachableError("broke")], [("ADDED", pod("b", 102))]]
    )
    store, _ = follow(server)
    assert names(store) == ["a", "b"]
    assert server.watched_from[:3] == ["100", "101", "102"]


def test_bookmarks_move_the_place_to_go_on_from() -> None:
    mark = {"kind": "Pod", "metadata": {"resourceVersion": "500"}}
    server = ScriptedServer([[]], [[("BOOKMARK", mark)]])
    follow(server)
    assert server.watched_from[:2] == ["100", "500"]


def test_an_expired_version_lists_again_and_tells_what_vanished_meanwhile() -> None:
    server = ScriptedServer([[pod("a", 1), pod("b", 2)], [pod("b", 2)]], [[ExpiredError("410")]])
    store, heard = follow(server)
    assert names(store) == ["b"]
    assert heard == ["a", "b", "a", "b"]


def test_a_dead_server_is_asked_again_until_it_answers() -> None:
    server = ScriptedServer([UnreachableError("refused"), UnreachableError("refused"), [pod("a", 1)]], [])
    store, _ = follow(server)
    assert names(store) == ["a"]


def test_a_kind_that_a_cluster_need_not_have_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(informer, "ABSENT_PAUSE", 0.001)
    route = pod("a", 1) | {"kind": "HTTPRoute"}
    gone = NotFoundError("the server could not find the requested resource")
    server = ScriptedServer([gone, gone, [route], gone, [route]], [[ExpiredError("410")]])
    watcher = Informer(server, kinds.HTTPROUTE, "", "", lambda *_: None)  # type: ignore[arg-type]
    watcher._relist()
    assert (watcher.synced.is_set(), watcher.absent) == (True, True)
    watcher.start()
    assert server.done.wait(5.0)
    watcher.stop()
    assert (watcher.absent, names(watcher.store)) == (False, ["a"])


def test_a_kind_that_a_cluster_must_have_is_waited_for() -> None:
    missing = ScriptedServer([NotFoundError("the server could not find the requested resource"), []], [])
    watcher = Informer(missing, kinds.RELEASE, "", "", lambda *_: None)  # type: ignore[arg-type]
    with pytest.raises(NotFoundError):
        watcher._relist()
    assert not watcher.synced.is_set()


def test_reads_of_a_kind_that_is_not_there_say_so() -> None:
    server = ScriptedServer([NotFoundError("the server could not find the requested resource")], [])
    cache = CachedKube(server, [(kinds.HTTPROUTE, "")], "", lambda *_: None)  # type: ignore[arg-type]
    cache._informers[kinds.HTTPROUTE]._relist()
    with pytest.raises(AbsentError, match="has no such kind"):
        cache.get(kinds.HTTPROUTE, "shop", "a")
    assert cache.list(kinds.HTTPROUTE, "shop") == []


def test_a_server_that_stays_unreachable_may_have_gone_back_in_time_and_is_listed_again() -> None:
    broken = [[UnreachableError("broke")] for _ in range(6)]
    store, _ = follow(ScriptedServer([[pod("a", 900)]] + [[pod("b", 5)] for _ in range(6)], broken))
    assert names(store) == ["b"]


def test_a_server_that_ends_every_watch_at_once_is_not_asked_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(informer, "SHORTEST_PAUSE", 0.05)
    monkeypatch.setattr(informer, "LONGEST_PAUSE", 0.2)
    asked: list[float] = []

    class Ending(ScriptedServer):
        def watch(self, *_: object) -> Iterator[tuple[str, Object]]:
            asked.append(time.monotonic())
            yield from ()

    watcher = Informer(Ending([[]], []), kinds.POD, "", "", lambda *_: None)  # type: ignore[arg-type]
    watcher.start()
    time.sleep(0.6)
    watcher.stop()
    assert 2 <= len(asked) <= 8


def test_a_list_that_is_gone_at_once_is_not_asked_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(informer, "SHORTEST_PAUSE", 0.05)
    monkeypatch.setattr(informer, "LONGEST_PAUSE", 0.2)
    gone: list[list[Object] | Exception] = [ExpiredError("410") for _ in range(1000)]
    watcher = Informer(ScriptedServer(gone, []), kinds.POD, "", "", lambda *_: None)  # type: ignore[arg-type]
    watcher.start()
    time.sleep(0.6)
    watcher.stop()
    assert 2 <= 1000 - len(gone) <= 8


def test_an_older_version_never_replaces_a_newer_one() -> None:
    store = Store()
    assert store.put(pod("a", 7))
    assert not store.put(pod("a", 6))
    assert not store.put(pod("a", 7))
    assert store.put(pod("a", 8))


def test_a_namesake_replaces_what_was_deleted() -> None:
    store = Store()
    store.put(pod("a", 7))
    reborn = pod("a", 9)
    reborn["metadata"]["uid"] = "other"
    store.put(reborn)
    store.drop(pod("a", 8))
    assert names(store) == ["a"]


@pytest.mark.parametrize(
    ("selector", "expected"),
    [("", ["a", "b"]), ("team", ["a", "b"]), ("team=x", ["a"]), ("team=x,tier=1", []), ("none", [])],
)
def test_label_selectors(selector: str, expected: list[str]) -> None:
    store = Store()
    store.put(pod("a", 1, team="x"))
    store.put(pod("b", 1, team="y"))
    assert sorted(item["metadata"]["name"] for item in store.list("shop", selector)) == expected


OPERATIONS = st.tuples(
    st.sampled_from(["put", "drop", "replace"]), st.sampled_from("abc"), st.sampled_from(["x", "y", None])
)


@given(steps=st.lists(OPERATIONS, max_size=30))
def test_a_look_up_by_release_finds_what_a_search_through_all_would(
    steps: list[tuple[str, str, str | None]],
) -> None:
    store = Store()
    for version, (act, name, release) in enumerate(steps):
        item = pod(name, version, **({RELEASE_LABEL: release} if release else {}))
        {"put": store.put, "drop": store.drop, "replace": lambda one: store.replace([one])}[act](item)
    for release in ("x", "y"):
        searched = [
            item
            for item in store.list("shop", "")
            if item["metadata"]["labels"].get(RELEASE_LABEL) == release
        ]
        assert store.list("shop", f"{RELEASE_LABEL}={release}") == searched


def test_copies_leave_out_what_nobody_reads() -> None:
    found = pod("a", 1)
    found["metadata"]["managedFields"] = [{"manager": "kubelet"}]
    assert "spec" not in slimmed(found)
    assert "managedFields" not in slimmed(found)["metadata"]
    for kind in ("Ingress", "HTTPRoute"):
        route = {"kind": kind, "metadata": found["metadata"], "spec": {}}
        assert slimmed(route) == route


class Writes:
    """The API server behind a cache, as far as writes go."""

    def __init__(self, answer: Callable[[], Object]) -> None:
        self._answer = answer

    def apply(self, *_: object, **__: object) -> Object:
        return self._answer()


def test_an_own_write_is_seen_before_its_watch_event() -> None:
    cache = CachedKube(Writes(lambda: pod("a", 9)), [(kinds.POD, "")], "", lambda *_: None)  # type: ignore[arg-type]
    with pytest.raises(NotFoundError):
        cache.get(kinds.POD, "shop", "a")
    cache.apply(kinds.POD, {})
    assert cache.get(kinds.POD, "shop", "a")["metadata"]["resourceVersion"] == "9"


class Moved:
    """An API server whose objects were written by somebody else meanwhile."""

    def __init__(self, now: Object | Exception) -> None:
        self._now = now

    def apply(self, *_: object, **__: object) -> Object:
        raise ConflictError("Pod shop/a: PATCH: it moved: read it again")

    def get(self, *_: object) -> Object:
        if isinstance(self._now, Exception):
            raise self._now
        return self._now


def after_a_conflict(now: Object | Exception) -> CachedKube:
    cache = CachedKube(Moved(now), [(kinds.POD, "")], "", lambda *_: None)  # type: ignore[arg-type]
    cache._noted(kinds.POD, pod("a", 9))
    with pytest.raises(ConflictError):
        cache.apply(kinds.POD, pod("a", 9))
    return cache


def test_after_a_conflict_the_copy_is_read_anew_though_the_watch_is_silent() -> None:
    cache = after_a_conflict(pod("a", 12))
    assert cache.get(kinds.POD, "shop", "a")["metadata"]["resourceVersion"] == "12"


def test_what_is_gone_after_a_conflict_is_gone_from_the_copies() -> None:
    assert after_a_conflict(NotFoundError("gone")).list(kinds.POD) == []


def test_a_copy_that_cannot_be_read_anew_stays() -> None:
    assert len(after_a_conflict(UnreachableError("no answer")).list(kinds.POD)) == 1


def test_a_rehearsal_leaves_the_copy_alone() -> None:
    cache = CachedKube(Writes(lambda: pod("a", 9)), [(kinds.POD, "")], "", lambda *_: None)  # type: ignore[arg-type]
    cache.apply(kinds.POD, {}, dry_run=True)
    assert cache.list(kinds.POD) == []
