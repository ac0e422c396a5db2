"""The exit code is the verdict."""

from __future__ import annotations

from enum import IntEnum
from typing import Self

from canary.ports import ConflictError, NotFoundError, RefusedError, SerinError, UnreachableError


class ExitCode(IntEnum):
    """What a script may rely on; `meaning` is what the reference page says about it."""

    meaning: str

    DONE = 0, "done, or the release is healthy or under way"
    FAILED = 1, "the release failed or was rolled back; lint found something; a replay differs"
    USAGE = 2, "wrong usage: unknown option, release, file or kubeconfig"
    REFUSED = 3, "refused: the release is in another phase, or permission is missing"
    TIMED_OUT = 4, "nothing conclusive happened before the time-out"
    UNREACHABLE = 5, "the cluster or Prometheus cannot be reached"
    INTERRUPTED = 130, "interrupted with Ctrl-C"
    CLOSED_PIPE = 141, "whoever read the output closed it first"

    def __new__(cls, code: int, meaning: str) -> Self:
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member


class TimedOutError(SerinError):
    """What was waited for did not happen in time."""


_BY_ERROR: tuple[tuple[type[SerinError], ExitCode], ...] = (
    (UnreachableError, ExitCode.UNREACHABLE),
    (RefusedError, ExitCode.REFUSED),
    (ConflictError, ExitCode.REFUSED),
    (NotFoundError, ExitCode.USAGE),
    (TimedOutError, ExitCode.TIMED_OUT),
)


def code_for(error: SerinError) -> ExitCode:
    """Give the verdict of an error; what is wrong with the invocation itself is wrong usage."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), ExitCode.USAGE)
