"""What the rows of a fit teach: targets and weights for the trees, outcomes for everything that must be true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.features.fitting import LabelledLeads

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervision:
    """Labels of n rows, oldest first, as arrays."""

    outcomes: Flags
    """(n,): whether each converted; where that is not known for sure, whether its target is 1/2 or more."""
    targets: Floats | None
    """(n,), each in [0, 1]; None: the outcomes."""
    weights: Floats | None
    """(n,), >= 0; None: all count alike."""
    judged: Flags
    """(n,): whose outcome is known for sure."""

    def first(self, count: int) -> Supervision:
        """Return the labels of the oldest ``count`` rows."""
        return Supervision(
            outcomes=self.outcomes[:count],
            targets=None if self.targets is None else self.targets[:count],
            weights=None if self.weights is None else self.weights[:count],
            judged=self.judged[:count],
        )

    def taught(self) -> Flags | Floats:
        """Return what the trees learn: (n,)."""
        return self.outcomes if self.targets is None else self.targets

    def tree_weights(self, window: Floats | None) -> Floats | None:
        """Return how much each row counts for the trees, (n,); None if all count alike.

        Labels are weighed against each other: their mean is 1, so that labels that are all a little doubtful do not
        make the trees shy.

        Args:
            window: How much a row counts for its age, (n,); None: all alike.
        """
        if self.weights is None or not self.weights.any():
            return window
        relative: Floats = self.weights / self.weights.mean()
        return relative if window is None else relative * window

    def judged_weights(self, window: Floats | None) -> Floats | None:
        """Return how much each judged row counts for the calibration, (judged,), each in [0, 1]; None: all alike.

        Args:
            window: How much a judged row counts for its age, (judged,); None: all alike.
        """
        if self.weights is None or not self.weights[self.judged].any():
            return window
        kept = self.weights[self.judged]
        relative: Floats = kept / kept.max()
        return relative if window is None else relative * window


def supervision_of(leads: LabelledLeads) -> Supervision:
    """Return the labels of training leads as arrays."""
    outcomes = np.asarray(leads.outcomes, dtype=np.bool_)
    return Supervision(
        outcomes=outcomes,
        targets=None if leads.targets is None else np.asarray(leads.targets, dtype=np.float64),
        weights=None if leads.weights is None else np.asarray(leads.weights, dtype=np.float64),
        judged=np.ones(len(outcomes), dtype=np.bool_) if leads.judged is None else np.asarray(leads.judged, np.bool_),
    )
