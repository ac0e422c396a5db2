"""Tables of people and of the sessions they have."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Enum, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from dashboard.database.base import Base

NAME_LENGTH = 64
BRANCH_LENGTH = 100
BUCKETS = 1 << 16


class Role(StrEnum):
    """What somebody may do; `pages.access` says which pages that is."""

    PHARMACIST = "pharmacist"
    WAREHOUSE = "warehouse"
    ADMIN = "admin"


class Person(Base):
    """Somebody with a name; never deleted, since requests and the audit trail name them."""

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint("(role = 'pharmacist') = (branch IS NOT NULL)", "branch_of_pharmacist"),
        CheckConstraint(
            f"length(name) <= {NAME_LENGTH} AND coalesce(length(branch), 0) <= {BRANCH_LENGTH}",
            "sizes_in_bounds",
        ),
    )

    name: Mapped[str] = mapped_column(String(NAME_LENGTH), primary_key=True)
    role: Mapped[Role] = mapped_column(
        Enum(Role, native_enum=False, length=16, name="role", create_constraint=True,
             values_callable=lambda roles: [role.value for role in roles])
    )  # fmt: skip
    branch: Mapped[str | None] = mapped_column(String(BRANCH_LENGTH))
    password: Mapped[str] = mapped_column(String(255))
    added_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class SignIn(Base):
    """A session: kept here and not in the cookie alone, so that signing out ends it everywhere."""

    __tablename__ = "sign_ins"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(ForeignKey("people.name"), index=True)
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)


class Attempts(Base):
    """Failed sign-ins under names that share a bucket: known or not, there are no more rows than buckets."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (CheckConstraint(f"bucket >= 0 AND bucket < {BUCKETS}", "bucket_in_bounds"),)

    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    failures: Mapped[int]
    last_at: Mapped[datetime]
