"""What may be believed of two or more shares, with a uniform prior: shown beside the tests, never in their place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.experiments.statistics.posterior import Posterior, grid_of


def probability_better(x1: int, n1: int, x0: int, n0: int) -> float:
    """Return the chance that the treatment's share is above the control's; a half if nothing is known of either.

    Good to 1e-10 for up to 1e9 units. Of the swapped arms it is exactly one less this.
    """
    better, worse = probability_best([(x1, n1), (x0, n0)])
    return better if better <= worse else 1.0 - worse


def expected_loss(x1: int, n1: int, x0: int, n0: int) -> float:
    """Return by how much the treatment's share is expected to be below the control's, counting 0 where it is above.

    E max(p0 - p1, 0) is the integral of P(p1 < p) P(p0 > p) over p: a sum of what is positive, in which small losses
    keep their digits.
    """
    treatment, control = Posterior(x1, n1), Posterior(x0, n0)
    grid = grid_of([treatment, control])
    below, _ = treatment.tails(grid)
    _, above = control.tails(grid)
    return float((grid.weight * below * above).sum())


def probability_best(arms: Sequence[tuple[int, int]]) -> list[float]:
    """Return for each arm the chance that its share is the largest of all; they sum to 1.

    Args:
        arms: Of each x and n, 0 <= x <= n.
    """
    if not arms:
        return []
    posteriors = [Posterior(hits, units) for hits, units in arms]
    grid = grid_of(posteriors)
    below = [posterior.tails(grid)[0] for posterior in posteriors]
    chances = [
        float((posterior.masses(grid) * np.prod(below[:place] + below[place + 1 :], axis=0)).sum())
        for place, posterior in enumerate(posteriors)
    ]
    total = sum(chances)
    return [chance / total for chance in chances]
