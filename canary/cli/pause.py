"""canary pause."""

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
def pause(session: Session, request: Request) -> int:
    """Stay at this weight until resume.

    A failed rule still rolls the release back.
    """
    return carry_out(session, request, Verb.PAUSE)
