from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from training.leaks import find_leaks
from training.table import load_mapping, read_leads

MAPPINGS = Path(__file__).parents[3] / "benchmarks" / "mappings"
ROOT = Path(__file__).parents[4]
DATA = Path(os.getenv("PUBLIC_DATA") or ROOT.parent / "shared" / "data")
FILES = {
    "xeducation_first_touch": "xeducation_leads/leads.csv.gz",
    "xeducation_all": "xeducation_leads/leads.csv.gz",
    "crm_opportunities": "crm_opportunities/sales_pipeline.csv.gz",
    "airbnb": "airbnb_nyc_listings/listings.csv.gz",
    "bank": "bank_marketing/calls.csv.gz",
    "caravan": "caravan/customers.csv.gz",
}

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not here; PUBLIC_DATA names their folder"),
]


def read(name, **changes):
    mapping = replace(load_mapping(MAPPINGS / f"{name}.toml"), **changes)
    return read_leads(DATA / FILES[name], mapping)


@pytest.mark.parametrize(
    ("name", "leads", "base_rate"),
    [
        ("xeducation_first_touch", 6468, 0.379),
        ("crm_opportunities", 4599, 0.637),
        ("airbnb", 34714, 0.341),
        ("bank", 25266, 0.058),
        ("caravan", 4057, 0.061),
    ],
)
def test_honest_columns_are_not_named(name, leads, base_rate):
    table = read(name)
    assert len(table.leads) == leads
    assert table.outcomes.mean() == pytest.approx(base_rate, abs=1e-3)
    assert find_leaks(table) == ()


def test_notes_of_sales_people_are_named():
    assert [finding.feature for finding in find_leaks(read("xeducation_all"))] == ["Tags", "Lead Quality"]


def test_the_duration_of_a_call_is_named():
    assert [finding.feature for finding in find_leaks(read("bank", exclude=()))] == ["duration"]


def test_reviews_are_named():
    features = [finding.feature for finding in find_leaks(read("airbnb", include=None))]
    assert features == ["last_review", "number_of_reviews"]


def test_what_is_known_at_closing_is_named():
    outcome = replace(load_mapping(MAPPINGS / "crm_opportunities.toml").outcome, time_column=None)
    found = find_leaks(read("crm_opportunities", include=None, outcome=outcome))
    assert [(finding.feature, finding.rule) for finding in found] == [
        ("close_value", "ranks_alone"),
        ("close_date", "later_than_scoring"),
    ]
