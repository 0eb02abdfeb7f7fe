from __future__ import annotations

import math
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.experiments.concluding import conclude, least_p_values
from core.experiments.experiment import AllocationMode, MetricKind, MetricRole, MetricSpec
from core.experiments.results import GuardrailState
from core.experiments.statistics.means import welch
from core.experiments.statistics.proportions import newcombe, two_proportion_z, wald
from core.experiments.tally import Moments
from tests.parts.experiment_facts import DAY, LATER, START, facts, plan, stored, tallies

METRICS = (
    MetricSpec(kind=MetricKind.CONTACT_SUCCESS, role=MetricRole.PRIMARY),
    MetricSpec(kind=MetricKind.CONVERSION_VALUE, role=MetricRole.SECONDARY),
    MetricSpec(kind=MetricKind.CONVERSIONS_PER_LEAD, role=MetricRole.SECONDARY),
    MetricSpec(kind=MetricKind.MEAN_SCORE, role=MetricRole.SECONDARY),
    MetricSpec(kind=MetricKind.CONTACT_SUCCESS, role=MetricRole.GUARDRAIL, margin=0.2),
)
MANY = stored({"control": 0.4, "a": 0.3, "b": 0.3}, metrics=METRICS)
COUNTS = tallies(control=(800, 80), a=(600, 75), b=(600, 66))


def test_every_treatment_is_compared_on_every_metric_conversion_first():
    found = conclude(facts(COUNTS, MANY)).comparisons
    assert [(one.metric, one.treatment) for one in found[:2]] == [
        (MetricKind.CONVERSION, "a"),
        (MetricKind.CONVERSION, "b"),
    ]
    assert len(found) == 2 * (1 + len(METRICS))
    assert {one.role for one in found[:2]} == {MetricRole.PRIMARY}


def test_a_share_is_read_as_shares_are():
    one = conclude(facts(COUNTS, MANY)).comparisons[0]
    assert (one.fixed_horizon.statistic, one.fixed_horizon.p_value) == two_proportion_z(75, 600, 80, 800)
    assert one.fixed_horizon.interval == newcombe(75, 600, 80, 800)
    assert one.fixed_horizon.textbook_interval == wald(75, 600, 80, 800)
    assert one.relative_difference == pytest.approx(0.25)
    assert one.bayesian is not None
    assert one.always_valid is not None


def test_a_mean_is_read_as_means_are():
    value = next(one for one in conclude(facts(COUNTS, MANY)).comparisons if one.metric is MetricKind.CONVERSION_VALUE)
    test = welch(COUNTS["a"].conversion_value, COUNTS["control"].conversion_value)
    assert (value.fixed_horizon.statistic, value.fixed_horizon.interval) == (test.statistic, test.range)
    assert (value.bayesian, value.fixed_horizon.plain_rule, value.fixed_horizon.textbook_interval) == (None, None, None)


def test_primaries_are_corrected_by_holm_and_secondaries_by_benjamini_and_hochberg():
    found = conclude(facts(COUNTS, MANY)).comparisons
    primary = sorted(
        (one.fixed_horizon for one in found if one.role is MetricRole.PRIMARY), key=lambda one: one.p_value
    )
    assert len(primary) == 4
    assert primary[0].adjusted_p_value == pytest.approx(4 * primary[0].p_value)
    secondary = sorted(one.fixed_horizon.p_value for one in found if one.role is MetricRole.SECONDARY)
    smallest = min(one.fixed_horizon.adjusted_p_value for one in found if one.role is MetricRole.SECONDARY)
    assert smallest == pytest.approx(min(6 * p / (rank + 1) for rank, p in enumerate(secondary)))
    assert all(
        one.fixed_horizon.adjusted_p_value == one.fixed_horizon.p_value
        for one in found
        if one.role is MetricRole.GUARDRAIL
    )


def test_a_guardrail_tests_that_not_more_than_its_share_is_lost():
    held = tallies(control=(20_000, 2_000), a=(15_000, 1_500), b=(15_000, 1_050))
    found = [one for one in conclude(facts(held, MANY)).comparisons if one.role is MetricRole.GUARDRAIL]
    assert [one.non_inferiority.state for one in found] == [GuardrailState.HOLDS, GuardrailState.VIOLATED]
    assert found[0].non_inferiority.margin == pytest.approx(-0.02)


