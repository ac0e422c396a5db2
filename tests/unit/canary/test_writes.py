"""What is written only while the world is still as it was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from canary.adapters import kinds
from canary.adapters.writes import write
from canary.ports import ConflictError, RefusedError

if TYPE_CHECKING:
    from .fakeapi import FakeApi

BODY: dict[str, Any] = {"metadata": {"name": "web-stable", "namespace": "shop"}, "spec": {"is": "ours"}}


def test_what_was_not_there_is_made_and_refused_where_somebody_has_its_name(api: FakeApi) -> None:
    write(api, kinds.SERVICE, BODY, None)
    assert api.get(kinds.SERVICE, "shop", "web-stable")["spec"] == {"is": "ours"}
    theirs = BODY | {"spec": {"is": "theirs"}}
    api.put(kinds.SERVICE, theirs | {"metadata": theirs["metadata"] | {"resourceVersion": "77"}})
    with pytest.raises(RefusedError, match="Service shop/web-stable: write: one that is not of this release"):
        write(api, kinds.SERVICE, BODY, None)
    assert api.get(kinds.SERVICE, "shop", "web-stable")["spec"] == {"is": "theirs"}


def test_what_moved_since_it_was_seen_is_not_written(api: FakeApi) -> None:
    write(api, kinds.SERVICE, BODY, None)
    seen = api.get(kinds.SERVICE, "shop", "web-stable")
    write(api, kinds.SERVICE, BODY, seen)
    with pytest.raises(ConflictError):
        write(api, kinds.SERVICE, BODY, seen)
