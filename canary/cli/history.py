"""canary history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from canary.cli.exit_codes import ExitCode
from canary.cli.options import cluster_options, form_option, name_argument
from canary.cli.output import Answer, emit, table
from canary.cli.session import find
from canary.core.codec import finished_to_json
from canary.shown.tables import HISTORY, history_row

if TYPE_CHECKING:
    from canary.cli.session import Session, Where
    from canary.ports import Release


def finished(release: Release) -> Answer:
    """Render the releases that ended, newest first."""
    ended = sorted(release.status.history, key=lambda each: each.ended, reverse=True)
    document = {
        "namespace": release.namespace,
        "name": release.name,
        "history": [finished_to_json(each) for each in ended],
    }
    rows = [history_row(each, release.status) for each in ended]
    return Answer(document, table(HISTORY, rows) if rows else ())


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
