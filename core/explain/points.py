"""From contributions to the margin to points of the score, by readable reason."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from core.errors import InvalidInput
from core.explain.sums import sum_by_group

EVERYTHING_ELSE = "Everything else"
"""Key in the importance for all reasons that are not named."""
_TINY_MARGIN = 1e-4
"""In margin units (log odds). Below it the float32 noise of the score outweighs the curve of the link."""
_ROUNDING = 1e-12
"""Shares below this are what adding the others up left over."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReasonIndex:
    """Which reason each feature speaks for. Built once per model version.

    Raises:
        InvalidInput: On construction, if names repeat, groups are not one per name, or a feature has no reason.
    """

    names: tuple[str, ...]
    """Readable name per reason, unique."""
    groups: tuple[str, ...]
    """Family per reason."""
    reason_of_feature: npt.NDArray[np.int32]
    """(n_features,): index into ``names``."""
    first_feature: tuple[int, ...] = field(init=False, repr=False)
    """The first feature of each reason; 0 for a reason without one."""

    def __post_init__(self) -> None:
        if len(set(self.names)) != len(self.names) or EVERYTHING_ELSE in self.names:
            raise InvalidInput.of("names", f"must be unique and not {EVERYTHING_ELSE!r}")
        if len(self.groups) != len(self.names):
            raise InvalidInput.of("groups", "must be one per name")
        reasons = self.reason_of_feature
        if reasons.ndim != 1 or (reasons < 0).any() or (reasons >= len(self.names)).any():
            raise InvalidInput.of("reason_of_feature", "must be indices of names")
        first = np.zeros(len(self.names), np.intp)
        first[reasons[::-1]] = np.arange(len(reasons))[::-1]
        object.__setattr__(self, "first_feature", tuple(first.tolist()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One named reason for a score."""

    name: str
    group: str
    points: float
    """Points of the score, negative if the reason lowers it; never 0."""
    index: int
    """Position in the :class:`ReasonIndex`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A score taken apart: base_points + the points of all reasons + other_points = score."""

    base_points: float
    """The score a lead has before anything is known about it, in [0, 100]."""
    reasons: tuple[Reason, ...]
    """By |points|, largest first; equal ones by name."""
    other_points: float
    """What the reasons that are not named add."""
    importance: dict[str, float]
    """Share of all |points| per named reason, and of all others under EVERYTHING_ELSE. Sums to 1; empty if no reasons
    were asked for or none has any points."""


def explain_points(
    *,
    phi: npt.NDArray[np.float64],
    base_margin: float,
    margin: float,
    base_score: float,
    score: float,
    slope: float,
    index: ReasonIndex,
    missing: Collection[int],
    limit: int,
) -> Explanation:
    """Turn contributions to the margin into points.

    With the score 100 g(margin), every contribution is scaled by the slope of the chord from the base to the lead,
    (score - base_score) / (margin - base_margin). It is the one factor that keeps the proportions of the margin and
    adds up to the score.

    Args:
        phi: (n_features,): contribution of each feature to the margin; base_margin + sum = margin.
        base_margin: Margin of the base, log odds.
        margin: Margin of the lead, log odds.
        base_score: 100 g(base_margin).
        score: 100 g(margin).
        slope: d(100 g) / d margin at the base; takes the place of the chord where its ends nearly meet.
        index: The reason of each feature.
        missing: Reasons whose value the lead lacks. They are never named; their points are in ``other_points``.
        limit: Most reasons to name, >= 0.

    Returns:
        The parts, which add up to ``score`` within the rounding of float64.
    """
    difference = margin - base_margin
    if limit <= 0:
        return Explanation(base_points=base_score, reasons=(), other_points=score - base_score, importance={})
    factor = (score - base_score) / difference if abs(difference) > _TINY_MARGIN else slope
    points = sum_by_group(index.reason_of_feature, phi, len(index.names)) * factor
    size = np.abs(points)
    reasons = _largest(points, size, index, missing, limit)
    return Explanation(
        base_points=base_score,
        reasons=reasons,
        other_points=score - base_score - sum(reason.points for reason in reasons),
        importance=_importance(reasons, float(size.sum())),
    )


def _largest(
    points: npt.NDArray[np.float64],
    size: npt.NDArray[np.float64],
    index: ReasonIndex,
    missing: Collection[int],
    limit: int,
) -> tuple[Reason, ...]:
    """Return the reasons with the most points that may be named."""
    visible = size.copy()
    visible[list(missing)] = 0.0
    least = np.partition(visible, -limit)[-limit] if limit < len(visible) else 0.0
    # All that tie with the last one are looked at, so that names decide between them.
    candidates = np.flatnonzero(visible >= least if least > 0.0 else visible).tolist()
    candidates.sort(key=lambda number: (-visible[number], index.names[number]))
    return tuple(
        Reason(name=index.names[number], group=index.groups[number], points=float(points[number]), index=number)
        for number in candidates[:limit]
    )


def _importance(reasons: tuple[Reason, ...], total: float) -> dict[str, float]:
    if total == 0.0:
        return {}
    shares = {reason.name: abs(reason.points) / total for reason in reasons}
    rest = 1.0 - sum(shares.values())
    if rest > _ROUNDING:
        shares[EVERYTHING_ELSE] = rest
    return shares
