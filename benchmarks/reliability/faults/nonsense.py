"""Answers of a metrics store that are none, or not to the question: what is made of a right one. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

APART = 1.7  # seconds between the scrapes of two replicas of one store
STRANGER = "another-tenant"
ITS_INSTANCE = "192.0.2.1:9113"  # an address for documentation: nobody's
MORE = 50  # times as many answers as ours, and all of them bad

Series = dict[str, Any]


def page(_: bytes) -> bytes:
    """Somebody's log-in page."""
    return b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>"


def half(body: bytes) -> bytes:
    """An answer that breaks off in the middle."""
    return body[: len(body) // 2]


def no_number(body: bytes) -> bytes:
    """Every sample is NaN."""
    return _values(body, lambda _: "NaN")


def negative(body: bytes) -> bytes:
    """Every counter is below zero."""
    return _values(body, lambda value: f"-{value}")


def mistyped(body: bytes) -> bytes:
    """The right fields with things in them that nobody expects there."""
    return _answer(body, lambda _: [{"metric": ["a", "list"], "values": {"no": "list"}, "value": None}])


def empty(body: bytes) -> bytes:
    """A success without any series, as of a store that has lost its data."""
    return _answer(body, lambda _: [])


def twice(body: bytes) -> bytes:
    """Every series comes two times."""
    return _answer(body, lambda series: [*series, *series])


def replicas(body: bytes) -> bytes:
    """Two replicas of the store scraped everything, each at its own times, and nobody merged them."""
    return _answer(body, lambda series: [each for one in series for each in _replicas(one)])


def stranger(body: bytes) -> bytes:
    """Series of another tenant are among ours: the same names and revisions, and nothing but bad answers."""
    return _answer(body, lambda series: [*series, *map(_strange, series)])


def shifted(body: bytes, seconds: float) -> bytes:
    """All times as a store writes them whose clock is so many seconds ahead."""
    return _answer(body, lambda series: [_moved(each, seconds) for each in series])


def _values(body: bytes, change: Callable[[str], str]) -> bytes:
    return _answer(body, lambda series: [_changed(each, change) for each in series])


def _answer(body: bytes, change: Callable[[list[Series]], list[Series]]) -> bytes:
    """Change the series of a successful answer; any other answer stays."""
    found = json.loads(body)
    if found.get("status") == "success":
        found["data"]["result"] = change(found["data"]["result"])
    return json.dumps(found).encode()


def _changed(series: Series, change: Callable[[str], str]) -> Series:
    return _samples(series, lambda time, value: (time, change(value)))


def _moved(series: Series, seconds: float) -> Series:
    return _samples(series, lambda time, value: (round(time + seconds, 3), value))


def _samples(series: Series, change: Callable[[float, str], tuple[float, str]]) -> Series:
    new = dict(series)
    if "values" in series:
        new["values"] = [list(change(*sample)) for sample in series["values"]]
    if "value" in series:
        new["value"] = list(change(*series["value"]))
    return new


def _replicas(series: Series) -> list[Series]:
    one, two = (series | {"metric": series["metric"] | {"prometheus_replica": name}} for name in "ab")
    return [one, _moved(two, -APART)]


def _strange(series: Series) -> Series:
    """The same under another tenant's labels; its answers are all bad, and it has many."""
    labels = dict(series["metric"])
    labels |= {"instance": ITS_INSTANCE, "tenant": STRANGER}
    for name in ("namespace", "exported_namespace"):
        if name in labels:
            labels[name] = STRANGER
    for name in ("code", "status"):
        if name in labels:
            labels[name] = "500"
    if "service" in labels:
        labels["service"] = f"{STRANGER}-{labels['service']}"
    return _changed(series | {"metric": labels}, _multiplied)


def _multiplied(value: str) -> str:
    return f"{float(value) * MORE:g}"


SPOILT: Mapping[str, Callable[[bytes], bytes]] = {
    "page": page,
    "half": half,
    "no number": no_number,
    "negative": negative,
    "mistyped": mistyped,
    "empty": empty,
    "twice": twice,
    "replicas": replicas,
    "stranger": stranger,
}
