"""The forecast beside requests: a hint for people, never a reason why a page is not shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.agreement import Expected, ForecastAwayError, ForecastRefusedError, Question
from dashboard.client import ForecastClient
from dashboard.orders.tables import StockRequest


@dataclass(frozen=True, slots=True)
class Beside:
    """What is expected for each request by its id; `away` when nobody could be asked."""

    expected: dict[int, Expected]
    away: bool = False

    def of(self, request: StockRequest) -> Expected | None:
        """What is expected of this medicine in this branch and month; None when that is not known."""
        return self.expected.get(request.id)


def ask(forecasts: ForecastClient, requests: Sequence[StockRequest], trace: dict[str, str]) -> Beside:
    """Ask once for all; a question that cannot be answered is left out, and the others asked again."""
    asked = {one.id: Question(one.branch, one.month, one.medicine) for one in requests}
    questions = list(dict.fromkeys(asked.values()))
    found: dict[Question, Expected] = {}
    while questions:
        try:
            answers = forecasts.predict(questions, trace)
        except ForecastAwayError:
            return Beside({}, away=True)
        except ForecastRefusedError as refused:
            # Never longer than before, so that this ends whatever the forecast says.
            del questions[min(refused.index, len(questions) - 1)]
        else:
            found = {
                question: row
                for question, answer in zip(questions, answers, strict=True)
                for row in answer.expected
                if row.medicine == question.medicine
            }
            break
    return Beside({number: found[question] for number, question in asked.items() if question in found})
