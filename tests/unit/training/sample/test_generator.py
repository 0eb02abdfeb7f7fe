from __future__ import annotations

import hashlib
import re
from collections import Counter
from datetime import timedelta

import numpy as np
import pytest

from core.evaluation import evaluate
from training.leaks import find_leaks
from training.sample import generate_leads, true_probability, write_csv
from training.sample.generator import SAMPLE_END, SAMPLE_SPAN, TRADES
from training.table import load_mapping, read_leads


@pytest.fixture(scope="module")
def sample():
    return generate_leads(4000, 11)


def test_the_bytes_are_the_same_on_every_python(tmp_path):
    write_csv(tmp_path / "leads.csv", 300, 7)
    digest = hashlib.sha256((tmp_path / "leads.csv").read_bytes()).hexdigest()
    assert digest == "563c7bcfc59f482a6e30d8b089777c5d1dad1d695a35e829167b8e22183ae38c"


def test_another_seed_gives_other_leads():
    assert generate_leads(50, 1) == generate_leads(50, 1)
    assert generate_leads(50, 1) != generate_leads(50, 2)
    assert generate_leads(0, 1) == []


def test_a_quarter_converts_and_the_best_auc_leaves_room(sample):
    outcomes = np.array([outcome.converted for _, outcome in sample])
    truth = np.array([true_probability(lead) for lead, _ in sample])
    values = evaluate(outcomes, truth)
    assert values["base_rate"] == pytest.approx(0.25, abs=0.03)
    assert 0.85 <= values["auc"] <= 0.90
    assert values["ece"] < 0.03


def test_leads_look_like_leads(sample):
    words = [len(lead.description.split()) for lead, _ in sample]
    assert min(words) >= 40
    assert max(words) <= 120
    groups = Counter(lead.category.split("/")[0] for lead, _ in sample)
    assert set(groups) == {trade.group for trade in TRADES}
    assert min(groups.values()) > 800
    assert not any(re.search(r"[{}]", lead.title + lead.description) for lead, _ in sample)
    places = {lead.location_name for lead, _ in sample}
    assert {"Berlin", "Berlin (hybrid)", "Remote", "Remote (Berlin)", ""} <= places
    assert len({lead.description for lead, _ in sample}) > 3990


def test_times_run_forward_through_half_a_year(sample):
    posted = [lead.posted_time for lead, _ in sample]
    assert posted == sorted(posted)
    assert posted[0] >= SAMPLE_END - SAMPLE_SPAN
    assert posted[-1] < SAMPLE_END
    assert posted[-1] - posted[0] > timedelta(days=175)
    assert all(outcome.outcome_time > lead.posted_time for lead, outcome in sample)


def test_every_attribute_is_sometimes_missing(sample):
    known = Counter(name for lead, _ in sample for name in lead.attributes)
    assert len(known) == 8
    assert all(1000 < count < 4000 for count in known.values())


def test_the_file_reads_back_as_the_same_leads(tmp_path, sample):
    mapping = write_csv(tmp_path / "leads.csv", 4000, 11)
    table = read_leads(tmp_path / "leads.csv", load_mapping(mapping))
    assert table.numeric_attributes == ("pages_viewed", "minutes_on_site", "company_size")
    assert [lead.title for lead in table.leads] == [lead.title for lead, _ in sample]
    assert list(table.outcome_times) == [outcome.outcome_time for _, outcome in sample]
    assert [true_probability(lead) for lead in table.leads] == [true_probability(lead) for lead, _ in sample]


def test_nothing_in_it_gives_the_outcome_away(tmp_path):
    mapping = write_csv(tmp_path / "leads.csv", 2000, 3)
    assert find_leaks(read_leads(tmp_path / "leads.csv", load_mapping(mapping))) == ()


def test_the_law_by_hand(sample):
    lead = next(lead for lead, _ in sample)
    bare = type(lead)(lead_id=lead.lead_id)
    assert true_probability(bare) == pytest.approx(1 / (1 + np.exp(4.25)))
    keen = type(lead)(
        lead_id=lead.lead_id,
        phone="+1 202 555 0100",
        description="This is urgent, ideally this week.",
        attributes={"source": "referral", "budget_confirmed": "yes", "minutes_on_site": 8.0},
    )
    z = -4.25 + 0.6 + 1.3 + 1.5 + 1.3 + 0.8 + 0.8
    assert true_probability(keen) == pytest.approx(1 / (1 + np.exp(-z)))
