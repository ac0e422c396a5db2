"""canary abort."""

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
def abort(session: Session, request: Request) -> int:
    """Take all users off the canary now.

    Its pods stay for the rollback window to be looked at.
    """
    return carry_out(session, request, Verb.ABORT)
