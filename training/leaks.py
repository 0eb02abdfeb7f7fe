"""Finds attributes and fields that know the outcome: they were written after the moment a lead is to be scored.

Three rules, each on one attribute or field alone:

1. ``ranks_alone``: its out-of-fold score orders leads with an AUC above 0.95.
2. ``settles_both_ways``: it has values that all but prove a conversion *and* values that all but rule one out. The
   odds of converting at one value, at the cautious end of a 95 % interval, must be 8 times the base odds or more, and
   at another 1/8 or less; both values must hold 1 % of the leads and 30 leads at least. What is known when a lead
   arrives may promise one outcome; notes made by those who know the outcome settle both.
3. ``later_than_scoring``: it holds times, most of them after the lead's scoring moment.

The second rule is there because the first one misses real leaks: on the X Education leads the note "Tags" alone ranks
with 0.915 and "Lead Quality" with 0.79, although together they lift a model from 0.887 to 0.986. The factor 8 was tuned
on the developers' parts of X Education, UCI bank calls, New York listings, Maven CRM deals and Caravan, and checked on
the Hillstrom e-mails. The weaker of the two factors is there 34 for Tags, 20 for Lead Quality, 9 for the duration of a
bank call, 15 and 65 for two columns about reviews; of honest columns the strongest has 3.1 (4.4 in the newest 1,000
leads). Small files prove less: of the newest 1,000 X Education leads it names nothing, of the newest 3,000 both.

It judges a value by itself, so it cannot see that "Last Activity" or "Lead Profile" were written late: they tell little
alone. A time that lies in the future on purpose (a wanted delivery date) looks like the third rule's leak, and an
honest value may be that good: the mapping's ``known_at_scoring`` takes a person's word for it.

Behaviour features are looked at by the first rule alone: their events were recorded before the lead was scored, so none
was written afterwards, but an event may be the outcome by another name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from core.evaluation.metrics import auc
from core.evaluation.sample import Floats, Outcomes
from core.lead import AttributeValue
from training.table.cells import parse_moment
from training.table.lead_table import LeadTable

AUC_LIMIT = 0.95
SETTLING_ODDS_FACTOR = 8.0
_FOLDS = 5
_SEED = 42
_PRIOR_LEADS = 10.0
"""Weight of the base rate in each value's rate: ten leads, so that a value seen once says little."""
_NUMERIC_BINS = 10
_MIN_SUPPORT_SHARE = 0.01
_MIN_SUPPORT_LEADS = 30
_Z95 = 1.959963984540054
_MOST = 0.5
_FIELDS = ("title", "description", "category", "location_name", "price", "email", "phone", "owner_id")
_MISSING = "(missing)"
_LABEL_LENGTH = 40

Value = AttributeValue | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakFinding:
    """One attribute or field that should not be learned from."""

    feature: str
    """Attribute, or field of the lead."""
    auc: float
    """Of its out-of-fold score alone, in [0, 1]."""
    rule: str
    """``ranks_alone``, ``settles_both_ways`` or ``later_than_scoring``."""
    sentence: str
    """What was found, for people."""


def find_leaks(table: LeadTable, *, auc_limit: float = AUC_LIMIT) -> tuple[LeakFinding, ...]:
    """Return a finding for each attribute or field that knows the outcome, the strongest first.

    Args:
        table: Labelled leads with both outcomes.
        auc_limit: Highest AUC one attribute may reach alone, in [0.5, 1].
    """
    findings = [
        finding
        for name, values, is_numeric in _candidates(table)
        if name not in table.known_at_scoring
        for finding in _judge(table, name, values, is_numeric=is_numeric, auc_limit=auc_limit)
    ]
    findings.extend(
        finding
        for name, values, is_numeric in _behavior(table)
        if name not in table.known_at_scoring
        for finding in _judge_behavior(table, name, values, is_numeric=is_numeric, auc_limit=auc_limit)
    )
    return tuple(sorted(findings, key=lambda finding: (-finding.auc, finding.feature)))


def _candidates(table: LeadTable) -> Iterator[tuple[str, Sequence[Value], bool]]:
    for name in _FIELDS:
        values: list[Value] = [getattr(lead, name) for lead in table.leads]
        if any(values):
            yield name, values, name == "price"
    for names, is_numeric in ((table.numeric_attributes, True), (table.categorical_attributes, False)):
        for name in names:
            yield name, [lead.attributes.get(name) for lead in table.leads], is_numeric


def _judge(
    table: LeadTable, name: str, values: Sequence[Value], *, is_numeric: bool, auc_limit: float
) -> Iterator[LeakFinding]:
    """Yield the first rule that holds."""
    groups = _number_groups(values) if is_numeric else _value_groups(values)
    alone = auc(table.outcomes, _out_of_fold_rates(groups.of_lead, table.outcomes))
    late = _late_share(table, values)
    settled = _settled(groups, table.outcomes)
    if alone > auc_limit:
        sentence = f"{name!r} alone orders the leads with AUC {alone:.3f}: it was probably written after the outcome."
        yield LeakFinding(feature=name, auc=alone, rule="ranks_alone", sentence=sentence)
    elif late > _MOST:
        sentence = (
            f"{name!r} holds times, and {100 * late:.0f} % of them lie after the moment their lead was to be scored."
        )
        yield LeakFinding(feature=name, auc=alone, rule="later_than_scoring", sentence=sentence)
    elif settled is not None:
        sentence = f"{name!r} settles the outcome both ways, as notes made afterwards do: {settled}."
        yield LeakFinding(feature=name, auc=alone, rule="settles_both_ways", sentence=sentence)


