"""An operator's order as the command line gives it, timed without the start of its process."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from canary.bootstrap import desk
from canary.ports import SerinError
from canary.shown.orders import addressed
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canary.core.model import Verb
    from demo.reads import Subject

PATIENCE = 10.0  # seconds for the controller to answer, as the command line waits


@dataclass(frozen=True, slots=True)
class Given:
    """An order that the API server has taken.

    `at` is the time (epoch) just before it was sent, `seconds` what all the command's way to the API
    server took: reading the kubeconfig, a new connection, the release, the own name, the order.
    """

    name: str
    at: float
    seconds: float


def give(env: Mapping[str, str], subject: Subject, verb: Verb, patience: float = PATIENCE) -> Given:
    """Give the order and wait until it is accepted. Raises StepError when it is refused or not answered."""
    try:
        return _give(env.get("KUBECONFIG", ""), subject, verb, patience)
    except SerinError as error:
        raise StepError(f"{verb}: {error}") from error


def _give(kubeconfig: str, subject: Subject, verb: Verb, patience: float) -> Given:
    began = time.monotonic()
    counter = desk(kubeconfig)
    release = counter.release(subject.namespace, subject.name)
    at = time.time()
    name = counter.order(release, addressed(release, verb))
    given = Given(name, at, time.monotonic() - began)
    deadline = time.monotonic() + patience
    while (answer := counter.answer(release, name)) is None:
        if time.monotonic() > deadline:
            raise StepError(f"{verb}: order {name} was not answered within {patience:.0f} s")
        time.sleep(0.2)
    if not answer.accepted:
        raise StepError(f"{verb}: refused: {answer.message}")
    return given
