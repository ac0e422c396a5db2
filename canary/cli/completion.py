"""canary completion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import get_completion_class

from canary.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from canary.cli.session import Session

COMPLETE_VARIABLE = "_CANARY_COMPLETE"
SHELLS = ("bash", "zsh", "fish")


def script(shell: str) -> str:
    """Return the shell code that makes Tab ask this program."""
    kind = get_completion_class(shell)
    if kind is None:
        raise click.BadParameter(f"no completion for {shell}")
    template = kind(click.Command("canary"), {}, "canary", COMPLETE_VARIABLE)
    return template.source_template % template.source_vars()


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_obj
def completion(session: Session, shell: str) -> int:
    """Print the completion script of a shell.

    For example: source <(canary completion bash)
    """
    session.terminal.say(script(shell).strip())
    return ExitCode.DONE
