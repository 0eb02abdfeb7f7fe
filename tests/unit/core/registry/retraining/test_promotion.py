import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.errors import InvalidInput
from core.registry.retraining.promotion import compare
from core.registry.retraining.rules import RetrainingRules
from core.registry.retraining.swapping import p_by_swapping
from core.registry.training_run import RunDecision
from tests.parts.populations import TwoModels

RULES = RetrainingRules()


def judged(outcomes, challenger, champion, **changes):
    known = {
        "outcomes": outcomes,
        "challenger": challenger,
        "champion": champion,
        "champion_version": "" if champion is None else "v1",
        "challenger_version": "v2",
        "base_rate": 0.3,
        "last_window_rate": 0.3,
        "rules": RULES,
    }
    return compare(**(known | changes))


def leads(size=400, seed=1):
    """Outcomes, a model that knows their rates, and one that sees them through noise."""
    generator = np.random.default_rng(seed)
    log_odds = generator.normal(-1.0, 2.0, size)
    blurred = 0.4 * (log_odds + generator.normal(0.0, 3.0, size)) - 0.6
    return (
        generator.random(size) < 1.0 / (1.0 + np.exp(-log_odds)),
        1.0 / (1.0 + np.exp(-log_odds)),
        1.0 / (1.0 + np.exp(-blurred)),
    )


def test_a_challenger_that_is_better_beyond_doubt_is_promoted():
    outcomes, good, poor = leads()
    verdict = judged(outcomes, good, poor)
    assert verdict.decision is RunDecision.PROMOTED
    assert float(verdict.evidence["p_better_log_loss"]) >= 0.95
    assert float(verdict.evidence["p_by_chance"]) <= 0.05
    assert [(c.name, c.version) for c in verdict.contenders] == [
        ("challenger", "v2"),
        ("champion", "v1"),
        ("base_rate", ""),
        ("last_window_rate", ""),
    ]
    for contender in verdict.contenders:
        assert [metric.name for metric in contender.metrics] == ["auc", "log_loss", "brier", "f1", "ece"]


def test_a_worse_challenger_is_kept_as_shadow():
    outcomes, good, poor = leads(1_000)
    verdict = judged(outcomes, poor, good)
    assert verdict.decision is RunDecision.KEPT_AS_SHADOW
    assert "Not better than the champion" in verdict.reason


def test_the_same_answers_are_no_reason_to_change():
    outcomes, good, _ = leads()
    verdict = judged(outcomes, good, good.copy())
    assert verdict.decision is RunDecision.KEPT_AS_SHADOW
    assert "the same answers" in verdict.reason
    assert verdict.evidence["p_better_log_loss"] == "0.5000"
    assert verdict.evidence["p_by_chance"] == "1.0000"


def test_a_constant_is_refused_even_if_the_champion_is_worse():
    outcomes, good, _ = leads()
    rate = float(outcomes.mean())
    verdict = judged(outcomes, np.full(outcomes.size, rate), 1.0 - good, base_rate=rate, last_window_rate=rate)
    assert verdict.decision is RunDecision.REFUSED
    assert "base rate" in verdict.reason


def test_a_challenger_beaten_by_repeating_the_last_rate_is_refused():
    generator = np.random.default_rng(3)
    outcomes = generator.random(500) < 0.7
    challenger = np.clip(0.4 + 0.05 * generator.standard_normal(500), 0.01, 0.99)
    verdict = judged(outcomes, challenger, np.full(500, 0.1), base_rate=0.1, last_window_rate=0.7)
    assert verdict.decision is RunDecision.REFUSED
    assert "last window" in verdict.reason


def test_without_a_champion_and_a_fallback_beating_the_base_rate_suffices():
    outcomes, good, _ = leads()
    verdict = judged(outcomes, good, None)
    assert verdict.decision is RunDecision.PROMOTED
    assert [contender.name for contender in verdict.contenders] == ["challenger", "base_rate", "last_window_rate"]
    assert "p_better_log_loss" not in verdict.evidence
    assert float(verdict.evidence["p_better_log_loss_than_base_rate"]) >= 0.95


def test_without_a_champion_it_must_be_better_than_what_answers_in_its_place():
    outcomes, good, poor = leads()
    promoted = judged(outcomes, good, None, fallback=poor)
    assert promoted.decision is RunDecision.PROMOTED
    assert float(promoted.evidence["p_better_log_loss_than_baseline"]) >= 0.95
    assert [contender.name for contender in promoted.contenders][:2] == ["challenger", "baseline"]
    kept = judged(outcomes, good, None, fallback=good.copy())
    assert kept.decision is RunDecision.KEPT_AS_SHADOW
    assert "fallback" in kept.reason


def test_the_last_rate_may_differ_from_lead_to_lead():
    outcomes, good, poor = leads()
    told = np.where(outcomes, 0.999, 0.001)
    verdict = judged(outcomes, good, poor, last_window_rate=told)
    assert verdict.decision is RunDecision.REFUSED
    assert "last window" in verdict.reason


