"""Experiments: what was set, who was exposed, what became of them, and what was decided when."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, Index, Integer, Table, UniqueConstraint

from core.adapters.sql.columns import PlainText, UtcTime
from core.adapters.sql.tables.base import ID_LENGTH, metadata

experiments = Table(
    "experiments",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("name", PlainText(ID_LENGTH), primary_key=True),
    Column("folded_name", PlainText(ID_LENGTH), nullable=False),
    Column("body", PlainText(), nullable=False),
    Column("layer", PlainText(ID_LENGTH), nullable=False),
    Column("segment_start", Integer, nullable=False),
    Column("segment_end", Integer, nullable=False),
    Column("created_by", PlainText(), nullable=False),
    Column("create_time", UtcTime, nullable=False),
    Column("end_time", UtcTime),
    Column("stop_time", UtcTime),
    Column("final_time", UtcTime),
    Column("winner", PlainText(ID_LENGTH), nullable=False),
    Column("stop_reason", PlainText(), nullable=False),
    Column("revision", Integer, nullable=False),
    # Two names that differ in case only would be taken for one.
    UniqueConstraint("tenant", "folded_name"),
    Index(None, "tenant", "create_time", "name"),
    Index(None, "tenant", "layer"),
    Index(None, "final_time"),
)
"""Every experiment for ever. ``body`` is what was set, as canonical JSON; it never changes. After ``final_time``
nothing that happens counts any more; empty while that is not known. ``revision`` rises with every change, also of the
allocations."""

experiment_exposures = Table(
    "experiment_exposures",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("experiment", PlainText(ID_LENGTH), primary_key=True),
    Column("unit_id", PlainText(ID_LENGTH), primary_key=True),
    Column("variant", PlainText(ID_LENGTH), primary_key=True),
    Column("folded_unit", PlainText(2 * ID_LENGTH), nullable=False),
    Column("propensity", Double, nullable=False),
    Column("is_override", Boolean, nullable=False),
    Column("allocation", Integer, nullable=False),
    Column("baseline_score", Double),
    Column("exposure_time", UtcTime, nullable=False),
    # What tells most comes first, here and below: without fresh statistics PostgreSQL takes an index that begins as the
    # key does for no worse than the key where units are asked for by their ids, and goes through all of them.
    Index(None, "exposure_time", "tenant", "experiment"),
)
"""The first exposure of a unit to a variant; a unit with two rows was in two arms. ``baseline_score`` is what the
control's version said of its lead then, 0 to 100."""

experiment_leads = Table(
    "experiment_leads",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("experiment", PlainText(ID_LENGTH), primary_key=True),
    Column("unit_id", PlainText(ID_LENGTH), primary_key=True),
    Column("lead_id", PlainText(ID_LENGTH), primary_key=True),
    Column("variant", PlainText(ID_LENGTH), nullable=False),
    Column("score", Double),
    Column("source", PlainText(32), nullable=False),
    Column("first_time", UtcTime, nullable=False),
    Index(None, "lead_id", "tenant"),
    Index(None, "first_time", "tenant", "experiment"),
)
"""Leads whose fate counts for a unit: ``score`` is what the lead was first shown with, 0 to 100, and ``source`` what
kind of scorer said it, at ``first_time``; both empty, and the time that of the link, while there was no score."""

experiment_units = Table(
    "experiment_units",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("experiment", PlainText(ID_LENGTH), primary_key=True),
    Column("unit_id", PlainText(ID_LENGTH), primary_key=True),
    Column("variant", PlainText(ID_LENGTH), nullable=False),
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
    Index(None, "exposure_time", "tenant", "experiment"),
)
"""What became of each unit, by its first exposure; worked out anew whenever something about it was recorded."""

experiment_progress = Table(
    "experiment_progress",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("experiment", PlainText(ID_LENGTH), primary_key=True),
    Column("refreshed_until", UtcTime),
    Column("deadline", UtcTime),
    Column("removals", Integer, nullable=False),
    Column("seen_removals", Integer, nullable=False),
    Column("always_valid", PlainText(), nullable=False),
)
"""Up to when ``experiment_units`` knows everything, and the smallest always-valid p-values so far, as JSON. Where
``removals`` is not what the last refresh saw, something the units rest on was removed: they are all worked out anew.
``deadline`` is until when the last refresh counted conversions, where that is one moment for all units."""

experiment_looks = Table(
    "experiment_looks",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("experiment", PlainText(ID_LENGTH), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("treatment", PlainText(ID_LENGTH), primary_key=True),
    Column("body", PlainText(), nullable=False),
    Column("look_time", UtcTime, nullable=False),
)
"""The looks of the planned-horizon test, as canonical JSON; never changed."""

experiment_allocations = Table(
    "experiment_allocations",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("experiment", PlainText(ID_LENGTH), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("body", PlainText(), nullable=False),
    Column("start_time", UtcTime, nullable=False),
)
"""How a bandit has spread its units: shares of the variants as JSON, the newest holds; number 0 is what was set."""
