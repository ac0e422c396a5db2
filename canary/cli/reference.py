"""The reference page of the command line, written from the commands themselves.

`python -m canary.cli.reference` prints it; a test holds docs/reference/cli.md against it.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import click

from canary.cli.exit_codes import ExitCode
from canary.cli.main import VERBS, cli

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTRODUCTION = """\
# The command line

`canary VERB`, or `kubectl canary VERB` when `kubectl-canary` is on the path.
The answer goes to stdout, the story to stderr, and the exit code is the verdict.
`NAME` may be left out when the namespace holds one release.
This page is generated: `make reference` writes it again.
"""

DOCUMENT = {
    "namespace": "of the release",
    "name": "of the release",
    "phase": "Pending, Healthy, Preparing, Progressing, Paused, Promoting, RollingBack or RolledBack",
    "revision": "of the current template; empty when the spec cannot be understood",
    "seen": "whether the controller has looked at the current spec: if not, all else is about an older one",
    "stable": "revision that serves those who are not on the canary",
    "canary": "revision that is being released, else empty",
    "previous": "revision that was stable before",
    "rejected": "revision that was rolled back and is not released again",
    "weight": "share of users asked for the canary, percent",
    "observedWeight": "the same as seen in traffic, percent; null while unknown",
    "step": "number of the present step, from 1; 0 off the steps",
    "steps": "how many there are",
    "stepWeight": "the present step's share, percent",
    "weights": "the shares of all steps, percent",
    "artefacts": "the digest that each of these revisions pins, by revision",
    "notes": "what the owner says of the newest template",
    "reason": "why it stands as it does, one sentence",
    "stalled": "what keeps it from going on at all, else empty",
    "heldBy": "who paused it, else empty",
    "approvalNeeded": "whether the step waits for `canary promote`",
    "evidence": "per rule and view: verdict, requests, bad answers and rates on both sides, what is needed",
    "missing": "what the step still waits for, in words",
    "eta": "seconds until the step can end if the traffic stays as it is; null when nobody can say",
    "started": "when the release began, RFC 3339",
    "rollbackUntil": "until when the way back is one write, RFC 3339; else empty",
    "replicas": "pods of the release",
    "actor": "who took the last step or gave the last order",
    "journal": "the last weight changes and endings",
    "history": "the last releases that ended",
    "conditions": "Ready, Reconciling and Stalled, as Kubernetes tools read them",
}


def page() -> str:
    """Write the whole page as Markdown."""
    verbs = (line for verb in VERBS for line in _section(verb))
    return "\n".join([_INTRODUCTION, *_exit_codes(), *_document(), *_early(), *verbs])


def _exit_codes() -> Iterator[str]:
    yield "## Exit codes\n"
    yield "| code | meaning |"
    yield "|---|---|"
    yield from (f"| {code.value} | {code.meaning} |" for code in ExitCode)
    yield ""


def _document() -> Iterator[str]:
    yield "## The JSON document\n"
    yield "`status -o json` is one such object, `list -o json` a list; keys are added, never renamed.\n"
    yield "| key | meaning |"
    yield "|---|---|"
    yield from (f"| `{key}` | {meaning} |" for key, meaning in DOCUMENT.items())
    yield ""


def _early() -> Iterator[str]:
    yield "## Options before the verb\n"
    yield "These are taken before the verb as well; the same option after it counts more.\n"
    yield from _options(cli, click.Context(cli, info_name="canary"))


def _section(verb: click.Command) -> Iterator[str]:
    context = click.Context(verb, info_name=verb.name, parent=click.Context(cli, info_name="canary"))
    yield f"## canary {verb.name}\n"
    yield f"    {verb.get_usage(context).removeprefix('Usage: ')}\n"
    yield f"{inspect.cleandoc(verb.help or '')}\n"
    yield from _options(verb, context)


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    if options:
        yield "| option | meaning |"
        yield "|---|---|"
        yield from (_row(option, context) for option in options)
        yield ""


def _row(option: click.Option, context: click.Context) -> str:
    names, meaning = option.get_help_record(context) or ("", "")
    cells = (" ".join(text.split()).replace("|", "\\|") for text in (names, meaning))
    return "| `{}` | {} |".format(*cells)


if __name__ == "__main__":
    click.echo(page(), nl=False)
