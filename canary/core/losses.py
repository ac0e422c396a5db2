"""What was in place at the last look and is not any more: somebody else's doing, told before it is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canary.core.journal import LOST, Basis, remark
from canary.core.model import Phase
from canary.core.routing import HTTPROUTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from canary.core.model import Spec, Status
    from canary.core.tick import Tick

STRANGER = "somebody else"  # the API server does not say who deleted an object


def told(tick: Tick, before: Status) -> Status:
    """Leave a line for each object that is gone; applying the status makes it again.

    What the status asked for and had seen in place was no longer touched by us, so whatever is missing
    now somebody else removed. It is told once: until all is in place again nothing counts as lost.
    """
    status = before
    for sentence in _losses(tick, before):
        status = remark(status, tick.now, status.weight, sentence, Basis(LOST, actor=STRANGER))
    return status


def _losses(tick: Tick, before: Status) -> Iterator[str]:
    name, carries = tick.spec.name, before.weight > 0
    if carries and before.weight_confirmed and tick.seen.route.weight is None:
        yield _without_route(tick.spec)
    if not before.settled_since or before.phase is Phase.ROLLING_BACK:
        return
    if before.stable_route and tick.seen.stable.revision != before.stable_route:
        yield f"Service {name}-stable was removed or led elsewhere, it is put back"
    if carries and tick.seen.canary.revision != before.canary_route:
        yield f"Service {name}-canary was removed or led elsewhere, it is put back"
    for revision in dict.fromkeys((before.stable_route, before.canary_route if carries else "")):
        if revision and not tick.pods(revision).replicas:
            gone = "scaled to 0" if revision in tick.seen.revisions else "removed"
            yield f"Deployment {name}-{revision} was {gone}, it is put back"


def _without_route(spec: Spec) -> str:
    if spec.route.kind == HTTPROUTE:
        return f"HTTPRoute {spec.route.name} was removed or its rules were, which are written again"
    return f"The canary's route {spec.name}-canary was removed, it is made again"
