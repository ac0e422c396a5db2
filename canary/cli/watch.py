"""Following a release to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canary.cli.exit_codes import ExitCode, TimedOutError
from canary.core.model import Phase
from canary.ports import UnreachableError
from canary.shown.picture import phase, seen
from canary.shown.words import clean, span

if TYPE_CHECKING:
    from collections.abc import Callable

    from canary.cli.screen import Screen
    from canary.cli.terminal import Clock
    from canary.ports import Release

_POLL = 0.5
_LONGEST_OUTAGE = 300.0
_ASK_AFTER = 15.0


def ending(release: Release) -> ExitCode | None:
    """Tell how the release of the current template ended, None while it has not.

    A status about an older spec ends nothing: right after an upgrade the old release is still Healthy.
    """
    spec, status = release.spec, release.status
    if spec is None:
        return ExitCode.FAILED
    if not seen(release):
        return None
    if status.phase is Phase.HEALTHY and status.stable_revision == spec.revision:
        return ExitCode.DONE
    if status.phase is Phase.ROLLED_BACK and status.rejected_revision == spec.revision:
        return ExitCode.FAILED
    return None


def epilogue(release: Release, code: ExitCode) -> str:
    """Say in one sentence how it ended."""
    if code is ExitCode.DONE:
        return f"release {release.key}: {release.status.stable_revision} is healthy and serves all users"
    why = clean(release.problem or release.status.reason) or phase(release)
    return f"release {release.key}: not released: {why}: canary why {release.name} says more"


class Follower:
    """Reads a release again and again, through short outages of the API server.

    The first read must succeed; later ones may fail for up to five minutes in a row.
    """

    def __init__(self, read: Callable[[], Release], screen: Screen, clock: Clock) -> None:
        self._read = read
        self._screen = screen
        self._clock = clock
        self._lost_at: float | None = None
        self._unseen_since: float | None = None

    def follow(self, timeout: float | None) -> ExitCode:
        """Show the release until it ends.

        Raises TimedOutError after `timeout` seconds, UnreachableError after a long outage.
        """
        release = self._read()
        start = self._clock.elapsed()
        while True:
            self._screen.show(release, self._clock.now())
            self._ask_for_the_controller(release)
            if (code := ending(release)) is not None:
                self._screen.tell(epilogue(release, code))
                return code
            if timeout is not None and self._clock.elapsed() - start >= timeout:
                raise TimedOutError(
                    f"release {release.key}: {phase(release)} after {timeout:g} s: it goes on by itself"
                )
            self._clock.sleep(_POLL)
            release = self._read_again(release)

    def _read_again(self, last: Release) -> Release:
        """Read; during an outage stay with the last answer."""
        try:
            release = self._read()
        except UnreachableError as error:
            self._bear(error)
            return last
        if self._lost_at is not None:
            self._screen.tell(f"connected again after {span(self._clock.elapsed() - self._lost_at)}")
            self._lost_at = None
        return release

    def _bear(self, error: UnreachableError) -> None:
        if self._lost_at is None:
            self._lost_at = self._clock.elapsed()
            self._screen.tell(f"{error}; trying again")
        elif self._clock.elapsed() - self._lost_at >= _LONGEST_OUTAGE:
            raise error

    def _ask_for_the_controller(self, release: Release) -> None:
        """Wonder once when nobody looks at the newest spec."""
        if seen(release):
            self._unseen_since = None
        elif self._unseen_since is None:
            self._unseen_since = self._clock.elapsed()
        elif 0 <= self._unseen_since <= self._clock.elapsed() - _ASK_AFTER:
            self._screen.tell(
                f"release {release.key}: no controller has looked at it: is the controller running?"
            )
            self._unseen_since = float("inf")
