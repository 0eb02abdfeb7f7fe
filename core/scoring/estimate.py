"""What a scorer without a model says of a lead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.lead import Lead
from core.scoring.result import Contribution, ProbabilityInterval, ScoreSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One property and its points on the 0-100 score."""

    name: str
    group: str
    points: float
    value_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A probability with an interval and all of its reasons: ``base_points`` plus all points is 100 * probability."""

    probability: float
    interval: ProbabilityInterval
    base_points: float
    reasons: tuple[Reason, ...]


class FallbackScorer(Protocol):
    """Scores while no model serves."""

    @property
    def source(self) -> ScoreSource:
        """What the answer is marked as."""

    @property
    def version(self) -> str:
        """What the answer names as its version."""

    def estimate(self, lead: Lead, moment: datetime) -> Estimate:
        """Score one lead as of ``moment``."""


def named_reasons(estimate: Estimate, limit: int) -> tuple[tuple[Contribution, ...], float, dict[str, float]]:
    """Return the ``limit`` strongest reasons, the points of the others, and each one's share of all points."""
    ordered = sorted(
        (reason for reason in estimate.reasons if reason.points), key=lambda reason: (-abs(reason.points), reason.name)
    )
    named = tuple(
        Contribution(feature=reason.name, group=reason.group, points=reason.points, value_text=reason.value_text)
        for reason in ordered[:limit]
    )
    rest = ordered[limit:]
    total = sum(abs(reason.points) for reason in ordered)
    shares = {reason.feature: abs(reason.points) / total for reason in named}
    if named and rest:
        shares[EVERYTHING_ELSE] = sum(abs(reason.points) for reason in rest) / total
    return named, 100.0 * estimate.probability - estimate.base_points - sum(c.points for c in named), shares


EVERYTHING_ELSE = "Everything else"
