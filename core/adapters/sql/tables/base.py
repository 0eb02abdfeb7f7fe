"""What every table shares."""

from __future__ import annotations

from sqlalchemy import MetaData

ID_LENGTH = 128
"""Most characters of an id, see core.identifiers."""
REQUEST_KEY_LENGTH = 64
"""Hexadecimal digits of a SHA-256."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
