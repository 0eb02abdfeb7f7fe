"""Values of rankings of actions in worlds where they are known."""

from __future__ import annotations

import numpy as np
import pytest

from core.actions.policy_value import JudgedLog, constant_order, doubly_robust, first_allowed, policy_value
from core.recommend.off_policy import Proof

RATES = np.array([[0.1, 0.5], [0.5, 0.1]])
"""Of two actions, for two kinds of leads."""


def log(count, *, seed=1, predicted=0.3, best=0.5, leads=None):
    chance = np.random.default_rng(seed)
    kinds = chance.integers(2, size=count)
    rates = np.where(RATES == 0.5, best, RATES)
    shares = np.where(kinds == 0, 0.8, 0.4)
    taken = (chance.random(count) > shares).astype(np.intp)
    propensities = np.where(taken == 0, shares, 1.0 - shares)
    rewards = (chance.random(count) < rates[kinds, taken]).astype(float)
    made = JudgedLog(
        lead_ids=tuple(str(number % (leads or count)) for number in range(count)),
        action_ids=("a", "b"),
        taken=taken,
        propensities=propensities,
        rewards=rewards,
        predicted=np.full((count, 2), predicted),
        allowed=np.ones((count, 2), dtype=bool),
    )
    return made, (kinds == 0).astype(np.intp)


@pytest.mark.parametrize("predicted", [0.0, 0.3, 0.9])
def test_values_are_right_however_wrong_the_model(predicted):
    made, best = log(4_000, predicted=predicted)
    report = policy_value(made, best)
    for one in (report.policy.ips, report.policy.snips, report.policy.doubly_robust):
        assert one.lower < 0.5 < one.upper
    assert report.constant.lower < 0.3 < report.constant.upper
    assert report.gain.lower < 0.2 < report.gain.upper
    assert report.proof is Proof.BETTER


def test_one_that_is_no_better_is_not_proven():
    made, best = log(4_000, best=0.1)
    assert policy_value(made, best).proof is Proof.NOT_PROVEN


def test_one_that_loses_to_hindsight_is_not_called_worse():
    made, best = log(4_000)
    report = policy_value(made, 1 - best)
    assert report.gain.upper < 0.0
    assert report.proof is Proof.NOT_PROVEN


def test_a_lead_that_comes_again_and_again_proves_less():
    made, best = log(4_000)
    often, _ = log(4_000, leads=40)
    assert policy_value(often, best).gain.value == policy_value(made, best).gain.value
    assert policy_value(log(400, leads=5)[0], log(400)[1]).proof is Proof.NOT_PROVEN


def test_the_best_constant_action_gives_way_where_it_had_no_chance():
    made, _ = log(2_000, best=0.4)
    order = constant_order(made)
    allowed = made.allowed.copy()
    allowed[0, order[0]] = False
    found = first_allowed(order, allowed)
    assert (found[0], found[1]) == (order[1], order[0])


def test_doubly_robust_values_are_the_model_but_for_what_was_done():
    made, _ = log(10)
    scores = doubly_robust(made)
    rows = np.arange(10)
    assert (scores[rows, 1 - made.taken] == 0.3).all()
    expected = 0.3 + (made.rewards - 0.3) / made.propensities
    assert scores[rows, made.taken] == pytest.approx(expected)
