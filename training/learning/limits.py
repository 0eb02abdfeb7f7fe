"""How long a training process may take, and how much memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from core.errors import InvalidInput, Violation

PREFIX = "LEADLINE_"
LIMIT_SETTINGS: Mapping[str, tuple[str, str]] = {
    "TRAINING_TIMEOUT_SECONDS": ("3600", "Longest time one training run may take, 1 to 86400."),
    "TRAINING_MEMORY_MB": ("4096", "Most memory one training run may use, in MiB, 128 to 1048576."),
}
"""Name without the prefix to (default, meaning)."""
_RANGES = {"TRAINING_TIMEOUT_SECONDS": (1, 86_400), "TRAINING_MEMORY_MB": (128, 1_048_576)}
_MIB = 2**20
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessLimits:
    """Limits of one training process."""

    time: timedelta = timedelta(hours=1)
    memory_bytes: int = 4_096 * _MIB
    """Of resident memory."""


def read_limits(environ: Mapping[str, str]) -> ProcessLimits:
    """Return the limits an environment sets.

    Raises:
        InvalidInput: Names every setting that is wrong.
    """
    values = {name: environ.get(PREFIX + name, default) for name, (default, _) in LIMIT_SETTINGS.items()}
    problems = [
        Violation(field=PREFIX + name, rule=f"must be a whole number from {least} to {most}")
        for name, (least, most) in _RANGES.items()
        if not _is_within(values[name], least, most)
    ]
    if problems:
        raise InvalidInput(problems)
    return ProcessLimits(
        time=timedelta(seconds=int(values["TRAINING_TIMEOUT_SECONDS"])),
        memory_bytes=int(values["TRAINING_MEMORY_MB"]) * _MIB,
    )


def _is_within(text: str, least: int, most: int) -> bool:
    plain = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return plain and least <= int(text) <= most