def _behavior(table: LeadTable) -> Iterator[tuple[str, Sequence[Value], bool]]:
    known = table.behavior
    if known is None:
        return
    for name in next((values for values in known if values is not None), {}):
        column: list[Value] = [None if values is None else values.get(name) for values in known]
        if any(value is not None for value in column):
            yield f"behavior:{name}", column, not any(isinstance(value, str) for value in column)


def _judge_behavior(
    table: LeadTable, name: str, values: Sequence[Value], *, is_numeric: bool, auc_limit: float
) -> Iterator[LeakFinding]:
    """Yield a finding if a feature ranks alone. The other rules are about cells that were written afterwards."""
    groups = _number_groups(values) if is_numeric else _value_groups(values)
    alone = auc(table.outcomes, _out_of_fold_rates(groups.of_lead, table.outcomes))
    if alone > auc_limit:
        sentence = f"{name!r} alone orders the leads with AUC {alone:.3f}: the outcome is probably among its events."
        yield LeakFinding(feature=name, auc=alone, rule="ranks_alone", sentence=sentence)


@dataclass(frozen=True, slots=True)
class _Groups:
    """Leads grouped by a value."""

    of_lead: npt.NDArray[np.intp]
    labels: Sequence[str]


def _value_groups(values: Sequence[Value]) -> _Groups:
    numbers: dict[Value, int] = {}
    filled = (None if value == "" else value for value in values)
    of_lead = np.array([numbers.setdefault(value, len(numbers)) for value in filled], dtype=np.intp)
    return _Groups(of_lead, [_MISSING if value is None else f"{str(value)[:_LABEL_LENGTH]!r}" for value in numbers])


def _number_groups(values: Sequence[Value]) -> _Groups:
    """Cut numbers at their deciles, each bin with its upper end; missing ones are a group of their own."""
    numbers = np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)
    edges = np.unique(np.nanquantile(numbers, np.arange(1, _NUMERIC_BINS) / _NUMERIC_BINS))
    of_lead = np.where(np.isnan(numbers), edges.size + 1, np.searchsorted(edges, numbers, side="left"))
    between = [f"above {low:g} to {high:g}" for low, high in pairwise(edges)]
    labels = [f"up to {edges[0]:g}", *between, f"above {edges[-1]:g}", _MISSING]
    return _Groups(of_lead.astype(np.intp), labels)


def _out_of_fold_rates(groups: npt.NDArray[np.intp], outcomes: Outcomes) -> Floats:
    """Return each lead's rate of conversion at its value, learned from the other four of five shuffled folds: (n,)."""
    fold = np.random.default_rng(_SEED).permutation(outcomes.size) % _FOLDS
    rates = np.zeros(outcomes.size)
    size = int(groups.max()) + 1
    for held_out in range(_FOLDS):
        inside = fold == held_out
        counts = np.bincount(groups[~inside], minlength=size)
        converted = np.bincount(groups[~inside], weights=outcomes[~inside].astype(np.float64), minlength=size)
        base_rate = converted.sum() / max(1, counts.sum())
        rate = (converted + _PRIOR_LEADS * base_rate) / (counts + _PRIOR_LEADS)
        rates[inside] = rate[groups[inside]]
    return rates


def _settled(groups: _Groups, outcomes: Outcomes) -> str | None:
    """Describe the two values that settle the outcome each way, None if there are no such two."""
    counts = np.bincount(groups.of_lead, minlength=len(groups.labels))
    hits = np.bincount(groups.of_lead, weights=outcomes.astype(np.float64), minlength=len(groups.labels))
    converted = hits.astype(np.float64)
    enough = counts >= max(_MIN_SUPPORT_LEADS, _MIN_SUPPORT_SHARE * outcomes.size)
    lower, upper = _wilson(converted, np.maximum(counts, 1).astype(np.float64))
    base_odds = outcomes.mean() / (1.0 - outcomes.mean())
    least = np.where(enough, lower / (1.0 - lower), 0.0)
    most = np.where(enough, upper / (1.0 - upper), np.inf)
    best, worst = int(np.argmax(least)), int(np.argmin(most))
    if least[best] < SETTLING_ODDS_FACTOR * base_odds or most[worst] > base_odds / SETTLING_ODDS_FACTOR:
        return None
    return " and ".join(
        f"{groups.labels[i]} ({counts[i]:,} leads) converts {100 * converted[i] / counts[i]:.1f} %"
        for i in (best, worst)
    )


def _wilson(converted: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Return the 95 % score interval of each rate (Wilson 1927), kept just inside (0, 1)."""
    rate = converted / counts
    spread = _Z95 * np.sqrt(rate * (1.0 - rate) / counts + _Z95**2 / (4.0 * counts**2))
    middle = rate + _Z95**2 / (2.0 * counts)
    scale = 1.0 + _Z95**2 / counts
    return np.clip((middle - spread) / scale, 1e-12, 1.0), np.clip((middle + spread) / scale, 0.0, 1.0 - 1e-12)


def _late_share(table: LeadTable, values: Sequence[Value]) -> float:
    """Return which share of a column's values are times after their lead's scoring moment, in [0, 1]."""
    known: dict[str, datetime | None] = {}
    given = late = 0
    for value, moment in zip(values, table.moments, strict=True):
        if not isinstance(value, str) or not value or moment is None:
            continue
        given += 1
        if value not in known:
            known[value] = parse_moment(value, table.date_format)
        time = known[value]
        late += time is not None and time > moment
    return late / max(1, given)
