"""The kinds of trouble that keep a release from going on at all: what an alert and the runbook go by."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from canary.core.model import Observation


class Stall(StrEnum):
    """Who says no: the spec itself, the API server, the journal that cannot be written, or the route."""

    SPEC = "Spec"
    JOURNAL = "Journal"
    REFUSED = "Refused"
    ROUTE = "Route"


def stall_of(observation: Observation, *, understood: bool) -> Stall:
    """Tell the kind of a stall from what was seen; `understood` says whether the spec could be read."""
    if not understood:
        return Stall.SPEC
    if not observation.problem:
        return Stall.ROUTE
    return Stall.JOURNAL if observation.unrecorded else Stall.REFUSED
