"""Both policies of the Open Bandit set, each judged by the log of the other one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from core.recommend.off_policy import NORMAL_975, Estimate, LoggedSlot
from tests.parts.open_bandit import CAMPAIGNS, DATA, Shown, file_of, read_shown, shares

POLICIES = ("random", "bts")
PULL = 200.0
"""Records that an item's rate of clicks is pulled to that of all with: clicks are rare."""
HALVES = 2

Policy = Mapping[tuple[int, str], float]
"""Probability of an item in a position."""


class Judged(NamedTuple):
    """One policy, and the log of the other one."""

    campaign: str
    logged: str
    wanted: str
    slots: Sequence[LoggedSlot]
    truth: float
    """Share of clicks that the wanted policy really got, in the same week."""
    truth_count: int


def really_got(one: Judged) -> Estimate:
    """Return what a policy really got; with some forty clicks that is a sample too."""
    half = NORMAL_975 * (one.truth * (1.0 - one.truth) / one.truth_count) ** 0.5
    return Estimate(name="really got", value=one.truth, lower=one.truth - half, upper=one.truth + half)


def agree(estimate: Estimate, truth: Estimate) -> bool:
    """Return whether the 95 % interval of the difference of two estimates from different records holds 0."""
    halves = [(one.upper - one.lower) / 2.0 for one in (estimate, truth)]
    return abs(estimate.value - truth.value) <= sum(half**2 for half in halves) ** 0.5


def judgements(folder: Path = DATA) -> list[Judged]:
    """Return each policy of each campaign as the log of the other one tells of it."""
    return [
        _judged(campaign, logged, wanted, folder)
        for campaign in CAMPAIGNS
        for logged, wanted in (POLICIES, POLICIES[::-1])
    ]


def _judged(campaign: str, logged: str, wanted: str, folder: Path) -> Judged:
    log, other = (read_shown(file_of(policy, campaign, folder)) for policy in (logged, wanted))
    policy = shares(other) if wanted == "bts" else _uniform(log, other)
    clicks = sum(one.clicked for one in other)
    return Judged(campaign, logged, wanted, slots_of(log, policy), clicks / len(other), len(other))


def _uniform(*logs: Sequence[Shown]) -> Policy:
    items = sorted({one.item_id for log in logs for one in log})
    positions = sorted({one.position for log in logs for one in log})
    return {(position, item): 1.0 / len(items) for position in positions for item in items}


def slots_of(log: Sequence[Shown], policy: Policy) -> list[LoggedSlot]:
    """Return a log as records of a policy, with what the other half of the log says of each item's clicks."""
    rates = [_rates([one for at, one in enumerate(log) if at % HALVES != half]) for half in range(HALVES)]
    positions = {position for position, _ in policy}
    expected = [
        {
            position: sum(chance * _rate(rate, item) for (place, item), chance in policy.items() if place == position)
            for position in positions
        }
        for rate in rates
    ]
    return [
        LoggedSlot(
            lead_id=f"row-{number:05d}",
            position=one.position,
            item_id=one.item_id,
            propensity=one.propensity,
            new_propensity=policy.get((one.position, one.item_id), 0.0),
            reward=float(one.clicked),
            predicted=_rate(rates[number % HALVES], one.item_id),
            new_predicted=expected[number % HALVES][one.position],
        )
        for number, one in enumerate(log)
    ]


def _rates(log: Sequence[Shown]) -> Mapping[str, float]:
    overall = sum(one.clicked for one in log) / len(log)
    shown: dict[str, tuple[int, int]] = {}
    for one in log:
        clicks, count = shown.get(one.item_id, (0, 0))
        shown[one.item_id] = (clicks + one.clicked, count + 1)
    found = {item: (clicks + PULL * overall) / (count + PULL) for item, (clicks, count) in shown.items()}
    return {**found, "": overall}


def _rate(rates: Mapping[str, float], item: str) -> float:
    return rates.get(item, rates[""])
