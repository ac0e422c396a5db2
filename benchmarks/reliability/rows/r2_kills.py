"""R2: the controller is killed over and over while releases are under way."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubernetes import client

from benchmarks.cluster import past
from benchmarks.cluster.controller import Options, running
from benchmarks.cluster.goals import Bound, Goal
from benchmarks.cluster.installed import away
from benchmarks.cluster.orders import give
from benchmarks.cluster.place import SECONDS, ask
from benchmarks.cluster.standing import Standing, longest_apart
from benchmarks.reliability.hurt import hurt
from benchmarks.reliability.killer import Killer
from benchmarks.reliability.row import Row
from canary.core.model import Verb
from demo.reads import REVISION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.cluster.controller import Controller
    from benchmarks.cluster.site import Released, Site
    from benchmarks.cluster.stretch import Stretch
    from benchmarks.reliability.row import Play, Record, Stage

STANDING = (
    'model.version="v1"',
    # A busy machine is no bad release: what is looked at here is not what the rules say.
    'canary.rules.latency.within="1s"',
    "replicas=1",
    (
        'canary.steps=[{"weight": 10, "hold": "2s"}, {"weight": 25, "hold": "2s"}, '
        '{"weight": 50, "hold": "2s"}, {"weight": 100}]'
    ),
)
FAILING = 'faults={"enabled": true, "error": {"ratio": 1}}'
RATE = 80.0
PATIENCE = 360.0  # seconds for both releases to end under kills
AFTER = 5.0  # seconds that are watched after the end
CASES = ("one promoted, one taken back by the rules", "one promoted, one aborted by an order")
ANSWERED = 60.0  # seconds for an order to be answered by somebody who lives long enough
OTHER_WEIGHT = 25  # at which the other release is aborted


@dataclass(frozen=True, slots=True)
class Course:
    """One of the two releases: its users, where it stood, and how it has to end."""

    site: Site
    stretch: Stretch
    standing: Standing
    released: Released
    promoted: bool

    @property
    def over(self) -> bool:
        """Whether the status says that it has ended as it should."""
        last = self.standing.seen[-1]
        return last.canary == "" and last.phase == ("Healthy" if self.promoted else "RolledBack")


@contextmanager
def _open(stage: Stage) -> Iterator[Play]:
    with ExitStack() as stack:
        sites = [stack.enter_context(stage.site(name)) for name in ("r2a", "r2b")]
        stack.enter_context(away(stage.place.api, stage.say))
        controller = stack.enter_context(running(stage.place, Options(identity="bench-r2")))
        yield lambda case, number: _play(sites, controller, case, number)


def _play(sites: list[Site], controller: Controller, case: str, number: int) -> Record:
    for site in sites:
        site.require(*STANDING)
    killer = Killer(controller, seed=number)
    with ExitStack() as stack:
        stretches = [stack.enter_context(site.users(RATE)) for site in sites]
        standings = [stack.enter_context(_watched(site, killer)) for site in sites]
        killer.start()
        try:
            began = time.time()
            courses = _courses(sites, stretches, standings, case)
            _until_over(courses, abort="order" in case)
        finally:
            killer.stop()
        took = time.time() - began
        stretches[0].last(AFTER)
        seen = [_seen(course, began, controller.starts) for course in courses]
    if courses[0].over:
        courses[0].site.adopt(courses[0].released)
    return {
        "seconds": round(took, 1),
        "kills": killer.kills,
        "at_moves": len(killer.at_moves),
        **{key: sum(each[key] for each in seen) for key in ("wrong_ends", "off_route", "failed")},
        "unproved": sum(each["unproved"] for each in seen),
        "longest_apart": round(max(each["apart"] for each in seen), 3),
        "routes": [each["route"] for each in seen],
        "how": "; ".join(each["how"] for each in seen if each["how"]),
    }


@contextmanager
def _watched(site: Site, killer: Killer) -> Iterator[Standing]:
    standing = Standing(site.place.api, site.subject, killer.moved)
    standing.watcher.start()
    try:
        yield standing
    finally:
        standing.watcher.stop()


def _courses(
    sites: list[Site], stretches: list[Stretch], standings: list[Standing], case: str
) -> list[Course]:
    bad = () if "order" in case else (FAILING,)
    released = sites[0].release(*STANDING), sites[1].release(*STANDING, *bad)
    return [
        Course(*parts, promoted=index == 0)
        for index, parts in enumerate(zip(sites, stretches, standings, released, strict=True))
    ]


def _until_over(courses: list[Course], *, abort: bool) -> None:
    """Wait for both ends; what is not over in time is measured as it stands."""
    deadline = time.monotonic() + PATIENCE
    other = courses[1]
    while not all(course.over for course in courses) and time.monotonic() < deadline:
        for course in courses:
            course.stretch.last(0.1)
        if abort and other.standing.seen[-1].weight >= OTHER_WEIGHT:
            give(other.site.place.cluster.env, other.site.subject, Verb.ABORT, ANSWERED)
            abort = False


def _seen(course: Course, began: float, starts: list[float]) -> dict[str, Any]:
    window = course.stretch.finish()
    site, revision = course.site, course.released.revision
    env = site.place.cluster.env
    entries = [each for each in past.journal(env, site.subject, revision) if each.time >= began]
    against = past.disagreements(env, site.subject, revision)
    users = hurt(window, "" if course.promoted else revision)
    stands = [stand for stand in course.standing.seen if stand.time >= began - 1]
    weights = [seen for seen in window.weights if seen.time >= began]
    twice = len({each.sequence for each in entries}) != len(entries)
    return {
        "wrong_ends": int(not (course.over and _led(site) == (revision if course.promoted else site.stable))),
        "off_route": int(twice or not past.carried(window.route, past.path(entries))),
        "unproved": len(against),
        "failed": users.failed,
        "apart": longest_apart(stands, weights, window.finished, starts),
        "route": window.route,
        "how": " ".join(filter(None, (users.how, *against))),
    }


def _led(site: Site) -> str:
    """The revision that the stable Service leads to."""
    core, name = client.CoreV1Api(site.place.api), f"{site.subject.name}-stable"
    found = ask(
        name,
        lambda: core.read_namespaced_service(name, site.subject.namespace, _request_timeout=SECONDS),
    )
    return str(found.spec.selector.get(REVISION, ""))


ROW = Row(
    name="R2",
    title="the controller is killed over and over",
    holds=(
        "releases end as they would have, each step is made once, the route carries what the journal says, "
        "nothing is promoted without evidence, and users notice nothing"
    ),
    method=f"""\
