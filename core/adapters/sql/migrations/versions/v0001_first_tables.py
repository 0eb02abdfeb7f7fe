"""The first tables."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    UniqueConstraint,
    false,
)

from core.adapters.sql.columns import PlainText, Serial, UtcTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create them."""
    _create_leads()
    _create_lead_revisions()
    _create_lead_outcomes()
    _create_outcome_revisions()
    _create_predictions()
    _create_model_versions()
    _create_model_events()
    _create_active_versions()
    _create_model_metrics()
    _create_idempotent_requests()


def downgrade() -> None:
    """Drop them."""
    for name in _TABLES:
        op.drop_table(name)


def _create_leads() -> None:
    op.create_table(
        "leads",
        Column("tenant", PlainText(128)),
        Column("lead_id", PlainText(128)),
        Column("revision", Integer, nullable=False),
        Column("body", PlainText(), nullable=False),
        Column("owner_id", PlainText(128), nullable=False),
        Column("posted_time", UtcTime),
        Column("outcome_converted", Boolean),
        Column("outcome_time", UtcTime),
        Column("create_time", UtcTime, nullable=False),
        Column("update_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "lead_id", name="pk_leads"),
    )
    op.create_index("ix_leads_tenant_owner_id_lead_id", "leads", ["tenant", "owner_id", "lead_id"])
    op.create_index("ix_leads_tenant_outcome_time_lead_id", "leads", ["tenant", "outcome_time", "lead_id"])


def _create_lead_revisions() -> None:
    op.create_table(
        "lead_revisions",
        Column("tenant", PlainText(128)),
        Column("lead_id", PlainText(128)),
        Column("revision", Integer),
        Column("body", PlainText(), nullable=False),
        Column("recorded_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "lead_id", "revision", name="pk_lead_revisions"),
    )


def _create_lead_outcomes() -> None:
    op.create_table(
        "lead_outcomes",
        Column("tenant", PlainText(128)),
        Column("lead_id", PlainText(128)),
        Column("revision", Integer),
        Column("converted", Boolean, nullable=False),
        Column("outcome_time", UtcTime, nullable=False),
        Column("recorded_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "lead_id", "revision", name="pk_lead_outcomes"),
    )


def _create_outcome_revisions() -> None:
    op.create_table(
        "outcome_revisions",
        Column("tenant", PlainText(128)),
        Column("revision", BigInteger, nullable=False),
        PrimaryKeyConstraint("tenant", name="pk_outcome_revisions"),
    )


def _create_predictions() -> None:
    op.create_table(
        "predictions",
        Column("tenant", PlainText(128)),
        Column("lead_id", PlainText(128)),
        Column("token_id", PlainText(128)),
        Column("version", PlainText(128), nullable=False),
        Column("source", PlainText(32), nullable=False),
        Column("score", Double, nullable=False),
        Column("probability", Double, nullable=False),
        Column("score_time", UtcTime, nullable=False),
        Column("features", LargeBinary, nullable=False),
        PrimaryKeyConstraint("tenant", "lead_id", "token_id", name="pk_predictions"),
    )
    op.create_index("ix_predictions_tenant_score_time", "predictions", ["tenant", "score_time"])


def _create_model_versions() -> None:
    op.create_table(
        "model_versions",
        Column("tenant", PlainText(128)),
        Column("kind", PlainText(128)),
        Column("version", PlainText(128)),
        Column("digest", PlainText(64), nullable=False),
        Column("manifest", PlainText(), nullable=False),
        Column("created_by", PlainText(), nullable=False),
        Column("create_time", UtcTime, nullable=False),
        Column("retired", Boolean, nullable=False, server_default=false()),
        PrimaryKeyConstraint("tenant", "kind", "version", name="pk_model_versions"),
    )
    op.create_index(
        "ix_model_versions_tenant_kind_create_time_version",
        "model_versions",
        ["tenant", "kind", "create_time", "version"],
    )
    op.create_index("ix_model_versions_digest", "model_versions", ["digest"])


def _create_model_events() -> None:
    op.create_table(
        "model_events",
        Column("id", Serial, autoincrement=True),
        Column("tenant", PlainText(128), nullable=False),
        Column("kind", PlainText(128), nullable=False),
        Column("version", PlainText(128), nullable=False),
        Column("type", PlainText(32), nullable=False),
        Column("actor", PlainText(), nullable=False),
        Column("reason", PlainText(), nullable=False),
        Column("evidence", PlainText(), nullable=False),
        Column("event_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("id", name="pk_model_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_model_events_tenant_kind_id", "model_events", ["tenant", "kind", "id"])


def _create_active_versions() -> None:
    op.create_table(
        "active_versions",
        Column("tenant", PlainText(128)),
        Column("kind", PlainText(128)),
        Column("version", PlainText(128), nullable=False),
        Column("digest", PlainText(64), nullable=False),
        Column("previous", PlainText(128)),
        Column("revision", Integer, nullable=False),
        PrimaryKeyConstraint("tenant", "kind", name="pk_active_versions"),
    )


def _create_model_metrics() -> None:
    op.create_table(
        "model_metrics",
        Column("id", Serial, autoincrement=True),
        Column("tenant", PlainText(128), nullable=False),
        Column("kind", PlainText(128), nullable=False),
        Column("model_version", PlainText(128), nullable=False),
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
        UniqueConstraint("tenant", "kind", "model_version", name="uq_model_metrics_tenant_kind_model_version"),
        PrimaryKeyConstraint("id", name="pk_model_metrics"),
    )


def _create_idempotent_requests() -> None:
    op.create_table(
        "idempotent_requests",
        Column("tenant", PlainText(128)),
        Column("method", PlainText(64)),
        Column("request_key", PlainText(64)),
        Column("body_sha256", PlainText(64), nullable=False),
        Column("answer", PlainText()),
        Column("recorded_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "method", "request_key", name="pk_idempotent_requests"),
    )


_TABLES = (
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
)
