"""Whether staging answers what the dashboard will ask of production, asked as the dashboard asks.

The questions go through the entrance with the dashboard's own client, so that neither side can break the
agreement without the pipeline seeing it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from dashboard.agreement import ForecastAwayError, ForecastRefusedError, Question
from dashboard.client import ForecastClient
from dashboard.metrics import Calls
from dashboard.settings import ForecastAccess
from delivery.errors import StepError

if TYPE_CHECKING:
    from dashboard.agreement import Catalogue, Forecast

TIMEOUT = 5.0  # seconds for one try
TRIES = 3
PATIENCE = 20.0  # seconds
PAUSE = 0.5  # seconds between two looks at who answers
AGREED = "tests/contract/forecast_consumer.json"
NOBODY = "a branch that there is not"


def hold(entry: str, host: str, digest: str) -> None:
    """Put every question of the dashboard. Raises StepError with the one that is not answered as agreed.

    A proxy may need a moment to follow: until PATIENCE is over, another model may answer, or none.
    """
    client = ForecastClient(ForecastAccess(entry, host, TIMEOUT, TRIES), Calls(CollectorRegistry()))
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            complaint = _broken(client, digest)
        except (ForecastAwayError, ForecastRefusedError) as error:
            complaint = str(error)
        if not complaint:
            return
        if time.monotonic() > deadline:
            raise StepError(f"contract: {host} at {entry}: {complaint}: what was agreed stands in {AGREED}")
        time.sleep(PAUSE)


def _broken(client: ForecastClient, digest: str) -> str:
    there = client.catalogue({})
    answers = client.predict(questions(there), {})
    return (
        _strangers(answers, digest)
        or _unsold(client, there)
        or _unrefused(client, Question(NOBODY, there.first))
    )


def questions(there: Catalogue) -> list[Question]:
    """One of all medicines, and one of a single medicine in the last month that can be asked for."""
    return [
        Question(there.branches[0], there.first),
        Question(there.branches[-1], there.last, there.medicines[0]),
    ]


def _strangers(answers: tuple[Forecast, ...], digest: str) -> str:
    others = sorted(
        {f"{one.model.version} ({one.model.digest})" for one in answers if one.model.digest != digest}
    )
    return f"answered by {', '.join(others)} instead of {digest}" if others else ""


def _unsold(client: ForecastClient, there: Catalogue) -> str:
    missing = set(there.medicines) - set(client.history(there.branches[0], {}))
    return f"no history of {', '.join(sorted(missing))}" if missing else ""


def _unrefused(client: ForecastClient, nobodys: Question) -> str:
    try:
        client.predict([nobodys], {})
    except ForecastRefusedError as error:
        return "" if error.status == 404 else f"an unknown branch was refused with {error.status}, not 404"
    return "an unknown branch was answered"
