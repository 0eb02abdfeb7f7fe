"""What a new ranker would have been worth, from what another one showed: off-policy value with honest intervals.

Slot by slot: a record is one item shown at one position, with the probability with which it was shown there. What is
estimated is the mean reward of a shown slot if the new ranker had filled it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from core.errors import InvalidInput, Violation

Floats = npt.NDArray[np.float64]

RESAMPLES = 1_000
LEVEL = 0.95
CLIP = 20.0
"""Largest importance weight: what is clipped biases the estimate towards 0, and is said."""
FEWEST_RECORDS = 100
FEWEST_EFFECTIVE = 50.0
"""Fewer effective records than that prove nothing, whatever the interval says."""
FEWEST_REWARDS = 10
"""Records with a reward: with fewer, no interval over them can be trusted."""
FEWEST_LEADS = 20
"""With fewer, resampling leads gives intervals that are too narrow (Cameron, Gelbach and Miller 2008); of a single one
it gives none."""
_MANY_LEADS = 200
"""From so many leads on, means over leads are normal enough; below, they are resampled."""
NORMAL_975 = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedSlot:
    """One item that was shown, and what became of it.

    Raises:
        InvalidInput: On construction; names every broken field.
    """

    lead_id: str
    position: int
    """Of the slot, from 1."""
    item_id: str
    propensity: float
    """Probability with which the logging ranker put this item in this slot, in (0, 1]."""
    new_propensity: float
    """Probability with which the new ranker would, in [0, 1]."""
    reward: float
    """What it brought, finite; 1 for a click and 0 for none, for example."""
    predicted: float = 0.0
    """What a model of the reward says of this item and slot, made without this record. Of the doubly robust value."""
    new_predicted: float = 0.0
    """What the same model says on average of what the new ranker would put there."""

    def __post_init__(self) -> None:
        broken = [
            Violation(field=name, rule=rule)
            for name, holds, rule in (
                ("position", self.position >= 1, "must be at least 1"),
                ("propensity", 0.0 < self.propensity <= 1.0, "must be above 0 and at most 1"),
                ("new_propensity", 0.0 <= self.new_propensity <= 1.0, "must be 0 to 1"),
                ("reward", math.isfinite(self.reward), "must be finite"),
                ("predicted", math.isfinite(self.predicted), "must be finite"),
                ("new_predicted", math.isfinite(self.new_predicted), "must be finite"),
            )
            if not holds
        ]
        if broken:
            raise InvalidInput(broken)


class Proof(Enum):
    """What the log says of the new ranker against the logged one."""

    BETTER = "better"
    WORSE = "worse"
    NOT_PROVEN = "not_proven"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with its interval."""

    name: str
    value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OffPolicyReport:
    """What the log says."""

    ips: Estimate
    """Mean of weight times reward (Horvitz and Thompson 1952): right on average, wide."""
    snips: Estimate
    """The same over the mean weight (Swaminathan and Joachims 2015): slightly biased, far less wide."""
    doubly_robust: Estimate
    """Predicted value plus the weighted error of the prediction (Dudik, Langford and Li 2011)."""
    logged: Estimate
    """What the logged ranker got."""
    gain: Estimate
    """SNIPS minus logged, resampled together."""
    best_constant: Estimate | None
    """SNIPS of always showing the one item that did best in the log; chosen with hindsight, hence too kind."""
    best_item: str
    record_count: int
    lead_count: int
    effective_count: float
    """(sum of weights) squared over the sum of squared weights (Kish 1965)."""
    clipped_count: int
    """Records whose weight was cut."""
    proof: Proof
    reason: str
    """Why it is, or is not, proven."""


