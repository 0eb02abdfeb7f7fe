from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.experiments.concluding import conclude, least_p_values
from core.experiments.experiment import MetricKind, MetricRole, MetricSpec
from core.experiments.facts import Facts
from core.experiments.plan import EffectScale
from core.experiments.results import Recommendation, RecommendationCode
from core.experiments.sequential.looks import looks_due
from core.experiments.tally import Moments
from tests.parts.experiment_facts import DAY, LATER, START, facts, plan, read_again_and_again, stored, tallies

PLANNED = stored(plan=plan(4_000, look_count=4), min_effect=0.05, effect_scale=EffectScale.ABSOLUTE)
OPEN = stored(min_effect=0.02, effect_scale=EffectScale.ABSOLUTE)
GUARDED = stored(
    plan=plan(4_000, look_count=4),
    metrics=(MetricSpec(kind=MetricKind.CONTACT_SUCCESS, role=MetricRole.GUARDRAIL, margin=0.1),),
)
Code = RecommendationCode


def of(known: Facts) -> Recommendation:
    return conclude(known).recommendation


def contacted(counts, **hits: int):
    return {
        name: replace(one, contact_success=Moments(count=one.units, total=float(hits[name]), squares=float(hits[name])))
        for name, one in counts.items()
    }


def test_before_the_first_look_it_keeps_running():
    found = of(facts(tallies(control=(400, 40), treatment=(400, 90)), PLANNED))
    assert found.code is Code.KEEP_RUNNING
    assert "800 of 4,000 units" in found.sentence


def test_a_look_that_crosses_ships_with_its_numbers():
    found = of(facts(tallies(control=(1_000, 100), treatment=(1_000, 160)), PLANNED))
    assert (found.code, found.variant) == (Code.SHIP_TREATMENT, "treatment")
    assert "at look 1 of 4" in found.sentence
    assert "exceeds the boundary 2.96" in found.sentence
    assert "of alpha spent" in found.sentence
    assert found.evidence["look"] == "1"
    assert float(found.evidence["lower"]) > 0.0


def test_what_plain_z_would_ship_early_keeps_running():
    known = facts(tallies(control=(500, 50), treatment=(500, 72)), PLANNED)
    results = conclude(known)
    assert results.comparisons[0].fixed_horizon.p_value < 0.05
    assert results.comparisons[0].fixed_horizon.plain_rule is not None
    assert results.recommendation.code is Code.KEEP_RUNNING
    assert results.recommendation.evidence["days_left"] == f"{results.progress.days_left:.1f}"


def test_once_crossed_it_stays_shipped():
    history = [
        tallies(control=(1_000, 100), treatment=(1_000, 160)),
        tallies(control=(2_000, 230), treatment=(2_000, 240)),
    ]
    looks = read_again_and_again(PLANNED, history)
    assert [look.crossed for look in looks] == [True, False]
    found = of(facts(history[-1], PLANNED, looks=looks))
    assert found.code is Code.SHIP_TREATMENT
    assert "better than control by 0.50 points" in found.sentence
    assert "at look 1 of 4" in found.sentence
    assert "for the first time; the difference is that of look 2" in found.sentence
    assert (found.evidence["look"], found.evidence["newest_look"], found.evidence["difference"]) == ("1", "2", "0.005")


def test_a_treatment_that_crossed_both_boundaries_is_undecided():
    history = [
        tallies(control=(500, 40), treatment=(500, 100)),
        tallies(control=(2_000, 400), treatment=(2_000, 200)),
    ]
    looks = read_again_and_again(PLANNED, history)
    assert [look.crossed for look in looks] == [True, True]
    found = of(facts(history[-1], PLANNED, looks=looks))
    assert found.code not in {Code.SHIP_TREATMENT, Code.KEEP_CONTROL}
    assert "on the other side" in found.sentence


def test_the_best_of_those_that_crossed_is_the_one_that_is_best_now():
    two = stored({"control": 0.4, "a": 0.3, "b": 0.3}, plan=plan(4_000, look_count=4))
    history = [
        tallies(control=(400, 40), a=(300, 75), b=(300, 36)),
        tallies(control=(1_200, 120), a=(900, 140), b=(900, 180)),
    ]
    looks = read_again_and_again(two, history)
    assert [(look.treatment, look.crossed) for look in looks[:2]] == [("a", True), ("b", False)]
    found = of(facts(history[-1], two, looks=looks))
    assert (found.code, found.variant) == (Code.SHIP_TREATMENT, "b")


def test_a_turned_difference_keeps_its_sign_in_the_sentence():
    history = [
        tallies(control=(500, 40), treatment=(500, 100)),
        tallies(control=(1_000, 165), treatment=(1_000, 160)),
    ]
    looks = read_again_and_again(PLANNED, history)
    assert "by -0.50 points" in of(facts(history[-1], PLANNED, looks=looks)).sentence


