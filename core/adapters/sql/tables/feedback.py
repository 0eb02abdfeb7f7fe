"""What people did or said about leads."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Double, Index, Integer, Table

from core.adapters.sql.columns import PlainText, UtcTime
from core.adapters.sql.tables.base import ID_LENGTH, metadata


def _told() -> list[Column[Any]]:
    """Return the columns of one revision of a piece of feedback."""
    return [
        Column("lead_id", PlainText(ID_LENGTH), nullable=False),
        Column("action_type", PlainText(32), nullable=False),
        Column("user_rating", Double),
        Column("interaction_duration", Double),
        Column("feedback_source", PlainText(32), nullable=False),
        Column("feedback_confidence", Double, nullable=False),
        Column("contact_successful", Boolean),
        Column("contact_response_time", Double),
        Column("conversion_value", Double),
        Column("session_id", PlainText(ID_LENGTH), nullable=False),
        Column("agent_id", PlainText(ID_LENGTH), nullable=False),
        Column("user_agent", PlainText(64), nullable=False),
        Column("ip_address", PlainText(64), nullable=False),
        Column("model_version", PlainText(ID_LENGTH), nullable=False),
        Column("prediction_score", Double),
        Column("token_id", PlainText(ID_LENGTH), nullable=False),
        Column("actor", PlainText(), nullable=False),
        Column("occurred_time", UtcTime, nullable=False),
        Column("created_at", UtcTime, nullable=False),
        Column("updated_at", UtcTime, nullable=False),
    ]


lead_feedback = Table(
    "lead_feedback",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("feedback_id", PlainText(ID_LENGTH), primary_key=True),
    Column("revision", Integer, nullable=False),
    *_told(),
    Index(None, "tenant", "lead_id", "occurred_time"),
    Index(None, "tenant", "agent_id", "occurred_time"),
    Index(None, "tenant", "occurred_time", "feedback_id"),
    # What was said since a moment?
    Index(None, "tenant", "updated_at"),
)
"""The newest revision of every piece of feedback. Durations in seconds; ``user_agent`` and ``ip_address`` are keyed
pseudonyms. ``created_at`` is when the first revision was recorded, ``updated_at`` when this one was."""

lead_feedback_history = Table(
    "lead_feedback_history",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("feedback_id", PlainText(ID_LENGTH), primary_key=True),
    Column("revision", Integer, primary_key=True),
    *_told(),
    Column("superseded_at", UtcTime, nullable=False),
    Index(None, "tenant", "lead_id"),
)
"""Revisions that were corrected: each was the newest from ``updated_at`` to ``superseded_at``."""
