"""Events, what is made of them, the catalogue, and what was recommended."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Double, Integer, LargeBinary, PrimaryKeyConstraint

from core.adapters.sql.columns import PlainText, UtcTime

revision = "0005"
down_revision = "0004"

_TABLES = (
    "lead_events",
    "event_heads",
    "lead_states",
    "interaction_features",
    "stream_cursors",
    "served_vectors",
    "feature_mismatches",
    "catalog_items",
    "catalog_heads",
    "recommendation_log",
    "item_popularity",
)


def upgrade() -> None:
    """Create the tables, and wall each in."""
    _create_lead_events()
    _create_event_heads()
    _create_lead_states()
    _create_interaction_features()
    _create_stream_cursors()
    _create_served_vectors()
    _create_feature_mismatches()
    _create_catalog_items()
    _create_catalog_heads()
    _create_recommendation_log()
    _create_item_popularity()
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


def _create_lead_events() -> None:
    op.create_table(
        "lead_events",
        Column("tenant", PlainText(128)),
        Column("event_id", PlainText(128)),
        Column("sequence", BigInteger, nullable=False),
        Column("lead_id", PlainText(128), nullable=False),
        Column("kind", PlainText(32), nullable=False),
        Column("occurred_us", BigInteger, nullable=False),
        Column("recorded_us", BigInteger, nullable=False),
        Column("item_id", PlainText(128), nullable=False),
        Column("session_id", PlainText(128), nullable=False),
        Column("agent_id", PlainText(128), nullable=False),
        Column("duration_ms", BigInteger),
        Column("page_type", PlainText(32), nullable=False),
        Column("device", PlainText(32), nullable=False),
        Column("referrer", PlainText(32), nullable=False),
        Column("price_e4", BigInteger),
        Column("value_e4", BigInteger),
        Column("quantity", BigInteger),
        Column("positive", Boolean),
        Column("query", PlainText(), nullable=False),
        Column("item_type", PlainText(), nullable=False),
        Column("item_location", PlainText(), nullable=False),
        Column("item_price_e4", BigInteger),
        Column("token_id", PlainText(128), nullable=False),
        Column("body_digest", LargeBinary, nullable=False),
        PrimaryKeyConstraint("tenant", "event_id", name="pk_lead_events"),
    )
    op.create_index("ix_lead_events_lead_id_tenant_sequence", "lead_events", ["lead_id", "tenant", "sequence"])
    op.create_index("ix_lead_events_tenant_sequence", "lead_events", ["tenant", "sequence"])


def _create_event_heads() -> None:
    op.create_table(
        "event_heads",
        Column("tenant", PlainText(128)),
        Column("sequence", BigInteger, nullable=False),
        Column("recorded_us", BigInteger, nullable=False),
        Column("erasures", BigInteger, nullable=False),
        PrimaryKeyConstraint("tenant", name="pk_event_heads"),
    )


def _create_lead_states() -> None:
    op.create_table(
        "lead_states",
        Column("tenant", PlainText(128)),
        Column("lead_id", PlainText(128)),
        Column("sequence", BigInteger, nullable=False),
        Column("plan_hash", PlainText(64), nullable=False),
        Column("state", LargeBinary, nullable=False),
        Column("interactions", LargeBinary, nullable=False),
        Column("update_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "lead_id", name="pk_lead_states"),
    )


def _create_interaction_features() -> None:
    op.create_table(
        "interaction_features",
        Column("tenant", PlainText(128)),
        Column("lead_id", PlainText(128)),
        Column("item_id", PlainText(128)),
        Column("total_views", Integer, nullable=False),
        Column("unique_views", Integer, nullable=False),
        Column("view_duration_avg", Double),
        Column("view_frequency", Double),
        Column("engagement_score", Double),
        Column("cart_adds", Integer, nullable=False),
        Column("cart_removes", Integer, nullable=False),
        Column("purchases", Integer, nullable=False),
        Column("cart_conversion_rate", Double),
        Column("view_to_purchase_rate", Double),
        Column("search_views", Integer, nullable=False),
        Column("category_views", Integer, nullable=False),
        Column("collection_views", Integer, nullable=False),
        Column("direct_views", Integer, nullable=False),
        Column("referral_views", Integer, nullable=False),
        Column("first_view_date", UtcTime),
        Column("last_view_date", UtcTime),
        Column("view_recency", Integer),
        Column("view_consistency", Double),
        Column("seasonal_view_pattern", Double),
        Column("mobile_views", Integer, nullable=False),
        Column("desktop_views", Integer, nullable=False),
        Column("tablet_views", Integer, nullable=False),
        Column("preferred_device", PlainText(32)),
        Column("channel_preference", PlainText(32)),
        Column("interaction_quality_score", Double),
        Column("intent_score", Double),
        Column("loyalty_indicator", Double),
        Column("recommendation_score", Double),
        Column("last_computed_at", UtcTime, nullable=False),
        Column("sequence", BigInteger, nullable=False),
        Column("plan_hash", PlainText(64), nullable=False),
        Column("state", LargeBinary, nullable=False),
        PrimaryKeyConstraint("tenant", "lead_id", "item_id", name="pk_interaction_features"),
    )
    op.create_index("ix_interaction_features_lead_id_tenant", "interaction_features", ["lead_id", "tenant"])


def _create_stream_cursors() -> None:
    op.create_table(
        "stream_cursors",
        Column("tenant", PlainText(128)),
        Column("name", PlainText(64)),
        Column("sequence", BigInteger, nullable=False),
        Column("body", PlainText(), nullable=False),
        Column("update_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "name", name="pk_stream_cursors"),
    )


def _create_served_vectors() -> None:
    op.create_table(
        "served_vectors",
        Column("tenant", PlainText(128)),
        Column("vector_id", PlainText(128)),
        Column("lead_id", PlainText(128), nullable=False),
        Column("plan_hash", PlainText(64), nullable=False),
        Column("version", PlainText(128), nullable=False),
        Column("moment_us", BigInteger, nullable=False),
        Column("up_to_sequence", BigInteger, nullable=False),
        Column("features", PlainText(), nullable=False),
        PrimaryKeyConstraint("tenant", "vector_id", name="pk_served_vectors"),
    )
    op.create_index("ix_served_vectors_lead_id_tenant", "served_vectors", ["lead_id", "tenant"])
    op.create_index("ix_served_vectors_tenant_moment_us", "served_vectors", ["tenant", "moment_us"])


def _create_feature_mismatches() -> None:
    op.create_table(
        "feature_mismatches",
        Column("tenant", PlainText(128)),
        Column("check_time", UtcTime),
        Column("feature", PlainText(128)),
        Column("compared", Integer, nullable=False),
        Column("differing", Integer, nullable=False),
        PrimaryKeyConstraint("tenant", "check_time", "feature", name="pk_feature_mismatches"),
    )


def _create_catalog_items() -> None:
    op.create_table(
        "catalog_items",
        Column("tenant", PlainText(128)),
        Column("item_id", PlainText(128)),
        Column("body", PlainText(), nullable=False),
        Column("item_type", PlainText(), nullable=False),
        Column("location_name", PlainText(), nullable=False),
        Column("price_e4", BigInteger),
        Column("is_available", Boolean, nullable=False),
        Column("revision", BigInteger, nullable=False),
        Column("create_time", UtcTime, nullable=False),
        Column("update_time", UtcTime, nullable=False),
        Column("delete_time", UtcTime),
        PrimaryKeyConstraint("tenant", "item_id", name="pk_catalog_items"),
    )
    op.create_index("ix_catalog_items_tenant_revision", "catalog_items", ["tenant", "revision"])


def _create_catalog_heads() -> None:
    op.create_table(
        "catalog_heads",
        Column("tenant", PlainText(128)),
        Column("revision", BigInteger, nullable=False),
        PrimaryKeyConstraint("tenant", name="pk_catalog_heads"),
    )


def _create_recommendation_log() -> None:
    op.create_table(
        "recommendation_log",
        Column("tenant", PlainText(128)),
        Column("token_id", PlainText(128)),
        Column("lead_id", PlainText(128), nullable=False),
        Column("version", PlainText(128), nullable=False),
        Column("source", PlainText(32), nullable=False),
        Column("recommend_time", UtcTime, nullable=False),
        Column("up_to_sequence", BigInteger, nullable=False),
        Column("experiment", PlainText(128), nullable=False),
        Column("variant", PlainText(128), nullable=False),
        Column("body", PlainText(), nullable=False),
        PrimaryKeyConstraint("tenant", "token_id", name="pk_recommendation_log"),
    )
    op.create_index("ix_recommendation_log_lead_id_tenant", "recommendation_log", ["lead_id", "tenant"])
    op.create_index("ix_recommendation_log_tenant_recommend_time", "recommendation_log", ["tenant", "recommend_time"])


def _create_item_popularity() -> None:
    op.create_table(
        "item_popularity",
        Column("tenant", PlainText(128)),
        Column("item_id", PlainText(128)),
        Column("lead_count", Integer, nullable=False),
        Column("decayed_weight", Double, nullable=False),
        Column("as_of_time", UtcTime, nullable=False),
        PrimaryKeyConstraint("tenant", "item_id", name="pk_item_popularity"),
    )
