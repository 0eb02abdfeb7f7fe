from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInput
from training.learning_curve import learning_curve


def mean_of(outcomes, seen):
    """A fit that only learns the rate of its leads."""

    def fit(positions):
        seen.append(positions)
        rate = outcomes[positions].mean()
        return lambda asked: np.full(asked.size, rate)

    return fit


def test_fits_on_the_newest_leads_and_ends_with_all():
    outcomes = np.arange(2000) % 3 == 0
    seen = []
    points = learning_curve(mean_of(outcomes, seen), outcomes, training=np.arange(1500), holdout=np.arange(1500, 2000))
    assert [point.sample_count for point in points] == [100, 300, 1000, 1500]
    assert [positions[0] for positions in seen] == [1400, 1200, 500, 0]
    assert all(positions[-1] == 1499 for positions in seen)
    assert points[-1].auc == pytest.approx(0.5)
    assert points[-1].log_loss == pytest.approx(0.6365, abs=1e-3)
    assert points[-1].ece == pytest.approx(0.0, abs=1e-3)


def test_sizes_with_one_outcome_are_left_out():
    outcomes = np.zeros(1000, dtype=bool)
    outcomes[:300:2] = True
    outcomes[950] = True
    points = learning_curve(mean_of(outcomes, []), outcomes, training=np.arange(900), holdout=np.arange(900, 1000))
    assert [point.sample_count for point in points] == [900]


@pytest.mark.parametrize(("training", "holdout"), [([], [1]), ([1], []), ([1, 2], [2, 3])])
def test_nothing_is_judged_on_what_it_was_trained_on(training, holdout):
    outcomes = np.array([True, False, True, False])
    with pytest.raises(InvalidInput):
        learning_curve(
            mean_of(outcomes, []),
            outcomes,
            training=np.array(training, dtype=np.intp),
            holdout=np.array(holdout, dtype=np.intp),
        )
