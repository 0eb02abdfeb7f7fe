"""Worlds in which actions bring what is known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from core.actions.trials import Trial

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
ACTIONS = ("call", "mail", "none")
Rate = Callable[[str, bool], float]
"""Probability of a conversion after an action, for a lead that is a firm or not."""


def crossed(action_id: str, is_firm: bool) -> float:
    """Return the rate of a world in which firms want calls and others mails."""
    return {"call": 0.4 if is_firm else 0.1, "mail": 0.1 if is_firm else 0.4, "none": 0.1}[action_id]


def alike(action_id: str, is_firm: bool) -> float:
    """Return the rate of a world in which calls are best for everybody."""
    return {"call": 0.3, "mail": 0.2, "none": 0.1}[action_id] + (0.05 if is_firm else 0.0)


def trials_in(rate: Rate, count: int, *, seed: int = 1, skewed: bool = False) -> list[Trial]:
    """Return trials of three actions given by chance; skewed: mostly calls."""
    chance, found = Random(seed), []
    weights = (0.7, 0.2, 0.1) if skewed else (1 / 3, 1 / 3, 1 / 3)
    for number in range(count):
        place = chance.choices(range(3), weights)[0]
        is_firm = chance.random() < 0.5
        found.append(
            Trial(
                lead_id=f"lead{number}",
                action_id=ACTIONS[place],
                propensity=weights[place],
                time=MOMENT + timedelta(minutes=number),
                facts={"lead.firm": is_firm, "lead.price": chance.gauss(100.0, 20.0), "lead.kind": chance.choice("ab")},
                converted=chance.random() < rate(ACTIONS[place], is_firm),
                candidates=frozenset(ACTIONS),
            )
        )
    return found
