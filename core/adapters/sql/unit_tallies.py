"""Sums over the units of each variant, by the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Double, Label, Row, and_, case, cast, func, select

from core.adapters.sql.tables import experiment_units
from core.experiments.experiment_store import Allocation
from core.experiments.tally import Moments, RatioMoments, VariantTally, WeightedMoments

_columns = experiment_units.c
_Number = ColumnElement[Any]


def sum_up(
    connection: Connection, of: Sequence[ColumnElement[bool]], allocations: Sequence[Allocation]
) -> dict[str, VariantTally]:
    """Return the sums by variant; a variant without units has empty ones.

    Whole numbers are exact; others are right to 1e-12 of the sum of their magnitudes, in whatever order they are added.

    Args:
        connection: Sees the units.
        of: Which units; testers are left out anyway.
        allocations: All of the experiment.
    """
    analysed = (*of, _columns.is_override.is_(False))
    query = select(_columns.variant, *_sums()).where(*analysed).group_by(_columns.variant)
    rows = {row.variant: row for row in connection.execute(query)}
    counts = select(_columns.allocation, func.count()).where(*analysed).group_by(_columns.allocation)
    expected = _expected({row[0]: row[1] for row in connection.execute(counts)}, allocations)
    return {name: _tally(name, rows.get(name), expected.get(name, 0.0)) for name in sorted(rows.keys() | expected)}


def _expected(counts: Mapping[int, int], allocations: Sequence[Allocation]) -> dict[str, float]:
    """Return how many of the units each variant should have by the shares that held when they were assigned."""
    expected: dict[str, float] = {}
    for allocation in allocations:
        for variant, share in allocation.shares.items():
            expected[variant] = expected.get(variant, 0.0) + share * counts.get(allocation.number, 0)
    return expected


def _sums() -> list[Label[Any]]:
    weight = case((_columns.propensity > 0, 1.0 / _columns.propensity), else_=0.0)
    # Their squares may be more than 32 bits hold.
    top, bottom = cast(_columns.converted_leads, BigInteger), cast(_columns.lead_count, BigInteger)
    mean_score = case((_columns.score_count > 0, _columns.score_sum / cast(_columns.score_count, Double)))
    return [
        func.count().label("units"),
        *_moments("converted", _columns.converted),
        *_moments("contact_success", _columns.contact_success),
        *_moments("conversion_value", _columns.conversion_value),
        *_moments("mean_score", mean_score),
        func.sum(top).label("top"),
        func.sum(bottom).label("bottom"),
        func.sum(top * top).label("top_squares"),
        func.sum(bottom * bottom).label("bottom_squares"),
        func.sum(top * bottom).label("ratio_products"),
        func.sum(weight).label("weight"),
        func.sum(weight * weight).label("weight_squares"),
        func.sum(weight * _columns.converted).label("weight_converted"),
        func.sum(weight * weight * _columns.converted).label("weight_converted_squares"),
        func.sum(_columns.converted_early).label("early"),
        func.sum(_columns.fallback_answers).label("fallback_answers"),
    ]


def _moments(name: str, y: _Number) -> list[Label[Any]]:
    """Return the sums of y and of x beside it, where each of them is known."""
    x = _columns.baseline_score
    both = and_(x.is_not(None), y.is_not(None))
    paired_y, paired_x = case((both, y)), case((both, x))
    sums = {
        "count": func.count(y),
        "total": func.sum(y),
        "squares": func.sum(y * y),
        "paired_count": func.count(paired_y),
        "paired_total": func.sum(paired_y),
        "paired_squares": func.sum(paired_y * paired_y),
        "covariate_total": func.sum(paired_x),
        "covariate_squares": func.sum(paired_x * paired_x),
        "products": func.sum(paired_x * paired_y),
    }
    return [value.label(f"{name}_{part}") for part, value in sums.items()]


def _tally(variant: str, row: Row[Any] | None, expected: float) -> VariantTally:
    if row is None:
        return VariantTally(variant=variant, expected_units=expected)
    sums: Mapping[str, Any] = dict(row._mapping)  # noqa: SLF001  public in spite of its name
    return VariantTally(
        variant=variant,
        units=int(sums["units"]),
        converted=_moments_of(sums, "converted"),
        contact_success=_moments_of(sums, "contact_success"),
        conversion_value=_moments_of(sums, "conversion_value"),
        mean_score=_moments_of(sums, "mean_score"),
        per_lead=RatioMoments(
            count=int(sums["units"]),
            top=float(sums["top"]),
            bottom=float(sums["bottom"]),
            top_squares=float(sums["top_squares"]),
            bottom_squares=float(sums["bottom_squares"]),
            products=float(sums["ratio_products"]),
        ),
        weighted=WeightedMoments(
            weight=float(sums["weight"]),
            weight_squares=float(sums["weight_squares"]),
            converted=float(sums["weight_converted"]),
            converted_squares=float(sums["weight_converted_squares"]),
        ),
        leads=int(sums["bottom"]),
        early=int(sums["early"]),
        fallback_answers=int(sums["fallback_answers"]),
        expected_units=expected,
    )


def _moments_of(sums: Mapping[str, Any], name: str) -> Moments:
    def total(part: str) -> float:
        return float(sums[f"{name}_{part}"] or 0.0)

    return Moments(
        count=int(sums[f"{name}_count"]),
        total=total("total"),
        squares=total("squares"),
        paired_count=int(sums[f"{name}_paired_count"]),
        paired_total=total("paired_total"),
        paired_squares=total("paired_squares"),
        covariate_total=total("covariate_total"),
        covariate_squares=total("covariate_squares"),
        products=total("products"),
    )
