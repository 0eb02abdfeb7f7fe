"""The tables. Every key begins with the tenant; what is called a history is only ever added to."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    false,
)

from core.adapters.sql.columns import PlainText, Serial, UtcTime

ID_LENGTH = 128
"""Most characters of an id, see core.identifiers."""
REQUEST_KEY_LENGTH = 64
"""Hexadecimal digits of a SHA-256."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

leads = Table(
    "leads",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("lead_id", PlainText(ID_LENGTH), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("body", PlainText(), nullable=False),
    Column("owner_id", PlainText(ID_LENGTH), nullable=False),
    Column("posted_time", UtcTime),
    Column("outcome_converted", Boolean),
    Column("outcome_time", UtcTime),
    Column("create_time", UtcTime, nullable=False),
    Column("update_time", UtcTime, nullable=False),
    Index(None, "tenant", "owner_id", "lead_id"),
    Index(None, "tenant", "outcome_time", "lead_id"),
)
"""The newest revision of every lead, with its outcome."""

lead_revisions = Table(
    "lead_revisions",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("lead_id", PlainText(ID_LENGTH), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("body", PlainText(), nullable=False),
    Column("recorded_time", UtcTime, nullable=False),
)
"""History of every write of a lead."""

lead_outcomes = Table(
    "lead_outcomes",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("lead_id", PlainText(ID_LENGTH), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("converted", Boolean, nullable=False),
    Column("outcome_time", UtcTime, nullable=False),
    Column("recorded_time", UtcTime, nullable=False),
)
"""History of the outcomes, each with the revision of the lead it was written with."""

outcome_revisions = Table(
    "outcome_revisions",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("revision", BigInteger, nullable=False),
)
"""How often outcomes of the tenant were written."""

predictions = Table(
    "predictions",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("lead_id", PlainText(ID_LENGTH), primary_key=True),
    Column("token_id", PlainText(ID_LENGTH), primary_key=True),
    Column("version", PlainText(ID_LENGTH), nullable=False),
    Column("source", PlainText(32), nullable=False),
    Column("score", Double, nullable=False),
    Column("probability", Double, nullable=False),
    Column("score_time", UtcTime, nullable=False),
    Column("features", LargeBinary, nullable=False),
    Index(None, "tenant", "score_time"),
)
"""Served answers; features are float32, little endian, in feature order."""

model_versions = Table(
    "model_versions",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("kind", PlainText(ID_LENGTH), primary_key=True),
    Column("version", PlainText(ID_LENGTH), primary_key=True),
    Column("digest", PlainText(64), nullable=False),
    Column("manifest", PlainText(), nullable=False),
    Column("created_by", PlainText(), nullable=False),
    Column("create_time", UtcTime, nullable=False),
    Column("retired", Boolean, nullable=False, server_default=false()),
    Index(None, "tenant", "kind", "create_time", "version"),
    # The one question across tenants: may this folder be deleted?
    Index(None, "digest"),
)
"""Registered versions; the manifest is canonical JSON."""

model_events = Table(
    "model_events",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("tenant", PlainText(ID_LENGTH), nullable=False),
    Column("kind", PlainText(ID_LENGTH), nullable=False),
    Column("version", PlainText(ID_LENGTH), nullable=False),
    Column("type", PlainText(32), nullable=False),
    Column("actor", PlainText(), nullable=False),
    Column("reason", PlainText(), nullable=False),
    Column("evidence", PlainText(), nullable=False),
    Column("event_time", UtcTime, nullable=False),
    Index(None, "tenant", "kind", "id"),
    # SQLite would give a deleted row's number out again.
    sqlite_autoincrement=True,
)
"""History of what happened to versions."""

active_versions = Table(
    "active_versions",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("kind", PlainText(ID_LENGTH), primary_key=True),
    Column("version", PlainText(ID_LENGTH), nullable=False),
    Column("digest", PlainText(64), nullable=False),
    Column("previous", PlainText(ID_LENGTH)),
    Column("revision", Integer, nullable=False),
)
"""Which version of a kind serves."""

model_metrics = Table(
    "model_metrics",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("tenant", PlainText(ID_LENGTH), nullable=False),
    Column("kind", PlainText(ID_LENGTH), nullable=False),
    Column("model_version", PlainText(ID_LENGTH), nullable=False),
    Column("model_type", PlainText(50), nullable=False),
    Column("precision", Double),
    Column("recall", Double),
    Column("f1_score", Double),
    Column("auc_roc", Double),
    Column("accuracy", Double),
    Column("conversion_rate", Double),
    Column("contact_success_rate", Double),
    Column("avg_prediction_score", Double),
    Column("training_samples", BigInteger),
    Column("validation_samples", BigInteger),
    Column("feature_count", Integer),
    Column("training_duration", Double),
    Column("is_active", Boolean, nullable=False, server_default=false()),
    Column("deployed_at", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    UniqueConstraint("tenant", "kind", "model_version"),
)
"""One flat row per version for reports; the manifest is the source."""

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
