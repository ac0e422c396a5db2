"""Asks the forecast through its entrance: in bounded time, with a bounded number of tries.

Every question is safe to ask again, so that a refused connection, a lost answer or a 502 from the
entrance costs another try. What is left is told as one of two errors: away, or refused.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import urllib3

from dashboard import agreement
from dashboard.agreement import Forecast, ForecastAwayError, ForecastRefusedError, Question
from dashboard.metrics import Calls
from dashboard.settings import ForecastAccess

T = TypeVar("T")

_LOG = logging.getLogger("dashboard.client")
_RETRIED = (502, 503, 504)
_BACKOFF_SECONDS = 0.1


class ForecastClient:
    """Safe from any thread; connections are kept open."""

    def __init__(self, access: ForecastAccess, calls: Calls) -> None:
        self._url = access.url
        self._host = {"Host": access.host} if access.host else {}
        self._calls = calls
        self._pool = urllib3.PoolManager(
            maxsize=8,
            timeout=urllib3.Timeout(total=access.timeout_seconds),
            retries=urllib3.Retry(
                total=access.tries - 1,
                redirect=False,
                status_forcelist=_RETRIED,
                allowed_methods=("GET", "POST"),
                backoff_factor=_BACKOFF_SECONDS,
                raise_on_status=False,
                respect_retry_after_header=False,
            ),
        )

    def predict(self, questions: Sequence[Question], trace: Mapping[str, str]) -> tuple[Forecast, ...]:
        """Answer all questions in their order, at most 500, by one and the same model.

        `trace` are the headers of `trace.Identity`. ForecastAwayError when there is no usable answer,
        ForecastRefusedError when one of the questions cannot be answered.
        """
        body = json.dumps([question.as_json() for question in questions]).encode()

        def read(content: Any) -> tuple[Forecast, ...]:
            return agreement.forecasts(content, questions)

        return self._told(lambda: self._asked("POST", "/predict", trace, read, body))

    def _told(self, ask: Callable[[], T]) -> T:
        """Count and time a question by its outcome."""
        started, outcome = time.perf_counter(), "away"
        try:
            found = ask()
            outcome = "answered"
        except ForecastRefusedError:
            outcome = "refused"
            raise
        except ForecastAwayError as error:
            _LOG.warning("the forecast is away: %s", error)
            raise
        finally:
            self._calls.count(outcome, time.perf_counter() - started)
        return found

    def _asked(
        self, method: str, path: str, trace: Mapping[str, str], read: Callable[[Any], T], body: bytes | None
    ) -> T:
        headers = {"Accept": "application/json", "Content-Type": "application/json", **self._host, **trace}
        try:
            answer = self._pool.request(method, self._url + path, body=body, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise ForecastAwayError(f"{method} {self._url}{path}: {error}") from error
        if answer.status != 200 and not 400 <= answer.status < 500:
            raise ForecastAwayError(f"{method} {self._url}{path}: {answer.status}: {answer.data[:200]!r}")
        try:
            content = answer.json()
            if answer.status == 200:
                return read(content)
            refusal = agreement.refusal(answer.status, content)
        except (ValueError, RecursionError) as error:
            raise ForecastAwayError(
                f"{method} {self._url}{path}: {answer.status}, and the answer is not as agreed: {error}"
            ) from error
        raise refusal
