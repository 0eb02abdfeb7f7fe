"""Leads, predictions and the model registry in SQLite or PostgreSQL."""

from __future__ import annotations

from core.adapters.sql.audit_log import SqlAuditLog, append_audit
from core.adapters.sql.database import Database
from core.adapters.sql.engine import open_database
from core.adapters.sql.lead_store import SqlLeadStore
from core.adapters.sql.prediction_store import SqlPredictionStore
from core.adapters.sql.registry_store import SqlRegistryStore
from core.adapters.sql.walls import ALL_TENANTS

__all__ = [
    "ALL_TENANTS",
    "Database",
    "SqlAuditLog",
    "SqlLeadStore",
    "SqlPredictionStore",
    "SqlRegistryStore",
    "append_audit",
    "open_database",
]
