"""The first tables: people, their sessions, requests, and the trail that nobody changes."""

from alembic import op
from sqlalchemy import (
    CheckConstraint,
    Column,
    Enum,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
)

from dashboard.database.base import Moment

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything."""
    _known_medicines()
    _people()
    _sign_in_attempts()
    _sign_ins()
    _stock_requests()
    _audit()
    _append_only()


def _known_medicines() -> None:
    op.create_table(
        "known_medicines",
        Column("medicine", String(length=100), nullable=False),
        Column("seen_at", Moment(), nullable=False),
        PrimaryKeyConstraint("medicine", name=op.f("pk_known_medicines")),
    )


def _people() -> None:
    op.create_table(
        "people",
        Column("name", String(length=64), nullable=False),
        Column(
            "role",
            Enum(
                "pharmacist",
                "warehouse",
                "admin",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        Column("branch", String(length=100), nullable=True),
        Column("password", String(length=255), nullable=False),
        Column("added_at", Moment(), nullable=False),
        Column("disabled_at", Moment(), nullable=True),
        CheckConstraint(
            "(role = 'pharmacist') = (branch IS NOT NULL)", name=op.f("ck_people_branch_of_pharmacist")
        ),
        CheckConstraint(
            "length(name) <= 64 AND coalesce(length(branch), 0) <= 100",
            name=op.f("ck_people_sizes_in_bounds"),
        ),
        PrimaryKeyConstraint("name", name=op.f("pk_people")),
    )


def _sign_in_attempts() -> None:
    op.create_table(
        "sign_in_attempts",
        Column("bucket", Integer(), autoincrement=False, nullable=False),
        Column("failures", Integer(), nullable=False),
        Column("last_at", Moment(), nullable=False),
        CheckConstraint("bucket >= 0 AND bucket < 65536", name=op.f("ck_sign_in_attempts_bucket_in_bounds")),
        PrimaryKeyConstraint("bucket", name=op.f("pk_sign_in_attempts")),
    )


def _sign_ins() -> None:
    op.create_table(
        "sign_ins",
        Column("digest", String(length=64), nullable=False),
        Column("name", String(length=64), nullable=False),
        Column("began_at", Moment(), nullable=False),
        Column("seen_at", Moment(), nullable=False),
        ForeignKeyConstraint(["name"], ["people.name"], name=op.f("fk_sign_ins_name")),
        PrimaryKeyConstraint("digest", name=op.f("pk_sign_ins")),
    )
    op.create_index(op.f("ix_sign_ins_name"), "sign_ins", ["name"])
    op.create_index(op.f("ix_sign_ins_seen_at"), "sign_ins", ["seen_at"])


def _stock_requests() -> None:
    op.create_table(
        "stock_requests",
        Column("id", Integer(), nullable=False),
        Column("branch", String(length=100), nullable=False),
        Column("medicine", String(length=100), nullable=False),
        Column("month", String(length=7), nullable=False),
        Column("quantity", Integer(), nullable=False),
        Column("note", String(length=500), nullable=False),
        Column("form", String(length=32), nullable=False),
        Column(
            "state",
            Enum(
                "requested",
                "dispatched",
                "declined",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        Column("requested_by", String(length=64), nullable=False),
        Column("requested_at", Moment(), nullable=False),
        Column("decided_by", String(length=64), nullable=True),
        Column("decided_at", Moment(), nullable=True),
        Column("reason", String(length=500), nullable=False),
        CheckConstraint(
            "length(branch) <= 100 AND length(medicine) <= 100 AND length(month) = 7 "
            "AND length(note) <= 500 AND length(form) = 32 AND length(reason) <= 500",
            name=op.f("ck_stock_requests_sizes_in_bounds"),
        ),
        CheckConstraint(
            "(state = 'declined') = (reason <> '')", name=op.f("ck_stock_requests_declined_with_reason")
        ),
        CheckConstraint(
            "(state = 'requested') = (decided_by IS NULL)", name=op.f("ck_stock_requests_decided_by_somebody")
        ),
        CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL)", name=op.f("ck_stock_requests_decided_at_some_time")
        ),
        CheckConstraint("quantity BETWEEN 1 AND 10000", name=op.f("ck_stock_requests_quantity_in_bounds")),
        ForeignKeyConstraint(["decided_by"], ["people.name"], name=op.f("fk_stock_requests_decided_by")),
        ForeignKeyConstraint(["requested_by"], ["people.name"], name=op.f("fk_stock_requests_requested_by")),
        PrimaryKeyConstraint("id", name=op.f("pk_stock_requests")),
        UniqueConstraint("requested_by", "form", name=op.f("uq_stock_requests_requested_by_form")),
    )
    op.create_index("ix_stock_requests_branch", "stock_requests", ["branch", "id"])
    op.create_index("ix_stock_requests_queue", "stock_requests", ["state", "id"])


def _audit() -> None:
    op.create_table(
        "audit",
        Column("id", Integer(), nullable=False),
        Column("at", Moment(), nullable=False),
        Column("actor", String(length=64), nullable=False),
        Column("action", String(length=32), nullable=False),
        Column("request_id", Integer(), nullable=True),
        Column("detail", String(length=1000), nullable=False),
        ForeignKeyConstraint(["request_id"], ["stock_requests.id"], name=op.f("fk_audit_request_id")),
        PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_request_id"), "audit", ["request_id"])


def _append_only() -> None:
    """Let the database itself refuse to change what was written down."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
    )
