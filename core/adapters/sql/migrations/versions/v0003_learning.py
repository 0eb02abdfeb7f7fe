"""Feedback, training runs, shadow scores, the online learner, sketches of what is served, and alerts."""

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
    text,
)

from core.adapters.sql.columns import PlainText, Serial, UtcTime

revision = "0003"
down_revision = "0002"

_TABLES = (
    "lead_feedback",
    "lead_feedback_history",
    "training_runs",
    "retraining_checks",
    "shadow_versions",
    "shadow_scores",
    "online_states",
    "online_updates",
    "dead_letters",
    "serving_sketches",
    "drift_reports",
    "alerts",
    "alert_deliveries",
)


def upgrade() -> None:
    """Create the tables, and wall each in."""
    _create_lead_feedback()
    _create_lead_feedback_history()
    _create_training_runs()
    _create_retraining_checks()
    _create_shadow_versions()
    _create_shadow_scores()
    _create_online_states()
    _create_online_updates()
    _create_dead_letters()
    _create_serving_sketches()
    _create_drift_reports()
    _create_alerts()
    _create_alert_deliveries()
    if op.get_context().dialect.name != "postgresql":
        return
    named = "current_setting('leadline.tenant', true)"
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant_wall ON {table} USING ({named} IN (tenant, '*'))")


def downgrade() -> None:
    """Drop them, and their policies with them."""
    for name in _TABLES:
        op.drop_table(name)


def _create_lead_feedback() -> None:
    op.create_table(
        "lead_feedback",
        Column("tenant", PlainText(128)),
        Column("feedback_id", PlainText(128)),
        Column("revision", Integer, nullable=False),
        Column("lead_id", PlainText(128), nullable=False),
        Column("action_type", PlainText(32), nullable=False),
        Column("user_rating", Double),
        Column("interaction_duration", Double),
        Column("feedback_source", PlainText(32), nullable=False),
        Column("feedback_confidence", Double, nullable=False),
        Column("contact_successful", Boolean),
        Column("contact_response_time", Double),
        Column("conversion_value", Double),
        Column("session_id", PlainText(128), nullable=False),
        Column("agent_id", PlainText(128), nullable=False),
        Column("user_agent", PlainText(64), nullable=False),
        Column("ip_address", PlainText(64), nullable=False),
        Column("model_version", PlainText(128), nullable=False),
        Column("prediction_score", Double),
        Column("token_id", PlainText(128), nullable=False),
        Column("actor", PlainText(), nullable=False),
        Column("occurred_time", UtcTime, nullable=False),
        Column("created_at", UtcTime, nullable=False),
        Column("updated_at", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "feedback_id", name="pk_lead_feedback"),
    )
    op.create_index(
        "ix_lead_feedback_tenant_agent_id_occurred_time", "lead_feedback", ["tenant", "agent_id", "occurred_time"]
    )
    op.create_index(
        "ix_lead_feedback_tenant_lead_id_occurred_time", "lead_feedback", ["tenant", "lead_id", "occurred_time"]
    )
    op.create_index(
        "ix_lead_feedback_tenant_occurred_time_feedback_id", "lead_feedback", ["tenant", "occurred_time", "feedback_id"]
    )


def _create_lead_feedback_history() -> None:
    op.create_table(
        "lead_feedback_history",
        Column("tenant", PlainText(128)),
        Column("feedback_id", PlainText(128)),
        Column("revision", Integer),
        Column("lead_id", PlainText(128), nullable=False),
        Column("action_type", PlainText(32), nullable=False),
        Column("user_rating", Double),
        Column("interaction_duration", Double),
        Column("feedback_source", PlainText(32), nullable=False),
        Column("feedback_confidence", Double, nullable=False),
        Column("contact_successful", Boolean),
        Column("contact_response_time", Double),
        Column("conversion_value", Double),
        Column("session_id", PlainText(128), nullable=False),
        Column("agent_id", PlainText(128), nullable=False),
        Column("user_agent", PlainText(64), nullable=False),
        Column("ip_address", PlainText(64), nullable=False),
        Column("model_version", PlainText(128), nullable=False),
        Column("prediction_score", Double),
        Column("token_id", PlainText(128), nullable=False),
        Column("actor", PlainText(), nullable=False),
        Column("occurred_time", UtcTime, nullable=False),
        Column("created_at", UtcTime, nullable=False),
        Column("updated_at", UtcTime, nullable=False),
        Column("superseded_at", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "feedback_id", "revision", name="pk_lead_feedback_history"),
    )
    op.create_index("ix_lead_feedback_history_tenant_lead_id", "lead_feedback_history", ["tenant", "lead_id"])


