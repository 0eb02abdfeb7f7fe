from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from core.evaluation import auc
from core.lead import Lead
from core.scoring.baseline import BaselineScorer, fields_of
from core.scoring.estimate import EVERYTHING_ELSE, named_reasons
from core.scoring.result import IntervalMethod, ScoreSource
from training.sample import generate_leads

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def planted(count, seed=0, *, signal=True):
    """Leads where source decides (80 % against 20 %) and colour says nothing."""
    random = np.random.default_rng(seed)
    rows = []
    for i in range(count):
        source = ("fair", "web")[random.integers(0, 2)]
        colour = ("red", "green", "blue")[random.integers(0, 3)]
        rate = {"fair": 0.8, "web": 0.2}[source] if signal else 0.5
        lead = Lead(lead_id=f"l{i}", location_name=colour, attributes={"source": source})
        rows.append((lead, bool(random.random() < rate)))
    return rows


def lead_from(source, colour="red"):
    return Lead(lead_id="new", location_name=colour, attributes={"source": source})


def reasons_of(estimate):
    return {reason.name: reason for reason in estimate.reasons}


def test_what_the_tables_know_of_a_lead():
    lead = Lead(
        lead_id="l",
        category="Software/QA",
        location_name="New  York",
        price=99.0,
        email="a@gmail.com",
        attributes={"size": 5.0, "loss": -0.3, "zero": 0.0, "vip": True, "note": " hot ", "empty": ""},
    )
    assert fields_of(lead) == [
        ("Has an e-mail", "text", "private"),
        ("Has a telephone", "text", "no"),
        ("Category group", "category", "software"),
        ("Category", "category", "software/qa"),
        ("Location", "location", "new york"),
        ("Price", "text", "band 8"),
        ("size", "attribute", "2^2"),
        ("loss", "attribute", "-2^-2"),
        ("zero", "attribute", "0"),
        ("vip", "attribute", "true"),
        ("note", "attribute", "hot"),
    ]


def test_a_planted_signal_is_learned():
    scorer = BaselineScorer(planted(400))
    fair, web = (scorer.estimate(lead_from(source), NOW) for source in ("fair", "web"))
    assert fair.probability == pytest.approx(0.8, abs=0.08)
    assert web.probability == pytest.approx(0.2, abs=0.08)
    reasons = reasons_of(fair)
    assert reasons["source"].points > 10 * abs(reasons["Location"].points)
    assert scorer.source is ScoreSource.BASELINE
    assert scorer.outcome_count == 400


def test_sample_leads_are_ordered_well_by_the_first_thousand():
    leads = [(lead, outcome.converted) for lead, outcome in generate_leads(1_500, seed=3)]
    scorer = BaselineScorer(leads[:1_000])
    held_out = leads[1_000:]
    probabilities = [scorer.estimate(lead, NOW).probability for lead, _ in held_out]
    assert auc([converted for _, converted in held_out], probabilities) > 0.7


def test_without_signal_the_strength_goes_to_nothing():
    strengths = [BaselineScorer(planted(200, seed, signal=False))._strength for seed in range(10)]
    assert np.median(strengths) == 0.0
    assert np.mean(strengths) < 0.2
    assert all(BaselineScorer(planted(200, seed))._strength >= 0.8 for seed in range(5))


def test_the_strength_is_the_best_when_each_lead_is_left_out_for_real():
    rows = planted(60, seed=2)
    scorer = BaselineScorer(rows)
    strengths = np.linspace(0, 1, 21)
    losses = np.zeros(21)
    for i, (lead, converted) in enumerate(rows):
        rest = BaselineScorer(rows[:i] + rows[i + 1 :])
        base = rest._base_log_odds(0, 0)
        total = sum(rest._log_ratio(field, 0, 0) for field in fields_of(lead))
        margin = base + strengths * total
        losses += np.logaddexp(0, -margin if converted else margin)
    assert scorer._strength == pytest.approx(strengths[int(np.argmin(losses))])


@pytest.mark.parametrize("converted", [True, False])
@pytest.mark.parametrize("count", [1, 3, 30])
def test_outcomes_of_one_kind_move_the_rate_and_blame_no_field(converted, count):
    scorer = BaselineScorer([(lead_from("web"), converted)] * count)
    estimate = scorer.estimate(lead_from("web"), NOW)
    rate = (count + 2) / (count + 4)
    assert estimate.probability == pytest.approx(rate if converted else 1 - rate)
    assert all(reason.points == 0 for reason in estimate.reasons)


def test_no_outcomes_at_all_are_one_half_and_not_sure_of_it():
    estimate = BaselineScorer([]).estimate(lead_from("web"), NOW)
    assert estimate.probability == 0.5
    assert estimate.interval.upper - estimate.interval.lower > 0.9


