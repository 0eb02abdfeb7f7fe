from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.deadline import clear_deadline, set_deadline
from core.errors import DeadlineSpent, DependencyDown, InvalidInput
from core.resilience.breaker import BreakerState
from core.scoring.model_runs import ML, ModelFailed, ModelRunner
from tests.unit.core.scoring.conftest import NOW
from training.sample import generate_leads

LEADS = [lead for lead, _ in generate_leads(3, seed=5)]


class Flaky:
    """A predictor that fails while it is told to."""

    def __init__(self, predictor):
        self.predictor = predictor
        self.error = None

    def predict(self, rows):
        if self.error is not None:
            raise self.error
        return self.predictor.predict(rows)


@pytest.fixture
def flaky(model):
    return Flaky(model(0).predictor)


@pytest.fixture
def shaky_model(model, flaky):
    return replace(model(0), predictor=flaky)


@pytest.fixture
def told():
    return []


@pytest.fixture
def runner(told):
    moments = iter(range(10_000))
    return ModelRunner(
        2,
        timedelta(hours=9),
        lambda: float(next(moments)),
        on_change=lambda name, state: told.append((name, state)),
        on_failure=lambda tenant, version, failure: told.append((tenant, version, type(failure))),
    )


def fail(runner, model, tenant="t"):
    with pytest.raises(DependencyDown):
        runner.run(tenant, model, LEADS, 5, NOW)


def test_a_run_says_what_the_model_says(runner, model):
    runs = runner.run("t", model(0), LEADS, 5, NOW)
    rows = model(0).rows(LEADS, NOW)
    assert [run.scored for run in runs] == model(0).score(rows)
    for run in runs:
        total = run.base_points + sum(c.points for c in run.contributions) + run.other_points
        assert total == pytest.approx(100 * run.scored.probability, abs=1e-6)
    assert runner.run("t", model(0), [], 5, NOW) == []


@pytest.mark.parametrize("error", [RuntimeError("x"), InvalidInput.of("x", "must be"), ZeroDivisionError()])
def test_whatever_a_model_raises_is_a_failure_of_the_model(runner, shaky_model, flaky, error, told):
    flaky.error = error
    with pytest.raises(ModelFailed):
        runner.run("t", shaky_model, LEADS, 0, NOW)
    assert told == [("t", shaky_model.version.manifest.version, type(error))]


def test_a_deadline_that_passed_is_not(runner, shaky_model):
    token = set_deadline(0.0)
    try:
        for _ in range(5):
            with pytest.raises(DeadlineSpent):
                runner.run("t", shaky_model, LEADS, 0, NOW)
    finally:
        clear_deadline(token)
    assert runner.state("t") is BreakerState.CLOSED


def test_a_version_is_left_alone_for_one_tenant_only(runner, shaky_model, flaky, model):
    flaky.error = RuntimeError("x")
    for _ in range(2):
        fail(runner, shaky_model)
    flaky.error = None
    fail(runner, shaky_model)
    assert runner.run("other", shaky_model, LEADS, 0, NOW)
    assert runner.run("t", model(1), LEADS, 0, NOW)
    assert (runner.state("t"), runner.state("other")) == (BreakerState.OPEN, BreakerState.CLOSED)


def test_the_gravest_state_of_all_is_told_once(runner, shaky_model, flaky, told):
    flaky.error = RuntimeError("x")
    for tenant in ("t", "u"):
        for _ in range(3):
            fail(runner, shaky_model, tenant)
    assert [entry for entry in told if entry[0] == ML] == [(ML, BreakerState.OPEN)]
