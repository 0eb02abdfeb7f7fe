from __future__ import annotations

from collections import Counter
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.recommend.choosing import POOL, Candidates, Choosing
from core.recommend.filtering import ItemFilter
from core.recommend.rules import AppliedRule, Rule, boosted

SOME = ItemFilter(item_types=["x"])


def candidates(order, alike=None):
    order = np.asarray(order, dtype=np.float64)
    return Candidates(positions=np.arange(order.size), order=order, alike=alike)


def rule(flags, name="r", **effect):
    return AppliedRule(rule=Rule(name=name, items=SOME, **effect), flags=np.asarray(flags, dtype=np.bool_))


def places(chosen):
    return [choice.index for choice in chosen.choices]


def choose(wanted, limit, rules=(), *, diversity=0.0, exploration=0.0, seed=1):
    return Choosing(diversity=diversity, exploration=exploration, chance=Random(seed)).choose(wanted, rules, limit)


def test_the_best_come_first():
    chosen = choose(candidates([1.0, 0.8, 0.5]), 2)
    assert places(chosen) == [0, 1]
    assert [choice.propensity for choice in chosen.choices] == [1.0, 1.0]
    assert places(choose(candidates([1.0]), 5)) == [0]
    assert places(choose(candidates([]), 5)) == []


def test_what_is_like_those_before_comes_later():
    alike = np.array([[1.0, 0.99, 0.0], [0.99, 1.0, 0.0], [0.0, 0.0, 1.0]], dtype=np.float32)
    wanted = candidates([1.0, 0.9, 0.6], alike)
    assert places(choose(wanted, 3)) == [0, 1, 2]
    assert places(choose(wanted, 3, diversity=0.5)) == [0, 2, 1]
    assert places(choose(wanted, 3, diversity=0.05)) == [0, 1, 2]


def test_no_more_than_most_of_a_kind():
    chosen = choose(candidates([1.0, 0.9, 0.8, 0.1]), 3, [rule([1, 1, 1, 0], most=1)])
    assert places(chosen) == [0, 3]
    assert chosen.held_back == 2
    assert places(choose(candidates([1.0, 0.9]), 2, [rule([1, 1], most=0)])) == []


def test_least_of_a_kind_are_there_if_there_are_that_many():
    chosen = choose(candidates([1.0, 0.9, 0.8, 0.1]), 3, [rule([0, 0, 0, 1], least=1)])
    assert places(chosen) == [0, 1, 3]
    assert [choice.rule_names for choice in chosen.choices] == [(), (), ("r",)]
    assert places(choose(candidates([1.0, 0.9, 0.1]), 2, [rule([0, 0, 1], least=2)])) == [0, 2]


def test_most_goes_before_least():
    rules = [rule([0, 1, 1], "least", least=2), rule([0, 1, 1], "most", most=1)]
    assert places(choose(candidates([1.0, 0.9, 0.8]), 3, rules)) == [0, 1]


def test_boosts_multiply_and_are_named():
    lifted = boosted(np.array([1.0, 0.6, 0.2]), [rule([0, 1, 1], boost=2.0)])
    assert lifted.tolist() == [1.0, 1.2, 0.4]
    chosen = choose(candidates([1.0, 1.2, 0.4]), 2, [rule([0, 1, 1], boost=2.0)])
    assert [(choice.index, choice.rule_names) for choice in chosen.choices] == [(1, ("r",)), (0, ())]


def test_propensities_are_the_shares_with_which_items_come_up():
    # 10,000 answers of three places; the second is given by chance in one of five.
    wanted = candidates(np.linspace(1.0, 0.1, 6))
    chance = Random(5)
    choosing = Choosing(diversity=0.0, exploration=0.2, chance=chance)
    found = Counter()
    said = {}
    for _ in range(10_000):
        choice = choosing.choose(wanted, (), 2).choices[1]
        found[choice.index] += 1
        said[choice.index] = choice.propensity
    assert said[1] == pytest.approx(0.8 + 0.2 / 5)
    assert sum(said.values()) == pytest.approx(1.0)
    for index, propensity in said.items():
        # 4.5 standard errors: wrong once in a hundred thousand runs.
        assert abs(found[index] / 10_000 - propensity) < 4.5 * (propensity * (1 - propensity) / 10_000) ** 0.5


def test_the_first_place_is_never_given_by_chance():
    wanted = candidates(np.linspace(1.0, 0.1, 50))
    assert {choose(wanted, 1, exploration=0.2, seed=seed).choices[0].index for seed in range(200)} == {0}


@given(
    order=st.lists(st.floats(0.0, 10.0), min_size=1, max_size=40),
    exploration=st.floats(0.0, 0.2),
    limit=st.integers(1, 20),
    seed=st.integers(0, 100),
    data=st.data(),
)
def test_rules_hold_whatever_chance_does(order, exploration, limit, seed, data):
    order = sorted(order, reverse=True)
    flags = data.draw(st.lists(st.booleans(), min_size=len(order), max_size=len(order)))
    most = data.draw(st.integers(0, 5))
    chosen = choose(candidates(order), limit, [rule(flags, most=most)], exploration=exploration, seed=seed)
    indices = places(chosen)
    assert len(set(indices)) == len(indices) <= limit
    assert sum(flags[index] for index in indices) <= most
    open_ones = len(order) - sum(flags) + min(most, sum(flags))
    assert len(indices) == min(limit, open_ones)
    for choice in chosen.choices:
        assert exploration / POOL <= choice.propensity <= 1.0
        assert choice.propensity > 0.0
        assert not (choice.is_explored and exploration == 0.0)
