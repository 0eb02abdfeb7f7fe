"""Experiments, and what finds the rows that were recorded since a moment."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Boolean, Column, Double, Integer, PrimaryKeyConstraint, UniqueConstraint

from core.adapters.sql.columns import PlainText, UtcTime

revision = "0004"
down_revision = "0003"

_TABLES = (
    "experiments",
    "experiment_exposures",
    "experiment_leads",
    "experiment_units",
    "experiment_progress",
    "experiment_looks",
    "experiment_allocations",
)
_INDEXES = {
    "ix_lead_feedback_tenant_updated_at": ("lead_feedback", ["tenant", "updated_at"]),
    "ix_lead_outcomes_tenant_recorded_time": ("lead_outcomes", ["tenant", "recorded_time"]),
    "ix_online_updates_tenant_kind_lead_id": ("online_updates", ["tenant", "kind", "lead_id"]),
}


def upgrade() -> None:
    """Create the tables, and wall each in."""
    _create_experiments()
    _create_experiment_exposures()
    _create_experiment_leads()
    _create_experiment_units()
    _create_experiment_progress()
    _create_experiment_looks()
    _create_experiment_allocations()
    for name, (table, columns) in _INDEXES.items():
        op.create_index(name, table, columns)
    if op.get_context().dialect.name != "postgresql":
        return
    named = "current_setting('leadline.tenant', true)"
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant_wall ON {table} USING ({named} IN (tenant, '*'))")


def downgrade() -> None:
    """Drop them, and their policies with them."""
    for name, (table, _) in _INDEXES.items():
        op.drop_index(name, table)
    for name in _TABLES:
        op.drop_table(name)


def _create_experiments() -> None:
    op.create_table(
        "experiments",
        Column("tenant", PlainText(128)),
        Column("name", PlainText(128)),
        Column("folded_name", PlainText(128), nullable=False),
        Column("body", PlainText(), nullable=False),
        Column("layer", PlainText(128), nullable=False),
        Column("segment_start", Integer, nullable=False),
        Column("segment_end", Integer, nullable=False),
        Column("created_by", PlainText(), nullable=False),
        Column("create_time", UtcTime, nullable=False),
        Column("end_time", UtcTime),
        Column("stop_time", UtcTime),
        Column("final_time", UtcTime),
        Column("winner", PlainText(128), nullable=False),
        Column("stop_reason", PlainText(), nullable=False),
        Column("revision", Integer, nullable=False),
        PrimaryKeyConstraint("tenant", "name", name="pk_experiments"),
        UniqueConstraint("tenant", "folded_name", name="uq_experiments_tenant_folded_name"),
    )
    op.create_index("ix_experiments_tenant_create_time_name", "experiments", ["tenant", "create_time", "name"])
    op.create_index("ix_experiments_tenant_layer", "experiments", ["tenant", "layer"])
    op.create_index("ix_experiments_final_time", "experiments", ["final_time"])


def _create_experiment_exposures() -> None:
    op.create_table(
        "experiment_exposures",
        Column("tenant", PlainText(128)),
        Column("experiment", PlainText(128)),
        Column("unit_id", PlainText(128)),
        Column("variant", PlainText(128)),
        Column("folded_unit", PlainText(256), nullable=False),
        Column("propensity", Double, nullable=False),
        Column("is_override", Boolean, nullable=False),
        Column("allocation", Integer, nullable=False),
        Column("baseline_score", Double),
        Column("exposure_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "experiment", "unit_id", "variant", name="pk_experiment_exposures"),
    )
    op.create_index(
        "ix_experiment_exposures_exposure_time_tenant_experiment",
        "experiment_exposures",
        ["exposure_time", "tenant", "experiment"],
    )


def _create_experiment_leads() -> None:
    op.create_table(
        "experiment_leads",
        Column("tenant", PlainText(128)),
        Column("experiment", PlainText(128)),
        Column("unit_id", PlainText(128)),
        Column("lead_id", PlainText(128)),
        Column("variant", PlainText(128), nullable=False),
        Column("score", Double),
        Column("source", PlainText(32), nullable=False),
        Column("first_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "experiment", "unit_id", "lead_id", name="pk_experiment_leads"),
    )
    op.create_index(
        "ix_experiment_leads_first_time_tenant_experiment", "experiment_leads", ["first_time", "tenant", "experiment"]
    )
    op.create_index("ix_experiment_leads_lead_id_tenant", "experiment_leads", ["lead_id", "tenant"])


def _create_experiment_units() -> None:
    op.create_table(
        "experiment_units",
        Column("tenant", PlainText(128)),
        Column("experiment", PlainText(128)),
        Column("unit_id", PlainText(128)),
        Column("variant", PlainText(128), nullable=False),
        Column("propensity", Double, nullable=False),
        Column("is_override", Boolean, nullable=False),
        Column("allocation", Integer, nullable=False),
        Column("exposure_time", UtcTime, nullable=False),
        Column("lead_count", Integer, nullable=False),
        Column("converted_leads", Integer, nullable=False),
        Column("converted", Integer, nullable=False),
        Column("contact_success", Integer, nullable=False),
        Column("converted_early", Integer, nullable=False),
        Column("fallback_answers", Integer, nullable=False),
        Column("conversion_value", Double, nullable=False),
        Column("score_sum", Double, nullable=False),
        Column("score_count", Integer, nullable=False),
        Column("baseline_score", Double),
        PrimaryKeyConstraint("tenant", "experiment", "unit_id", name="pk_experiment_units"),
    )
    op.create_index(
        "ix_experiment_units_exposure_time_tenant_experiment",
        "experiment_units",
        ["exposure_time", "tenant", "experiment"],
    )


def _create_experiment_progress() -> None:
    op.create_table(
        "experiment_progress",
        Column("tenant", PlainText(128)),
        Column("experiment", PlainText(128)),
        Column("refreshed_until", UtcTime),
        Column("deadline", UtcTime),
        Column("removals", Integer, nullable=False),
        Column("seen_removals", Integer, nullable=False),
        Column("always_valid", PlainText(), nullable=False),
        PrimaryKeyConstraint("tenant", "experiment", name="pk_experiment_progress"),
    )


def _create_experiment_looks() -> None:
    op.create_table(
        "experiment_looks",
        Column("tenant", PlainText(128)),
        Column("experiment", PlainText(128)),
        Column("number", Integer, autoincrement=False),
        Column("treatment", PlainText(128)),
        Column("body", PlainText(), nullable=False),
        Column("look_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "experiment", "number", "treatment", name="pk_experiment_looks"),
    )


def _create_experiment_allocations() -> None:
    op.create_table(
        "experiment_allocations",
        Column("tenant", PlainText(128)),
        Column("experiment", PlainText(128)),
        Column("number", Integer, autoincrement=False),
        Column("body", PlainText(), nullable=False),
        Column("start_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "experiment", "number", name="pk_experiment_allocations"),
    )