def test_a_worse_treatment_keeps_the_control():
    found = of(facts(tallies(control=(1_000, 160), treatment=(1_000, 100)), PLANNED))
    assert (found.code, found.variant) == (Code.KEEP_CONTROL, "")


def test_one_worse_treatment_of_two_is_not_enough_to_keep_the_control():
    two = stored({"control": 0.4, "a": 0.3, "b": 0.3}, plan=plan(4_000, look_count=4))
    worse = tallies(control=(800, 130), a=(600, 50), b=(600, 95))
    assert of(facts(worse, two)).code is Code.KEEP_RUNNING
    assert of(facts(worse | tallies(b=(600, 50)), two)).code is Code.KEEP_CONTROL


def test_the_best_of_those_that_crossed_is_shipped():
    two = stored({"control": 0.4, "a": 0.3, "b": 0.3}, plan=plan(4_000, look_count=4))
    found = of(facts(tallies(control=(800, 80), a=(600, 110), b=(600, 120)), two))
    assert (found.code, found.variant) == (Code.SHIP_TREATMENT, "b")


def test_a_winner_that_violates_a_guardrail_is_not_shipped():
    counts = contacted(tallies(control=(1_000, 100), treatment=(1_000, 160)), control=500, treatment=350)
    found = of(facts(counts, GUARDED))
    assert found.code is Code.KEEP_CONTROL
    assert found.evidence["guardrails_violated"] == "contact_success"


def test_a_winner_that_violates_a_guardrail_does_not_end_it_while_another_may_win():
    guarded = stored(
        {"control": 0.4, "a": 0.3, "b": 0.3}, plan=plan(4_000, look_count=4), metrics=GUARDED.experiment.metrics
    )
    counts = contacted(tallies(control=(800, 80), a=(600, 120), b=(600, 80)), control=400, a=150, b=300)
    found = of(facts(counts, guarded))
    assert found.code is Code.KEEP_RUNNING
    assert "a converts better than control, but violates the guardrail on contact_success" in found.sentence
    assert found.evidence["guardrails_violated"] == "contact_success"
    stopped = replace(guarded, stop_time=LATER)
    assert of(facts(counts, stopped)).code is Code.KEEP_CONTROL
    worse = contacted(tallies(control=(800, 80), a=(600, 120), b=(600, 15)), control=400, a=150, b=300)
    assert of(facts(worse, guarded)).code is Code.KEEP_CONTROL


def test_a_guardrail_not_yet_known_ships_and_is_said():
    counts = contacted(tallies(control=(1_000, 100), treatment=(1_000, 160)), control=50, treatment=46)
    found = of(facts(counts, GUARDED))
    assert found.code is Code.SHIP_TREATMENT
    assert "Not yet known" in found.sentence
    held = contacted(counts, control=500, treatment=505)
    assert "Not yet known" not in of(facts(held, GUARDED)).sentence


def test_at_the_horizon_a_small_interval_is_no_difference_and_a_wide_one_is_too_few_units():
    at_end = tallies(control=(2_000, 200), treatment=(2_000, 204))
    assert of(facts(at_end, PLANNED)).code is Code.NO_DIFFERENCE
    strict = stored(plan=plan(4_000, look_count=4), min_effect=0.02)
    found = of(facts(at_end, strict))
    assert found.code is Code.UNDERPOWERED
    assert found.evidence["smallest_that_matters"] == "0.002"
    assert found.sentence.startswith(
        "The planned test is over and neither found nor ruled out a difference of 0.20 points; "
        "more units will not change that, plan a longer test"
    )


def test_a_relative_effect_on_nobody_means_nothing():
    nobody = facts(tallies(control=(2_000, 0), treatment=(2_000, 1)), GUARDED)
    assert "nobody converted in control, so a relative effect means nothing" in of(nobody).sentence
    assert "0.00" not in of(nobody).sentence.partition(";")[0]


def test_tiny_effects_keep_their_digits():
    tiny = stored(plan=plan(10**9, look_count=1), min_effect=0.02)
    counts = tallies(control=(5 * 10**8, 5_000), treatment=(5 * 10**8, 8_000))
    found = of(facts(counts, tiny))
    assert found.code is Code.SHIP_TREATMENT
    assert "better than control by 0.0006 points" in found.sentence
    assert "+0.00 " not in found.sentence


def test_what_is_stopped_before_its_horizon_says_what_can_be_said():
    stopped = stored(plan=plan(40_000), stop_time=LATER)
    assert of(facts(tallies(control=(300, 30), treatment=(300, 33)), stopped)).code is Code.UNDERPOWERED
    assert of(facts({}, stopped)).code is Code.UNDERPOWERED
    waiting = stored(plan=plan(40_000), stop_time=LATER, conversion_window=timedelta(days=3))
    found = of(facts(tallies(control=(300, 30), treatment=(300, 33)), waiting))
    assert found.code is Code.KEEP_RUNNING
    assert "may still convert" in found.sentence


