from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from core.adapters.keyword_file import read_keywords
from core.explain import EVERYTHING_ELSE
from core.features.feature_set import FeatureSet
from core.features.fitting import FeatureOptions, LabelledLeads, learn_families
from core.lead import Lead
from core.scoring.reasons import MissingReasons, reason_index, value_text

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
ATTRIBUTES = ("Price", EVERYTHING_ELSE, "Category", "Title mentions: flat", "Price (attribute)")


@pytest.fixture(scope="module")
def feature_set():
    """Every feature there is, with tenants' attributes that are called like ours."""
    leads = [
        Lead(
            lead_id=f"l{i}",
            title="flat" if i % 2 else "house",
            description="urgent",
            category="Homes/Flat",
            location_name="Berlin",
            attributes={**dict.fromkeys(ATTRIBUTES, 1.0), "size": 2.5, "source": "web", "vip": True},
        )
        for i in range(40)
    ]
    log = LabelledLeads(
        leads=leads, outcomes=[i % 3 == 0 for i in range(40)], moments=[None] * 40, outcome_times=[None] * 40
    )
    options = FeatureOptions(
        keywords=read_keywords(),
        numeric_attributes=[*ATTRIBUTES, "size"],
        categorical_attributes=["source", "vip"],
    )
    return FeatureSet(learn_families(log, options))


@pytest.fixture(scope="module")
def index(feature_set):
    return reason_index(feature_set)


@pytest.fixture(scope="module")
def text_of(feature_set, index):
    def read(name, lead, moment=NOW):
        row = feature_set.vector(lead, moment)
        return value_text(feature_set, index, index.names.index(name), lead, row)

    return read


@pytest.fixture(scope="module")
def missing_of(feature_set, index):
    missing = MissingReasons(feature_set, index)

    def names(lead, moment=NOW):
        return {index.names[reason] for reason in missing.of(lead, feature_set.vector(lead, moment))}

    return names


def test_every_feature_has_its_reason_and_names_are_unique(feature_set, index):
    assert len(set(index.names)) == len(index.names) == len(index.groups)
    assert EVERYTHING_ELSE not in index.names
    for feature, reason in zip(feature_set.features, index.reason_of_feature, strict=True):
        assert index.names[reason].startswith(feature.reason)
        assert index.groups[reason] == feature.group.value
    # in the order of their first feature
    firsts = [int(np.argmax(index.reason_of_feature == reason)) for reason in range(len(index.names))]
    assert firsts == sorted(firsts)


def test_attributes_called_like_ours_carry_their_group_and_ours_stay_plain(feature_set, index):
    group_of = dict(zip(index.names, index.groups, strict=True))
    assert group_of["Price"] == "text"
    assert group_of["Price (attribute)"] == "attribute"
    assert group_of["Price (attribute) (attribute)"] == "attribute"
    assert group_of[f"{EVERYTHING_ELSE} (attribute)"] == "attribute"
    assert group_of["Category"] == "category"
    assert group_of["Category (attribute)"] == "attribute"
    assert group_of["Title mentions: flat"] == "text"
    assert group_of["Title mentions: flat (attribute)"] == "attribute"
    assert group_of["size"] == "attribute"  # no bracket without need
    ours = [
        f.name for f, r in zip(feature_set.features, index.reason_of_feature, strict=True) if index.names[r] == "Price"
    ]
    assert ours == ["price"]


def test_renamed_attributes_are_still_found_by_their_true_name(text_of, missing_of):
    lead = Lead(lead_id="l", price=7.0, attributes={"Price": 12.5, EVERYTHING_ELSE: 3.0})
    assert text_of("Price", lead) == "7"
    assert text_of("Price (attribute)", lead) == "12.5"
    assert text_of(f"{EVERYTHING_ELSE} (attribute)", lead) == "3"
    missing = missing_of(lead)
    assert not {"Price", "Price (attribute)", f"{EVERYTHING_ELSE} (attribute)"} & missing
    assert {"Category (attribute)", "Price (attribute) (attribute)"} <= missing
    assert "Price" in missing_of(Lead(lead_id="l", attributes={"Price": 12.5}))
    assert "Price (attribute)" in missing_of(Lead(lead_id="l", price=12.5))


