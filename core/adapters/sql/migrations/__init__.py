"""The environment Alembic runs migrations in."""
