"""What must hold of an experiment. Every violation is named as the wire names the field."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from core.errors import InvalidInput, Violation
from core.experiments.metric_rules import metric_violations
from core.experiments.plan import EffectScale
from core.experiments.plan_rules import MAX_RELATIVE_EFFECT, plan_violations
from core.experiments.units import unit_key
from core.identifiers import check_identifier
from core.lead import EARLIEST, LATEST
from core.version import HEAD_KINDS, LEAD_SCORE, NEXT_ACTION, RECOMMENDATION

if TYPE_CHECKING:
    from core.experiments.experiment import Experiment, Variant

MODEL_KINDS = (LEAD_SCORE, RECOMMENDATION, *HEAD_KINDS, NEXT_ACTION)
MIN_VARIANTS = 2
MAX_VARIANTS = 10
MAX_OVERRIDES = 1_000
MAX_DESCRIPTION = 2_000
LONGEST_WINDOW = timedelta(days=365)
SUM_TOLERANCE = 1e-6
"""Percentages come with few digits: three times 33.3333333 is 100 for all that matters."""
NAME_RULE = "must be 1 to 100 characters of A-Z a-z 0-9 _ . -"
_is_name = re.compile(r"[A-Za-z0-9_.\-]{1,100}").fullmatch


def violations_of(experiment: Experiment) -> list[Violation]:
    """Return every broken rule, with fields as in ``experiment.variants[1].traffic_percentage``; empty if it is fine.

    Ranges are written so that what is not a number lies outside of them.
    """
    found = [
        *_naming(experiment),
        *_variants(experiment),
        *_overrides(experiment),
        *metric_violations(experiment.metrics),
        *_times(experiment),
        *_amounts(experiment),
    ]
    if experiment.plan is not None:
        found += plan_violations(experiment.plan, "plan")
    return list(InvalidInput(found).under("experiment").violations)


def _naming(experiment: Experiment) -> Iterator[Violation]:
    if _is_name(experiment.name) is None:
        yield Violation(field="name", rule=NAME_RULE)
    for field, text in (("salt", experiment.salt), ("layer", experiment.layer)):
        if text and _is_name(text) is None:
            yield Violation(field=field, rule=f"{NAME_RULE}, or empty")
    if experiment.model_kind not in MODEL_KINDS:
        yield Violation(field="model_kind", rule=f"must be {' or '.join(MODEL_KINDS)}")
    if len(experiment.description) > MAX_DESCRIPTION:
        yield Violation(field="description", rule=f"must be at most {MAX_DESCRIPTION:,} characters")


def _variants(experiment: Experiment) -> Iterator[Violation]:
    variants = experiment.variants
    if not MIN_VARIANTS <= len(variants) <= MAX_VARIANTS:
        yield Violation(field="variants", rule=f"must be {MIN_VARIANTS} to {MAX_VARIANTS}")
    if sum(variant.is_control for variant in variants) != 1:
        yield Violation(field="variants", rule="must have exactly one control")
    earlier: set[str] = set()
    for position, variant in enumerate(variants[:MAX_VARIANTS]):
        field = f"variants[{position}]"
        yield from _variant(variant, field)
        if variant.name.lower() in earlier:
            rule = "must differ from the names of the others, in more than upper and lower case"
            yield Violation(field=f"{field}.name", rule=rule)
        earlier.add(variant.name.lower())
    yield from _shares(variants)


def _variant(variant: Variant, field: str) -> Iterator[Violation]:
    if _is_name(variant.name) is None:
        yield Violation(field=f"{field}.name", rule=NAME_RULE)
    try:
        check_identifier(variant.model_version, f"{field}.model_version")
    except InvalidInput as problem:
        yield from problem.violations
    if not 0.0 <= variant.share <= 1.0:
        yield Violation(field=f"{field}.traffic_percentage", rule="must be 0 to 100")
    elif variant.is_control and variant.share == 0.0:
        yield Violation(field=f"{field}.traffic_percentage", rule="must be above 0 for the control")


def _shares(variants: tuple[Variant, ...]) -> Iterator[Violation]:
    """Check the shares together, if each is one by itself."""
    if not all(0.0 <= variant.share <= 1.0 for variant in variants):
        return
    if abs(math.fsum(variant.share for variant in variants) - 1.0) > SUM_TOLERANCE:
        yield Violation(field="variants", rule="must have percentages that sum to 100")
    elif all(variant.share == 0.0 for variant in variants if not variant.is_control):
        yield Violation(field="variants", rule="must have a percentage above 0 besides the control's")


def _overrides(experiment: Experiment) -> Iterator[Violation]:
    if len(experiment.overrides) > MAX_OVERRIDES:
        yield Violation(field="overrides", rule=f"must have at most {MAX_OVERRIDES:,} entries")
    names = {variant.name for variant in experiment.variants}
    earlier: set[str] = set()
    for position, (unit, variant) in enumerate(islice(experiment.overrides.items(), MAX_OVERRIDES)):
        field = f"overrides[{position}]"
        if variant not in names:
            yield Violation(field=f"{field}.variant", rule="must be the name of a variant")
        try:
            key = unit_key(unit)
        except InvalidInput as problem:
            yield from problem.under(field).violations
            continue
        if key in earlier:
            yield Violation(field=f"{field}.unit_id", rule="must be there once")
        earlier.add(key)


def _times(experiment: Experiment) -> Iterator[Violation]:
    start, end, window = experiment.start_time, experiment.end_time, experiment.conversion_window
    rule = "must be between 1970-01-01 and 2100-01-01"
    if not _is_time(start):
        yield Violation(field="start_time", rule=rule)
    if end is not None and not _is_time(end):
        yield Violation(field="end_time", rule=rule)
    elif end is not None and _is_time(start) and end <= start:
        yield Violation(field="end_time", rule="must be after the start time")
    if window is not None and not timedelta() < window <= LONGEST_WINDOW:
        yield Violation(field="conversion_window", rule=f"must be above 0 and at most {LONGEST_WINDOW.days} days")


def _is_time(moment: datetime) -> bool:
    return moment.tzinfo is not None and EARLIEST <= moment < LATEST


def _amounts(experiment: Experiment) -> Iterator[Violation]:
    if not 0.0 < experiment.traffic_share <= 1.0:
        yield Violation(field="traffic_percentage", rule="must be above 0 and at most 100")
    if not 0.0 <= experiment.holdout_share < 1.0:
        yield Violation(field="holdout_percentage", rule="must be 0 or above, and below 100")
    if experiment.effect_scale is EffectScale.ABSOLUTE and not 0.0 < experiment.min_effect < 1.0:
        yield Violation(field="min_effect", rule="must be above 0 and below 1 on the absolute scale")
    if experiment.effect_scale is EffectScale.RELATIVE and not 0.0 < experiment.min_effect <= MAX_RELATIVE_EFFECT:
        yield Violation(field="min_effect", rule=f"must be above 0 and at most {MAX_RELATIVE_EFFECT:g}")
