"""Where the figures on conversations, health and actions are written."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "conversation.md"
