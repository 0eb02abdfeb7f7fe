"""Conversations, how leads are, and what was done next."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, Integer, LargeBinary, Table

from core.adapters.sql.columns import PlainText, UtcTime
from core.adapters.sql.tables.base import ID_LENGTH, metadata

conversation_facts = Table(
    "conversation_facts",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("lead_id", PlainText(ID_LENGTH), primary_key=True),
    Column("conversation_id", PlainText(ID_LENGTH), primary_key=True),
    Column("message_count", Integer, nullable=False),
    Column("last_message_time", UtcTime),
    Column("body", PlainText(), nullable=False),
    Column("update_time", UtcTime, nullable=False),
    Index(None, "lead_id", "tenant"),
)
"""What the newest analysis of a conversation said of a lead, JSON by name; of its words only places."""

insight_types = Table(
    "insight_types",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("type_key", PlainText(64), primary_key=True),
    Column("body", PlainText(), nullable=False),
    Column("update_time", UtcTime, nullable=False),
)
"""Kinds of insights of a tenant's own. ``body``: JSON."""

intelligence_heads = Table(
    "intelligence_heads",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("name", PlainText(64), primary_key=True),
    Column("revision", BigInteger, nullable=False),
)
"""Rises with every change of what is named ("insight_types", "action_catalogs"); writers wait for each other here."""

conversation_keys = Table(
    "conversation_keys",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("lead_id", PlainText(ID_LENGTH), primary_key=True),
    Column("key_id", PlainText(64), nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("create_time", UtcTime, nullable=False),
    Index(None, "lead_id", "tenant"),
)
"""The key of each lead's stored messages, encrypted with the operator's key ``key_id``. Without its row the messages
cannot be read any more."""

conversation_messages = Table(
    "conversation_messages",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("lead_id", PlainText(ID_LENGTH), primary_key=True),
    Column("conversation_id", PlainText(ID_LENGTH), primary_key=True),
    Column("message_index", Integer, primary_key=True),
    Column("nonce", LargeBinary, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("store_time", UtcTime, nullable=False),
    Index(None, "lead_id", "tenant"),
    Index(None, "tenant", "store_time"),
)
"""Messages of tenants who store them, encrypted with the lead's key (AES-256-GCM)."""

lead_health = Table(
    "lead_health",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("lead_id", PlainText(ID_LENGTH), primary_key=True),
    Column("level", PlainText(32), nullable=False),
    Column("level_time", UtcTime, nullable=False),
    Column("score", Double, nullable=False),
    Column("assess_time", UtcTime, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("body", PlainText(), nullable=False),
    Index(None, "lead_id", "tenant"),
)
"""The level of each lead, which the next one depends on. ``body``: JSON, the newest readings and changes of level.
``revision`` rises with every change; who writes names the one it read."""

action_catalogs = Table(
    "action_catalogs",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("body", PlainText(), nullable=False),
    Column("created_by", PlainText(ID_LENGTH), nullable=False),
    Column("create_time", UtcTime, nullable=False),
    Column("reason", PlainText(), nullable=False),
)
"""Published catalogues of actions; never changed. ``body``: JSON."""

active_action_catalogs = Table(
    "active_action_catalogs",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("update_time", UtcTime, nullable=False),
)
"""Which catalogue is in use."""

action_decisions = Table(
    "action_decisions",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("decision_id", PlainText(ID_LENGTH), primary_key=True),
    Column("lead_id", PlainText(ID_LENGTH), nullable=False),
    Column("agent_id", PlainText(ID_LENGTH), nullable=False),
    Column("catalog_version", Integer, nullable=False),
    Column("version", PlainText(ID_LENGTH), nullable=False),
    Column("basis", PlainText(32), nullable=False),
    Column("decide_time", UtcTime, nullable=False),
    Column("experiment", PlainText(ID_LENGTH), nullable=False),
    Column("variant", PlainText(ID_LENGTH), nullable=False),
    Column("body", PlainText(), nullable=False),
    Index(None, "tenant", "decide_time"),
    Index(None, "lead_id", "tenant"),
)
"""What was recommended, one row an answer. ``body``: JSON, the candidates with their probabilities to be put first,
what was shown, and what was known of the lead at that moment."""

action_outcomes = Table(
    "action_outcomes",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("outcome_id", PlainText(ID_LENGTH), primary_key=True),
    Column("lead_id", PlainText(ID_LENGTH), nullable=False),
    Column("agent_id", PlainText(ID_LENGTH), nullable=False),
    Column("action_id", PlainText(64), nullable=False),
    Column("action_group", PlainText(64), nullable=False),
    Column("channel", PlainText(64), nullable=False),
    Column("outcome", PlainText(32), nullable=False),
    Column("outcome_time", UtcTime, nullable=False),
    Column("record_time", UtcTime, nullable=False),
    Column("decision_id", PlainText(ID_LENGTH), nullable=False),
    Column("propensity", Double),
    Column("value", Double),
    Column("context", PlainText(), nullable=False),
    Index(None, "lead_id", "tenant", "outcome_time"),
    Index(None, "tenant", "agent_id", "outcome_time"),
    Index(None, "tenant", "action_id", "outcome_time"),
    Index(None, "tenant", "record_time"),
)
"""What became of actions, one row a report. ``context``: JSON, what was known of the lead where no decision row says
so, else empty."""

shadow_agreements = Table(
    "shadow_agreements",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("kind", PlainText(64), primary_key=True),
    Column("version", PlainText(ID_LENGTH), primary_key=True),
    Column("serving_version", PlainText(ID_LENGTH), primary_key=True),
    Column("day", PlainText(10), primary_key=True),
    Column("compared", BigInteger, nullable=False),
    Column("agreed", BigInteger, nullable=False),
    Column("difference_total", Double, nullable=False),
)
"""How often a version in the shadow said the same as the serving one, by UTC day; the sum of the largest differences of
their probabilities."""
