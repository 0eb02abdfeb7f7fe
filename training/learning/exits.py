"""How a training process tells the one that started it how it ended."""

from __future__ import annotations

DONE = 0
"""The run has ended."""
FAILED = 1
"""An error; a line on standard error says which."""
LOST = 3
"""The run is somebody else's."""
TOO_LARGE = 4
"""Out of memory."""
STORE_DOWN = 75
"""The store does not work."""
ERROR_MARK = "training error: "
"""Begins the line on standard error that says what went wrong and where, and nothing of the data."""
