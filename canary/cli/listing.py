"""canary list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from canary.cli.exit_codes import ExitCode
from canary.cli.options import cluster_options, form_option
from canary.cli.output import Answer, emit, table
from canary.cli.session import namespace_of, reference
from canary.shown.picture import document, phase
from canary.shown.words import clean

if TYPE_CHECKING:
    from canary.cli.session import Session, Where
    from canary.ports import Release

_HEADINGS = ("NAMESPACE", "NAME", "PHASE", "WEIGHT", "STABLE", "CANARY", "REASON")
_LONGEST_REASON = 60


def rows(releases: list[Release], now: float) -> Answer:
    """Render one row for each release."""
    lines = table(_HEADINGS, [_row(release) for release in releases])
    documents = [document(release, now) for release in releases]
    return Answer(documents, lines if releases else (), tuple(reference(release) for release in releases))


def _row(release: Release) -> tuple[str, ...]:
    status = release.status
    reason = clean(release.problem or status.stalled or status.reason)
    if len(reason) > _LONGEST_REASON:
        reason = f"{reason[: _LONGEST_REASON - 3]}..."
    revisions = (status.stable_revision or "-", status.canary_revision or "-")
    return (release.namespace, release.name, phase(release), f"{status.weight} %", *revisions, reason)


@click.command("list")
@click.option("-A", "--all-namespaces", "everywhere", is_flag=True, help="Releases of all namespaces.")
@form_option("table", "json", "yaml", "name")
@cluster_options
@click.pass_obj
def list_releases(session: Session, *, where: Where, everywhere: bool, form: str) -> int:
    """List the releases of a namespace, or of all."""
    desk = session.connect(where)
    namespace = None if everywhere else namespace_of(desk, where)
    releases = desk.releases(namespace)
    emit(session.terminal, form, rows(releases, session.terminal.clock.now()))
    if not releases:
        session.terminal.tell(f"no release in {namespace or 'any namespace'}")
    return ExitCode.DONE
