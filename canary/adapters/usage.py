"""What containers use, out of the answer to `queries.usage`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from canary.core.model import Usage, Usages
from canary.core.model.words import MEMORY, THROTTLED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from canary.ports import MetricsQuery


_MOST = 1.05  # two scrapes are never of one moment: a full share may come out a little larger


def parse(result: Iterable[Mapping[str, Any]], query: MetricsQuery) -> Usages:
    """Both sides; a share that is missing, or can be none, is unknown.

    Raises KeyError, TypeError or ValueError when the answer is no vector.
    """
    shares: dict[tuple[str, str], float] = {}
    for each in result:
        share = float(each["value"][1])
        if 0 <= share <= _MOST:
            shares[each["metric"]["revision"], each["metric"]["resource"]] = share
    return Usages(_of(query.canary_revision, shares), _of(query.stable_revision, shares))


def _of(revision: str, shares: Mapping[tuple[str, str], float]) -> Usage:
    return Usage(shares.get((revision, THROTTLED)), shares.get((revision, MEMORY)))
