"""What ``make run`` tells the person at the terminal."""

from __future__ import annotations


def say(sentence: str) -> None:
    """Print a sentence at once."""
    print(sentence, flush=True)  # noqa: T201  this is a command for people
