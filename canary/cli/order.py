"""Giving an order and waiting for the controller's answer; the order verbs differ only in what they ask."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from canary.cli.exit_codes import ExitCode, TimedOutError
from canary.cli.options import cluster_options, form_option, name_argument, timeout_option
from canary.cli.output import Answer, emit
from canary.cli.session import find
from canary.ports import UnreachableError
from canary.shown.orders import addressed

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from canary.cli.session import Session, Where
    from canary.cli.terminal import Terminal
    from canary.core.model import Acknowledgement, Command, Verb
    from canary.ports import Desk, Release

_POLL = 0.2


@dataclass(frozen=True, slots=True)
class Request:
    """The options that every order verb takes; `timeout` in seconds."""

    where: Where
    name: str
    form: str
    timeout: float


def give(
    terminal: Terminal, desk: Desk, release: Release, command: Command, timeout: float
) -> Acknowledgement:
    """Create the order and wait at most `timeout` seconds for the answer.

    Raises TimedOutError when nobody answered, UnreachableError when the cluster is away at the end.
    """
    name = desk.order(release, command)
    deadline = terminal.clock.elapsed() + timeout
    while True:
        try:
            if answer := desk.answer(release, name):
                return answer
        except UnreachableError:
            if terminal.clock.elapsed() >= deadline:
                raise
        if terminal.clock.elapsed() >= deadline:
            raise TimedOutError(
                f"order {name}: not acknowledged within {timeout:g} s: is the controller running? "
                f"To take it back: kubectl -n {release.namespace} delete releasecommand {name}"
            )
        terminal.clock.sleep(_POLL)


def told(release: Release, verb: Verb, answer: Acknowledgement) -> Answer:
    """Render the answer to an order as the command line's answer."""
    document = {
        "namespace": release.namespace,
        "release": release.name,
        "verb": str(verb),
        "command": answer.command,
        "accepted": answer.accepted,
        "message": answer.message,
    }
    lines = (f"{release.name}: {answer.message}",) if answer.accepted else ()
    return Answer(document, lines, (f"releasecommand.canary.serin.dev/{answer.command}",))


def order_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what every order verb takes, and hand it to the command as one `request`."""

    @name_argument
    @timeout_option("10s", "Longest wait for the controller's answer.")
    @form_option("table", "json", "yaml", "name")
    @cluster_options
    @functools.wraps(command)
    def gathered(*args: Any, where: Where, name: str, form: str, timeout: float, **rest: Any) -> Any:
        return command(*args, request=Request(where, name, form, timeout), **rest)

    return gathered


def carry_out(session: Session, request: Request, verb: Verb, **wish: Any) -> int:
    """Find the release, give the order, print the answer; a refused order says so on stderr."""
    desk = session.connect(request.where)
    release = find(desk, request.where, request.name)
    answer = give(session.terminal, desk, release, addressed(release, verb, **wish), request.timeout)
    emit(session.terminal, request.form, told(release, verb, answer))
    if answer.accepted:
        return ExitCode.DONE
    session.terminal.tell(f"release {release.key}: {answer.message}")
    return ExitCode.REFUSED
