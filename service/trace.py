"""Which request this is: the caller's own id, W3C trace context, or a new id."""

import re
import secrets
from typing import NamedTuple

_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
# A later version may say more; version ff and ids of nothing but zeros are invalid (W3C Trace Context, 3.2).
_PARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")
_FIRST_VERSION = "00"


class Identity(NamedTuple):
    """`request_id` is never empty; trace and span are those of a valid traceparent, else empty."""

    request_id: str
    trace_id: str = ""
    parent_id: str = ""

    def fields(self) -> dict[str, str]:
        """What a log line has of it."""
        return {key: value for key, value in self._asdict().items() if value}


def identity(given: str, traceparent: str) -> Identity:
    """Take the id that was given if it is usable, else the trace id, else a new one."""
    trace, parent = _parent(traceparent)
    usable = given if _ID.fullmatch(given) else ""
    return Identity(usable or trace or secrets.token_hex(16), trace, parent)


def _parent(text: str) -> tuple[str, str]:
    found = _PARENT.fullmatch(text) if text else None
    if found is None or (found[3] and text.startswith(_FIRST_VERSION)):
        return "", ""
    return found[1], found[2]
