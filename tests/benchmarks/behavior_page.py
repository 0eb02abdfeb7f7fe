"""Where the figures on behaviour are written."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "behavior.md"