def off_policy_value(records: Sequence[LoggedSlot], *, seed: int = 42, clip: float = CLIP) -> OffPolicyReport:
    """Return what a new ranker would have been worth.

    Leads are resampled, not records: what one lead saw hangs together (Cameron and Miller 2015).

    Args:
        records: Of one logged ranker; at least one.
        seed: Of the resampling.
        clip: Largest weight; infinite where the logged ranker's chance bounds weights already, so that nothing biases.

    Raises:
        InvalidInput: Without records.
    """
    if not records:
        raise InvalidInput.of("records", "must hold at least one")
    log = _Log.of(records)
    draws = _draws(log.lead_count, seed)
    weights = np.minimum(log.ratios, clip)
    ips = log.estimate("ips", weights * log.rewards, np.ones_like(weights), draws)
    snips = log.estimate("snips", weights * log.rewards, weights, draws)
    corrected = log.new_predicted + weights * (log.rewards - log.predicted)
    robust = log.estimate("doubly_robust", corrected, np.ones_like(weights), draws)
    logged = log.estimate("logged", log.rewards, np.ones_like(weights), draws)
    gain = _gain(log, weights, draws)
    best_item, best = _best_constant(log, draws)
    effective = float(weights.sum() ** 2 / np.square(weights).sum()) if weights.any() else 0.0
    proof, reason = _proof(log, gain, effective)
    return OffPolicyReport(
        ips=ips,
        snips=snips,
        doubly_robust=robust,
        logged=logged,
        gain=gain,
        best_constant=best,
        best_item=best_item,
        record_count=len(records),
        lead_count=log.lead_count,
        effective_count=effective,
        clipped_count=int((log.ratios > clip).sum()),
        proof=proof,
        reason=reason,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Log:
    """The records as columns, (n,) each."""

    leads: npt.NDArray[np.intp]
    lead_count: int
    items: npt.NDArray[np.intp]
    item_ids: tuple[str, ...]
    propensities: Floats
    ratios: Floats
    rewards: Floats
    predicted: Floats
    new_predicted: Floats

    @classmethod
    def of(cls, records: Sequence[LoggedSlot]) -> _Log:
        lead_ids, leads = np.unique([record.lead_id for record in records], return_inverse=True)
        item_ids, items = np.unique([record.item_id for record in records], return_inverse=True)
        propensities = np.array([record.propensity for record in records])
        return cls(
            leads=leads,
            lead_count=lead_ids.size,
            items=items,
            item_ids=tuple(str(item_id) for item_id in item_ids),
            propensities=propensities,
            ratios=np.array([record.new_propensity for record in records]) / propensities,
            rewards=np.array([record.reward for record in records]),
            predicted=np.array([record.predicted for record in records]),
            new_predicted=np.array([record.new_predicted for record in records]),
        )

    def sums(self, values: Floats) -> Floats:
        """Return the sum of ``values`` of each lead, (leads,)."""
        return np.bincount(self.leads, values, minlength=self.lead_count).astype(np.float64)

    def estimate(self, name: str, above: Floats, below: Floats, draws: Floats | None) -> Estimate:
        """Return the ratio of two sums over records, with an interval over leads."""
        tops, bottoms = self.sums(above), self.sums(below)
        value = _ratio(tops.sum(), bottoms.sum())
        if draws is None:
            return _normal(name, value, tops, bottoms)
        return _percentile(name, value, _ratios(draws @ tops, draws @ bottoms))


def _gain(log: _Log, weights: Floats, draws: Floats | None) -> Estimate:
    tops, bottoms = log.sums(weights * log.rewards), log.sums(weights)
    rewards, counts = log.sums(log.rewards), log.sums(np.ones_like(weights))
    new, old = _ratio(tops.sum(), bottoms.sum()), _ratio(rewards.sum(), counts.sum())
    if draws is not None:
        drawn = _ratios(draws @ tops, draws @ bottoms) - _ratios(draws @ rewards, draws @ counts)
        return _percentile("gain", new - old, drawn)
    influence = _influence(tops, bottoms, new) - _influence(rewards, counts, old)
    return _around("gain", new - old, influence)


def _best_constant(log: _Log, draws: Floats | None) -> tuple[str, Estimate | None]:
    """Return the item that did best among those shown often enough, and its value."""
    shown = np.bincount(log.items, minlength=len(log.item_ids))
    inverse = 1.0 / log.propensities
    tops = np.bincount(log.items, inverse * log.rewards, minlength=shown.size)
    values = np.divide(tops, np.bincount(log.items, inverse, minlength=shown.size))
    values[shown < FEWEST_RECORDS] = -np.inf
    best = int(np.argmax(values))
    if not np.isfinite(values[best]):
        return "", None
    weights = np.where(log.items == best, inverse, 0.0)
    return log.item_ids[best], log.estimate("best_constant", weights * log.rewards, weights, draws)


def _proof(log: _Log, gain: Estimate, effective: float) -> tuple[Proof, str]:
    rewarded = int(np.count_nonzero(log.rewards))
    if log.rewards.size < FEWEST_RECORDS or rewarded < FEWEST_REWARDS:
        return Proof.NOT_PROVEN, f"{log.rewards.size:,} records with {rewarded:,} rewards are too few"
    if log.lead_count < FEWEST_LEADS:
        return Proof.NOT_PROVEN, f"{log.lead_count:,} leads are too few"
    if effective < FEWEST_EFFECTIVE:
        return Proof.NOT_PROVEN, f"what was shown counts like {effective:.0f} records for the new ranker: too few"
    if gain.lower > 0.0:
        return Proof.BETTER, "the interval of the gain lies above 0"
    if gain.upper < 0.0:
        return Proof.WORSE, "the interval of the gain lies below 0"
    return Proof.NOT_PROVEN, "the interval of the gain holds 0"


def _draws(leads: int, seed: int) -> Floats | None:
    """Return how often each lead is drawn in each resample, (resamples, leads); None where there are many leads."""
    if leads >= _MANY_LEADS:
        return None
    generator = np.random.default_rng(seed)
    return generator.multinomial(leads, np.full(leads, 1.0 / leads), size=RESAMPLES).astype(np.float64)


def _ratio(above: float, below: float) -> float:
    return float(above / below) if below else 0.0


def _ratios(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below != 0.0)


def _percentile(name: str, value: float, drawn: Floats) -> Estimate:
    lower, upper = np.quantile(drawn, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
    return Estimate(name=name, value=value, lower=float(lower), upper=float(upper))


def _influence(tops: Floats, bottoms: Floats, value: float) -> Floats:
    """Return how far each lead moves a ratio of means (the delta method), (leads,)."""
    mean = bottoms.mean()
    return (tops - value * bottoms) / mean if mean else np.zeros_like(tops)


def _normal(name: str, value: float, tops: Floats, bottoms: Floats) -> Estimate:
    return _around(name, value, _influence(tops, bottoms, value))


def _around(name: str, value: float, influence: Floats) -> Estimate:
    half = NORMAL_975 * float(influence.std(ddof=1)) / math.sqrt(influence.size)
    return Estimate(name=name, value=value, lower=value - half, upper=value + half)
