"""The words of a release: what was asked, what was seen, what was decided.

Times are seconds since the epoch, durations seconds, weights whole percent (the canary's
share of user traffic), rates and limits shares between 0 and 1.
"""

from canary.core.model.asked import (
    DriftRule,
    ErrorRule,
    LatencyRule,
    PredictionRule,
    ResourceRule,
    Route,
    Rules,
    Source,
    Spec,
    Step,
)
from canary.core.model.decided import (
    Acknowledgement,
    Decision,
    Evidence,
    Finished,
    JournalEntry,
    Look,
    Note,
    Status,
    Target,
)
from canary.core.model.seen import (
    Block,
    Command,
    Counts,
    Observation,
    Pair,
    Reading,
    RevisionState,
    RouteState,
    ServiceState,
    Usage,
    Usages,
)
from canary.core.model.words import Cause, Phase, Verb, Verdict, View

__all__ = [
    "Acknowledgement",
    "Block",
    "Cause",
    "Command",
    "Counts",
    "Decision",
    "DriftRule",
    "ErrorRule",
    "Evidence",
    "Finished",
    "JournalEntry",
    "LatencyRule",
    "Look",
    "Note",
    "Observation",
    "Pair",
    "Phase",
    "PredictionRule",
    "Reading",
    "ResourceRule",
    "RevisionState",
    "Route",
    "RouteState",
    "Rules",
    "ServiceState",
    "Source",
    "Spec",
    "Status",
    "Step",
    "Target",
    "Usage",
    "Usages",
    "Verb",
    "Verdict",
    "View",
]
