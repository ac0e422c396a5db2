"""The audit trail: lines are added in the transaction of what they tell, and never changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dashboard.database.base import Base
from dashboard.paging import Page, page

ACTOR_LENGTH = 64
_DETAIL_LENGTH = 1000


class Entry(Base):
    """One line; the database itself refuses to change or delete it."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(ACTOR_LENGTH))
    action: Mapped[str] = mapped_column(String(32))
    request_id: Mapped[int | None] = mapped_column(ForeignKey("stock_requests.id"), index=True)
    detail: Mapped[str] = mapped_column(String(_DETAIL_LENGTH))


@dataclass(frozen=True, slots=True)
class Deed:
    """Who did what and when, and with which request."""

    at: datetime
    actor: str
    action: str
    detail: str = ""
    request_id: int | None = None


def add(session: Session, deed: Deed) -> None:
    """Write it down; committed together with what it tells, or not at all."""
    session.add(
        Entry(
            at=deed.at,
            actor=deed.actor,
            action=deed.action,
            detail=deed.detail,
            request_id=deed.request_id,
        )
    )


def newest(session: Session, number: int) -> Page[Entry]:
    """Return one page of the trail, the newest line first."""
    return page(session, select(Entry).order_by(Entry.id.desc()), number)
