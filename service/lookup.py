"""From queries to answers, counted on the way: what every protocol of the service port does."""

from collections.abc import Sequence

from service import months
from service.answers import Answer
from service.errors import ApiError
from service.metrics import Predictions
from service.schema import Query
from service.table import Table


def looked_up(table: Table, asked: Sequence[Query], predictions: Predictions) -> list[Answer]:
    """Count what the model says, also when it cannot be sent: ApiError 500 then."""
    answers = [table.answer(query.branch, query.month, query.medicine) for query in asked]
    predictions.count(answers)
    for query, answer in zip(asked, answers, strict=True):
        if not answer.usable:
            raise ApiError(
                500, "bad_prediction",
                f"the model has no usable forecast for {query.branch} in {months.name(query.month)}: "
                "it was counted and is not sent; ask for another month, or again after the next release",
            )  # fmt: skip
    return answers
