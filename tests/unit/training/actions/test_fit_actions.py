"""What is learned of actions in worlds where it is known what they bring."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.actions.ranker_artifact import read_ranker
from core.actions.trials import Worth
from core.adapters.admission import admit
from core.adapters.onnx_ranker import OnnxRanker
from core.errors import ArtifactRefused
from core.recommend.off_policy import Proof
from core.version import MODEL_FILE, NEXT_ACTION, RANKER_FILE
from tests.parts.action_trials import ACTIONS, MOMENT, alike, crossed, trials_in
from training.actions.fit import RankerOptions, fit_ranker
from training.actions.run import Known, is_proven, judge_version
from training.refusal import TrainingRefused

GROUPS = {"call": "talk", "mail": "write", "none": ""}
BASELINE = RankerOptions(baseline="none")


def fitted_in(rate, count=2_000, options=BASELINE, worths=None, **world):
    return fit_ranker(trials_in(rate, count, **world), GROUPS, worths or {}, options, now=MOMENT)


def ranker(fitted):
    return read_ranker(fitted.files, OnnxRanker)


@pytest.fixture(scope="module")
def personal():
    return fitted_in(crossed, seed=3)


def test_what_leads_want_is_learned(personal):
    model = ranker(personal)
    firm, other = (
        model.effects({"lead.firm": one, "lead.price": 100.0, "lead.kind": "a"}, ACTIONS) for one in (True, False)
    )
    assert firm["call"].uplift == pytest.approx(0.3, abs=0.08)
    assert firm["mail"].uplift == pytest.approx(0.0, abs=0.08)
    assert other["mail"].uplift == pytest.approx(0.3, abs=0.08)
    assert firm["call"].propensity == pytest.approx(0.4, abs=0.08)
    assert (firm["none"].uplift, firm["none"].interval) == (0.0, (0.0, 0.0))
    low, high = firm["call"].interval
    assert low < 0.3 < high
    assert sum(effect.evidence_count for effect in firm.values()) == 2_000


def test_to_treat_leads_differently_is_proven_where_it_is_better(personal):
    report = personal.report
    assert report.proof is Proof.BETTER
    assert is_proven(report)
    assert report.policy.doubly_robust.lower < 0.4 < report.policy.doubly_robust.upper
    assert report.gain.lower < 0.15 < report.gain.upper


@pytest.mark.parametrize("seed", range(3))
def test_it_is_not_proven_where_one_action_is_best_for_all(seed):
    report = fitted_in(alike, seed=seed).report
    assert report.proof is not Proof.BETTER
    assert report.constant_action == "call"
    assert report.constant.lower < 0.325 < report.constant.upper


def test_a_log_that_favoured_one_action_is_set_right():
    skewed = fitted_in(crossed, 4_000, skewed=True)
    assert skewed.report.proof is Proof.BETTER
    averages = {action: uplift for action, uplift, _ in skewed.averages}
    assert averages["call"] == pytest.approx(averages["mail"], abs=0.07)


def test_costs_are_taken_off():
    worths = {"call": Worth(1.0, 1.0), "mail": Worth(1.0, 0.0), "none": Worth(1.0, 0.0)}
    assert fitted_in(alike, worths=worths).report.constant_action == "mail"


def test_the_same_trials_give_the_same_files(personal):
    assert fitted_in(crossed, seed=3).files == personal.files


def test_files_pass_admission(personal):
    admit(personal.files)
    assert personal.manifest.kind == NEXT_ACTION
    assert {metric.name for metric in personal.manifest.metrics} >= {"gain_over_best_constant", "value_snips"}


def test_changed_files_are_refused(personal):
    with pytest.raises(ArtifactRefused):
        read_ranker({**personal.files, RANKER_FILE: b"{}"}, OnnxRanker)
    with pytest.raises(ArtifactRefused):
        OnnxRanker(b"no graph", 3, 3)
    with pytest.raises(ArtifactRefused):
        OnnxRanker(personal.files[MODEL_FILE], 99, 3)


def test_without_a_baseline_actions_are_compared_with_the_average_of_all():
    averages = [uplift for _, uplift, _ in fitted_in(alike, options=RankerOptions()).averages]
    assert sum(averages) == pytest.approx(0.0, abs=0.03)


def test_a_version_is_judged_by_later_trials(personal):
    known = Known(groups=GROUPS, worths={}, baseline="none")
    later = judge_version(ranker(personal), trials_in(crossed, 1_500, seed=9), known)
    assert later is not None
    assert later.proof is Proof.BETTER
    assert judge_version(ranker(personal), trials_in(crossed, 50, seed=9), known) is None


def test_actions_that_had_no_chance_are_not_chosen():
    """Of leads for whom an action was no candidate it is not known what it would have brought."""
    trials = [
        replace(trial, candidates=frozenset(["call", "none"]), propensity=0.5) if trial.action_id != "mail" else trial
        for trial in trials_in(crossed, 2_000)
    ]
    report = fit_ranker(trials, GROUPS, {}, BASELINE, now=MOMENT).report
    assert report.policy.effective_count > 0


@pytest.mark.parametrize("count", [0, 150])
def test_too_few_trials_are_refused(count):
    with pytest.raises(TrainingRefused, match="are needed"):
        fitted_in(crossed, count)
