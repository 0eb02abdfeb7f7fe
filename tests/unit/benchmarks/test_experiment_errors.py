from __future__ import annotations

from dataclasses import replace

import pytest

from tests.benchmarks.experiments.false_alarms import (
    FEW_READS,
    MANY_READS,
    FalseAlarms,
    mismatch_alarms,
    open_ended_alarms,
    planned_alarms,
)
from tests.benchmarks.experiments.power import measure_power
from tests.benchmarks.experiments.section import Measured, Mismatch, section
from tests.benchmarks.experiments.worlds import World

RUNS = 150
SMALL = World(rate=0.1, treated_rate=0.1, units=2_000)
FEW_CONVERT = World(rate=0.01, treated_rate=0.01, units=400, treatment_share=0.1)


@pytest.mark.parametrize("world", [SMALL, FEW_CONVERT])
@pytest.mark.parametrize("reads", [FEW_READS, MANY_READS])
def test_recommendations_are_hardly_ever_wrong_however_often_they_are_read(world, reads):
    assert planned_alarms(world, reads, RUNS).range[0] < 0.06


def test_the_plain_rule_is_wrong_in_far_more_than_one_of_twenty():
    found = planned_alarms(SMALL, MANY_READS, RUNS)
    assert found.plain / found.runs > 0.2


def test_an_effect_is_told_from_none():
    better = replace(SMALL, treated_rate=0.2)
    assert planned_alarms(better, FEW_READS, 30).share == 1.0
    assert open_ended_alarms(better, FEW_READS, 30).share > 0.9


def test_without_a_plan_recommendations_are_hardly_ever_wrong():
    assert open_ended_alarms(SMALL, 100, 60).range[0] < 0.06


def test_a_split_that_is_off_is_a_wrong_recommendation():
    class Leaning(World):
        def counts(self, runs, reads, generator):
            return replace(World(**self._fields()), treatment_share=0.6).counts(runs, reads, generator)

        def _fields(self):
            return {name: getattr(self, name) for name in ("rate", "treated_rate", "units", "treatment_share")}

    assert planned_alarms(Leaning(rate=0.1, treated_rate=0.1, units=4_000), FEW_READS, 20).share == 1.0


def test_power_is_near_that_of_one_test_and_it_stops_earlier():
    found = measure_power((0.2, 0.3), 300)
    assert found.kept
    assert found.same_share < 0.9
    assert found.range(found.sequential)[1] > 0.8
    assert found.sequential_share == pytest.approx(found.expected_share, abs=0.06)


def test_daily_checks_of_a_sound_split_do_not_fail():
    checked, plain = mismatch_alarms(0.1, 100)
    assert checked <= 1
    assert plain >= checked


def test_the_section_has_a_verdict_on_every_line_and_names_what_was_missed():
    good = FalseAlarms(world=SMALL, reads=20, runs=100, wrong=5, plain=30)
    bad = FalseAlarms(world=SMALL, reads=400, runs=100, wrong=9, plain=40)
    measured = Measured(
        planned=[good, bad],
        open_ended=[good],
        mismatches=[Mismatch(split=0.5, runs=1_000, checked=9, chi_square=30)],
        powers=[replace(measure_power((0.2, 0.4), 20), same=1)],
    )
    assert measured.missed == ["false alarms, 10%, 2,000, 50:50, 400", "split, 50:50", "power, 20% to 40%"]
    text = section(measured, "the command", 100)
    assert "| 10%, 2,000, 50:50, 400 | 9.0% | 4.8% to 16.2% | 40.0% | missed |" in text
    assert text.count("| met |") == 2
    assert "nan" not in text
