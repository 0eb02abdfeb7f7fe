"""Conversations, how leads are, and what was done next."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Double, Integer, LargeBinary, PrimaryKeyConstraint

from core.adapters.sql.columns import PlainText, UtcTime

revision = "0006"
down_revision = "0005"

_TABLES = (
    "conversation_facts",
    "insight_types",
    "intelligence_heads",
    "conversation_keys",
    "conversation_messages",
    "lead_health",
    "action_catalogs",
    "active_action_catalogs",
    "action_decisions",
    "action_outcomes",
    "shadow_agreements",
)


def upgrade() -> None:
    """Create the tables, and wall each in."""
    _create_conversation_facts()
    _create_insight_types()
    _create_intelligence_heads()
    _create_conversation_keys()
    _create_conversation_messages()
    _create_lead_health()
    _create_action_catalogs()
    _create_active_action_catalogs()
    _create_action_decisions()
    _create_action_outcomes()
    _create_shadow_agreements()
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


def _create_conversation_facts() -> None:
    op.create_table(
        "conversation_facts",
        Column("tenant", PlainText(128)),
        Column("lead_id", PlainText(128)),
        Column("conversation_id", PlainText(128)),
        Column("message_count", Integer, nullable=False),
        Column("last_message_time", UtcTime),
        Column("body", PlainText(), nullable=False),
        Column("update_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "lead_id", "conversation_id", name="pk_conversation_facts"),
    )
    op.create_index("ix_conversation_facts_lead_id_tenant", "conversation_facts", ["lead_id", "tenant"])


def _create_insight_types() -> None:
    op.create_table(
        "insight_types",
        Column("tenant", PlainText(128)),
        Column("type_key", PlainText(64)),
        Column("body", PlainText(), nullable=False),
        Column("update_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "type_key", name="pk_insight_types"),
    )


def _create_intelligence_heads() -> None:
    op.create_table(
        "intelligence_heads",
        Column("tenant", PlainText(128)),
        Column("name", PlainText(64)),
        Column("revision", BigInteger, nullable=False),
        PrimaryKeyConstraint("tenant", "name", name="pk_intelligence_heads"),
    )


def _create_conversation_keys() -> None:
    op.create_table(
        "conversation_keys",
        Column("tenant", PlainText(128)),
        Column("lead_id", PlainText(128)),
        Column("key_id", PlainText(64), nullable=False),
        Column("wrapped_key", LargeBinary, nullable=False),
        Column("create_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "lead_id", name="pk_conversation_keys"),
    )
    op.create_index("ix_conversation_keys_lead_id_tenant", "conversation_keys", ["lead_id", "tenant"])


def _create_conversation_messages() -> None:
    op.create_table(
        "conversation_messages",
        Column("tenant", PlainText(128)),
        Column("lead_id", PlainText(128)),
        Column("conversation_id", PlainText(128)),
        Column("message_index", Integer),
        Column("nonce", LargeBinary, nullable=False),
        Column("ciphertext", LargeBinary, nullable=False),
        Column("store_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "lead_id", "conversation_id", "message_index", name="pk_conversation_messages"),
    )
    op.create_index("ix_conversation_messages_lead_id_tenant", "conversation_messages", ["lead_id", "tenant"])
    op.create_index("ix_conversation_messages_tenant_store_time", "conversation_messages", ["tenant", "store_time"])


def _create_lead_health() -> None:
    op.create_table(
        "lead_health",
        Column("tenant", PlainText(128)),
        Column("lead_id", PlainText(128)),
        Column("level", PlainText(32), nullable=False),
        Column("level_time", UtcTime, nullable=False),
        Column("score", Double, nullable=False),
        Column("assess_time", UtcTime, nullable=False),
        Column("revision", BigInteger, nullable=False),
        Column("body", PlainText(), nullable=False),
        PrimaryKeyConstraint("tenant", "lead_id", name="pk_lead_health"),
    )
    op.create_index("ix_lead_health_lead_id_tenant", "lead_health", ["lead_id", "tenant"])


def _create_action_catalogs() -> None:
    op.create_table(
        "action_catalogs",
        Column("tenant", PlainText(128)),
        Column("version", Integer),
        Column("body", PlainText(), nullable=False),
        Column("created_by", PlainText(128), nullable=False),
        Column("create_time", UtcTime, nullable=False),
        Column("reason", PlainText(), nullable=False),
        PrimaryKeyConstraint("tenant", "version", name="pk_action_catalogs"),
    )


def _create_active_action_catalogs() -> None:
    op.create_table(
        "active_action_catalogs",
        Column("tenant", PlainText(128)),
        Column("version", Integer, nullable=False),
        Column("update_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", name="pk_active_action_catalogs"),
    )


def _create_action_decisions() -> None:
    op.create_table(
        "action_decisions",
        Column("tenant", PlainText(128)),
        Column("decision_id", PlainText(128)),
        Column("lead_id", PlainText(128), nullable=False),
        Column("agent_id", PlainText(128), nullable=False),
        Column("catalog_version", Integer, nullable=False),
        Column("version", PlainText(128), nullable=False),
        Column("basis", PlainText(32), nullable=False),
        Column("decide_time", UtcTime, nullable=False),
        Column("experiment", PlainText(128), nullable=False),
        Column("variant", PlainText(128), nullable=False),
        Column("body", PlainText(), nullable=False),
        PrimaryKeyConstraint("tenant", "decision_id", name="pk_action_decisions"),
    )
    op.create_index("ix_action_decisions_lead_id_tenant", "action_decisions", ["lead_id", "tenant"])
    op.create_index("ix_action_decisions_tenant_decide_time", "action_decisions", ["tenant", "decide_time"])


def _create_action_outcomes() -> None:
    op.create_table(
        "action_outcomes",
        Column("tenant", PlainText(128)),
        Column("outcome_id", PlainText(128)),
        Column("lead_id", PlainText(128), nullable=False),
        Column("agent_id", PlainText(128), nullable=False),
        Column("action_id", PlainText(64), nullable=False),
        Column("action_group", PlainText(64), nullable=False),
        Column("channel", PlainText(64), nullable=False),
        Column("outcome", PlainText(32), nullable=False),
        Column("outcome_time", UtcTime, nullable=False),
        Column("record_time", UtcTime, nullable=False),
        Column("decision_id", PlainText(128), nullable=False),
        Column("propensity", Double),
        Column("value", Double),
        Column("context", PlainText(), nullable=False),
        PrimaryKeyConstraint("tenant", "outcome_id", name="pk_action_outcomes"),
    )
    op.create_index(
        "ix_action_outcomes_lead_id_tenant_outcome_time", "action_outcomes", ["lead_id", "tenant", "outcome_time"]
    )
    op.create_index(
        "ix_action_outcomes_tenant_action_id_outcome_time", "action_outcomes", ["tenant", "action_id", "outcome_time"]
    )
    op.create_index(
        "ix_action_outcomes_tenant_agent_id_outcome_time", "action_outcomes", ["tenant", "agent_id", "outcome_time"]
    )
    op.create_index("ix_action_outcomes_tenant_record_time", "action_outcomes", ["tenant", "record_time"])


def _create_shadow_agreements() -> None:
    op.create_table(
        "shadow_agreements",
        Column("tenant", PlainText(128)),
        Column("kind", PlainText(64)),
        Column("version", PlainText(128)),
        Column("serving_version", PlainText(128)),
        Column("day", PlainText(10)),
        Column("compared", BigInteger, nullable=False),
        Column("agreed", BigInteger, nullable=False),
        Column("difference_total", Double, nullable=False),
        PrimaryKeyConstraint("tenant", "kind", "version", "serving_version", "day", name="pk_shadow_agreements"),
    )
