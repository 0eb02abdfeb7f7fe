"""The ``leadline`` command."""

from leadline.command.root import main

__all__ = ["main"]
