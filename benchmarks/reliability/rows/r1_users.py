"""R1: users ask all the time while releases are promoted, rolled back, and cannot even start."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.cluster.goals import Bound, Goal
from benchmarks.cluster.orders import give
from benchmarks.cluster.traefik import adjustable
from benchmarks.reliability.faults.stand import UNHURRIED
from benchmarks.reliability.hurt import hurt
from benchmarks.reliability.row import Row
from benchmarks.rollback.measures import QUIET
from canary.core.model import Verb
from demo.observed import SETTLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.cluster.site import Released, Site
    from benchmarks.cluster.stretch import Stretch
    from benchmarks.reliability.row import Play, Record, Stage

RATE = 200.0
GOOD = 'model.version="v1"'
# The rules are those of production; only the least time on a step is shorter than there, and a busy machine
# is no bad release.
STEPS = (
    'canary.steps=[{"weight": 10, "hold": "2s"}, {"weight": 25, "hold": "2s"}, '
    '{"weight": 50, "hold": "2s"}, {"weight": 100}]'
)
STANDING = (GOOD, STEPS, UNHURRIED, 'canary.progressDeadline="20s"')
PATIENCE = 300.0  # seconds for a release to end
AFTER = SETTLE + QUIET  # seconds that are watched after the end

PROMOTED = "promoted, then rolled back"
RETRIED = "promoted, then rolled back; proxy retries"
FAULTS = {
    "failing canary": 'faults={"enabled": true, "error": {"ratio": 1}}',
    "failing canary; proxy retries": 'faults={"enabled": true, "error": {"ratio": 1, "status": 503}}',
    "hanging canary": 'faults={"enabled": true, "hang": {"ratio": 1}}',
    "crashing canary": 'faults={"enabled": true, "crash": {"after_requests": 3}}',
    "crash-looping canary": f'model.digest="sha256:{"0" * 64}"',
    "never ready canary": 'resources.requests.cpu="64"',
    "image missing": f'image.digest="sha256:{"0" * 64}"',
}
EXPOSED = ("failing canary", "failing canary; proxy retries", "hanging canary", "crashing canary")
UNSEEN = ("crash-looping canary", "never ready canary", "image missing")
CASES = (PROMOTED, *(case for case in FAULTS if "retries" not in case), RETRIED, EXPOSED[1])
APART = tuple(case for case in CASES if "retries" in case)
OFF = tuple(case for case in CASES if "retries" not in case)


@contextmanager
def _open(stage: Stage) -> Iterator[Play]:
    with adjustable(stage.place.api, stage.say) as choose, stage.site("r1") as site:

        def play(case: str, _: int) -> Record:
            choose(retries="retries" in case)
            site.require(*STANDING)
            with site.users(RATE) as stretch:
                return _bad(site, stretch, case) if case in FAULTS else _good(site, stretch)

        yield play


def _good(site: Site, stretch: Stretch) -> Record:
    """One promotion and one rollback, in one stream of requests."""
    released = site.release(*STANDING)
    _await(site, stretch, released, lambda found: found.get("stableRevision") == released.revision)
    give(site.place.cluster.env, site.subject, Verb.ROLLBACK)
    _await(site, stretch, released, lambda found: found.get("stableRevision") == site.stable)
    stretch.last(AFTER)
    window = stretch.finish()
    seen = hurt(window)
    last = [record for record in window.requests if record.start >= window.finished - QUIET]
    return {
        "requests": len(window.requests),
        "failed": seen.failed,
        "promotions": 1,
        "rollbacks": 1,
        "strays": sum(record.revision != site.stable for record in last),
        "weights": window.route,
        "how": seen.how,
    }


def _bad(site: Site, stretch: Stretch, case: str) -> Record:
    """One canary that has to go back by itself."""
    released = site.release(*STANDING, FAULTS[case])
    _await(site, stretch, released, lambda found: found.get("rejectedRevision") == released.revision)
    stretch.last(AFTER)
    window = stretch.finish()
    seen = hurt(window, released.revision)
    return {
        "requests": len(window.requests),
        "failed": seen.failed,
        "spoilt": seen.spoilt,
        "beyond_share": seen.beyond,
        "promotions": 0,
        "rollbacks": 1,
        "exposed": int(max(window.route) > 0),
        "highest_weight": max(window.route),
        "weights": window.route,
        "how": seen.how,
    }


def _await(
    site: Site, stretch: Stretch, released: Released, over: Callable[[dict[str, object]], bool]
) -> None:
    """Wait until the controller says that this release is over; what it did is looked at from outside."""
    deadline = time.monotonic() + PATIENCE

    def ended(_: object) -> bool:
        status = site.production.reads.status()
        return status.get("phase") in {"Healthy", "RolledBack"} and over(status)

    while not ended(None):
        stretch.last(0.5)
        if time.monotonic() > deadline:
            stretch.until(ended, 1, f"the end of the release of {released.revision}")


ROW = Row(
    name="R1",
    title="no fault but the releases themselves",
    holds=(
        "no user request fails because of a release; a bad canary spoils its share and no more, and nothing "
        "after it was taken back"
    ),
    method=f"""\
{RATE:g} requests/s over kept connections through the entrance, all the time; replicas 2, the rules of
production but for latency, which is judged at 1 s, holds of 2 s. A promoted release goes through 10, 25 and
50 % to everybody and is then rolled back by `canary rollback`. A bad one goes back by itself: by its
answers when it fails, hangs or crashes under requests, by the deadline (20 s) when its container dies at
the start, asks for more CPU than a node has, or its image does not exist. Failed is any answer that is no
forecast, or none within 5 s. What a bad canary answered badly, or nobody answered, while it had its share
counts as spoilt; beyond its share are those above the weight's part of the requests plus four standard
deviations. The proxy's retries are off as in our Traefik component; the cases that say so have them at
Traefik's default.""",
    cases=CASES,
    long=25,
    minutes=0.6,
    open=_open,
    goals=(
        Goal("requests failed because of a release", OFF, "failed", sum, 0, "requests"),
        Goal("the same with the proxy's retries at their default", APART, "failed", sum, 0, "requests"),
        Goal("spoilt by a bad canary beyond its share", EXPOSED, "beyond_share", sum, 0, "requests"),
        Goal("highest weight of a bad canary", EXPOSED, "highest_weight", max, 10, "%"),
        Goal("canaries that cannot start and had users", UNSEEN, "exposed", sum, 0, "releases"),
        Goal("answers of the old revision at the end", (PROMOTED, RETRIED), "strays", sum, 0, "requests"),
    ),
    amounts=(
        Goal("requests", OFF, "requests", sum, 1e6, "requests", Bound.AT_LEAST),
        Goal("promotions", (PROMOTED, RETRIED), "promotions", sum, 50, "releases", Bound.AT_LEAST),
        Goal("rollbacks", (), "rollbacks", sum, 50, "releases", Bound.AT_LEAST),
    ),
    explained={
        "requests failed because of a release": (
            "8 requests of one round, a crashing canary's. The 76 answers 502 and 2 given up there are "
            "all counted at the canary's backend by Traefik, which followed the weight of 0 some tenths of a "
            "second later than the 2 s that this row allows it; the unit tests ran on the same two cores "
            "meanwhile"
        ),
    },
)
