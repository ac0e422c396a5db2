"""`canary` and `kubectl canary`: one table of verbs, one place where errors become a line."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import shell_complete

from canary.cli.abort import abort
from canary.cli.completion import COMPLETE_VARIABLE, completion
from canary.cli.exit_codes import ExitCode, code_for
from canary.cli.history import history
from canary.cli.lint import lint
from canary.cli.listing import list_releases
from canary.cli.options import early_options
from canary.cli.pause import pause
from canary.cli.promote import promote
from canary.cli.replay import replay
from canary.cli.resume import resume
from canary.cli.retry import retry
from canary.cli.rollback import rollback
from canary.cli.session import Session, Where
from canary.cli.simulate import simulate
from canary.cli.status import status
from canary.cli.terminal import system_terminal
from canary.cli.version import version
from canary.cli.why import why
from canary.ports import SerinError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from canary.cli.terminal import Terminal
    from canary.ports import Desk

VERBS = (
    status,
    list_releases,
    promote,
    rollback,
    abort,
    pause,
    resume,
    retry,
    why,
    replay,
    history,
    lint,
    simulate,
    version,
    completion,
)


class InOrder(click.Group):
    """Help lists the verbs as they are used, not by the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.commands)


@click.group(
    cls=InOrder,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    no_args_is_help=False,
)
@early_options
def cli() -> None:
    """Move a model release from a few users to all of them, or back to none, and see why."""


for _verb in VERBS:
    cli.add_command(_verb)


def run(
    arguments: Sequence[str], terminal: Terminal, connect: Callable[[Where], Desk], program: str = "canary"
) -> int:
    """Run one command to its exit code; every foreseen failure is one line on stderr."""
    try:
        with cli.make_context(program, list(arguments), obj=Session(terminal, connect)) as context:
            return int(cli.invoke(context))
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        terminal.tell(_usage_line(error, program))
        return ExitCode.USAGE
    except SerinError as error:
        terminal.tell(str(error))
        return code_for(error)
    except (KeyboardInterrupt, click.Abort):
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return ExitCode.CLOSED_PIPE


def _usage_line(error: click.ClickException, program: str) -> str:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else program
    return f"{' '.join(error.format_message().split())} See {path} --help."


def connect(where: Where) -> Desk:
    """Reach the real cluster."""
    from canary.bootstrap import desk  # noqa: PLC0415 - the Kubernetes client: `version` need not wait for it

    return desk(where.kubeconfig, where.context)


def main() -> int:
    """Console script: the exit code of the command line that this process was started with."""
    program = "kubectl canary" if Path(sys.argv[0]).stem == "kubectl-canary" else "canary"
    if instruction := os.environ.get(COMPLETE_VARIABLE):
        return shell_complete(cli, {}, "canary", COMPLETE_VARIABLE, instruction)
    code = run(sys.argv[1:], system_terminal(), connect, program)
    if code == ExitCode.CLOSED_PIPE:
        # The interpreter flushes stdout once more at exit and would complain about the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code
