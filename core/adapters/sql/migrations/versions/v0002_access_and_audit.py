"""API keys, audit records, an index to prune by, and row-level security as the second lock between tenants."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, LargeBinary, PrimaryKeyConstraint, UniqueConstraint

from core.adapters.sql.columns import PlainText, UtcTime

revision = "0002"
down_revision = "0001"

_WALLED = (
    "leads",
    "lead_revisions",
    "lead_outcomes",
    "outcome_revisions",
    "predictions",
    "model_versions",
    "model_events",
    "active_versions",
    "model_metrics",
    "idempotent_requests",
    "api_keys",
    "api_key_secrets",
    "audit_records",
)


def upgrade() -> None:
    """Create the tables, then wall every table in."""
    _create_api_keys()
    _create_api_key_secrets()
    _create_audit_records()
    op.create_index("ix_idempotent_requests_recorded_time", "idempotent_requests", ["recorded_time"])
    if op.get_context().dialect.name == "postgresql":
        _wall_in()
        _refuse_audit_changes()
    else:
        _refuse_audit_changes_in_sqlite()


def downgrade() -> None:
    """Take it back."""
    if op.get_context().dialect.name == "postgresql":
        for table in _WALLED:
            op.execute(f"DROP POLICY tenant_wall ON {table}")
            op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        op.execute("DROP TRIGGER audit_records_append_only ON audit_records")
        op.execute("DROP FUNCTION refuse_audit_change")
    op.drop_index("ix_idempotent_requests_recorded_time", "idempotent_requests")
    for name in ("audit_records", "api_key_secrets", "api_keys"):
        op.drop_table(name)


def _create_api_keys() -> None:
    op.create_table(
        "api_keys",
        Column("tenant", PlainText(128)),
        Column("key_id", PlainText(128)),
        Column("name", PlainText(), nullable=False),
        Column("roles", PlainText(), nullable=False),
        Column("owner_id", PlainText(128), nullable=False),
        Column("created_by", PlainText(), nullable=False),
        Column("create_time", UtcTime, nullable=False),
        Column("revoke_time", UtcTime),
        PrimaryKeyConstraint("tenant", "key_id", name="pk_api_keys"),
    )


def _create_api_key_secrets() -> None:
    op.create_table(
        "api_key_secrets",
        Column("tenant", PlainText(128)),
        Column("key_id", PlainText(128)),
        Column("prefix", PlainText(128)),
        Column("secret_hmac", LargeBinary, nullable=False),
        Column("create_time", UtcTime, nullable=False),
        Column("expire_time", UtcTime),
        PrimaryKeyConstraint("tenant", "key_id", "prefix", name="pk_api_key_secrets"),
        UniqueConstraint("prefix", name="uq_api_key_secrets_prefix"),
    )


def _create_audit_records() -> None:
    op.create_table(
        "audit_records",
        Column("tenant", PlainText(128)),
        Column("sequence", BigInteger, autoincrement=False),
        Column("record_time", UtcTime, nullable=False),
        Column("actor", PlainText(), nullable=False),
        Column("action", PlainText(128), nullable=False),
        Column("target", PlainText(), nullable=False),
        Column("decision", PlainText(16), nullable=False),
        Column("reason", PlainText(), nullable=False),
        Column("server_version", PlainText(64), nullable=False),
        Column("correlation_id", PlainText(), nullable=False),
        Column("previous_hash", PlainText(64), nullable=False),
        Column("hash", PlainText(64), nullable=False),
        PrimaryKeyConstraint("tenant", "sequence", name="pk_audit_records"),
    )


def _wall_in() -> None:
    """Let a connection see the rows of the tenant it has named, and of nobody while it has named none.

    FORCE: the policies hold for the owner of the tables too, who the server usually is. Superusers pass them by.
    """
    for table in _WALLED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        named = "current_setting('leadline.tenant', true)"
        op.execute(f"CREATE POLICY tenant_wall ON {table} USING ({named} IN (tenant, '*'))")


def _refuse_audit_changes() -> None:
    op.execute(
        "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION 'audit records are only ever added'; END$$"
    )
    op.execute(
        "CREATE TRIGGER audit_records_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_records "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
    )


def _refuse_audit_changes_in_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_records_no_{verb.lower()} BEFORE {verb} ON audit_records "
            "BEGIN SELECT RAISE(ABORT, 'audit records are only ever added'); END"
        )
