"""canary rollback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from canary.cli.order import Request, carry_out, order_options
from canary.core.model import Verb

if TYPE_CHECKING:
    from canary.cli.session import Session


@click.command()
@click.option(
    "--to",
    default="",
    metavar="REVISION",
    help="A kept revision; default: the one before. See canary history.",
)
@click.option(
    "--now", is_flag=True, help="Skip the steps, never readiness, when the revision has to start again."
)
@order_options
@click.pass_obj
def rollback(session: Session, request: Request, *, to: str, now: bool) -> int:
    """Bring users back to an earlier revision.

    In mid-release they go back to stable. Inside the rollback window this is one write;
    later it is a release of the kept revision.
    """
    return carry_out(session, request, Verb.ROLLBACK, to=to, now=now)
