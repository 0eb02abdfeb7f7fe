"""Training rows are as of their moment: what was not known strictly before it takes no part."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from core.features.feature_set import FeatureSet
from core.features.fitting import FeatureOptions, learn_families, training_rows
from core.features.history import MIN_EVIDENCE, History, OutcomeTable, cells_of
from core.lead import Lead

OPTIONS = FeatureOptions(
    keywords={"urgency": ["urgent"], "budget": ["budget"]},
    numeric_attributes=["size"],
    categorical_attributes=["source", "vip"],
)
HISTORY = [feature.name for feature in History.features]


def fit(log, options=OPTIONS):
    families = learn_families(log, options)
    feature_set, rows = training_rows(log, families)
    return families, feature_set, rows


def known_to(log, position):
    """Return the outcomes known strictly before the moment of one lead, the slow way."""
    known = []
    for i, (lead, converted) in enumerate(zip(log.leads, log.outcomes, strict=True)):
        moment = log.moments[position]
        if moment is None:
            before = i < position
        else:
            # An outcome cannot have been known before its own lead came.
            times = [time for time in (log.outcome_times[i], log.moments[i]) if time is not None]
            before = max(times) < moment
        if before and i != position:
            known.append((lead, converted))
    return known


def as_of(log, families, position):
    """Return the row of one lead with nothing but the outcomes known to it."""
    table = OutcomeTable()
    for lead, converted in known_to(log, position):
        table.record(lead, converted=converted)
    everything = FeatureSet(replace(families, history=History(table)))
    vector = everything.vector(log.leads[position], log.moments[position])
    return dict(zip(everything.names, vector, strict=True))


@pytest.mark.parametrize("clock", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_every_row_is_what_could_be_known_at_its_moment(seed, clock, make_log):
    log = make_log(90, seed, clock=clock)
    families, feature_set, rows = fit(log)
    assert set(HISTORY) <= set(feature_set.names)
    for position in range(len(rows)):
        expected = as_of(log, families, position)
        np.testing.assert_array_equal(rows[position], [expected[name] for name in feature_set.names])


@pytest.mark.parametrize("clock", [True, False])
def test_turning_an_outcome_over_never_changes_its_own_row_nor_an_earlier_one(clock, make_log):
    log = make_log(60, 3, clock=clock)
    _, feature_set, rows = fit(log)
    changed_rows = 0
    for position in range(0, 60, 7):
        outcomes = [value != (i == position) for i, value in enumerate(log.outcomes)]
        _, other_set, other = fit(replace(log, outcomes=outcomes))
        assert other_set.names == feature_set.names
        np.testing.assert_array_equal(other[: position + 1], rows[: position + 1])
        changed_rows += int((other != rows)[~np.isnan(other) & ~np.isnan(rows)].any())
    assert changed_rows  # the test would be empty if no outcome ever mattered


def test_leads_of_one_moment_do_not_know_of_each_other(make_log):
    log = make_log(40, 1)
    same = replace(log, moments=[log.moments[0]] * 40, outcome_times=[None] * 40)
    _, feature_set, _ = fit(same)
    assert not set(HISTORY) & set(feature_set.names)  # nobody knew anything: they never vary


def test_an_outcome_dated_before_its_own_lead_does_not_reach_its_row(make_log):
    log = make_log(80, 2)
    sloppy = replace(log, outcome_times=[moment - timedelta(hours=12) for moment in log.moments])
    exact = replace(log, outcome_times=[None] * 80)
    np.testing.assert_array_equal(fit(sloppy)[2], fit(exact)[2])


@pytest.mark.parametrize("clock", [True, False])
def test_after_training_the_served_table_holds_every_outcome(clock, make_log):
    log = make_log(150, 4, clock=clock)
    _, feature_set, _ = fit(log)
    closed, won = Counter(), Counter()
    for lead, converted in zip(log.leads, log.outcomes, strict=True):
        closed.update(cells_of(lead))
        won.update(cells_of(lead) if converted else ())
    expected = {cell: (count, won[cell]) for cell, count in closed.items() if count >= MIN_EVIDENCE}
    assert feature_set.families.history.table.cells() == expected


def test_features_that_never_vary_are_left_out(make_log):
    log = make_log(100, 5)
    leads = [replace(lead, phone="1", attributes={"size": 3.0}) for lead in log.leads]
    _, feature_set, rows = fit(replace(log, leads=leads))
    gone = {"phone.given", "attribute:size", "text.has_url", "location.remote"}
    assert not gone & set(feature_set.names)
    assert len(feature_set) == rows.shape[1]
    for column in rows.T:
        assert len(np.unique(column[~np.isnan(column)])) + np.isnan(column).any() > 1
    # every lead is judged the moment it is posted, so the age is always 0
    assert "posted.age_hours" not in feature_set.names


def test_what_is_learned_of_the_leads(make_log):
    log = make_log(100, 6)
    families, _, _ = fit(log)
    places = Counter(" ".join(lead.location_name.casefold().split()) for lead in log.leads)
    assert families.location.leads_per_market == {name: places[name] for name in ("berlin", "new york")}
    assert families.location.lead_count == 100
    assert families.attributes.categorical["source"].names == ("fair", "web")
    assert families.category.group.levels.names == ("property", "software")
    assert set(families.title_terms.idf) == {"flat", "with", "garden", "house", "for", "sale", "büro", "gesucht"}


def test_the_first_leads_of_a_log(make_log):
    log = make_log(10, 0)
    assert log.first(4).leads == log.leads[:4]
    assert log.first(4).outcome_times == log.outcome_times[:4]
    assert len(log.first(4).outcomes) == len(log.first(4).moments) == 4


def test_rare_terms_and_markets_of_one_lead_are_not_learned(make_log):
    log = make_log(50, 7)
    odd = Lead(lead_id="odd", title="Rumpelstiltskin", location_name="Nowhere", posted_time=log.moments[-1])
    families, feature_set, _ = fit(replace(log, leads=[*log.leads[:-1], odd]))
    assert "nowhere" not in families.location.leads_per_market
    assert not any("rumpelstiltskin" in name for name in feature_set.names)


def test_without_time_a_row_sees_the_outcomes_of_the_other_folds(make_log):
    log = replace(make_log(120, 3, clock=False), in_time_order=False)
    families = learn_families(log, OPTIONS)
    _, rows = training_rows(log, families)
    order = np.random.default_rng(42).permutation(120)
    fold_of = {int(position): number for number, fold in enumerate(np.array_split(order, 10)) for position in fold}
    for i in (0, 17, 119):
        table = OutcomeTable()
        for j, lead in enumerate(log.leads):
            if fold_of[j] != fold_of[i]:
                table.record(lead, converted=log.outcomes[j])
        expected = FeatureSet(replace(families, history=History(table))).vector(log.leads[i], None)
        feature_set, _ = training_rows(log, families)
        everything = FeatureSet(families)
        columns = [everything.names.index(name) for name in feature_set.names]
        assert np.array_equal(rows[i], expected[columns], equal_nan=True)


def test_rows_in_another_order_than_their_moments_know_the_same(make_log):
    """Labels become known in another order than leads come; what a row knew is a matter of its moment alone."""
    log = make_log(90, 2, clock=True)
    order = np.random.default_rng(0).permutation(90)
    mixed = replace(
        log,
        **{name: [getattr(log, name)[i] for i in order] for name in ("leads", "outcomes", "moments", "outcome_times")},
    )
    _, feature_set, rows = fit(log)
    _, other_set, other_rows = fit(mixed)
    assert other_set.names == feature_set.names
    np.testing.assert_array_equal(other_rows, rows[order])


@pytest.mark.parametrize("in_time_order", [True, False])
def test_outcomes_that_are_not_sure_take_no_part_in_success_rates(in_time_order, make_log):
    log = replace(make_log(120, 4, clock=True), in_time_order=in_time_order)
    judged = [i % 3 != 0 for i in range(120)]
    turned = [converted if sure else not converted for converted, sure in zip(log.outcomes, judged, strict=True)]
    families, _, rows = fit(replace(log, judged=judged))
    other_families, _, other_rows = fit(replace(log, judged=judged, outcomes=turned))
    np.testing.assert_array_equal(rows, other_rows)
    assert families.history.table.cells() == other_families.history.table.cells()
    closed = families.history.table.cells()["*"][0]
    assert closed == sum(judged)


def test_the_oldest_leads_keep_their_labels(make_log):
    log = replace(make_log(10, 1, clock=True), targets=[0.5] * 10, weights=[1.0] * 10, judged=[True, False] * 5)
    first = log.first(3)
    assert (first.targets, first.weights, first.judged) == ([0.5] * 3, [1.0] * 3, [True, False, True])
