"""A lead must be scored as it was learned: the command and the trainer read one file by one mapping alike."""

from __future__ import annotations

import csv

import pytest
from leadline.leadfile.lead_rows import LeadRows
from leadline.leadfile.mapping_file import read_mapping
from leadline.leadfile.reading import read_rows

from training.table.mapping_file import load_mapping
from training.table.reading import read_leads

MAPPING = """
[fields]
lead_id = "Prospect ID"
title = ["name", "tags"]
category = ["area", "kind"]
price = "budget"
posted_time = "created"
[attributes]
exclude = ["note"]
numeric = ["visits"]
categorical = ["zip"]
missing = ["Select", "NA"]
known_at_scoring = ["source"]
[outcome]
column = "won"
positive = ["Yes", "1"]
time = "closed"
[order]
column = "number"
date_format = "%d.%m.%Y %H:%M"
"""
COLUMNS = [
    "Prospect ID",
    "name",
    "tags",
    "area",
    "kind",
    "budget",
    "created",
    "note",
    "visits",
    "zip",
    "source",
    "mixed",
    "seen",
    "title",
    "won",
    "closed",
    "number",
]
VARIANTS = [
    "Room,NA,north,flat,12.50,01.02.2026 10:30,x,3,01234,Google,1,TRUE,old title,Yes,2026-03-01,1",
    "Select,sunny,,house,,2026-02-03T04:05:06+02:00,y,NA,90210,Select,a,false,NA,no,,2",
    ' Loft ,"a, b",south,,1e3,2026-02-03,z,0,7, Mail ,1.0,,x,1.0,31.12.2026 00:00,3',
]


@pytest.fixture
def paths(tmp_path):
    rows = [[f"id-{number}", *next(csv.reader([VARIANTS[number % 3]]))] for number in range(120)]
    with (tmp_path / "leads.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    (tmp_path / "mapping.toml").write_text(MAPPING)
    return tmp_path / "leads.csv", tmp_path / "mapping.toml"


def test_the_same_file_gives_the_same_leads_and_outcomes(paths):
    leads, mapping = paths
    learned = read_leads(leads, load_mapping(mapping))
    file = read_rows(str(leads))
    reader = LeadRows(file, read_mapping(str(mapping)))
    writes = {write.lead.lead_id: write for write in map(reader.write, file.rows)}
    assert len(learned.leads) == len(writes) == 120
    for lead, converted, moment in zip(learned.leads, learned.outcomes, learned.outcome_times, strict=True):
        write = writes[lead.lead_id]
        fields = [name for name in type(lead).__slots__ if name != "attributes"]
        assert {name: getattr(write.lead, name) for name in fields} == {name: getattr(lead, name) for name in fields}
        assert write.lead.attributes == lead.attributes
        assert (write.outcome.converted, write.outcome.outcome_time) == (converted, moment)
