"""The words that have a closed list: phases, verdicts, views, verbs."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Phase(StrEnum):
    """Where a CanaryRelease stands; `decide` alone moves it."""

    HEALTHY = "Healthy"
    PREPARING = "Preparing"
    PROGRESSING = "Progressing"
    PAUSED = "Paused"
    PROMOTING = "Promoting"
    ROLLING_BACK = "RollingBack"
    ROLLED_BACK = "RolledBack"


class Verdict(IntEnum):
    """What evidence says, in the one order that counts: the worst verdict of all rules wins."""

    PASS = 0
    HOLD = 1
    ERROR = 2
    FAIL = 3


class View(StrEnum):
    """Who counted: the proxy as users feel it, or the application itself."""

    EDGE = "edge"
    APPLICATION = "application"


class Cause(StrEnum):
    """Why a release goes back; docs/operations/runbook.md has an entry for each."""

    RULE_FAILED = "RuleFailed"
    RESTARTS = "CanaryRestarts"
    BUDGET_SPENT = "BudgetSpent"
    SPLIT_IGNORED = "SplitIgnored"
    BLIND = "Blind"
    IDLE = "Idle"
    DEADLINE = "DeadlineExceeded"
    CONTROLLER_LOST = "ControllerLost"
    SUPERSEDED = "Superseded"
    ABORTED = "Aborted"
    ORDERED = "RollbackOrdered"


class Verb(StrEnum):
    """What an operator can order through a ReleaseCommand."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"
    ABORT = "abort"
    PAUSE = "pause"
    RESUME = "resume"
    RETRY = "retry"


# Rules that can speak against a canary and never for it.
DRIFT, THROTTLED, MEMORY = "drift", "throttled", "memory"
USED = frozenset({THROTTLED, MEMORY})  # they count no requests, and make no bets
ONE_SIDED = USED | {DRIFT}
