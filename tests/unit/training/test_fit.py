from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.adapters.onnx_predictor import OnnxPredictor
from core.evaluation import auc
from core.registry.manifest import parse_manifest
from core.version import EXPLAIN_FILE, GOLDEN_FILE, MANIFEST_FILE, MODEL_FILE, REQUIRED_FILES
from tests.parts.fitted import offline_model, small_version
from training.fit import FitOptions, fit_version, labelled
from training.refusal import TrainingRefused
from training.sample import true_probability

NOW = datetime(2026, 7, 2, 12, tzinfo=UTC)


DEFAULTS = FitOptions()


def fit(table, recipe, options=DEFAULTS, clock=lambda: NOW, **more):
    return fit_version(table, recipe, options, make_predictor=OnnxPredictor, clock=clock, **more)


def refusal(*arguments):
    with pytest.raises(TrainingRefused) as refused:
        fit(*arguments)
    return refused.value


@pytest.fixture(scope="module")
def table(make_table):
    return make_table(3_000, 5)


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def fitted(table, make_recipe, told):
    return fit(table, make_recipe(table), report=lambda doing, share: told.append((doing, share)))


@pytest.fixture(scope="module")
def truth(table):
    return np.array([true_probability(lead) for lead in table.leads])


def test_the_true_law_is_found(fitted, truth):
    """The sample's outcomes are drawn with known probabilities: no model can rank better than those do."""
    evaluation = fitted.evaluation
    true = truth[evaluation.training_count :]
    best = auc(evaluation.outcomes, true)
    assert best > 0.8
    assert auc(evaluation.outcomes, evaluation.probabilities) > best - 0.05
    off = np.abs(evaluation.probabilities - true).mean()
    assert off < 0.5 * np.abs(true - true.mean()).mean()
    assert np.corrcoef(evaluation.probabilities, true)[0, 1] > 0.8
    assert abs(evaluation.probabilities.mean() - true.mean()) < 0.05


def test_the_served_files_score_leads_like_the_law(fitted, truth, table):
    model = offline_model(fitted.files)
    late = table.leads[-400:]
    rows = model.feature_set.matrix(late, [lead.posted_time for lead in late])
    served = np.array([scored.probability for scored in model.score(rows)])
    assert np.corrcoef(served, truth[-400:])[0, 1] > 0.8
    inside = [s.interval.lower <= s.probability <= s.interval.upper for s in model.score(rows)]
    assert all(inside)


def test_progress_is_told_from_start_to_end(fitted, told):
    shares = [share for _, share in told]
    assert shares[0] == 0.0
    assert shares == sorted(shares)
    assert shares[-1] < 1.0
    assert all(doing for doing, _ in told)


def test_leads_without_signal_are_refused(make_table, make_recipe, without_signal):
    """F1 would have let some of these pass: it is high where most leads convert."""
    for seed in range(3):
        table = without_signal(make_table(400, seed), seed)
        problem = refusal(table, make_recipe(table, n_estimators=15))
        assert problem.reason == "NO_SIGNAL"
        assert "not better than the base rate" in problem.message


@pytest.mark.parametrize(
    "leak",
    [
        lambda _, converted: "won" if converted else "lost",
        lambda i, converted: 900.0 + i if converted else float(i % 50),
        lambda i, converted: {0: "signed"}.get(i % 2, "called") if converted else "no interest",
    ],
)
def test_an_attribute_that_knows_the_outcome_is_refused_by_name(leak, make_table, make_recipe):
    table = make_table(
        400, 2, lambda i, lead, c: replace(lead, attributes={**lead.attributes, "closing note": leak(i, c)})
    )
    problem = refusal(table, make_recipe(table, n_estimators=15))
    assert problem.reason == "LEAKING_FEATURES"
    assert problem.metadata["features"] == "closing note"
    assert "closing note" in problem.message


def test_leaks_can_be_allowed_and_are_then_on_record(make_table, make_recipe):
    table = make_table(
        400, 2, lambda _, lead, c: replace(lead, attributes={**lead.attributes, "note": "won" if c else "lost"})
    )
    found = fit(table, make_recipe(table, n_estimators=15), FitOptions(allow_leaks=True))
    assert [leak.feature for leak in found.leaks] == ["note"]
    assert parse_manifest(found.files[MANIFEST_FILE]).parameters["allow_leaks"] is True


def test_a_fit_repeats_to_the_byte(make_table, make_recipe):
    first, again = (
        fit(table, make_recipe(table, n_estimators=20), clock=lambda now=now: now)
        for table, now in ((make_table(400, 1), NOW), (make_table(400, 1), NOW + timedelta(days=1)))
    )
    one, other = (parse_manifest(f.files[MANIFEST_FILE]) for f in (first, again))
    # The card names the version and the day; everything a server reads is the same.
    for name in REQUIRED_FILES:
        assert again.files[name] == first.files[name]
    assert one.version[-8:] == other.version[-8:]
    assert replace(other, create_time=one.create_time, version=one.version, files=one.files) == one


def test_another_recipe_makes_another_version():
    """The two differ in their trees alone."""
    first, second = small_version(0), small_version(1)
    assert first.leads == second.leads
    assert first.name[-8:] != second.name[-8:]
    assert all(first.files[name] != second.files[name] for name in (MODEL_FILE, EXPLAIN_FILE, GOLDEN_FILE))


def test_a_table_becomes_training_leads_in_its_order(make_table):
    table = make_table(50, 4)
    leads = labelled(table)
    assert leads.leads == table.leads
    assert leads.outcomes == table.outcomes.tolist()
    assert leads.moments == table.moments == tuple(sorted(table.moments))
    assert leads.outcome_times == table.outcome_times
