"""Training runs, the checks that ask for them, challengers in the shadow, and the online learner."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, Table, UniqueConstraint

from core.adapters.sql.columns import PlainText, Serial, UtcTime
from core.adapters.sql.tables.base import ID_LENGTH, REQUEST_KEY_LENGTH, metadata

training_runs = Table(
    "training_runs",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("run_id", PlainText(ID_LENGTH), primary_key=True),
    Column("kind", PlainText(ID_LENGTH), nullable=False),
    Column("trigger_window", PlainText(ID_LENGTH), nullable=False),
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
    Column("holder", PlainText(ID_LENGTH), nullable=False),
    Column("heartbeat_time", UtcTime),
    Column("version", PlainText(ID_LENGTH), nullable=False),
    Column("create_time", UtcTime, nullable=False),
    Column("start_time", UtcTime),
    Column("end_time", UtcTime),
    # Whoever asks for a run of a window that has one gets that one.
    UniqueConstraint("tenant", "kind", "trigger_window"),
    Index(None, "tenant", "kind", "create_time", "run_id"),
    # Across tenants: what waits, or lost its worker?
    Index(None, "state", "create_time"),
)
"""Every run that was asked for. ``triggers``, ``parameters`` and ``evidence`` are canonical JSON."""

retraining_checks = Table(
    "retraining_checks",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("tenant", PlainText(ID_LENGTH), nullable=False),
    Column("kind", PlainText(ID_LENGTH), nullable=False),
    Column("trigger_window", PlainText(ID_LENGTH), nullable=False),
    Column("decision", PlainText(32), nullable=False),
    Column("reason", PlainText(), nullable=False),
    Column("triggers", PlainText(), nullable=False),
    Column("run_id", PlainText(ID_LENGTH), nullable=False),
    Column("check_time", UtcTime, nullable=False),
    Index(None, "tenant", "kind", "id"),
    sqlite_autoincrement=True,
)
"""History of the checks, also of those that asked for nothing, with what they saw; ``reason`` is the policy's."""

shadow_versions = Table(
    "shadow_versions",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("kind", PlainText(ID_LENGTH), primary_key=True),
    Column("version", PlainText(ID_LENGTH), nullable=False),
    Column("digest", PlainText(64), nullable=False),
    Column("reason", PlainText(), nullable=False),
    Column("start_time", UtcTime, nullable=False),
)
"""The challenger that scores beside the active version without being shown, at most one per kind."""

shadow_scores = Table(
    "shadow_scores",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("version", PlainText(ID_LENGTH), primary_key=True),
    Column("token_id", PlainText(ID_LENGTH), primary_key=True),
    Column("lead_id", PlainText(ID_LENGTH), nullable=False),
    Column("served_version", PlainText(ID_LENGTH), nullable=False),
    Column("served_probability", Double, nullable=False),
    Column("probability", Double, nullable=False),
    Column("served_seconds", Double, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("score_time", UtcTime, nullable=False),
    Index(None, "tenant", "version", "score_time"),
)
"""What the shadow would have answered, beside what was answered."""

online_states = Table(
    "online_states",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("kind", PlainText(ID_LENGTH), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("body", PlainText(), nullable=False),
    Column("update_time", UtcTime, nullable=False),
)
"""State of the online learner after its update number ``sequence``, as canonical JSON."""

online_updates = Table(
    "online_updates",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("kind", PlainText(ID_LENGTH), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("lead_id", PlainText(ID_LENGTH), nullable=False),
    Column("label_key", PlainText(REQUEST_KEY_LENGTH), nullable=False),
    Column("body", PlainText(), nullable=False),
    Column("update_time", UtcTime, nullable=False),
    # One update for one label, whoever brings it.
    UniqueConstraint("tenant", "kind", "label_key"),
    Index(None, "tenant", "kind", "lead_id"),
    Index(None, "tenant", "kind", "update_time"),
)
"""What the online learner was told, in order: replaying it gives the state."""

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("tenant", PlainText(ID_LENGTH), nullable=False),
    Column("task", PlainText(ID_LENGTH), nullable=False),
    Column("arguments", PlainText(), nullable=False),
    Column("problem", PlainText(), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("dead_time", UtcTime, nullable=False),
    Index(None, "dead_time"),
    sqlite_autoincrement=True,
)
"""Jobs that failed for good; of the tenant "*" those that are nobody's own."""
