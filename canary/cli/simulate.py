"""canary simulate."""

from __future__ import annotations

from math import isnan
from random import Random
from typing import TYPE_CHECKING, Any

import click

from canary.cli.chances import Assumed, Played, render
from canary.cli.exit_codes import ExitCode
from canary.cli.lint import read
from canary.cli.options import Duration, form_option
from canary.cli.output import emit
from canary.core.needs import needs
from canary.core.scenarios import Scenario, scenarios
from canary.core.simulation import Service, Traffic, play
from canary.core.spec import parse
from canary.core.units import share
from canary.ports import SerinError
from canary.shown.words import clean, span

if TYPE_CHECKING:
    from canary.cli.session import Session
    from canary.cli.terminal import Terminal
    from canary.core.model import Rules, Spec
    from canary.core.simulation import End

_MOST_SCRAPES = 20_000  # in a run; it takes seconds, and only then can be told how far it is
_TOLD_EVERY = 5.0
_MOST_RATE, _MOST_HOURS = 1_000_000, 8760
_SLOW = 0.002


class Share(click.ParamType[float]):
    """A share of 1, written as a release writes it: 0.5%."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            return share(value)
        except ValueError as error:
            self.fail(f"{value!r}: {error}.", param, ctx)


class Number(click.FloatRange):
    """A number between two others, which `nan` is not."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number: float = super().convert(value, param, ctx)
        if isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


class Progress:
    """Says now and then how many of all runs are played."""

    def __init__(self, terminal: Terminal, runs: int) -> None:
        self._terminal, self._runs, self._done = terminal, runs, 0
        self._began = self._told = terminal.clock.elapsed()

    def one_more(self) -> None:
        """Count a run."""
        self._done += 1
        now = self._terminal.clock.elapsed()
        if now - self._told >= _TOLD_EVERY:
            self._told = now
            left = (now - self._began) / self._done * (self._runs - self._done)
            self._terminal.tell(f"{self._done} of {self._runs} runs played, about {span(left)} left")


def released(terminal: Terminal, file: str) -> Spec:
    """Read the only CanaryRelease of a file, as `canary lint` does. Raises SerinError."""
    from canary.cli.findings import findings  # noqa: PLC0415 - the YAML parser costs start-up time
    from canary.cli.manifests import UnreadableError, releases_in  # noqa: PLC0415

    try:
        manifests = releases_in(read(terminal, file))
    except UnreadableError as error:
        raise SerinError(f"{file}:{error.line}: {error}" if error.line else f"{file}: {error}") from error
    if len(manifests) != 1:
        names = ", ".join(clean(manifest.name) for manifest in manifests)
        found = f"{len(manifests)} CanaryReleases, {names}" if manifests else "no CanaryRelease"
        raise SerinError(f"{file}: holds {found}: give a file with one")
    if problems := findings(manifests[0].body):
        first, more = problems[0], len(problems) - 1
        place = f"{file}:{manifests[0].line(first.path)}: {first.path}: {clean(first.message)}"
        raise SerinError(f"{place} (and {more} more: canary lint)" if more else place)
    return parse(manifests[0].body)


def _assumed(rules: Rules, given: dict[str, Any]) -> Assumed:
    """Fill in what was not given. Raises click.UsageError for a share that no rule is about."""
    if not rules.latency and (given["slow"] is not None or given["canary_slow"] is not None):
        raise click.UsageError("--slow and --canary-slow have no meaning without spec.rules.latency.")
    slow = given["slow"] if given["slow"] is not None else _SLOW if rules.latency else 0.0
    stable = Service(given["errors"], slow)
    canary = Service(
        stable.errors if given["canary_errors"] is None else given["canary_errors"],
        stable.slow if given["canary_slow"] is None else given["canary_slow"],
    )
    asked = given["canary_errors"] is not None or given["canary_slow"] is not None
    horizon = _horizon(given["hours"], given["scrape"])
    # Without users nobody can tell one canary from another.
    worth = scenarios(rules, stable)[: None if given["rate"] else 1]
    return Assumed(
        rate=given["rate"],
        scrape=given["scrape"],
        stable=stable,
        canaries=(Scenario("as assumed", canary),) if asked else worth,
        runs=given["runs"],
        seed=given["seed"],
        horizon=horizon,
    )


