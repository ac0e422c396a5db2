"""Requests that waited too long for a thread are refused, so that those accepted are answered in time.

A queue without a bound makes everybody wait once there is more to do than can be done: its users have
left when their turn comes. Bounded in time, not in length, it fits any speed of the requests in it; how
many connections can wait at all is bounded by the worker.
"""

from contextvars import ContextVar

from service.errors import ApiError

late: ContextVar[bool] = ContextVar("late", default=False)
"""Set by the worker's thread before it runs the application."""


def refusal() -> ApiError:
    """Return what a request is told that waited too long."""
    return ApiError(503, "overloaded", "more is asked than can be answered: ask again in a second")


def refuse_late() -> None:
    """Raise ApiError 503 if the current request waited too long for its thread."""
    if late.get():
        raise refusal()
