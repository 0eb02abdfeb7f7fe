from __future__ import annotations

import numpy as np
import pytest

from core.experiments.aa_test import play_aa_test, split_by_hash
from core.experiments.assigning import Assigner
from core.experiments.hashing import Purpose, prefix, word
from core.experiments.plan import Plan
from tests.parts.experiment_facts import stored

PLAN = Plan(baseline_rate=0.1, min_effect=0.2)
GENERATOR = np.random.default_rng(4)
LEADS = [(f"lead-{number}", bool(hit)) for number, hit in enumerate(GENERATOR.random(4_000) < 0.1)]


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.1), (0.5, 0.0, 0.25, 0.25)])
def test_units_are_split_as_the_assigner_splits_them(shares):
    named = {str(position): share for position, share in enumerate(shares)}
    experiment = stored(named, salt="some-salt")
    assigner = Assigner(experiment, named)
    units = [f"unit-{number}" for number in range(500)]
    words = np.array([word(prefix(Purpose.UNIT, "some-salt"), unit) for unit in units], dtype=np.uint64)
    assigned = [assigner.assign(unit).variant for unit in units]
    assert split_by_hash(words, shares, "some-salt").tolist() == [int(variant.name) for variant in assigned if variant]


def test_the_sequential_test_keeps_its_promise_where_peeking_does_not():
    found = play_aa_test(LEADS, PLAN, (0.5, 0.5), 300)
    assert (found.runs, found.lead_count) == (300, 4_000)
    assert found.false_positives.lower <= found.false_positive_rate <= found.false_positives.upper
    assert found.false_positives.lower < 0.05
    assert found.false_positive_rate < 0.09
    assert found.peeking_false_positive_rate > 0.15
    assert found.sample_ratio_mismatch_rate < 0.02
    assert found.conversion_rate == pytest.approx(0.1, abs=0.02)


def test_other_seeds_are_other_splits_and_the_same_seed_is_the_same():
    one, again, other = (play_aa_test(LEADS[:600], PLAN, (0.4, 0.3, 0.3), 60, seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert one != other


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_few_leads_prove_nothing(count):
    found = play_aa_test([(f"lead-{number}", number % 2 == 0) for number in range(count)], PLAN, (0.5, 0.5), 20)
    assert found.false_positive_rate == 0.0
    assert found.lead_count == count


def test_leads_that_all_converted_show_no_effect():
    found = play_aa_test([(f"lead-{number}", True) for number in range(500)], PLAN, (0.5, 0.5), 20)
    assert (found.false_positive_rate, found.peeking_false_positive_rate) == (0.0, 0.0)