def _horizon(hours: float, scrape: float) -> float:
    """Seconds that a run may take. Raises click.UsageError when those are no or too many scrapes."""
    horizon = 3600 * hours
    if scrape <= 0:
        raise click.UsageError("--scrape must be longer than no time at all.")
    scrapes = int(horizon / scrape)
    if not 1 <= scrapes <= _MOST_SCRAPES:
        raise click.UsageError(
            f"--hours and --scrape make {scrapes:,} scrapes a run: must be 1 to {_MOST_SCRAPES:,}."
        )
    return horizon


def _played(spec: Spec, assumed: Assumed, progress: Progress) -> tuple[Played, ...]:
    return tuple(
        Played(each, tuple(_runs(spec, assumed, each.canary, progress))) for each in assumed.canaries
    )


def _runs(spec: Spec, assumed: Assumed, canary: Service, progress: Progress) -> list[End]:
    """Every scenario meets the same users: a run's number is what its chance begins with."""
    traffic = Traffic(assumed.rate, assumed.scrape, assumed.stable, canary)
    ends = []
    for run in range(assumed.runs):
        chance = Random(f"{assumed.seed}/{run}")  # noqa: S311 - users to be repeated, no secret
        ends.append(play(spec, traffic, assumed.horizon, chance.random))
        progress.one_more()
    return ends


@click.command()
@click.argument("file", metavar="FILE")
@click.option(
    "--rate",
    type=Number(0, _MOST_RATE),
    default=100,
    show_default=True,
    metavar="NUMBER",
    help="Requests/s of all users.",
)
@click.option(
    "--errors",
    type=Share(),
    default="0.1%",
    show_default=True,
    metavar="PERCENT",
    help="Stable's answers that are errors.",
)
@click.option(
    "--canary-errors",
    type=Share(),
    metavar="PERCENT",
    help="The canary's answers that are errors; default: as stable.",
)
@click.option(
    "--slow",
    type=Share(),
    metavar="PERCENT",
    help="Stable's answers beyond the limit of the latency rule; default: 0.2%.",
)
@click.option(
    "--canary-slow",
    type=Share(),
    metavar="PERCENT",
    help="The canary's answers beyond that limit; default: as stable.",
)
@click.option(
    "--scrape",
    type=Duration(),
    default="5s",
    show_default=True,
    metavar="DURATION",
    help="Between two scrapes.",
)
@click.option(
    "--runs",
    type=click.IntRange(1, 100_000),
    default=200,
    show_default=True,
    metavar="NUMBER",
    help="Releases played for each canary.",
)
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    metavar="NUMBER",
    help="The same seed plays the same users.",
)
@click.option(
    "--hours",
    type=Number(0, _MOST_HOURS),
    default=3,
    show_default=True,
    metavar="NUMBER",
    help="After so long a release counts as undecided.",
)
@form_option("table", "json", "yaml")
@click.pass_obj
def simulate(session: Session, /, *, file: str, form: str, **given: Any) -> int:
    """Play the release in a YAML file against assumed users, before anybody meets it.

    Prints what each step needs, and how often, when and at what price for users a good canary and
    several bad ones are promoted or rolled back; with --canary-errors or --canary-slow only the
    canary so described. A dash is standard input.
    """
    spec = released(session.terminal, file)
    assumed = _assumed(spec.rules, given)
    progress = Progress(session.terminal, assumed.runs * len(assumed.canaries))
    steps = needs(spec, assumed.rate, assumed.scrape, assumed.stable)
    emit(session.terminal, form, render(spec, assumed, steps, _played(spec, assumed, progress)))
    return ExitCode.DONE
