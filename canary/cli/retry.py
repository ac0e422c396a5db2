"""canary retry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from canary.cli.order import Request, carry_out, order_options
from canary.core.model import Verb

if TYPE_CHECKING:
    from canary.cli.session import Session


@click.command()
@order_options
@click.pass_obj
def retry(session: Session, request: Request) -> int:
    """Release the rejected revision once more."""
    return carry_out(session, request, Verb.RETRY)
