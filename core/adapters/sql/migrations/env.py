"""Alembic runs this file: it hands the open connection to the migrations.

The caller owns the transaction, so that a schema changes as a whole or not at all.
"""

from __future__ import annotations

from alembic import context

from core.adapters.sql.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
context.run_migrations()
