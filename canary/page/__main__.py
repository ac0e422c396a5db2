"""`python -m canary.page` shows the releases until it is told to stop."""

from __future__ import annotations

import secrets
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from canary.adapters.clock import SystemClock
from canary.bootstrap import UNREACHABLE, desks
from canary.page.app import Desks, create
from canary.page.figures import Figures
from canary.page.people import People
from canary.page.server import Server
from canary.page.settings import Readers, Settings, SettingsError, text_of
from canary.ports import SerinError

if TYPE_CHECKING:
    from flask import Flask

SHORTEST_KEY = 32
USAGE = 2

_option = partial(click.option, show_envvar=True)
_file = click.Path(path_type=Path)
_port = click.IntRange(0, 65535)


@click.command(context_settings={"auto_envvar_prefix": "SERIN_PAGE", "show_default": True})
@_option("--namespace", default="", help="Show one namespace only; all when empty.")
@_option("--users", type=_file, help="JSON: name, role and actsAs of each user; nobody signs in without.")
@_option("--passwords", type=_file, help="A line NAME:HASH for each user.")
@_option("--session-key", type=_file, help="At least 32 secret characters that sign the sessions.")
@_option(
    "--readers",
    type=click.Choice([str(each) for each in Readers]),
    default=str(Readers.EVERYBODY),
    help="Who may look: everybody who reaches the page, or users who are signed in.",
)
@_option(
    "--session-minutes",
    default=60,
    type=click.IntRange(1, 1440),
    help="How long after signing in a session ends, whether it is used or not.",
)
@_option(
    "--proxies",
    default=0,
    type=click.IntRange(0, 5),
    help="Proxies in front of the page, each of which adds the client's address to X-Forwarded-For.",
)
@_option(
    "--secure-cookies/--insecure-cookies",
    default=True,
    help="Insecure only where there is no TLS on the whole way.",
)
# Not SERIN_PAGE_PORT: Kubernetes sets that to an address where a Service is called serin-page.
@_option("--port", default=8080, type=_port, envvar="SERIN_PAGE_HTTP_PORT", help="The page.")
@_option("--admin-port", default=8081, type=_port, help="Probes and metrics.")
@_option("--kubeconfig", default="", envvar="KUBECONFIG", help="Outside a cluster: how to reach it.")
@_option("--context", default="", help="Which context of the kubeconfig.")
def main(port: int, admin_port: int, kubeconfig: str, context: str, **options: Any) -> None:
    """Show the releases, and let operators give orders, until told to stop."""
    figures = Figures()
    try:
        settings = _settings(**options)
        found = Desks(*desks(kubeconfig, context))
    except SettingsError as error:
        click.echo(f"page: {error}", err=True)
        sys.exit(USAGE)
    except SerinError as error:
        click.echo(f"page: {error}", err=True)
        sys.exit(UNREACHABLE)

    def build() -> Flask:
        return create(settings, found, SystemClock(), figures)

    sys.argv[1:] = []  # gunicorn would read them, too
    Server((port, admin_port), build, figures).run()


def _settings(  # noqa: PLR0913 - one for each option
    *,
    namespace: str,
    users: Path | None,
    passwords: Path | None,
    session_key: Path | None,
    readers: str,
    session_minutes: int,
    proxies: int,
    secure_cookies: bool,
) -> Settings:
    if users is not None and (passwords is None or session_key is None):
        raise SettingsError(f"{users}: users sign in with --passwords and --session-key: give both")
    if readers == Readers.USERS and users is None:
        raise SettingsError("--readers users: nobody could look: give --users, or let everybody")
    people = People(users, passwords)
    people.check()
    return Settings(
        namespace=namespace,
        people=people,
        key=_key(session_key),
        readers=Readers(readers),
        lifetime=60.0 * session_minutes,
        proxies=proxies,
        secure=secure_cookies,
    )


def _key(file: Path | None) -> bytes:
    """Without users nothing is signed that must outlive the process."""
    if file is None:
        return secrets.token_bytes()
    key = text_of(file).strip().encode()
    if len(key) < SHORTEST_KEY:
        raise SettingsError(f"{file}: has {len(key)} characters, a key needs {SHORTEST_KEY} or more")
    return key


if __name__ == "__main__":
    main()