def test_a_control_of_0_has_no_relative_difference_and_no_margin():
    found = conclude(facts(tallies(control=(800, 0), a=(600, 3), b=(600, 0)), MANY)).comparisons
    assert {one.relative_difference for one in found if one.metric is MetricKind.CONVERSION} == {None}
    guardrail = next(one for one in found if one.role is MetricRole.GUARDRAIL)
    assert guardrail.non_inferiority is None
    assert "nothing to lose" in guardrail.note


def test_a_guardrail_with_an_arm_that_was_not_measured_is_not_yet_known():
    for counts in ({}, tallies(a=(600, 3), b=(600, 0)), tallies(control=(800, 0))):
        guardrails = [one for one in conclude(facts(counts, MANY)).comparisons if one.role is MetricRole.GUARDRAIL]
        assert {one.non_inferiority.state for one in guardrails} == {GuardrailState.NOT_YET_KNOWN}
        assert not any("nothing to lose" in one.note for one in guardrails)


def test_a_variant_that_takes_no_part_costs_the_others_nothing():
    closed = stored({"control": 0.5, "a": 0.5, "off": 0.0})
    counts = tallies(control=(800, 80), a=(800, 66))
    alone, beside = conclude(facts(counts, stored({"control": 0.5, "a": 0.5}))), conclude(facts(counts, closed))
    assert beside.comparisons[0].fixed_horizon == alone.comparisons[0].fixed_horizon
    assert [one.probability_best for one in beside.variants] == [
        *(one.probability_best for one in alone.variants),
        0.0,
    ]
    leaked = conclude(facts(counts | tallies(off=(10, 1)), closed))
    assert leaked.variants[-1].probability_best > 0.1
    assert leaked.comparisons[0].fixed_horizon.adjusted_p_value > alone.comparisons[0].fixed_horizon.adjusted_p_value


def test_a_p_value_that_its_interval_does_not_bear_out_has_a_note():
    counts = tallies(control=(100, 0), treatment=(100, 4))
    one = conclude(facts(counts)).comparisons[0]
    assert one.fixed_horizon.p_value < 0.05
    assert one.fixed_horizon.interval.lower < 0.0
    assert "on the edge" in one.note
    assert conclude(facts(tallies(control=(800, 80), treatment=(800, 81)))).comparisons[0].note == ""


def test_the_plain_rule_states_its_parts():
    def rule(experiment, **counts):
        return conclude(facts(tallies(**counts), experiment)).comparisons[0].fixed_horizon.plain_rule

    relative = stored(min_effect=0.5)
    assert rule(relative, control=(90, 9), treatment=(90, 40)).enough_units is False
    assert rule(relative, control=(900, 90), treatment=(900, 130)).large_enough is False
    assert rule(relative, control=(900, 90), treatment=(900, 136)).met is True
    assert rule(relative, control=(900, 90), treatment=(900, 90)).met is False


def test_what_the_score_before_explains_is_taken_out():
    def with_scores(units: int, hits: int) -> Moments:
        # Converted units had been scored 60, the others 20 or 40.
        rest = units - hits
        return Moments(
            count=units,
            total=hits,
            squares=hits,
            paired_count=units,
            paired_total=hits,
            paired_squares=hits,
            covariate_total=60.0 * hits + 30.0 * rest,
            covariate_squares=3_600.0 * hits + 1_000.0 * rest,
            products=60.0 * hits,
        )

    counts = {
        name: replace(one, converted=with_scores(one.units, round(one.converted.total)))
        for name, one in tallies(control=(800, 80), treatment=(800, 90)).items()
    }
    adjusted = conclude(facts(counts)).comparisons[0].adjusted
    assert adjusted is not None
    assert adjusted.variance_reduction > 0.3
    assert conclude(facts(tallies(control=(800, 80), treatment=(800, 90)))).comparisons[0].adjusted is None


def test_a_bandit_is_read_by_its_weights_and_says_so():
    found = conclude(
        facts(COUNTS, stored({"control": 0.4, "a": 0.3, "b": 0.3}, mode=AllocationMode.BANDIT, metrics=METRICS))
    )
    assert found.comparisons[0].treatment_value == pytest.approx(75 / 600)
    assert found.comparisons[0].fixed_horizon.textbook_interval is None
    assert "weighted by one over the chance" in found.comparisons[0].note
    assert "not weighted" in found.comparisons[-1].note


