"""How a fit tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Report = Callable[[str, float], None]
"""Told what is being done, in words, and the share of the whole that is behind, in [0, 1]."""


def silent(_doing: str, _share: float) -> None:
    """Tell nobody."""
