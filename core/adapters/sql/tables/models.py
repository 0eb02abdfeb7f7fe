"""Versions, their history and which one serves."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, Table, UniqueConstraint, false

from core.adapters.sql.columns import PlainText, Serial, UtcTime
from core.adapters.sql.tables.base import ID_LENGTH, metadata

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
