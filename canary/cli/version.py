"""canary version."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import TYPE_CHECKING

import click

from canary.cli.exit_codes import ExitCode
from canary.cli.options import form_option
from canary.cli.output import Answer, emit

if TYPE_CHECKING:
    from canary.cli.session import Session


def facts() -> Answer:
    """Collect the version of the program and of the Python that runs it."""
    document = {"version": metadata.version("serin"), "python": platform.python_version()}
    return Answer(document, (f"canary {document['version']}",))


@click.command()
@form_option("table", "json", "yaml")
@click.pass_obj
def version(session: Session, form: str) -> int:
    """Print the version of this program."""
    emit(session.terminal, form, facts())
    return ExitCode.DONE
