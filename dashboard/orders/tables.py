"""Tables of requests, and of the medicines that have been seen."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dashboard.accounts.tables import BRANCH_LENGTH
from dashboard.database.base import Base

MEDICINE_LENGTH = 100
TEXT_LENGTH = 500
MAX_QUANTITY = 10_000
# SQLite keeps any length in any column.
_SIZES = (
    f"length(branch) <= {BRANCH_LENGTH} AND length(medicine) <= {MEDICINE_LENGTH} AND length(month) = 7 "
    f"AND length(note) <= {TEXT_LENGTH} AND length(form) = 32 AND length(reason) <= {TEXT_LENGTH}"
)


class State(StrEnum):
    """Where a request stands; the last two are final."""

    REQUESTED = "requested"
    DISPATCHED = "dispatched"
    DECLINED = "declined"


class StockRequest(Base):
    """What a branch asked for, and what became of it."""

    __tablename__ = "stock_requests"
    __table_args__ = (
        UniqueConstraint("requested_by", "form"),
        CheckConstraint(f"quantity BETWEEN 1 AND {MAX_QUANTITY}", "quantity_in_bounds"),
        CheckConstraint("(state = 'requested') = (decided_by IS NULL)", "decided_by_somebody"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", "decided_at_some_time"),
        CheckConstraint(_SIZES, "sizes_in_bounds"),
        CheckConstraint("(state = 'declined') = (reason <> '')", "declined_with_reason"),
        Index("ix_stock_requests_queue", "state", "id"),
        Index("ix_stock_requests_branch", "branch", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(String(BRANCH_LENGTH))
    medicine: Mapped[str] = mapped_column(String(MEDICINE_LENGTH))
    month: Mapped[str] = mapped_column(String(7))
    quantity: Mapped[int]
    note: Mapped[str] = mapped_column(String(TEXT_LENGTH))
    form: Mapped[str] = mapped_column(String(32))
    state: Mapped[State] = mapped_column(
        Enum(State, native_enum=False, length=16, name="state", create_constraint=True,
             values_callable=lambda states: [state.value for state in states])
    )  # fmt: skip
    requested_by: Mapped[str] = mapped_column(ForeignKey("people.name"))
    requested_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("people.name"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(TEXT_LENGTH))


class Known(Base):
    """A medicine that the forecast named: what can be asked for while it is away."""

    __tablename__ = "known_medicines"

    medicine: Mapped[str] = mapped_column(String(MEDICINE_LENGTH), primary_key=True)
    seen_at: Mapped[datetime]
