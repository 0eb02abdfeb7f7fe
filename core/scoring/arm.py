"""What an experiment has chosen for a lead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.identifiers import VersionName
from core.scoring.result import ScoreSource

OnDecided = Callable[[float, ScoreSource], None]
"""Told the score, 0 to 100, and what kind of scorer said it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One variant of an experiment, for one answer."""

    experiment: str
    variant: str
    version: VersionName
    before_shown: OnDecided
    """Called once the score is known, before it is logged or signed. Where it raises, nothing was shown."""