The controller runs as a process of the machine with the rights of the installed one and is started again
at once. Two releases are under way together, {RATE:g} requests/s each, latency judged at 1 s: one goes to
everybody, the other goes back, by the rules or by `canary abort` at 25 %. SIGKILL comes with every change of
phase, weight, step or revision that a watch of either release announces, 0 to 300 ms later, and at random
instants: up to 3 s after the controller is ready again, every fifth time while it still starts. Afterwards
the weights that the Ingress announced must be those of the journal, each line once; only a way back may
overtake the step before it, if nobody lived to carry that out. `canary replay` must come to the same
decisions; the stable Service must lead to the right revision. The longest time for which Ingress and saved
status differed is that of one life of a controller, its start included.""",
    cases=CASES,
    long=4,
    minutes=1.7,
    open=_open,
    goals=(
        Goal("releases that ended otherwise", (), "wrong_ends", sum, 0, "releases"),
        Goal("releases whose route was not that of their journal", (), "off_route", sum, 0, "releases"),
        Goal("decisions that replay does not confirm", (), "unproved", sum, 0, "decisions"),
        Goal("requests failed", (), "failed", sum, 0, "requests"),
        Goal("route and saved status differed, longest", (), "longest_apart", max, 5.0, "s"),
    ),
    amounts=(Goal("kills", (), "kills", sum, 200, "kills", Bound.AT_LEAST),),
)
