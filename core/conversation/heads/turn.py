"""What a head reads."""

from __future__ import annotations

from typing import NamedTuple


class Turn(NamedTuple):
    """A lead's message, after an agent's turn."""

    text: str
    agent_text: str = ""
    """The agent's turn before it; "" without one."""
