from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest

from core.actions.action import Action, ActionCategory
from core.actions.catalog import ActionCatalog
from core.actions.dropped import DropReason
from core.actions.effects import Effect
from core.actions.past import past_of
from core.actions.placing import first_propensities, place
from core.actions.ranking import RankingBasis, rank
from core.actions.ready import make_ready

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def catalog(count, **more):
    actions = tuple(
        Action(action_id=f"a{n}", title="t", category=ActionCategory.NURTURING, priority=100.0 - n, **more)
        for n in range(count)
    )
    return make_ready(ActionCatalog(actions=actions), 1)


def ranking(ready, effects=None):
    return rank(ready, ready.actions, effects or {}, {}, past_of([], NOW))


def test_chance_gives_the_first_place_as_often_as_it_says():
    ranked = ranking(catalog(4)).actions
    random, drawn = Random(1), Counter()
    for _ in range(20_000):
        placed = place(ranked, 2, 0.2, random)
        first = placed.actions[0].ready.action.action_id
        drawn[first] += 1
        assert placed.is_explored == (first != "a0")
    assert placed.propensities == {"a0": pytest.approx(0.85), "a1": 0.05, "a2": 0.05, "a3": 0.05}
    for action_id, propensity in placed.propensities.items():
        # Four standard errors.
        assert drawn[action_id] / 20_000 == pytest.approx(propensity, abs=4 * (propensity / 20_000) ** 0.5)


@pytest.mark.parametrize("count", [1, 2, 7, 20])
def test_propensities_sum_to_one(count):
    found = first_propensities([f"a{n}" for n in range(count)], 0.2)
    assert sum(found.values()) == pytest.approx(1.0)
    assert len(found) == count


def test_chance_stays_with_the_best_twenty():
    ranked = ranking(catalog(50)).actions
    random = Random(2)
    firsts = {place(ranked, 1, 1.0, random).actions[0].ready.action.action_id for _ in range(2_000)}
    assert firsts == {f"a{n}" for n in range(20)}


def test_without_exploration_chance_is_not_asked():
    placed = place(ranking(catalog(3)).actions, 3, 0.0, None)
    assert [one.ready.action.action_id for one in placed.actions] == ["a0", "a1", "a2"]
    assert placed.propensities == {"a0": 1.0}
    assert place([], 3, 0.0, None).actions == ()


def effect(propensity, uplift=None, count=10):
    return Effect(propensity=propensity, uplift=uplift, interval=None, evidence_count=count)


def test_one_basis_ranks_an_answer_and_the_unknown_take_the_average():
    ready = catalog(3)
    few = ranking(ready, {"a1": effect(0.5)})
    assert few.basis is RankingBasis.PRIORITY
    known = ranking(ready, {"a1": effect(0.4), "a2": effect(0.1)})
    assert known.basis is RankingBasis.PROPENSITY
    assert [(one.ready.action.action_id, one.factors[0]) for one in known.actions] == [
        ("a1", 0.4),
        ("a0", 0.25),
        ("a2", 0.1),
    ]
    assert known.actions[1].effect.evidence_count == 0
    compared = ranking(ready, {"a0": effect(0.9, 0.01), "a2": effect(0.2, 0.05)})
    assert compared.basis is RankingBasis.INCREMENTAL_VALUE
    assert [one.ready.action.action_id for one in compared.actions] == ["a2", "a1", "a0"]
    one_of_three = ranking(ready, {"a0": effect(0.9, 0.01, 50)})
    assert one_of_three.basis is RankingBasis.PROPENSITY


def test_equal_ranks_go_by_priority_and_id():
    actions = tuple(
        Action(action_id=name, title="t", category=ActionCategory.NURTURING, priority=priority, lever=lever)
        for name, priority, lever in (("b", 10.0, 1.0), ("a", 10.0, 1.0), ("c", 20.0, 0.5))
    )
    ready = make_ready(ActionCatalog(actions=actions), 1)
    assert [one.ready.action.action_id for one in ranking(ready).actions] == ["c", "a", "b"]


def test_a_ring_of_exclusions_leaves_the_one_that_ranks_highest():
    actions = tuple(
        Action(
            action_id=f"a{n}",
            title="t",
            category=ActionCategory.NURTURING,
            priority=10.0 + n,
            excluded_action_ids=(f"a{(n + 1) % 3}",),
        )
        for n in range(3)
    )
    placed = place(ranking(make_ready(ActionCatalog(actions=actions), 1)).actions, 3, 0.0, Random(1))
    assert [one.ready.action.action_id for one in placed.actions] == ["a2"]
    assert {(one.action_id, one.reason) for one in placed.dropped} == {
        ("a0", DropReason.EXCLUDED_IN_ANSWER),
        ("a1", DropReason.EXCLUDED_IN_ANSWER),
    }