def _create_training_runs() -> None:
    op.create_table(
        "training_runs",
        Column("tenant", PlainText(128)),
        Column("run_id", PlainText(128)),
        Column("kind", PlainText(128), nullable=False),
        Column("trigger_window", PlainText(128), nullable=False),
        Column("state", PlainText(32), nullable=False),
        Column("decision", PlainText(32), nullable=False),
        Column("requested_by", PlainText(), nullable=False),
        Column("reason", PlainText(), nullable=False),
        Column("outcome", PlainText(), nullable=False),
        Column("force", Boolean, nullable=False),
        Column("validation_split", Double, nullable=False),
        Column("parameters", PlainText(), nullable=False),
        Column("triggers", PlainText(), nullable=False),
        Column("evidence", PlainText(), nullable=False),
        Column("doing", PlainText(), nullable=False),
        Column("progress", Double, nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("holder", PlainText(128), nullable=False),
        Column("heartbeat_time", UtcTime),
        Column("version", PlainText(128), nullable=False),
        Column("create_time", UtcTime, nullable=False),
        Column("start_time", UtcTime),
        Column("end_time", UtcTime),
        PrimaryKeyConstraint("tenant", "run_id", name="pk_training_runs"),
        UniqueConstraint("tenant", "kind", "trigger_window", name="uq_training_runs_tenant_kind_trigger_window"),
    )
    op.create_index("ix_training_runs_state_create_time", "training_runs", ["state", "create_time"])
    op.create_index(
        "ix_training_runs_tenant_kind_create_time_run_id", "training_runs", ["tenant", "kind", "create_time", "run_id"]
    )


def _create_retraining_checks() -> None:
    op.create_table(
        "retraining_checks",
        Column("id", Serial, autoincrement=True),
        Column("tenant", PlainText(128), nullable=False),
        Column("kind", PlainText(128), nullable=False),
        Column("trigger_window", PlainText(128), nullable=False),
        Column("decision", PlainText(32), nullable=False),
        Column("reason", PlainText(), nullable=False),
        Column("triggers", PlainText(), nullable=False),
        Column("run_id", PlainText(128), nullable=False),
        Column("check_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("id", name="pk_retraining_checks"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_retraining_checks_tenant_kind_id", "retraining_checks", ["tenant", "kind", "id"])


def _create_shadow_versions() -> None:
    op.create_table(
        "shadow_versions",
        Column("tenant", PlainText(128)),
        Column("kind", PlainText(128)),
        Column("version", PlainText(128), nullable=False),
        Column("digest", PlainText(64), nullable=False),
        Column("reason", PlainText(), nullable=False),
        Column("start_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "kind", name="pk_shadow_versions"),
    )


def _create_shadow_scores() -> None:
    op.create_table(
        "shadow_scores",
        Column("tenant", PlainText(128)),
        Column("version", PlainText(128)),
        Column("token_id", PlainText(128)),
        Column("lead_id", PlainText(128), nullable=False),
        Column("served_version", PlainText(128), nullable=False),
        Column("served_probability", Double, nullable=False),
        Column("probability", Double, nullable=False),
        Column("served_seconds", Double, nullable=False),
        Column("seconds", Double, nullable=False),
        Column("score_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "version", "token_id", name="pk_shadow_scores"),
    )
    op.create_index("ix_shadow_scores_tenant_version_score_time", "shadow_scores", ["tenant", "version", "score_time"])


def _create_online_states() -> None:
    op.create_table(
        "online_states",
        Column("tenant", PlainText(128)),
        Column("kind", PlainText(128)),
        Column("sequence", BigInteger, nullable=False),
        Column("body", PlainText(), nullable=False),
        Column("update_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "kind", name="pk_online_states"),
    )


def _create_online_updates() -> None:
    op.create_table(
        "online_updates",
        Column("tenant", PlainText(128)),
        Column("kind", PlainText(128)),
        Column("sequence", BigInteger, autoincrement=False),
        Column("lead_id", PlainText(128), nullable=False),
        Column("label_key", PlainText(64), nullable=False),
        Column("body", PlainText(), nullable=False),
        Column("update_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "kind", "sequence", name="pk_online_updates"),
        UniqueConstraint("tenant", "kind", "label_key", name="uq_online_updates_tenant_kind_label_key"),
    )
    op.create_index("ix_online_updates_tenant_kind_update_time", "online_updates", ["tenant", "kind", "update_time"])


def _create_dead_letters() -> None:
    op.create_table(
        "dead_letters",
        Column("id", Serial, autoincrement=True),
        Column("tenant", PlainText(128), nullable=False),
        Column("task", PlainText(128), nullable=False),
        Column("arguments", PlainText(), nullable=False),
        Column("problem", PlainText(), nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("dead_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("id", name="pk_dead_letters"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_dead_letters_dead_time", "dead_letters", ["dead_time"])


def _create_serving_sketches() -> None:
    op.create_table(
        "serving_sketches",
        Column("tenant", PlainText(128)),
        Column("kind", PlainText(128)),
        Column("version", PlainText(128)),
        Column("window_start", UtcTime),
        Column("process_id", PlainText(128)),
        Column("row_count", BigInteger, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("update_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "kind", "version", "window_start", "process_id", name="pk_serving_sketches"),
    )


def _create_drift_reports() -> None:
    op.create_table(
        "drift_reports",
        Column("tenant", PlainText(128)),
        Column("kind", PlainText(128)),
        Column("version", PlainText(128)),
        Column("report_time", UtcTime),
        Column("body", PlainText(), nullable=False),
        PrimaryKeyConstraint("tenant", "kind", "version", "report_time", name="pk_drift_reports"),
    )


def _create_alerts() -> None:
    op.create_table(
        "alerts",
        Column("tenant", PlainText(128)),
        Column("alert_id", PlainText(128)),
        Column("kind", PlainText(128), nullable=False),
        Column("version", PlainText(128), nullable=False),
        Column("cause", PlainText(64), nullable=False),
        Column("severity", PlainText(32), nullable=False),
        Column("body", PlainText(), nullable=False),
        Column("open_time", UtcTime, nullable=False),
        Column("update_time", UtcTime, nullable=False),
        Column("recover_time", UtcTime),
        PrimaryKeyConstraint("tenant", "alert_id", name="pk_alerts"),
    )
    op.create_index("ix_alerts_tenant_open_time_alert_id", "alerts", ["tenant", "open_time", "alert_id"])
    still_open = text("recover_time IS NULL")
    op.create_index(
        "uq_alerts_open",
        "alerts",
        ["tenant", "kind", "cause"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )


def _create_alert_deliveries() -> None:
    op.create_table(
        "alert_deliveries",
        Column("tenant", PlainText(128)),
        Column("alert_id", PlainText(128)),
        Column("moment", PlainText(32)),
        Column("target", PlainText(128)),
        Column("attempts", Integer, nullable=False),
        Column("next_time", UtcTime),
        Column("delivered_time", UtcTime),
        Column("problem", PlainText(), nullable=False),
        PrimaryKeyConstraint("tenant", "alert_id", "moment", "target", name="pk_alert_deliveries"),
    )
