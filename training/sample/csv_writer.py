"""Writes sample leads as a file and its mapping, in the shape of a team's own."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

from core.features.categorical import level_text
from training.sample.generator import generate_leads

_ATTRIBUTES = (
    *("source", "device", "pages_viewed", "minutes_on_site", "returning", "budget_confirmed", "company_size"),
    "newsletter",
)
_FIELDS = ("lead_id", "title", "description", "category", "location_name", "price", "email", "phone", "posted_time")
MAPPING = """\
# What the columns of the sample file mean. Columns that are not named here become attributes.

[fields]
lead_id = "lead_id"
title = "title"
description = "description"
category = "category"
location_name = "location_name"
price = "price"
email = "email"
phone = "phone"
posted_time = "posted_time"

[outcome]
column = "converted"
time = "closed_time"
"""


def write_csv(path: Path, n: int, seed: int) -> Path:
    """Write ``n`` sample leads to ``path`` and the mapping beside it.

    Args:
        path: Of the CSV file, overwritten.
        n: Number of leads, >= 0.
        seed: Same seed and n, same bytes.

    Returns:
        The path of the mapping: the same name ending in ``.toml``.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*_FIELDS, *_ATTRIBUTES, "converted", "closed_time"])
        for lead, outcome in generate_leads(n, seed):
            price = "" if lead.price is None else level_text(lead.price)
            texts = [lead.lead_id, lead.title, lead.description, lead.category, lead.location_name]
            attributes = [level_text(lead.attributes.get(name)) for name in _ATTRIBUTES]
            outcomes = ["yes" if outcome.converted else "no", _iso(outcome.outcome_time)]
            writer.writerow([*texts, price, lead.email, lead.phone, _iso(lead.posted_time), *attributes, *outcomes])
    mapping = path.with_suffix(".toml")
    mapping.write_text(MAPPING, encoding="utf-8")
    return mapping


def _iso(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat()
