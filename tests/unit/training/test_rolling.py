"""The choice of a window, on streams whose law is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.booster import BoosterParameters
from training.rolling import Plan, _blocks, _Search, choose_plan, regular, window_parameters
from training.supervision import Supervision
from training.window import EVERYTHING

DEEP = BoosterParameters(n_estimators=30, max_depth=5)
SHALLOW = BoosterParameters(n_estimators=15, max_depth=2)


def stream(count, shift, seed=0):
    """Rows whose base log-odds move by ``shift`` half way through, and a law over two of four features."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(count, 4)).astype(np.float32)
    logits = rows[:, 0] - 0.5 * rows[:, 1] - 1.0 + shift * (np.arange(count) > 0.6 * count)
    outcomes = random.random(count) < 1 / (1 + np.exp(-logits))
    return rows, Supervision(outcomes=outcomes, targets=None, weights=None, judged=np.ones(count, dtype=bool))


def choose(rows, known, boosters=(DEEP, SHALLOW)):
    return choose_plan(rows, known, boosters, seed=1)


def test_a_stream_that_does_not_change_keeps_everything():
    choice = choose(*stream(4_000, 0.0))
    assert (choice.plan.trees, choice.plan.calibration) == (EVERYTHING, EVERYTHING)


def test_a_stream_that_changed_forgets():
    choice = choose(*stream(4_000, 2.5))
    assert choice.plan.calibration != EVERYTHING or choice.plan.trees != EVERYTHING
    plain = next(c for c in choice.candidates if c.plan == Plan(booster=choice.plan.booster, trees=EVERYTHING))
    assert plain.excess > 3 * plain.standard_error


def test_candidates_come_best_first_with_their_distance():
    choice = choose(*stream(2_000, 1.0))
    losses = [candidate.log_loss for candidate in choice.candidates]
    assert losses == sorted(losses)
    assert choice.candidates[0].excess == choice.candidates[0].standard_error == 0.0
    for candidate in choice.candidates:
        assert candidate.excess == pytest.approx(candidate.log_loss - losses[0])
    chosen = next(c for c in choice.candidates if c.plan == choice.plan)
    assert chosen.excess <= max(c.standard_error for c in choice.candidates)
    assert choice.validated_count == round(2_000 / 3)


def test_what_comes_after_an_origin_takes_no_part_before_it():
    """The last block's outcomes change what is lost there, and nothing that was lost before."""
    rows, known = stream(1_600, 0.5)
    turned = known.outcomes.copy()
    turned[-100:] = ~turned[-100:]
    blocks = list(_blocks(known))
    one, other = (
        _Search(rows, labels, blocks, 1).losses(SHALLOW, EVERYTHING)
        for labels in (known, replace(known, outcomes=turned))
    )
    earlier = sum(len(block) for block in blocks[:-1])
    for plan, losses in one.items():
        np.testing.assert_array_equal(losses[:earlier], other[plan][:earlier])
        assert losses[-100:].mean() < other[plan][-100:].mean()


def test_the_same_rows_choose_the_same():
    rows, known = stream(1_500, 1.0)
    assert choose(rows, known) == choose(rows, known)


@pytest.mark.parametrize("count", [60, 350])
def test_too_few_rows_choose_nothing(count):
    rows, known = stream(count, 0.0)
    choice = choose(rows, replace(known, outcomes=np.arange(count) % 50 == 0))
    assert choice.plan == Plan(booster=DEEP)
    assert choice.candidates == ()
    assert window_parameters(choice)["window_validated_rows"] == 0


def test_rows_of_one_outcome_before_the_origins_choose_nothing():
    rows, known = stream(2_000, 0.0)
    assert choose(rows, replace(known, outcomes=np.arange(2_000) > 1_900)).candidates == ()


def test_rows_that_are_not_judged_are_not_validated():
    rows, known = stream(2_000, 0.0)
    judged = np.arange(2_000) % 2 == 0
    choice = choose(rows, replace(known, judged=judged))
    assert choice.validated_count == round(1_000 / 3)


def test_soft_targets_and_weights_are_learned_from():
    rows, known = stream(1_500, 0.0)
    doubtful = replace(known, targets=np.where(known.outcomes, 0.9, 0.1), weights=np.linspace(0.01, 0.02, 1_500))
    choice = choose(rows, doubtful)
    assert choice.candidates[0].log_loss < 0.6


def test_regular_trees_are_never_larger():
    assert regular(BoosterParameters()) == BoosterParameters(max_depth=3, n_estimators=60)
    tiny = BoosterParameters(max_depth=2, n_estimators=10)
    assert regular(tiny) == tiny


def test_the_manifest_tells_the_choice_and_what_it_rests_on():
    choice = choose(*stream(2_000, 2.5))
    told = window_parameters(choice)
    assert told["window_of_calibration"] == choice.plan.calibration.name
    assert told[f"window_log_loss ({choice.plan.name})"] == pytest.approx(
        next(c.log_loss for c in choice.candidates if c.plan == choice.plan), abs=1e-6
    )
    assert any("trees everything; calibration everything" in name for name in told)