def test_variants_come_control_first_with_their_shares_and_ranges():
    odd = stored({"control": 0.5, "treatment": 0.5})
    found = conclude(facts(tallies(control=(800, 80), treatment=(800, 120)), odd)).variants
    assert [(one.variant, one.units, one.converted, one.conversion_rate) for one in found] == [
        ("control", 800, 80, 0.1),
        ("treatment", 800, 120, 0.15),
    ]
    assert all(one.conversion_range.lower < one.conversion_rate < one.conversion_range.upper for one in found)
    assert found[1].probability_best > 0.99
    assert found[0].mean_score == 50.0
    assert conclude(facts({}, odd)).variants[0].mean_score is None


def test_progress_is_that_of_the_last_week_at_most():
    planned = stored(plan=plan(8_000))
    counts = tallies(control=(1_000, 100), treatment=(1_000, 101))
    week = conclude(facts(counts, planned, exposed_last_week=1_400, moment=START + 30 * DAY)).progress
    assert (week.units_per_day, week.days_left, week.information) == (200.0, 30.0, 0.25)
    young = conclude(facts(counts, planned, exposed_last_week=2_000, moment=START + 2 * DAY)).progress
    assert young.units_per_day == 1_000.0
    none = conclude(facts({}, planned, first_exposure_time=None, exposed_last_week=0)).progress
    assert (none.units_per_day, none.days_left) == (0.0, None)
    over = conclude(facts(counts, stored(plan=plan(8_000), stop_time=LATER))).progress
    assert over.days_left is None


def test_with_a_window_progress_counts_finished_units_and_waits_for_the_last():
    windowed = stored(plan=plan(2_000), conversion_window=timedelta(days=14))
    counts = tallies(control=(750, 75), treatment=(750, 76))
    coming = conclude(facts(counts, windowed, finished_units=100, exposed_last_week=700, moment=START + 30 * DAY))
    assert (coming.progress.information, coming.progress.days_left) == (0.05, 5.0 + 14.0)
    all_in = tallies(control=(1_000, 100), treatment=(1_000, 101))
    waiting = conclude(facts(all_in, windowed, finished_units=1_700, exposed_last_week=700, moment=START + 30 * DAY))
    assert (waiting.progress.information, waiting.progress.days_left) == (0.85, 3.0)
    late = conclude(facts(all_in, windowed, finished_units=100, exposed_last_week=700, moment=START + 30 * DAY))
    assert late.progress.days_left == 14.0


def test_the_smallest_p_values_are_kept_for_every_treatment_and_metric():
    kept = least_p_values(facts(COUNTS, MANY, least_p_values={"a/conversion": 1e-9, "gone/conversion": 0.5}))
    assert kept["a/conversion"] == 1e-9
    assert kept["gone/conversion"] == 0.5
    assert 0.0 < kept["b/conversion"] <= 1.0
    assert {key.partition("/")[2] for key in kept} >= {"conversion", "contact_success", "conversion_value"}


def arm() -> st.SearchStrategy[tuple[int, int]]:
    units = st.sampled_from([0, 1, 2, 5, 99, 100, 1_000, 10**6, 10**9])
    return units.flatmap(lambda count: st.tuples(st.just(count), st.integers(0, count)))


@settings(max_examples=40, deadline=None)
@given(arm(), arm(), arm(), st.booleans(), st.booleans())
def test_whatever_was_counted_there_are_results_of_finite_numbers(control, a, b, is_planned, is_bandit):
    of = stored(
        {"control": 0.4, "a": 0.3, "b": 0.3},
        metrics=METRICS,
        plan=plan(1_000) if is_planned else None,
        mode=AllocationMode.BANDIT if is_bandit else AllocationMode.FIXED,
    )
    counts = tallies(control=control, a=a, b=b)
    half = {name: replace(one, units=one.units // 2) for name, one in counts.items()}
    _all_finite(conclude(facts(counts, of, early_tallies=half)))


def _all_finite(value: object) -> None:
    if isinstance(value, float):
        assert math.isfinite(value)
    elif is_dataclass(value):
        for field in fields(value):
            _all_finite(getattr(value, field.name))
    elif isinstance(value, tuple):
        for part in value:
            _all_finite(part)
