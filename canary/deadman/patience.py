"""How long each running release has shown no sign of life, as far as we can tell."""

from __future__ import annotations

LOOKS = 12
_GAP_LOOKS = 6


class Patience:
    """Remembers since when each heartbeat has been the same.

    Between a heartbeat and the look that sees it up to one pause passes, and up to one more until the look
    that finds it too old: both are taken off, so that users have left `ttl` seconds after the last one.
    Who did not look for long knows nothing: it starts anew, with all the patience there is.
    """

    def __init__(self, ttl: float) -> None:
        self.pause = ttl / LOOKS
        self._limit = ttl - 2 * self.pause
        self._seen: dict[str, tuple[str, float]] = {}
        self._looked = float("-inf")

    def overdue(self, beats: dict[str, str], now: float) -> dict[str, float]:
        """Take in the heartbeat of each running release; the age of those that are past the limit."""
        if now - self._looked > _GAP_LOOKS * self.pause:
            self._seen = {}
        self._looked = now
        self._seen = {key: self._since(key, beat, now) for key, beat in beats.items()}
        waited = {key: now - since for key, (_, since) in self._seen.items()}
        return {key: seconds for key, seconds in waited.items() if seconds >= self._limit}

    def _since(self, key: str, beat: str, now: float) -> tuple[str, float]:
        known = self._seen.get(key)
        return known if known is not None and known[0] == beat else (beat, now)
