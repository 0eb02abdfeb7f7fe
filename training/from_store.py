"""Reads labelled leads from the store, as a table like one from a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np

from core.errors import InvalidInput
from core.lead import Lead, StoredLead
from training.table import LeadTable
from training.table.lead_table import fingerprint_rows


def table_from_store(stored: Iterable[StoredLead], *, min_samples: int) -> LeadTable:
    """Return stored leads with outcomes, oldest first by the time they were posted, else recorded.

    Raises:
        InvalidInput: If fewer than ``min_samples`` leads have an outcome, or all have the same.
    """
    rows = sorted((row for row in stored if row.outcome is not None), key=_moment)
    if len(rows) < min_samples:
        raise InvalidInput.of("store", f"must hold {min_samples} leads with an outcome, not {len(rows)}")
    converted = [row.outcome.converted for row in rows if row.outcome is not None]
    if len(set(converted)) < 2:  # noqa: PLR2004  both outcomes
        raise InvalidInput.of("store", "must hold leads that converted and leads that did not")
    leads = tuple(row.lead for row in rows)
    outcome_times = tuple(row.outcome.outcome_time for row in rows if row.outcome is not None)
    numeric, categorical = attribute_kinds(leads)
    return LeadTable(
        leads=leads,
        outcomes=np.array(converted, dtype=np.bool_),
        moments=tuple(map(_moment, rows)),
        outcome_times=outcome_times,
        order=np.arange(len(rows), dtype=np.float64),
        in_time_order=True,
        numeric_attributes=numeric,
        categorical_attributes=categorical,
        source="store",
        fingerprint=fingerprint_rows(leads, converted, outcome_times),
        columns_of_attribute={name: name for name in (*numeric, *categorical)},
        places=tuple(f"lead {lead.lead_id}" for lead in leads),
        unlabelled_count=0,
        undated_count=0,
        date_format=None,
        known_at_scoring=frozenset(),
    )


def _moment(row: StoredLead) -> datetime:
    return row.lead.posted_time or row.create_time


def attribute_kinds(leads: Sequence[Lead]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (numeric, categorical): an attribute is numeric if it is a number wherever it is known."""
    texts: dict[str, bool] = {}
    for lead in leads:
        for name, value in lead.attributes.items():
            if value != "":  # an empty text is a missing value, of either kind
                texts[name] = texts.get(name, False) or isinstance(value, (str, bool))
    ordered = sorted(texts)
    return tuple(n for n in ordered if not texts[n]), tuple(n for n in ordered if texts[n])
