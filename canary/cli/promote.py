"""canary promote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from canary.cli.order import Request, carry_out, order_options
from canary.core.model import Verb

if TYPE_CHECKING:
    from canary.cli.session import Session


@click.command()
@click.option("--full", "full", is_flag=True, help="All remaining steps likewise, up to 100 %.")
@order_options
@click.pass_obj
def promote(session: Session, request: Request, *, full: bool) -> int:
    """Give the approval, or skip the rest of this step.

    Skipping means the hold and the missing evidence, never readiness, a failed rule, a split
    that is off or a metrics store that gives no answer.
    """
    return carry_out(session, request, Verb.PROMOTE, full=full)
