"""What can be done with requests; each deed and its line of the audit trail are one transaction."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dashboard import audit
from dashboard.audit import Deed, Entry
from dashboard.database.engine import Database
from dashboard.orders.tables import Known, State, StockRequest
from dashboard.orders.wanted import RefusedError, Wanted
from dashboard.paging import Page, page


class DecidedError(Exception):
    """Somebody was first; `request` is as they left it."""

    def __init__(self, request: StockRequest) -> None:
        self.request = request
        super().__init__(f"request {request.id} was {request.state} by {request.decided_by}")


class Desk:
    """Safe from any thread and any number of processes: who wins is decided by the database."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def submit(self, wanted: Wanted, by: str) -> tuple[StockRequest, bool]:
        """Store a request once for each form; return it, and whether it is new.

        RefusedError when the form was sent before with something else in it.
        """
        earlier = self._sent(wanted.form, by)
        if earlier is None:
            try:
                return self._stored(wanted, by), True
            except IntegrityError:
                # The same form came in at the same moment: the other one was stored.
                earlier = self._sent(wanted.form, by)
                if earlier is None:
                    raise
        if _content(earlier) != wanted:
            raise RefusedError({"form": f"was sent before, as request {earlier.id}: open a new one"})
        return earlier, False

    def dispatch(self, request_id: int, by: str) -> StockRequest | None:
        """Say that it is on its way; as for `decline`."""
        return self._decide(request_id, by, State.DISPATCHED, "")

    def decline(self, request_id: int, by: str, reason: str) -> StockRequest | None:
        """Say that it will not come, and why; None if there is no such request.

        Again by the same person with the same result changes nothing. DecidedError if somebody was first.
        """
        return self._decide(request_id, by, State.DECLINED, reason)

    def find(self, request_id: int) -> StockRequest | None:
        """Return one request."""
        with self._database.reading() as session:
            return session.get(StockRequest, request_id)

    def of_branch(self, branch: str, number: int) -> Page[StockRequest]:
        """Return a page of what a branch asked for, the newest first."""
        ordered = select(StockRequest).where(StockRequest.branch == branch).order_by(StockRequest.id.desc())
        with self._database.reading() as session:
            return page(session, ordered, number)

    def waiting(self, number: int) -> Page[StockRequest]:
        """Return a page of what nobody has decided, the oldest first."""
        ordered = select(StockRequest).where(StockRequest.state == State.REQUESTED).order_by(StockRequest.id)
        with self._database.reading() as session:
            return page(session, ordered, number)

    def trail(self, number: int) -> Page[Entry]:
        """Return a page of the audit trail, the newest line first."""
        with self._database.reading() as session:
            return audit.newest(session, number)

    def remember(self, medicines: Iterable[str]) -> None:
        """Keep the names that the forecast knows, for when it is away."""
        with self._database.reading() as session:
            missing = sorted(set(medicines) - set(session.scalars(select(Known.medicine))))
        for medicine in missing:
            try:
                with self._database.writing() as session:
                    session.add(Known(medicine=medicine, seen_at=self._now()))
            except IntegrityError:
                continue  # another page kept it at the same moment

    def remembered(self) -> tuple[str, ...]:
        """Return the kept names in their order."""
        with self._database.reading() as session:
            return tuple(session.scalars(select(Known.medicine).order_by(Known.medicine)))

    def _sent(self, form: str, by: str) -> StockRequest | None:
        sent = select(StockRequest).where(StockRequest.form == form, StockRequest.requested_by == by)
        with self._database.reading() as session:
            return session.scalar(sent)

    def _stored(self, wanted: Wanted, by: str) -> StockRequest:
        at = self._now()
        with self._database.writing() as session:
            request = StockRequest(
                branch=wanted.branch, medicine=wanted.medicine, month=wanted.month,
                quantity=wanted.quantity, note=wanted.note, form=wanted.form, reason="",
                state=State.REQUESTED, requested_by=by, requested_at=at,
            )  # fmt: skip
            session.add(request)
            session.flush()
            asked = f"{wanted.quantity} of {wanted.medicine}, {wanted.branch}, {wanted.month}"
            audit.add(session, Deed(at, by, State.REQUESTED, asked, request.id))
        return request

    def _decide(self, request_id: int, by: str, state: State, reason: str) -> StockRequest | None:
        with self._database.writing() as session:
            won = self._moved(session, request_id, by, state, reason)
            request = session.get(StockRequest, request_id)
        if request is None or won or (request.decided_by, request.state) == (by, state):
            return request
        raise DecidedError(request)

    def _moved(self, session: Session, request_id: int, by: str, state: State, reason: str) -> bool:
        """Move it if nobody has: of two at once the database lets one find it as it was."""
        at = self._now()
        waiting = update(StockRequest).where(
            StockRequest.id == request_id, StockRequest.state == State.REQUESTED
        )
        moved = session.execute(
            waiting.values(state=state, decided_by=by, decided_at=at, reason=reason).returning(
                StockRequest.id
            )
        ).first()
        if moved is not None:
            audit.add(session, Deed(at, by, state, reason, request_id))
        return moved is not None


def _content(request: StockRequest) -> Wanted:
    return Wanted(
        request.branch, request.medicine, request.month, request.quantity, request.note, request.form
    )
