"""Leads, their outcomes and what was answered about them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, LargeBinary, Table

from core.adapters.sql.columns import PlainText, UtcTime
from core.adapters.sql.tables.base import ID_LENGTH, metadata

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
    # Which were recorded since a moment?
    Index(None, "tenant", "recorded_time"),
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
