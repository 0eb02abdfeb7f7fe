"""Seeds that once found something: the short form replays them."""

from __future__ import annotations

DEFAULT = 6
"""Draws, for PostgreSQL, that it is killed and that it is frozen."""
FOUND: dict[str, tuple[int, ...]] = {}
"""By scenario."""