@pytest.mark.parametrize("seed", range(5))
def test_the_points_add_up_to_the_score(seed):
    scorer = BaselineScorer(planted(80, seed))
    for lead, _ in planted(50, seed + 100):
        estimate = scorer.estimate(lead, NOW)
        total = estimate.base_points + sum(reason.points for reason in estimate.reasons)
        assert total == pytest.approx(100 * estimate.probability, abs=1e-9)


def test_fields_that_cancel_out_still_have_their_points():
    """The chord has no slope where the score returns to the base: the sigmoid's own takes its place."""
    rows = [(Lead(lead_id="l", phone=p, email=e), c) for p, e, c in [("1", "", True), ("", "a@b.example", False)] * 20]
    scorer = BaselineScorer(rows)
    estimate = scorer.estimate(Lead(lead_id="l", phone="1", email="a@b.example"), NOW)
    telephone, email = reasons_of(estimate)["Has a telephone"], reasons_of(estimate)["Has an e-mail"]
    assert telephone.points == pytest.approx(-email.points)
    assert telephone.points > 10
    assert math.isfinite(telephone.points)


def test_the_interval_narrows_as_outcomes_grow_and_holds_the_probability():
    widths = []
    for count in (1, 10, 100, 1_000, 10_000):
        estimate = BaselineScorer(planted(count)).estimate(lead_from("fair"), NOW)
        interval = estimate.interval
        assert 0.0 <= interval.lower <= estimate.probability <= interval.upper <= 1.0
        assert (interval.method, interval.level) == (IntervalMethod.CREDIBLE, 0.9)
        widths.append(interval.upper - interval.lower)
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 0.8
    assert widths[-1] < 0.05


def test_a_value_never_seen_has_no_evidence():
    scorer = BaselineScorer(planted(1_000))
    known = scorer.estimate(lead_from("fair"), NOW)
    strange = Lead(lead_id="l", location_name="x", category="a/b", price=7.0, attributes={"new": "y", "also new": "z"})
    interval = scorer.estimate(strange, NOW).interval
    assert interval.upper - interval.lower > 3 * (known.interval.upper - known.interval.lower)


def test_the_same_counts_whatever_the_order():
    rows = planted(100)
    ahead, back = BaselineScorer(rows), BaselineScorer(rows[::-1])
    assert ahead.estimate(lead_from("web"), NOW) == back.estimate(lead_from("web"), NOW)


def test_values_are_shown_as_the_lead_has_them_not_as_bands():
    lead = Lead(lead_id="l", price=1_250.0, attributes={"size": 37.5, "vip": True, "note": "x" * 500})
    shown = {name: r.value_text for name, r in reasons_of(BaselineScorer(planted(50)).estimate(lead, NOW)).items()}
    assert shown["Price"] == "1,250"
    assert shown["size"] == "37.5"
    assert shown["vip"] == "true"
    assert len(shown["note"]) == 80
    assert shown["Has a telephone"] == "no"


def test_attributes_called_like_our_own_fields_keep_their_own_names_and_tables():
    names = ["Price", "Location", EVERYTHING_ELSE, "Price (attribute)", "plain"]
    rows = [
        (Lead(lead_id="l", price=10.0, location_name="Rome", attributes=dict.fromkeys(names, value)), value == "good")
        for value in ("good", "bad") * 40
    ]
    scorer = BaselineScorer(rows)
    estimate = scorer.estimate(rows[0][0], NOW)
    shown = [reason.name for reason in estimate.reasons]
    assert len(set(shown)) == len(shown)
    reasons = reasons_of(estimate)
    assert reasons["Price"].points == reasons["Location"].points == 0.0  # the same for all leads
    assert reasons["Price (attribute)"].points > 1
    assert reasons[f"{EVERYTHING_ELSE} (attribute)"].points > 1
    assert reasons["plain"].value_text == "good"
    _, _, shares = named_reasons(estimate, 3)
    assert sum(shares.values()) == pytest.approx(1.0)
    # The bracket is there even when the lead has no price of its own.
    alone = scorer.estimate(Lead(lead_id="l", attributes={"Price": "good"}), NOW)
    assert "Price (attribute)" in reasons_of(alone)


def test_a_lead_with_every_attribute_a_lead_may_have_is_scored():
    attributes = {f"a{i}": "good" for i in range(256)}
    rows = [
        (Lead(lead_id="l", attributes={**attributes, "a0": value}), value == "good") for value in ("good", "bad") * 50
    ]
    rows += [(Lead(lead_id="l", attributes=dict.fromkeys(attributes, "bad")), False)] * 50
    probability = BaselineScorer(rows).estimate(Lead(lead_id="l", attributes=attributes), NOW).probability
    assert 0.0 <= probability <= 1.0
