"""Assigners of experiments that are made of little."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from core.experiments.assigning import Assigner
from core.experiments.experiment import Experiment, StoredExperiment, Variant
from core.experiments.hashing import SEGMENTS
from core.identifiers import VersionName

START = datetime(2026, 3, 1, tzinfo=UTC)
EVEN = {"control": 0.5, "treatment": 0.5}


def experiment_of(shares: Mapping[str, float] = EVEN, **fields: Any) -> Experiment:
    """Return an experiment whose first variant is the control."""
    variants = tuple(
        Variant(name=name, model_version=VersionName(f"version-{position}"), share=share, is_control=position == 0)
        for position, (name, share) in enumerate(shares.items())
    )
    return Experiment(**{"name": "new-model", "variants": variants, "start_time": START, **fields})


def assigner_of(
    shares: Mapping[str, float] = EVEN, *, segments: tuple[int, int] = (0, SEGMENTS), **fields: Any
) -> Assigner:
    """Return an assigner by the shares that were set."""
    stored = StoredExperiment(
        experiment=experiment_of(shares, **fields),
        segment_start=segments[0],
        segment_end=segments[1],
        create_time=START,
        created_by="tests",
    )
    return Assigner(stored, shares)


def name_of(assigner: Assigner, unit: str) -> str:
    """Return the variant a unit gets, "" for none."""
    variant = assigner.assign(unit).variant
    return variant.name if variant else ""


def names_of(assigner: Assigner, units: Iterable[str]) -> list[str]:
    """Return the variant of each unit, "" for none."""
    return [name_of(assigner, unit) for unit in units]


def moves(before: Iterable[str], after: Iterable[str]) -> Counter[tuple[str, str]]:
    """Count the units that changed, by (from, to)."""
    return Counter(pair for pair in zip(before, after, strict=True) if pair[0] != pair[1])
