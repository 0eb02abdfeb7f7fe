from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from core.lead import Lead
from core.scoring.baseline import BaselineScorer
from tests.parts.fitted import small_version
from training.sample import generate_leads

NOW = datetime(2026, 7, 2, tzinfo=UTC)
NEW = [lead for lead, _ in generate_leads(120, seed=11)]


@pytest.fixture(scope="module", params=[0, 1])
def version(request, model):
    return model(request.param)


def test_one_lead_scores_alone_as_among_others(version):
    together = version.score(version.rows(NEW, NOW))
    alone = [version.score(version.rows([lead], NOW))[0] for lead in NEW]
    assert alone == together


def test_probabilities_lie_in_their_intervals_and_vary(version):
    scored = version.score(version.rows(NEW, NOW))
    for row in scored:
        assert 0.0 <= row.interval.lower <= row.probability <= row.interval.upper <= 1.0
    assert np.ptp([row.probability for row in scored]) > 0.2


@pytest.mark.parametrize("limit", [1, 5, 100])
def test_explanations_add_up_to_the_score(version, limit):
    for lead in [*NEW[:30], Lead(lead_id="bare", title="x")]:
        row = version.rows([lead], NOW)[0]
        (scored,) = version.score(row[None, :])
        explanation, contributions = version.explain(lead, row, scored, limit)
        total = explanation.base_points + sum(c.points for c in contributions) + explanation.other_points
        assert total == pytest.approx(100 * scored.probability, abs=1e-6)
        assert len(contributions) <= limit
        assert explanation.base_points == pytest.approx(100 * version.base.probability)
        assert sum(explanation.importance.values()) == pytest.approx(1.0)
        assert all(contribution.value_text for contribution in contributions)
        names = [contribution.feature for contribution in contributions]
        assert len(set(names)) == len(names)


def test_with_every_reason_named_only_missing_ones_are_left_over(version):
    lead = NEW[0]
    row = version.rows([lead], NOW)[0]
    (scored,) = version.score(row[None, :])
    explanation, contributions = version.explain(lead, row, scored, 100_000)
    named = {contribution.feature for contribution in contributions}
    missing = {version.index.names[reason] for reason in version.missing.of(lead, row)}
    assert not named & missing
    if not missing:
        assert explanation.other_points == pytest.approx(0.0, abs=1e-3)


def test_a_model_is_surer_than_tables_of_the_same_outcomes(model):
    version = model(0)
    tables = BaselineScorer((lead, outcome.converted) for lead, outcome in small_version(0).leads)
    of_model = [row.interval.upper - row.interval.lower for row in version.score(version.rows(NEW, NOW))]
    intervals = [tables.estimate(lead, NOW).interval for lead in NEW]
    of_tables = [interval.upper - interval.lower for interval in intervals]
    assert np.median(of_tables) > np.median(of_model)
    assert np.mean(np.array(of_tables) > np.array(of_model)) > 0.8
