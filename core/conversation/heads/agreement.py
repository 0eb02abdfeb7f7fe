"""How often a head in the shadow said the same as the one that serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

import numpy as np

from core.conversation.heads.graph import Singles
from core.conversation.kinds import MULTI_LABEL
from core.identifiers import TenantId


class Pair(NamedTuple):
    """Two versions beside each other on one UTC day."""

    tenant: TenantId
    kind: str
    version: str
    """Of the one in the shadow."""
    serving_version: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What was found on some turns."""

    compared: int = 0
    agreed: int = 0
    difference_total: float = 0.0
    """Of each turn the largest difference between probabilities, summed."""

    def __add__(self, other: Agreement) -> Agreement:
        """Return what was found on both."""
        return Agreement(
            compared=self.compared + other.compared,
            agreed=self.agreed + other.agreed,
            difference_total=self.difference_total + other.difference_total,
        )


class HeadAgreements(Protocol):
    """Keeps agreements."""

    def add(self, found: Sequence[tuple[Pair, Agreement]]) -> None:
        """Add to what is kept; all of it or nothing for each tenant.

        Raises:
            DependencyDown: If the database does not work.
        """

    def total(self, tenant: TenantId, kind: str, version: str, serving_version: str) -> Agreement:
        """Return the sum over all days.

        Raises:
            DependencyDown: If the database does not work.
        """


def compare(
    kind: str, served: Singles, served_thresholds: Sequence[float], mine: Singles, thresholds: Sequence[float]
) -> Agreement:
    """Return how far two heads agree on turns.

    Args:
        kind: Of both.
        served: (n, classes), of the one that serves.
        served_thresholds: Probability of each class from which it is present, for that one.
        mine: (n, classes), of the one in the shadow.
        thresholds: As ``served_thresholds``, for this one.

    Returns:
        Turns agree where the same classes are present, or for kinds of one class only the most probable is the same.
    """
    if kind in MULTI_LABEL:
        present = served >= np.asarray(served_thresholds, dtype=np.float32)
        same = (present == (mine >= np.asarray(thresholds, dtype=np.float32))).all(axis=1)
    else:
        same = served.argmax(axis=1) == mine.argmax(axis=1)
    difference = np.abs(served - mine).max(axis=1).sum()
    return Agreement(compared=len(served), agreed=int(same.sum()), difference_total=float(difference))
