"""Which request this is, and what is handed on so that logs of every service behind it tell the same."""

import re
import secrets
from typing import NamedTuple

_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
# Only the version that is known: what a later one adds cannot be handed on (W3C Trace Context, 4.3).
_PARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")


class Identity(NamedTuple):
    """`request_id` is the caller's own, else the trace id; `trace_id` and `span_id` are never empty."""

    request_id: str
    trace_id: str
    span_id: str
    flags: str

    def fields(self) -> dict[str, str]:
        """What a log line has of it."""
        return {"request_id": self.request_id, "trace_id": self.trace_id, "span_id": self.span_id}

    def headers(self) -> dict[str, str]:
        """What the services asked on behalf of this request get of it."""
        return {
            "X-Request-Id": self.request_id,
            "traceparent": f"00-{self.trace_id}-{self.span_id}-{self.flags}",
        }


def identity(given: str, traceparent: str) -> Identity:
    """Go on with the caller's trace, or begin one; take over its request id if it is usable."""
    parent = _PARENT.fullmatch(traceparent)
    trace, flags = (parent[1], parent[2]) if parent else (secrets.token_hex(16), "00")
    return Identity(given if _ID.fullmatch(given) else trace, trace, secrets.token_hex(8), flags)
