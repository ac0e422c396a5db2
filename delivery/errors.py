"""What stops a delivery or the demo, in words for the person who watches it.

The exit codes are those of the `canary` command, so that a script has one table to know.
"""


class StepError(Exception):
    """One sentence: object, what was tried, why it did not work, what to do. Ends with exit code 1."""

    code = 1


class UsageError(StepError):
    """What was asked for does not exist."""

    code = 2


class RefusedError(StepError):
    """It would put something into production that staging has not seen."""

    code = 3


class UnreachableError(StepError):
    """The cluster, or what should answer on it, does not."""

    code = 5