FULL = Lead(
    lead_id="l",
    title="URGENT flat",
    description="urgent. $20k, 1 year",
    category="Homes/Flat",
    location_name="Berlin",
    price=1_250.0,
    email="a@firm.example",
    posted_time=datetime(2026, 3, 2, 8, tzinfo=UTC),
    attributes={"size": 1 / 3, "source": "web", "vip": False},
)


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("Price", "1,250"),
        ("Amount named in the text", "20,000"),
        ("Experience asked for", "1 year"),
        ("Category", "Homes/Flat"),
        ("Category group", "Homes/Flat"),
        ("Success of this category so far", "35.0 %"),
        ("Popularity of the location", "Berlin"),
        ("Known market", "yes"),
        ("Remote", "no"),
        ("Age", "1 day"),
        ("Hour of posting", "08:00"),
        ("Weekday of posting", "Monday"),
        ("Posted in business hours", "no"),
        ("Title: number of words", "2"),
        ("Title: capitals", "54.5 %"),
        ("Title: urgency keywords", "1"),
        ("Title mentions: flat", "mentioned"),
        ("Title mentions: house", "not mentioned"),
        ("Business e-mail", "yes"),
        ("Telephone given", "no"),
        ("size", "0.3333"),
        ("source", "web"),
        ("vip", "false"),
    ],
)
def test_values_read_like_something_a_person_would_say(reason, text, text_of):
    assert text_of(reason, FULL) == text


@pytest.mark.parametrize(
    ("hours", "text"), [(0, "0 hours"), (1, "1 hour"), (23, "23 hours"), (23.8, "1 day"), (24, "1 day"), (60, "2 days")]
)
def test_ages_are_hours_then_days(hours, text, text_of):
    from datetime import timedelta

    assert text_of("Age", FULL, FULL.posted_time + timedelta(hours=hours)) == text


def test_every_reason_of_every_lead_has_a_short_text(feature_set, index):
    odd = Lead(
        lead_id="l",
        title="x" * 1_000,
        category="c" * 200,
        location_name="p" * 200,
        attributes={"source": "s" * 1_000, "size": 1e300, "vip": "maybe"},
    )
    for lead in (FULL, odd, Lead(lead_id="l")):
        row = feature_set.vector(lead, NOW)
        for reason in range(len(index.names)):
            assert len(value_text(feature_set, index, reason, lead, row)) <= 80


def test_what_a_lead_does_not_say_is_missing(missing_of, index):
    missing = missing_of(Lead(lead_id="l"))
    present = set(index.names) - missing
    # What is left are facts about a lead that says nothing.
    assert present == {
        "E-mail in the text",
        "Telephone in the text",
        "Web address in the text",
        "E-mail given",
        "Business e-mail",
        "Telephone given",
        "Number of similar leads so far",
    }


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_text_is_a_missing_attribute(value, missing_of):
    assert "source" in missing_of(Lead(lead_id="l", attributes={"source": value}))


@pytest.mark.parametrize("attributes", [{"vip": False}, {"size": 0.0}, {"source": "television"}])
def test_a_zero_a_no_and_a_new_value_are_known(attributes, missing_of):
    assert not set(attributes) & missing_of(Lead(lead_id="l", attributes=attributes))


def test_a_number_that_became_a_text_is_missing(missing_of):
    assert "size" in missing_of(Lead(lead_id="l", attributes={"size": "large"}))


def test_a_full_lead_misses_only_what_it_lacks(missing_of):
    renamed = {f"{name} (attribute)" for name in ATTRIBUTES}
    assert missing_of(FULL) == renamed
