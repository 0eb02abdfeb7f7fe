from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import numpy as np
import pytest

from core.feedback.label import Label, LabelSet, Provenance
from core.monitoring.drift_check import FULL_EVERY, LEAST_ROWS, DriftCheck, drift_report
from core.monitoring.findings import Baseline
from core.monitoring.known_outcomes import KnownOutcomes
from core.monitoring.served_scores import ServedScore
from core.monitoring.sketch import empty_sketch
from tests.parts import drift_worlds as world

NOW = datetime(2026, 3, 4, 12, 20, tzinfo=UTC)
DAY = timedelta(days=1)
REFERENCE = world.training(np.random.default_rng(1), 1_000)
PROFILE = world.profile_of(REFERENCE)
NOTHING = empty_sketch(world.WIDTH)


def served(number, shift=0.0, seed=2):
    return world.served(np.random.default_rng([seed, number]), REFERENCE, number, shift=shift)


def report(days, last_full=None, profile=PROFILE):
    return drift_report(profile, [*days, *[NOTHING] * (15 - len(days))], NOW, last_full)


def test_a_day_is_enough_or_as_many_as_it_takes():
    assert report([served(200), served(300)]).row_count == 200
    few = report([served(30)] * 10)
    assert few.row_count == 120
    assert few.start_time == datetime(2026, 3, 4, 13, tzinfo=UTC) - 4 * DAY
    assert report([served(5)] * 15).row_count == 35


def test_too_few_answers_say_nothing_and_use_no_full_check():
    found = report([served(LEAST_ROWS - 1)])
    assert (found.features, found.score, found.is_full) == ((), None, False)
    assert report([NOTHING]).expected_metrics == ()
    assert report([NOTHING]).score_bins == ()


def test_the_week_before_is_a_baseline_once_it_has_enough():
    alone = report([served(200), served(50)])
    assert {one.baseline for one in alone.features} == {Baseline.TRAINING}
    both = report([served(200), *[served(50, seed=day) for day in range(3, 10)]])
    assert {one.baseline for one in both.features} == {Baseline.TRAINING, Baseline.LAST_WEEK}
    assert len(both.features) == 2 * world.WIDTH


def test_a_full_check_comes_once_a_day_and_others_ask_for_more():
    assert report([served(200)]).is_full
    assert not report([served(200)], NOW - timedelta(hours=1)).is_full
    assert report([served(200)], NOW - FULL_EVERY).is_full
    kept = report([served(200)], NOW - timedelta(hours=1))
    assert kept.full_check_time == NOW - timedelta(hours=1)
    slight = [served(120, shift=0.5, seed=seed) for seed in range(30)]
    by_full = [report([day]).drifted_features for day in slight]
    in_between = [report([day], NOW - DAY / 24).drifted_features for day in slight]
    found = ("feature_0",)
    assert all(less in {(), more} for less, more in zip(in_between, by_full, strict=True))
    assert in_between.count(found) < by_full.count(found)
    assert report([served(300, shift=1.0)], NOW - DAY / 24).drifted_features == found


def test_the_calendar_is_compared_by_whole_weeks_only():
    profile = replace(PROFILE, calendar=[True, *[False] * (world.WIDTH - 1)])
    shifted = [served(200, shift=2.0, seed=day) for day in range(6)]
    assert "feature_0" not in report(shifted, profile=profile).drifted_features
    week = [*shifted, served(200, shift=2.0, seed=7)]
    found = [one for one in report(week, profile=profile).features if one.name == "feature_0"]
    assert [(one.baseline, one.drifted) for one in found] == [(Baseline.TRAINING, True)]


def test_silence_is_stale_only_if_the_same_day_of_the_week_before_was_not_silent():
    before = [NOTHING, *[served(60)] * 6]
    assert report([*before, served(60)]).stale
    assert not report([*before, NOTHING]).stale
    assert not report([served(1), *[served(60)] * 7]).stale


def test_bins_of_scores_are_shares():
    bins = report([served(500)]).score_bins
    assert (bins[0].lower, bins[-1].upper) == (0.0, 100.0)
    assert sum(one.share for one in bins) == pytest.approx(1.0)
    assert sum(one.baseline_share for one in bins) == pytest.approx(1.0)


def label(number, converted):
    return Label(
        lead_id=f"lead-{number}",
        target=float(converted),
        weight=1.0,
        is_outcome=True,
        mature_time=NOW,
        known_time=NOW,
        provenance=(Provenance.OUTCOME,),
    )


class Known:
    """Labels, and what was said of them, one lead a day back from now."""

    def __init__(self, number, pending=0):
        self.labels = tuple(label(one, one % 3 == 0) for one in range(number))
        self.pending = pending

    def label_set(self, tenant, as_of):
        return LabelSet(tenant=tenant, as_of=as_of, labels=self.labels, pending_count=self.pending, fingerprint="x")

    def of_version(self, tenant, version, labels):
        return {
            one.lead_id: ServedScore(probability=0.4, score_time=NOW - number * DAY, token_id="t")  # noqa: S106
            for number, one in enumerate(labels)
            if number != 2  # never scored by this version
        }


def outcomes(known):
    return KnownOutcomes(labels=known, served=known, outcome_window=10 * DAY)


def test_outcomes_are_joined_in_the_order_they_were_scored():
    sample = outcomes(Known(6)).sample("t", "v1", NOW - 30 * DAY, NOW)
    assert sample.outcomes.tolist() == [False, False, True, False, True]
    assert sample.probabilities.tolist() == [0.4] * 5
    assert len(outcomes(Known(6)).sample("t", "v1", NOW - 3.5 * DAY, NOW).outcomes) == 3
    assert len(outcomes(Known(0)).sample("t", "v1", NOW - 30 * DAY, NOW).outcomes) == 0


def test_while_many_leads_wait_only_closed_windows_count():
    assert len(outcomes(Known(20, pending=5)).sample("t", "v1", NOW - 30 * DAY, NOW).outcomes) == 19
    closed = outcomes(Known(20, pending=6)).sample("t", "v1", NOW - 30 * DAY, NOW)
    assert len(closed.outcomes) == 10


def test_without_a_version_there_is_nothing_to_check():
    class NoVersion:
        def active(self, tenant, kind):
            return None

    check = DriftCheck(
        NoVersion(), None, outcomes(Known(0)), None, None, lambda: NOW, targets=(), new_id=lambda: str(next(count()))
    )
    assert check.check("t") is None


def test_only_labels_that_can_be_of_the_window_are_looked_up():
    known, asked = Known(6), []
    old = replace(label(9, converted=True), mature_time=NOW - 31 * DAY)
    known.labels = (old, *known.labels)

    def of_version(tenant, version, labels):
        asked.extend(one.lead_id for one in labels)
        return {}

    known.of_version = of_version
    outcomes(known).sample("t", "v1", NOW - 30 * DAY, NOW)
    assert asked == [f"lead-{number}" for number in range(6)]
