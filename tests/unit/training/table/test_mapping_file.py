from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import InvalidInput
from training.table import LeadMapping, OutcomeRule, load_mapping

MAPPINGS = Path(__file__).parents[3] / "benchmarks" / "mappings"
FULL = """
[fields]
lead_id = "Id"
category = ["Area", "Kind"]

[attributes]
include = ["A", "B"]
exclude = ["C"]
numeric = ["A"]
categorical = ["B"]
missing = ["Select"]
known_at_scoring = ["B"]

[outcome]
column = "Stage"
positive = ["Won"]
negative = ["Lost"]
time = "Closed"

[order]
column = "Number"
date_format = "%Y-%m-%d"
"""


def problems_of(lead_file, text):
    with pytest.raises(InvalidInput) as caught:
        load_mapping(lead_file(text, "mapping.toml"))
    return {violation.field.removeprefix("mapping.toml, "): violation.rule for violation in caught.value.violations}


def test_reads_every_key(lead_file):
    assert load_mapping(lead_file(FULL, "mapping.toml")) == LeadMapping(
        outcome=OutcomeRule(
            column="Stage", positive=frozenset(["Won"]), negative=frozenset(["Lost"]), time_column="Closed"
        ),
        fields={"lead_id": ("Id",), "category": ("Area", "Kind")},
        include=("A", "B"),
        exclude=("C",),
        numeric=("A",),
        categorical=("B",),
        missing=frozenset(["", "Select"]),
        order_column="Number",
        date_format="%Y-%m-%d",
        known_at_scoring=frozenset(["B"]),
    )


def test_an_outcome_is_enough(lead_file):
    assert load_mapping(lead_file('[outcome]\ncolumn = "y"\n', "m.toml")) == LeadMapping(
        outcome=OutcomeRule(column="y")
    )


def test_says_everything_that_is_wrong_at_once(lead_file):
    found = problems_of(
        lead_file,
        """
        [field]
        [fields]
        lead_id = ["A", "B"]
        titel = "T"
        [attributes]
        include = [1]
        [outcome]
        at_least = "1"
        missing_is_negative = "yes"
        positive = ["won"]
        negative = ["WON"]
        """,
    )
    assert found == {
        "[field]": "must be one of fields, attributes, outcome, order, scoring",
        "[fields] titel": "must be one of category, description, email, lead_id, location_name, owner_id, phone, "
        "posted_time, price, title",
        "[fields] lead_id": "must name one column; only title, description, category, location_name may name several",
        "[attributes] include": "must be a text or a list of texts",
        "[outcome] column": "must name the column with the outcome",
        "[outcome] negative": "must share no value with positive",
        "[outcome] at_least": "must be a finite number",
        "[outcome] missing_is_negative": "must be true or false",
    }


@pytest.mark.parametrize(
    ("text", "rule"),
    [("[outcome\n", "must be TOML"), (b"\xff", "must be text in UTF-8"), ("fields = 3\n", "must be a table")],
)
def test_refuses_what_is_no_mapping(lead_file, text, rule):
    assert any(said.startswith(rule) for said in problems_of(lead_file, text).values())


def test_names_a_mapping_that_is_not_there(tmp_path):
    with pytest.raises(InvalidInput, match=r"no\.toml must be a readable file"):
        load_mapping(tmp_path / "no.toml")


@pytest.mark.parametrize("path", sorted(MAPPINGS.glob("*.toml")), ids=lambda path: path.stem)
def test_mappings_of_the_public_data_are_well_formed(path):
    assert load_mapping(path).outcome.column
