"""What adapters tell of their calls, for whoever counts them."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

NO_ANSWER = "none"


class Call(NamedTuple):
    """One call of the API server: Kubernetes' own word for it, the plural of the kind, and the HTTP code.

    `code` is `NO_ANSWER` when none came; `seconds` is how long the answer took to begin; `date` is what the
    server's clock said then.
    """

    verb: str
    kind: str
    code: str
    seconds: float
    date: str = ""


class Outcome(StrEnum):
    """What came of a query; `refused` is the store's own error, `nonsense` no answer of such a store."""

    ANSWERED = "answered"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    NONSENSE = "nonsense"


class Question(NamedTuple):
    """One query of the metrics store, and how many samples it answered."""

    outcome: Outcome
    seconds: float
    samples: int


def nobody(_: object) -> None:
    """Listen to nothing."""
