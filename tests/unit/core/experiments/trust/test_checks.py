from __future__ import annotations

from dataclasses import replace

import pytest

from core.experiments.facts import Facts
from core.experiments.results import TrustCheck, TrustStatus
from core.experiments.trust.checks import trust_checks
from core.experiments.trust.novelty import halfway
from tests.parts.experiment_facts import DAY, START, facts, stored, tallies, tally

SOUND = tallies(control=(2_000, 200), treatment=(2_000, 210))
NAMES = [
    "SAMPLE_RATIO",
    "ZERO_ARM_LEAK",
    "CROSSOVER",
    "EARLY_CONVERSIONS",
    "SIMILAR_UNITS",
    "NOVELTY",
    "FALLBACK_ANSWERS",
]


def check(name: str, known: Facts) -> TrustCheck:
    return next(one for one in trust_checks(known) if one.name == name)


def status(name: str, known: Facts) -> TrustStatus:
    return check(name, known).status


def test_a_sound_experiment_passes_everything():
    early = tallies(control=(1_000, 100), treatment=(1_000, 104))
    found = trust_checks(facts(SOUND, early_tallies=early))
    assert [one.name for one in found] == NAMES
    assert {one.status for one in found} == {TrustStatus.PASSED}


def test_nothing_seen_is_too_few_for_all_that_counts_units():
    found = {one.name: one.status for one in trust_checks(facts({}))}
    assert found["SAMPLE_RATIO"] is found["CROSSOVER"] is found["NOVELTY"] is TrustStatus.TOO_FEW
    assert found["FALLBACK_ANSWERS"] is found["EARLY_CONVERSIONS"] is TrustStatus.TOO_FEW
    assert TrustStatus.FAILED not in found.values()


def test_a_split_that_is_off_fails_and_says_what_was_expected():
    found = check("SAMPLE_RATIO", facts(tallies(control=(2_000, 200), treatment=(2_400, 240))))
    assert found.status is TrustStatus.FAILED
    assert "control 2,000 of 2,200" in found.message
    assert found.evidence["expected.treatment"] == "2200.0"


def test_units_are_expected_by_their_propensities_where_these_are_known():
    moved = {
        "control": tally("control", 1_000, 100, expected_units=1_010.0),
        "treatment": tally("treatment", 3_000, 300, expected_units=2_990.0),
    }
    assert status("SAMPLE_RATIO", facts(moved)) is TrustStatus.PASSED
    assert status("SAMPLE_RATIO", facts(tallies(control=(1_000, 9), treatment=(3_000, 9)))) is TrustStatus.FAILED


def test_sixty_units_in_one_arm_fail_though_they_are_few():
    assert status("SAMPLE_RATIO", facts(tallies(control=(60, 6)))) is TrustStatus.FAILED


def test_units_in_an_arm_of_0_percent_fail():
    closed = stored({"control": 0.5, "treatment": 0.5, "off": 0.0})
    assert status("ZERO_ARM_LEAK", facts(SOUND, closed)) is TrustStatus.PASSED
    leaked = check("ZERO_ARM_LEAK", facts(SOUND | tallies(off=(1, 0)), closed))
    assert (leaked.status, leaked.evidence) == (TrustStatus.FAILED, {"units.off": "1"})


@pytest.mark.parametrize(
    ("crossed", "expected"), [(4, TrustStatus.PASSED), (5, TrustStatus.WARNING), (41, TrustStatus.FAILED)]
)
def test_units_in_two_arms_warn_above_a_thousandth_and_fail_above_a_hundredth(crossed, expected):
    assert status("CROSSOVER", facts(SOUND, crossed_units=crossed)) is expected


def test_units_with_two_spellings_warn():
    assert status("SIMILAR_UNITS", facts(SOUND, similar_units=1)) is TrustStatus.WARNING


@pytest.mark.parametrize(
    ("early", "expected"),
    [((50, 55), TrustStatus.PASSED), ((10, 70), TrustStatus.WARNING), ((300, 300), TrustStatus.WARNING)],
)
def test_early_conversions_warn_where_they_are_many_or_differ(early, expected):
    counts = {
        name: replace(SOUND[name], early=number) for name, number in zip(("control", "treatment"), early, strict=True)
    }
    assert status("EARLY_CONVERSIONS", facts(counts)) is expected


@pytest.mark.parametrize(
    ("fallbacks", "expected"),
    [
        ((1, 2), TrustStatus.PASSED),
        ((15, 20), TrustStatus.WARNING),
        ((60, 64), TrustStatus.WARNING),
        ((10, 90), TrustStatus.FAILED),
    ],
)
def test_answers_of_others_warn_and_fail_where_arms_differ(fallbacks, expected):
    counts = {
        name: replace(SOUND[name], fallback_answers=number)
        for name, number in zip(("control", "treatment"), fallbacks, strict=True)
    }
    assert status("FALLBACK_ANSWERS", facts(counts)) is expected


def test_an_effect_that_wears_off_or_grows_warns_and_is_named_for_neither():
    wearing = facts(
        tallies(control=(4_000, 400), treatment=(4_000, 600)),
        early_tallies=tallies(control=(2_000, 200), treatment=(2_000, 400)),
    )
    found = check("NOVELTY", wearing)
    assert found.status is TrustStatus.WARNING
    assert "not the same in both halves" in found.message
    assert "among units of the first one" in found.message
    growing = replace(wearing, early_tallies=tallies(control=(2_000, 200), treatment=(2_000, 200)))
    assert "among units of the second one" in check("NOVELTY", growing).message
    worse = facts(
        tallies(control=(4_000, 600), treatment=(4_000, 400)),
        early_tallies=tallies(control=(2_000, 200), treatment=(2_000, 200)),
    )
    assert "grows" not in check("NOVELTY", worse).message
    assert "last" not in check("NOVELTY", worse).message
    assert "among units of the first one" in check("NOVELTY", worse).message


def test_late_units_that_had_less_time_to_convert_are_no_novelty():
    known = facts(
        tallies(control=(4_000, 300), treatment=(4_000, 420)),
        early_tallies=tallies(control=(2_000, 220), treatment=(2_000, 308)),
    )
    assert status("NOVELTY", known) is TrustStatus.PASSED


def test_half_of_the_time_is_half_of_the_time():
    assert halfway(START, START + 4 * DAY) == START + 2 * DAY
