"""Events, what is made of them, the catalogue, and what was recommended."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, LargeBinary, Table

from core.adapters.sql.columns import PlainText, UtcTime
from core.adapters.sql.tables.base import ID_LENGTH, metadata

lead_events = Table(
    "lead_events",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("event_id", PlainText(ID_LENGTH), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("lead_id", PlainText(ID_LENGTH), nullable=False),
    Column("kind", PlainText(32), nullable=False),
    Column("occurred_us", BigInteger, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("item_id", PlainText(ID_LENGTH), nullable=False),
    Column("session_id", PlainText(ID_LENGTH), nullable=False),
    Column("agent_id", PlainText(ID_LENGTH), nullable=False),
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
    Column("token_id", PlainText(ID_LENGTH), nullable=False),
    Column("body_digest", LargeBinary, nullable=False),
    # Whoever follows the log reads by sequence; whoever reads one lead, by lead.
    Index(None, "tenant", "sequence"),
    Index(None, "lead_id", "tenant", "sequence"),
)
"""The log of events; it is only ever added to, but for erasing a lead. ``body_digest`` (16 bytes) tells an event that
was sent again from another one under its id. Times are microseconds since 1970 UTC, amounts ten-thousandths."""

event_heads = Table(
    "event_heads",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("erasures", BigInteger, nullable=False),
)
"""The newest sequence of each tenant and when it was recorded. Writers of a tenant wait for each other at this row
until they are committed, so that sequences become visible in their order. ``erasures`` rises when a lead is erased:
whoever holds something made of events looks again."""

lead_states = Table(
    "lead_states",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("lead_id", PlainText(ID_LENGTH), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("plan_hash", PlainText(64), nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("interactions", LargeBinary, nullable=False),
    Column("update_time", UtcTime, nullable=False),
)
"""Sums over the events of a lead up to ``sequence``: a copy of what the log says, so that nobody need read all of it.
``interactions``: what recommenders know of the lead, up to the same event."""

interaction_features = Table(
    "interaction_features",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("lead_id", PlainText(ID_LENGTH), primary_key=True),
    Column("item_id", PlainText(ID_LENGTH), primary_key=True),
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
    Index(None, "lead_id", "tenant"),
)
"""Features of a lead and an item as of ``last_computed_at``, from all their events up to ``sequence``. ``state`` holds
the sums they come from."""

stream_cursors = Table(
    "stream_cursors",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("name", PlainText(64), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("body", PlainText(), nullable=False),
    Column("update_time", UtcTime, nullable=False),
)
"""How far a reader of the log has come; moved in the transaction of what it made of the events. ``body``: JSON of what
it has to remember."""

served_vectors = Table(
    "served_vectors",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("vector_id", PlainText(ID_LENGTH), primary_key=True),
    Column("lead_id", PlainText(ID_LENGTH), nullable=False),
    Column("plan_hash", PlainText(64), nullable=False),
    Column("version", PlainText(ID_LENGTH), nullable=False),
    Column("moment_us", BigInteger, nullable=False),
    Column("up_to_sequence", BigInteger, nullable=False),
    Column("features", PlainText(), nullable=False),
    Index(None, "tenant", "moment_us"),
    Index(None, "lead_id", "tenant"),
)
"""Behaviour features as they were served, JSON by name, with the moment and the newest event they are of: what they
must be, worked out again from the log."""

feature_mismatches = Table(
    "feature_mismatches",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("check_time", UtcTime, primary_key=True),
    Column("feature", PlainText(ID_LENGTH), primary_key=True),
    Column("compared", Integer, nullable=False),
    Column("differing", Integer, nullable=False),
)
"""How many of a sample of served values were not what the log says, by feature."""

catalog_items = Table(
    "catalog_items",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("item_id", PlainText(ID_LENGTH), primary_key=True),
    Column("body", PlainText(), nullable=False),
    Column("item_type", PlainText(), nullable=False),
    Column("location_name", PlainText(), nullable=False),
    Column("price_e4", BigInteger),
    Column("is_available", Boolean, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("create_time", UtcTime, nullable=False),
    Column("update_time", UtcTime, nullable=False),
    Column("delete_time", UtcTime),
    Index(None, "tenant", "revision"),
)
"""The newest form of every item; deleted ones stay for what refers to them. ``revision`` is the catalogue's, at the
item's last change: whoever holds a copy asks for what is above the highest it has."""

catalog_heads = Table(
    "catalog_heads",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("revision", BigInteger, nullable=False),
)
"""Rises with every change of a tenant's catalogue; writers wait for each other here."""

recommendation_log = Table(
    "recommendation_log",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("token_id", PlainText(ID_LENGTH), primary_key=True),
    Column("lead_id", PlainText(ID_LENGTH), nullable=False),
    Column("version", PlainText(ID_LENGTH), nullable=False),
    Column("source", PlainText(32), nullable=False),
    Column("recommend_time", UtcTime, nullable=False),
    Column("up_to_sequence", BigInteger, nullable=False),
    Column("experiment", PlainText(ID_LENGTH), nullable=False),
    Column("variant", PlainText(ID_LENGTH), nullable=False),
    Column("body", PlainText(), nullable=False),
    Index(None, "tenant", "recommend_time"),
    Index(None, "lead_id", "tenant"),
)
"""What was shown, one row an answer. ``body``: JSON, the items in their places, each with the propensity of its place,
and the best candidates that were not shown."""

item_popularity = Table(
    "item_popularity",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("item_id", PlainText(ID_LENGTH), primary_key=True),
    Column("lead_count", Integer, nullable=False),
    Column("decayed_weight", Double, nullable=False),
    Column("as_of_time", UtcTime, nullable=False),
)
"""How many leads did something with an item in the last 30 days, and how much, older events counting less."""
