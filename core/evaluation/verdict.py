"""Whether a model knows more than the rate at which leads convert."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import InvalidInput
from core.evaluation.bootstrap import interval_metric, resampled
from core.evaluation.losses import log_losses
from core.evaluation.ranking import rank_order, weighted_auc
from core.evaluation.sample import Floats, Outcomes, check_sample, in_every_weighting
from core.version import Metric

ONE_SIDED_LEVEL = 0.95
_CHANCE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a model may serve in place of the base rate."""

    better: bool
    reason: str
    """One sentence for people, with the figures it rests on."""
    auc: Metric
    log_loss_gain: Metric
    """Mean log-loss of the constant minus that of the model, in nats; above 0 the model is better."""


def beats_base_rate(
    outcomes: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    base_rate: float,
    *,
    resamples: int = 1_000,
    seed: int = 42,
    level: float = 0.95,
) -> Verdict:
    """Judge a model against the constant "every lead converts at the rate seen in training".

    It is better only if both hold on leads it has not seen: the interval of its AUC lies above 0.5, and its gain in
    log-loss over the constant is above 0 with one-sided confidence 95 %. F1 takes no part: without any signal "every
    lead is positive" reaches 0.77 where 62 % convert.

    Args:
        outcomes: n values, true or false.
        probabilities: n values in [0, 1].
        base_rate: Share of converted leads in training, in (0, 1).
        resamples: Number of resamples, >= 1.
        seed: Of the resampling.
        level: Of the AUC's interval, in (0, 1).

    Raises:
        InvalidInput: For broken samples or a base rate outside (0, 1).
    """
    y, p = check_sample(outcomes, probabilities)
    if not 0.0 < base_rate < 1.0:
        raise InvalidInput.of("base_rate", "must be between 0 and 1, both excluded")
    auc, gain = _compare(y, p, base_rate, resamples=resamples, seed=seed, level=level)
    ranks = auc.lower is not None and auc.lower > _CHANCE
    gains = gain.lower is not None and gain.lower > 0.0
    return Verdict(better=ranks and gains, reason=_reason(auc, gain, ranks, gains), auc=auc, log_loss_gain=gain)


def _compare(
    y: Outcomes, p: Floats, base_rate: float, *, resamples: int, seed: int, level: float
) -> tuple[Metric, Metric]:
    order = rank_order(y, p)
    gains = log_losses(y, np.full(y.size, base_rate)) - log_losses(y, p)

    def of(weights: Floats) -> dict[str, Floats]:
        return {"auc": weighted_auc(order, weights), "gain": in_every_weighting(gains, weights) / y.size}

    value = of(np.ones((1, y.size)))
    drawn = resampled(of, y.size, resamples, np.random.default_rng(seed))
    # The lower end of a two-sided 90 % interval is the one-sided 95 % bound.
    gain_level = 2.0 * ONE_SIDED_LEVEL - 1.0
    return (
        interval_metric("auc", float(value["auc"][0]), drawn["auc"], level, y.size),
        interval_metric("log_loss_gain", float(value["gain"][0]), drawn["gain"], gain_level, y.size),
    )


def _reason(auc: Metric, gain: Metric, ranks: bool, gains: bool) -> str:
    if auc.lower is None or gain.lower is None:
        return "The held-out leads have one outcome only: nothing can be said about ranking."
    ranking = f"AUC {auc.value:.3f} ({auc.lower:.3f} to {auc.upper:.3f})"
    saving = f"log-loss gain over the base rate {gain.value:+.4f} nats (at least {gain.lower:+.4f})"
    if ranks and gains:
        return f"Better than the base rate on {auc.sample_count:,} unseen leads: {ranking}, {saving}."
    if ranks:
        return f"It orders leads, {ranking}, but its probabilities are not proven better than a constant: {saving}."
    return f"No better than chance at ordering {auc.sample_count:,} unseen leads: {ranking}; {saving}."