def test_before_its_start_it_is_left_alone():
    assert of(facts({}, PLANNED, moment=START - DAY)).code is Code.KEEP_RUNNING


def test_a_failed_check_comes_before_any_winner():
    found = of(facts(tallies(control=(1_000, 100), treatment=(1_400, 300)), PLANNED))
    assert found.code is Code.FIX_ALLOCATION
    assert found.evidence["failed_checks"] == "SAMPLE_RATIO"


def test_without_a_plan_the_always_valid_reading_decides():
    assert of(facts(tallies(control=(1_000, 100), treatment=(1_000, 180)), OPEN)).code is Code.SHIP_TREATMENT
    assert of(facts(tallies(control=(1_000, 180), treatment=(1_000, 100)), OPEN)).code is Code.KEEP_CONTROL
    edge = facts(tallies(control=(1_000, 100), treatment=(1_000, 128)), OPEN)
    assert conclude(edge).comparisons[0].fixed_horizon.p_value < 0.05
    assert of(edge).code is Code.KEEP_RUNNING
    many = facts(tallies(control=(40_000, 4_000), treatment=(40_000, 4_010)), OPEN)
    assert of(many).code is Code.NO_DIFFERENCE
    over = stored(end_time=LATER, min_effect=0.02, effect_scale=EffectScale.ABSOLUTE)
    assert of(replace(edge, stored=over)).code is Code.UNDERPOWERED


def test_without_a_plan_the_interval_of_now_decides_and_the_smallest_p_value_informs():
    before = least_p_values(facts(tallies(control=(1_000, 180), treatment=(1_000, 100)), OPEN))
    now = facts(tallies(control=(3_000, 300), treatment=(3_000, 330)), OPEN, least_p_values=before)
    found = of(now)
    assert found.code is Code.KEEP_RUNNING
    assert "smallest p-value so far" in found.sentence
    assert float(found.evidence["always_valid_p_value"]) < 0.05


def test_without_a_plan_no_difference_waits_for_the_conversion_window():
    counts = tallies(control=(40_000, 4_000), treatment=(40_000, 4_010))
    open_one = {"min_effect": 0.02, "effect_scale": EffectScale.ABSOLUTE, "conversion_window": timedelta(days=14)}
    running = of(facts(counts, stored(**open_one)))
    assert running.code is Code.KEEP_RUNNING
    assert "stop it" in running.sentence
    over = stored(**open_one, end_time=LATER)
    assert of(facts(counts, over)).code is Code.KEEP_RUNNING
    assert of(facts(counts, over, moment=LATER + 14 * DAY)).code is Code.NO_DIFFERENCE


def test_with_a_plan_nothing_final_is_said_before_the_looks_saw_finished_units():
    windowed = stored(
        plan=plan(4_000, look_count=4),
        min_effect=0.05,
        effect_scale=EffectScale.ABSOLUTE,
        conversion_window=timedelta(days=14),
    )
    everything = tallies(control=(2_000, 200), treatment=(2_000, 204))
    finished = tallies(control=(1_000, 100), treatment=(1_000, 102))
    looks = looks_due(windowed, finished, (), LATER)
    early = conclude(facts(everything, windowed, looks=looks, finished_units=2_000))
    assert early.recommendation.code is Code.KEEP_RUNNING
    assert "4,000 of 4,000 units are in (2,000 had their time to convert" in early.recommendation.sentence
    assert (early.progress.information, early.looks[-1].information) == (0.5, 0.5)
    later = (*looks, *looks_due(windowed, everything, looks, LATER + 14 * DAY))
    known = facts(everything, windowed, looks=later, finished_units=4_000, moment=LATER + 14 * DAY)
    assert of(known).code is Code.NO_DIFFERENCE


@pytest.mark.parametrize("experiment", [PLANNED, OPEN, GUARDED])
@pytest.mark.parametrize(
    "counts",
    [
        {},
        tallies(control=(1, 0)),
        tallies(treatment=(1, 1)),
        tallies(control=(2_000, 0), treatment=(2_000, 0)),
        tallies(control=(2_000, 2_000), treatment=(2_000, 2_000)),
        tallies(control=(2_000, 0), treatment=(2_000, 2_000)),
        tallies(control=(10**9, 10**9), treatment=(10**9, 10**9)),
    ],
)
def test_hard_counts_have_a_sentence_without_nan(experiment, counts):
    found = of(facts(counts, experiment))
    assert found.sentence.endswith(".")
    assert "nan" not in (found.sentence + repr(found.evidence)).lower()
