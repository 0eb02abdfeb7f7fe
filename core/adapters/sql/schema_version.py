"""The schema this code is written for."""

from __future__ import annotations

SCHEMA_VERSION = "0006"
"""Revision of the newest migration. Known here so that a start on a current schema need not load Alembic."""
