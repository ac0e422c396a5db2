"""The reference page of the environment: what each process reads from it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import click

from canary.bootstrap import main as controller

ROOT = Path(__file__).resolve().parents[2]
INTRODUCTION = """\
What each process reads from its environment. The charts set most of this from their values.
This page is generated: `make reference` writes it again."""
LEVELS = {"DEBUG", "INFO", "WARNING", "ERROR"}
SERVICE = ROOT / "service" / "settings.py"
DEADMAN = ROOT / "canary" / "deadman"

# Default and meaning; the tests ask for a row for each variable that the code names, and for no other.
OF_SERVICE = {
    "HOST": ("0.0.0.0", "The address that is listened on."),  # noqa: S104
    "PORT": ("8000", "Where users ask."),
    "ADMIN_PORT": ("8001", "Probes and metrics."),
    "THREADS": ("8", "Requests that are answered at a time."),
    "GRACE_SECONDS": ("20", "How long requests in flight may take after SIGTERM."),
    "LOG_LEVEL": ("INFO", "DEBUG, INFO, WARNING or ERROR."),
    "MODEL_VERSION": ("v1", "The model to load, a folder of models/."),
    "MODEL_DIR": ("models/VERSION", "Another folder to load it from."),
    "MODEL_DIGEST": ("", "The only digest that is accepted, sha256:..."),
    "REVISION": ("", "Who answers, for X-Revision and the log; from the pod's label."),
    "TABLE_MONTHS": ("1200", "Months whose answers are kept ready; the model answers the others."),
    "QUEUE_SECONDS": ("1", "A request that waited longer is refused with 503."),
    "READ_SECONDS": ("10", "How long a client may take to send its request."),
    "DRAIN_SECONDS": ("5", "How long after SIGTERM new requests are still taken."),
    "FAULTS": ("", "Failure on demand, as JSON; refused unless it says enabled."),
}
OF_DEADMAN = {
    "SERIN_DEADMAN_TTL": ("60", "Seconds without a completed loop after which users are taken off a canary."),
    "SERIN_DEADMAN_NAMESPACE": ("", "One namespace only; all when empty."),
    "KUBERNETES_SERVICE_HOST": ("", "The API server, as Kubernetes tells every pod."),
    "KUBERNETES_SERVICE_PORT": ("", "Its port, likewise."),
}


def named(*files: Path) -> set[str]:
    """The variables that the code names: capitals in quotes that are no level of a log."""
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text for text in texts if re.fullmatch(r"[A-Z][A-Z_]{2,}", text)} - LEVELS


def named_by_the_deadman() -> set[str]:
    """Its own are given without their prefix."""
    own = {name for name in named(DEADMAN / "__main__.py") if not name.endswith("_")}
    return {f"SERIN_DEADMAN_{name}" for name in own} | named(DEADMAN / "account.py")


def environment_page() -> str:
    """The page of all variables."""
    parts = [
        "# Environment",
        INTRODUCTION,
        "## The forecast service",
        _table(OF_SERVICE),
        "## The dashboard",
        "It is on [a page of its own](dashboard.md), with its commands.",
        "## The controller",
        "The chart passes flags; a flag counts more than its variable.",
        _table(_of(controller, "SERIN")),
        "## The dead-man",
        _table(OF_DEADMAN),
        "## The Releases page",
        "Its flags and their variables are on [a page of their own](page.md).",
        "## The command line",
        _table(
            {
                "KUBECONFIG": ("~/.kube/config", "How to reach the cluster, as for kubectl."),
                "NO_COLOR": ("", "Anything in it: no colours."),
                "TERM": ("", "dumb: nothing is drawn in place."),
            }
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _of(command: click.Command, prefix: str) -> dict[str, tuple[str, str]]:
    options = [option for option in command.params if isinstance(option, click.Option)]
    return {_variable(option, prefix): (_default(option), option.help or "") for option in options}


def _variable(option: click.Option, prefix: str) -> str:
    return str(option.envvar or f"{prefix}_{option.name}".upper())


def _default(option: click.Option) -> str:
    if isinstance(option.show_default, str):
        return option.show_default
    return "" if option.default is None else str(option.default)


def _table(rows: dict[str, tuple[str, str]]) -> str:
    lines = [
        f"| `{name}` | {f'`{default}`' if default else ''} | {meaning} |"
        for name, (default, meaning) in sorted(rows.items())
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *lines])
