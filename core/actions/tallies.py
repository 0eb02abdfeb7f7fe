"""How often each action was taken, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.actions.effects import Effect
from core.criteria.facts import Facts

NORMAL_975 = 1.959963984540054
OF_GROUP = 20.0
"""An action's rate counts against its group's like so many outcomes of the group."""
OF_ALL = 20.0
"""A group's rate counts against that of all actions like so many outcomes of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What came of one action, over all leads of a tenant."""

    action_id: str
    group: str = ""
    trials: int = 0
    """Contacts of which the end is known: converted, not converted, or nothing heard within the outcome window."""
    converted: int = 0
    """Of ``trials``."""
    pending: int = 0
    """Taken, end not known yet."""
    rejected: int = 0
    not_now: int = 0
    value_total: float = 0.0
    """What the conversions brought together."""


class TallyEffects:
    """Says how probable conversions are, the same for every lead. Implements :class:`core.actions.effects.EffectModel`.

    The rate of an action is pulled to that of its group, and that to the rate of all: with few outcomes it says what
    similar actions do (a Beta prior whose mean is the level above and whose weight is 20 outcomes). Of actions nobody
    took it says nothing. It compares nothing: who got which action was no chance.

    Args:
        tallies: Of one tenant.
    """

    version = ""

    def __init__(self, tallies: Iterable[Tally]) -> None:
        tallies = list(tallies)
        self._effects = _effects(tallies)

    def effects(self, facts: Facts, action_ids: Sequence[str]) -> Mapping[str, Effect]:  # noqa: ARG002  as promised
        """Return what is known of each action."""
        return {action_id: self._effects[action_id] for action_id in action_ids if action_id in self._effects}


def _effects(tallies: Sequence[Tally]) -> dict[str, Effect]:
    groups: dict[str, tuple[int, int]] = {}
    for tally in tallies:
        converted, trials = groups.get(tally.group, (0, 0))
        groups[tally.group] = (converted + tally.converted, trials + tally.trials)
    total = (sum(one[0] for one in groups.values()), sum(one[1] for one in groups.values()))
    overall = _pulled(*total, 0.5, 1.0)
    rates = {group: _pulled(*counts, overall, OF_ALL) for group, counts in groups.items()}
    return {tally.action_id: _effect(tally, rates[tally.group]) for tally in tallies if tally.trials}


def _effect(tally: Tally, of_group: float) -> Effect:
    rate = _pulled(tally.converted, tally.trials, of_group, OF_GROUP)
    half = NORMAL_975 * (rate * (1.0 - rate) / (tally.trials + OF_GROUP + 1.0)) ** 0.5
    interval = (max(0.0, rate - half), min(1.0, rate + half))
    return Effect(propensity=rate, uplift=None, interval=interval, evidence_count=tally.trials)


def _pulled(converted: int, trials: int, to: float, weight: float) -> float:
    return (converted + weight * to) / (trials + weight)
