"""What of an object differs from what we want of it."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def differs(wanted: Any, found: Any) -> bool:
    """Whether `found` lacks or contradicts anything in `wanted`; what `found` has beyond it is not ours."""
    if isinstance(wanted, dict):
        if not isinstance(found, dict):
            return bool(wanted) or found is not None
        return any(_field_differs(key, value, found.get(key)) for key, value in wanted.items())
    if isinstance(wanted, list):
        if not isinstance(found, list) or len(wanted) != len(found):
            return bool(wanted) or bool(found)
        return any(differs(mine, theirs) for mine, theirs in zip(wanted, found, strict=True))
    return bool(wanted != found)


def _field_differs(key: str, wanted: Any, found: Any) -> bool:
    if key == "ownerReferences":
        # Others may own the object as well; ours has to be among them.
        return not all(any(not differs(mine, each) for each in found or ()) for mine in wanted)
    return differs(wanted, found)


def digest(value: Any) -> str:
    """A short name for a JSON value; equal values have equal digests whatever their key order."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