def test_better_log_loss_does_not_buy_a_worse_order():
    outcomes, good, poor = leads(2_000)
    # The champion orders perfectly well, but its probabilities are far too low.
    verdict = judged(outcomes, poor, good * 0.02)
    assert float(verdict.evidence["p_better_log_loss"]) >= 0.95
    assert verdict.decision is RunDecision.KEPT_AS_SHADOW
    assert "AUC is worse" in verdict.reason


def test_better_log_loss_does_not_buy_worse_calibration():
    generator = np.random.default_rng(7)
    outcomes = generator.random(3_000) < 0.3
    # It tells leads apart, but every probability is too low; the champion says the rate and nothing else.
    challenger = np.where(outcomes, 0.5, 0.05)
    verdict = judged(outcomes, challenger, np.full(3_000, 0.3))
    assert verdict.decision is RunDecision.KEPT_AS_SHADOW
    assert "ECE is worse" in verdict.reason


@pytest.mark.parametrize("outcome", [True, False])
def test_one_outcome_only_promotes_nobody(outcome):
    verdict = judged(np.full(40, outcome), np.full(40, 0.6), np.full(40, 0.4))
    assert verdict.decision is RunDecision.REFUSED
    assert "one outcome" in verdict.reason
    assert all(metric.name != "auc" for contender in verdict.contenders for metric in contender.metrics)


def test_no_leads_promote_nobody():
    verdict = judged(np.zeros(0, dtype=bool), np.zeros(0), np.zeros(0))
    assert verdict.decision is RunDecision.REFUSED
    assert [len(contender.metrics) for contender in verdict.contenders] == [0, 0, 0, 0]


@pytest.mark.parametrize("champion", [None, [0.5, 0.5, 0.5, 0.5]])
def test_four_leads_promote_nobody(champion):
    verdict = judged([True, False, True, False], [0.9, 0.1, 0.9, 0.1], champion)
    assert verdict.decision is RunDecision.REFUSED


@pytest.mark.parametrize(
    "changes",
    [{"base_rate": float("nan")}, {"last_window_rate": 1.1}, {"challenger": [0.5, float("nan")]}, {"champion": [0.5]}],
)
def test_what_is_no_probability_is_refused(changes):
    with pytest.raises(InvalidInput):
        judged(**({"outcomes": [True, False], "challenger": [0.9, 0.1], "champion": [0.5, 0.5]} | changes))


def test_the_same_seed_gives_the_same_verdict():
    outcomes, good, poor = leads(60)
    assert judged(outcomes, good, poor, seed=5) == judged(outcomes, good, poor, seed=5)


def test_an_equally_good_challenger_is_promoted_in_at_most_one_of_twenty():
    generator = np.random.default_rng(10)
    models = TwoModels(0.3)
    runs = 300
    promoted = 0
    for run in range(runs):
        outcomes, champion, challenger = models.draw(50, (0.7, 0.7), generator)
        promoted += judged(outcomes, challenger, champion, seed=run).decision is RunDecision.PROMOTED
    assert promoted / runs <= 0.05 + 2.0 * (0.05 * 0.95 / runs) ** 0.5


def test_a_really_better_challenger_is_promoted():
    generator = np.random.default_rng(11)
    models = TwoModels(0.3)
    promoted = 0
    for run in range(20):
        outcomes, champion, challenger = models.draw(150, (0.4, 0.9), generator)
        promoted += judged(outcomes, challenger, champion, seed=run).decision is RunDecision.PROMOTED
    assert promoted >= 16


@settings(max_examples=40, deadline=None)
@given(
    data=st.integers(1, 40).flatmap(
        lambda n: st.tuples(
            arrays(np.bool_, n),
            arrays(np.float64, n, elements=st.sampled_from([0.0, 1.0, 0.5]) | st.floats(0.0, 1.0)),
            st.none() | arrays(np.float64, n, elements=st.sampled_from([0.0, 1.0, 0.5]) | st.floats(0.0, 1.0)),
        )
    ),
    base_rate=st.floats(0.0, 1.0),
    last_window_rate=st.floats(0.0, 1.0),
)
def test_every_sample_gets_a_verdict_without_nan(data, base_rate, last_window_rate):
    verdict = judged(*data, base_rate=base_rate, last_window_rate=last_window_rate)
    assert verdict.reason
    assert "nan" not in str(verdict.evidence)
    for contender in verdict.contenders:
        for metric in contender.metrics:
            assert math.isfinite(metric.value)
            assert metric.lower is None or metric.lower <= metric.upper


def test_swapping_is_exact_for_few_leads():
    # With five leads that all gain 1, one of 32 ways to swap names gains as much.
    assert p_by_swapping(np.ones(5), seed=1) == pytest.approx(1 / 32, abs=0.012)
    assert p_by_swapping(-np.ones(5), seed=1) == 1.0
    assert p_by_swapping(np.zeros(5), seed=1) == 1.0
