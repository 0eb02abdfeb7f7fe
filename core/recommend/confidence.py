"""How much evidence a recommendation rests on."""

from __future__ import annotations

from collections.abc import Sequence

from core.event import EventKind
from core.recommend.interaction import PREFERENCES, Interaction

HALF_LEAD = 10.0
"""Likes, or what says as much, at which what is known of a lead counts half."""
HALF_ITEM = 20.0
"""Leads at which what is known of an item counts half."""
_LIKE = PREFERENCES[EventKind.ITEM_LIKED]


def effective_interactions(history: Sequence[Interaction]) -> float:
    """Return how much a lead has said, in likes: a look is a third of one, a purchase five thirds, a dislike one."""
    return sum(abs(one.weight) for one in history) / _LIKE


def confidence(effective: float, item_leads: int) -> float:
    """Return the mean of what is known of the lead and of the item, in [0, 1).

    ``effective / (effective + 10)`` and ``item_leads / (item_leads + 20)``: each rises with the evidence, never falls,
    and is a half where the evidence is what the number says.

    Args:
        effective: What the lead has said, in likes, >= 0.
        item_leads: Leads that did something with the item in the last 30 days, >= 0.
    """
    of_lead = effective / (effective + HALF_LEAD)
    of_item = item_leads / (item_leads + HALF_ITEM)
    return (of_lead + of_item) / 2.0
