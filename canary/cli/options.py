"""Options that several verbs share, each written once."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click

from canary.cli.session import Where
from canary.core.units import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Decorated = Callable[..., Any]


FORMS = ("table", "json", "yaml", "name")


class Duration(click.ParamType[float]):
    """Seconds, written as a release writes them: 500ms, 10s, 5m, 1h; a bare number is seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        text = str(value)
        try:
            return seconds(f"{text}s" if text.isdigit() else text)
        except ValueError as error:
            self.fail(f"{value!r}: {error}.", param, ctx)


def timeout_option(default: str | None, meaning: str) -> Callable[[Decorated], Decorated]:
    """Add --timeout; without a default it may be absent, which means forever."""
    return click.option(
        "--timeout", type=Duration(), default=default, show_default=True, metavar="DURATION", help=meaning
    )


def form_option(*forms: str) -> Callable[[Decorated], Decorated]:
    """Add -o with the forms that the verb's answer has."""
    return _form(forms, default="table", show_default=True)


def _form(forms: Sequence[str], **default: Any) -> Callable[[Decorated], Decorated]:
    choice = click.Choice(forms)
    return click.option("-o", "--output", "form", type=choice, help="Form of the answer.", **default)


_WHERE = (
    click.option("-n", "--namespace", default="", metavar="NAME", help="Namespace; default: the context's."),
    click.option("--context", default="", metavar="NAME", help="Context of the kubeconfig."),
    click.option(
        "--kubeconfig", default="", metavar="FILE", help="Default: $KUBECONFIG, then ~/.kube/config."
    ),
)


def _where(command: Decorated) -> Decorated:
    return functools.reduce(lambda decorated, option: option(decorated), reversed(_WHERE), command)


def early_options(group: Decorated) -> Decorated:
    """Add what kubectl takes before the verb as well; the same option after the verb counts more.

    A verb that asks no cluster has no use for a namespace, and is run all the same.
    """

    @_where
    @_form(FORMS)
    @click.pass_context
    @functools.wraps(group)
    def gathered(context: click.Context, /, *args: Any, **given: Any) -> Any:
        verb = context.invoked_subcommand or ""
        chosen = {name: value for name, value in given.items() if value}
        if "form" in chosen and "form" not in _parameters(context, verb):
            raise click.UsageError(f"-o has no meaning for {verb}.", context)
        context.default_map = {verb: chosen}
        return group(*args)

    return gathered


def _parameters(context: click.Context, verb: str) -> set[str | None]:
    known = context.command
    found = known.get_command(context, verb) if isinstance(known, click.Group) else None
    return {parameter.name for parameter in found.params} if found else set()


def cluster_options(command: Decorated) -> Decorated:
    """Add kubectl's options about where, and hand them to the command as `where`."""

    @_where
    @functools.wraps(command)
    def gathered(*args: Any, namespace: str, context: str, kubeconfig: str, **rest: Any) -> Any:
        return command(*args, where=Where(namespace, context, kubeconfig), **rest)

    return gathered


name_argument = click.argument("name", required=False, default="", metavar="[NAME]")
