from __future__ import annotations

import numpy as np
import pytest

from core.features.fitting import LabelledLeads
from core.lead import Lead
from training.supervision import supervision_of


def leads(**labels):
    count = 4
    return LabelledLeads(
        leads=[Lead(lead_id=f"l{i}") for i in range(count)],
        outcomes=[True, False, True, False],
        moments=[None] * count,
        outcome_times=[None] * count,
        **labels,
    )


def test_without_labels_outcomes_are_everything():
    known = supervision_of(leads())
    assert known.taught() is known.outcomes
    assert known.tree_weights(None) is None
    assert known.judged_weights(None) is None
    assert known.judged.all()


def test_trees_learn_targets_by_weights_of_mean_1():
    known = supervision_of(leads(targets=[0.9, 0.2, 1.0, 0.0], weights=[0.1, 0.1, 0.3, 0.3]))
    assert known.taught().tolist() == [0.9, 0.2, 1.0, 0.0]
    assert known.tree_weights(None) == pytest.approx([0.5, 0.5, 1.5, 1.5])
    assert known.tree_weights(np.array([0.0, 0.0, 0.5, 1.0])) == pytest.approx([0, 0, 0.75, 1.5])


def test_calibration_counts_judged_rows_against_the_surest():
    known = supervision_of(leads(weights=[1.0, 0.1, 0.2, 0.4], judged=[False, True, True, True]))
    assert known.judged_weights(None) == pytest.approx([0.25, 0.5, 1.0])
    assert known.judged_weights(np.array([0.0, 0.5, 1.0])) == pytest.approx([0, 0.25, 1])


def test_weights_of_nothing_are_no_weights():
    known = supervision_of(leads(weights=[0.0] * 4))
    assert known.tree_weights(None) is None
    assert known.judged_weights(None) is None


def test_the_oldest_rows_keep_their_labels():
    known = supervision_of(leads(targets=[0.9, 0.2, 1.0, 0.0], weights=[1, 2, 3, 4], judged=[True, False, True, True]))
    first = known.first(2)
    assert (first.outcomes.tolist(), first.judged.tolist()) == ([True, False], [True, False])
    assert (first.targets.tolist(), first.weights.tolist()) == ([0.9, 0.2], [1, 2])
