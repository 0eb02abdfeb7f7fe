from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from core.lead import Lead
from training.sample import write_csv
from training.table import LeadTable, load_mapping, read_leads


class Case(NamedTuple):
    lead: Lead
    converted: bool
    chance: np.random.Generator


@pytest.fixture(scope="module")
def honest(tmp_path_factory) -> LeadTable:
    """Two thousand sample leads without a leak."""
    path: Path = tmp_path_factory.mktemp("sample") / "leads.csv"
    mapping = write_csv(path, 2000, 5)
    return read_leads(path, load_mapping(mapping))


@pytest.fixture
def with_attribute(honest) -> Callable[..., LeadTable]:
    """Adds an attribute to every lead; ``value(case)``, None for missing."""

    def add(value, *, numeric: bool = False, name: str = "extra") -> LeadTable:
        generator = np.random.default_rng(0)
        leads = []
        for lead, converted in zip(honest.leads, honest.outcomes.tolist(), strict=True):
            drawn = value(Case(lead=lead, converted=converted, chance=generator))
            attributes = dict(lead.attributes) if drawn is None else {**lead.attributes, name: drawn}
            leads.append(replace(lead, attributes=attributes))
        kinds = "numeric_attributes" if numeric else "categorical_attributes"
        return replace(honest, leads=tuple(leads), **{kinds: (*getattr(honest, kinds), name)})

    return add
