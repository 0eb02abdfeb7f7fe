"""Who may call, who did what, and what was answered to whose request id."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, UniqueConstraint

from core.adapters.sql.columns import PlainText, UtcTime
from core.adapters.sql.tables.base import ID_LENGTH, REQUEST_KEY_LENGTH, metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("key_id", PlainText(ID_LENGTH), primary_key=True),
    Column("name", PlainText(), nullable=False),
    Column("roles", PlainText(), nullable=False),
    Column("owner_id", PlainText(ID_LENGTH), nullable=False),
    Column("created_by", PlainText(), nullable=False),
    Column("create_time", UtcTime, nullable=False),
    Column("revoke_time", UtcTime),
)
"""Who may call. Roles are names with commas between them."""

api_key_secrets = Table(
    "api_key_secrets",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("key_id", PlainText(ID_LENGTH), primary_key=True),
    Column("prefix", PlainText(ID_LENGTH), primary_key=True),
    Column("secret_hmac", LargeBinary, nullable=False),
    Column("create_time", UtcTime, nullable=False),
    Column("expire_time", UtcTime),
    # The second question across tenants: whose secret begins like this?
    UniqueConstraint("prefix"),
)
"""HMAC-SHA-256 of the secrets of each key, at most two of them live."""

audit_records = Table(
    "audit_records",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("record_time", UtcTime, nullable=False),
    Column("actor", PlainText(), nullable=False),
    Column("action", PlainText(ID_LENGTH), nullable=False),
    Column("target", PlainText(), nullable=False),
    Column("decision", PlainText(16), nullable=False),
    Column("reason", PlainText(), nullable=False),
    Column("server_version", PlainText(64), nullable=False),
    Column("correlation_id", PlainText(), nullable=False),
    Column("previous_hash", PlainText(64), nullable=False),
    Column("hash", PlainText(64), nullable=False),
)
"""Who did what: a chain per tenant, only ever added to."""

idempotent_requests = Table(
    "idempotent_requests",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("method", PlainText(64), primary_key=True),
    Column("request_key", PlainText(REQUEST_KEY_LENGTH), primary_key=True),
    Column("body_sha256", PlainText(64), nullable=False),
    Column("answer", PlainText()),
    Column("recorded_time", UtcTime, nullable=False),
    # Across tenants: which are old enough to be removed?
    Index(None, "recorded_time"),
)
"""First answers by request id. The key is the SHA-256 of the id: any text may be one."""
