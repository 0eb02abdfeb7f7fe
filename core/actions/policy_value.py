"""What a new ranking would have been worth, against the logged one and against the best constant action."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.recommend.off_policy import (
    FEWEST_EFFECTIVE,
    FEWEST_LEADS,
    FEWEST_RECORDS,
    FEWEST_REWARDS,
    NORMAL_975,
    Estimate,
    LoggedSlot,
    OffPolicyReport,
    Proof,
    off_policy_value,
)

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedLog:
    """A log of actions, and what a model of their rewards says of all of them; n trials, k actions."""

    lead_ids: tuple[str, ...]
    """(n,)."""
    action_ids: tuple[str, ...]
    """(k,)."""
    taken: Places
    """(n,): place of the action that was put first."""
    propensities: Floats
    """(n,): with which it was, in (0, 1)."""
    rewards: Floats
    """(n,): conversion times value, minus cost."""
    predicted: Floats
    """(n, k): the same as a model says, made without the trial's lead."""
    allowed: npt.NDArray[np.bool_]
    """(n, k): actions that had a chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyReport:
    """What the log says of a new ranking."""

    policy: OffPolicyReport
    """Its value and its gain over what was logged; nothing is clipped."""
    constant: Estimate
    """Doubly robust value of always putting the one action first that did best, and the next best where that one had
    no chance; chosen with hindsight, hence too kind to it."""
    constant_action: str
    gain: Estimate
    """Doubly robust value above the constant one, trial by trial."""
    proof: Proof
    """Of ``gain``: whether it is proven that to treat leads differently is better; never that it is worse."""
    reason: str


def policy_value(log: JudgedLog, chosen: Places) -> PolicyReport:
    """Return what a ranking would have been worth, with intervals over leads.

    Doubly robust: what the model says of the chosen action, plus, where that one was put first, the error of the model
    over its probability (Dudik, Langford and Li 2011).

    Args:
        log: What was done.
        chosen: (n,): place of the action that the ranking puts first, made without the trial's lead; one that had a
            chance.
    """
    rows = np.arange(chosen.size)
    scores = doubly_robust(log)
    order = constant_order(log)
    constant = first_allowed(order, log.allowed)
    policy = off_policy_value(_slots(log, chosen), clip=np.inf)
    gain = mean_over_leads("gain", scores[rows, chosen] - scores[rows, constant], log.lead_ids)
    proof, reason = _proof(log, gain, policy.effective_count)
    return PolicyReport(
        policy=policy,
        constant=mean_over_leads("constant", scores[rows, constant], log.lead_ids),
        constant_action=log.action_ids[int(order[0])],
        gain=gain,
        proof=proof,
        reason=reason,
    )


def doubly_robust(log: JudgedLog) -> Floats:
    """Return what each action would have brought in each trial, right on average, (n, k)."""
    rows = np.arange(log.taken.size)
    scores = log.predicted.copy()
    scores[rows, log.taken] += (log.rewards - log.predicted[rows, log.taken]) / log.propensities
    return scores


def constant_order(log: JudgedLog) -> Places:
    """Return the places of actions by what they brought on average where they had a chance, the best first, (k,)."""
    allowed = log.allowed.sum(axis=0)
    totals = np.where(log.allowed, doubly_robust(log), 0.0).sum(axis=0)
    means = np.divide(totals, allowed, out=np.full(totals.shape, -np.inf), where=allowed > 0)
    # Of those seldom put first nothing is known.
    means[np.bincount(log.taken, minlength=means.size) < min(FEWEST_RECORDS, log.taken.size // means.size)] -= 1e12
    return np.argsort(-means, kind="stable")


def first_allowed(order: Places, allowed: npt.NDArray[np.bool_]) -> Places:
    """Return the first place in an order that had a chance, in each trial, (n,)."""
    found: Places = order[np.argmax(allowed[:, order], axis=1)]
    return found


def mean_over_leads(name: str, values: Floats, lead_ids: tuple[str, ...]) -> Estimate:
    """Return the mean of a value of each trial; what one lead did hangs together (Cameron and Miller 2015)."""
    _, leads = np.unique(lead_ids, return_inverse=True)
    mean = float(values.mean())
    sums = np.bincount(leads, values - mean)
    half = NORMAL_975 * float(np.sqrt(np.square(sums).sum() * sums.size / max(1, sums.size - 1))) / values.size
    return Estimate(name=name, value=mean, lower=mean - half, upper=mean + half)


def _slots(log: JudgedLog, chosen: Places) -> list[LoggedSlot]:
    new = log.predicted[np.arange(chosen.size), chosen]
    rows = np.arange(chosen.size)
    columns = zip(
        log.lead_ids,
        log.taken.tolist(),
        log.propensities.tolist(),
        (chosen == log.taken).tolist(),
        log.rewards.tolist(),
        log.predicted[rows, log.taken].tolist(),
        new.tolist(),
        strict=True,
    )
    return [
        LoggedSlot(
            lead_id=lead_id,
            position=1,
            item_id=log.action_ids[place],
            propensity=propensity,
            new_propensity=float(same),
            reward=reward,
            predicted=predicted,
            new_predicted=new_predicted,
        )
        for lead_id, place, propensity, same, reward, predicted, new_predicted in columns
    ]


def _proof(log: JudgedLog, gain: Estimate, effective: float) -> tuple[Proof, str]:
    rewarded, leads = int((log.rewards > 0.0).sum()), len(set(log.lead_ids))
    if len(log.lead_ids) < FEWEST_RECORDS or rewarded < FEWEST_REWARDS or leads < FEWEST_LEADS:
        many = f"{len(log.lead_ids):,} trials of {leads:,} leads with {rewarded:,} conversions"
        return Proof.NOT_PROVEN, f"{many} are too few"
    if effective < FEWEST_EFFECTIVE:
        return Proof.NOT_PROVEN, f"what was done counts like {effective:.0f} trials for the new ranking: too few"
    if gain.lower > 0.0:
        return Proof.BETTER, "the interval of the gain over the best constant action lies above 0"
    if gain.upper < 0.0:
        # No proof that it is worse: which constant action is best was not known beforehand.
        return Proof.NOT_PROVEN, "the best constant action, chosen with hindsight, did better"
    return Proof.NOT_PROVEN, "the interval of the gain over the best constant action holds 0"
