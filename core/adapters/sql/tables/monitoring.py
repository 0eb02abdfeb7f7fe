"""What was served, summed up; what drifted; who was told."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, text

from core.adapters.sql.columns import PlainText, UtcTime
from core.adapters.sql.tables.base import ID_LENGTH, metadata

serving_sketches = Table(
    "serving_sketches",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("kind", PlainText(ID_LENGTH), primary_key=True),
    Column("version", PlainText(ID_LENGTH), primary_key=True),
    Column("window_start", UtcTime, primary_key=True),
    Column("process_id", PlainText(ID_LENGTH), primary_key=True),
    Column("row_count", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("update_time", UtcTime, nullable=False),
)
"""Mergeable sums over the vectors and scores one process served within an hour."""

drift_reports = Table(
    "drift_reports",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("kind", PlainText(ID_LENGTH), primary_key=True),
    Column("version", PlainText(ID_LENGTH), primary_key=True),
    Column("report_time", UtcTime, primary_key=True),
    Column("body", PlainText(), nullable=False),
)
"""What each drift check found, as canonical JSON."""

_OPEN = text("recover_time IS NULL")

alerts = Table(
    "alerts",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("alert_id", PlainText(ID_LENGTH), primary_key=True),
    Column("kind", PlainText(ID_LENGTH), nullable=False),
    Column("version", PlainText(ID_LENGTH), nullable=False),
    Column("cause", PlainText(64), nullable=False),
    Column("severity", PlainText(32), nullable=False),
    Column("body", PlainText(), nullable=False),
    Column("open_time", UtcTime, nullable=False),
    Column("update_time", UtcTime, nullable=False),
    Column("recover_time", UtcTime),
    # The same trouble is told once until it is over.
    Index(
        "uq_alerts_open",
        "tenant",
        "kind",
        "cause",
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    ),
    Index(None, "tenant", "open_time", "alert_id"),
)
"""Troubles that were seen, each with its end once it is over."""

alert_deliveries = Table(
    "alert_deliveries",
    metadata,
    Column("tenant", PlainText(ID_LENGTH), primary_key=True),
    Column("alert_id", PlainText(ID_LENGTH), primary_key=True),
    Column("moment", PlainText(32), primary_key=True),
    Column("target", PlainText(ID_LENGTH), primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("next_time", UtcTime),
    Column("delivered_time", UtcTime),
    Column("problem", PlainText(), nullable=False),
)
"""What has to be told to whom, and whether it was. ``moment``: opened or recovered; ``target``: name of a webhook."""
