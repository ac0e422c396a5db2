"""canary history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from canary.cli.exit_codes import ExitCode
from canary.cli.options import cluster_options, form_option, name_argument
from canary.cli.output import Answer, emit, table
from canary.cli.session import find
from canary.cli.words import clean, span, stamp
from canary.core.codec import finished_to_json

if TYPE_CHECKING:
    from canary.cli.session import Session, Where
    from canary.core.model import Finished, Status
    from canary.ports import Release

_HEADINGS = ("ENDED", "TOOK", "REVISION", "NOW", "OUTCOME", "ACTOR", "REASON")


def finished(release: Release) -> Answer:
    """Render the releases that ended, newest first."""
    ended = sorted(release.status.history, key=lambda each: each.ended, reverse=True)
    document = {
        "namespace": release.namespace,
        "name": release.name,
        "history": [finished_to_json(each) for each in ended],
    }
    return Answer(document, table(_HEADINGS, [_row(each, release.status) for each in ended]) if ended else ())


def _row(each: Finished, status: Status) -> tuple[str, ...]:
    took = span(each.ended - each.started) if each.started else "-"
    role = _role(each.revision, status)
    return (stamp(each.ended), took, each.revision, role, each.outcome, clean(each.actor), clean(each.reason))


def _role(revision: str, status: Status) -> str:
    roles = (
        ("stable", status.stable_revision),
        ("canary", status.canary_revision),
        ("previous", status.previous_revision),
        ("rejected", status.rejected_revision),
    )
    return next((role for role, holder in roles if holder == revision), "-")


@click.command()
@name_argument
@form_option("table", "json", "yaml")
@cluster_options
@click.pass_obj
def history(session: Session, *, where: Where, name: str, form: str) -> int:
    """List the releases that ended, newest first."""
    release = find(session.connect(where), where, name)
    emit(session.terminal, form, finished(release))
    if not release.status.history:
        session.terminal.tell(f"release {release.key}: none has ended yet")
    return ExitCode.DONE
