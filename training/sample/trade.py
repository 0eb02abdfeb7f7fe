"""What leads of one trade talk about, and how they are put into words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.sample.dice import Dice

_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """A phrase grammar. ``{slot}`` in a phrase stands for one of the slot's words, which may hold slots again."""

    group: str
    """First part of the category."""
    kinds: Mapping[str, Sequence[str]]
    """Second part of the category to what is wanted; fills the slot ``subject``."""
    titles: Sequence[str]
    openings: Sequence[str]
    details: Sequence[str]
    closings: Sequence[str]
    slots: Mapping[str, Sequence[str]]
    price_range: tuple[float, float]
    """Lowest and highest price, in the tenant's currency."""
    has_companies: bool
    """Whether the asking side is a company."""

    def typical_price(self) -> float:
        """Return the price in the middle, by factors."""
        low, high = self.price_range
        return float((low * high) ** 0.5)

    def say(self, phrase: str, subject: str, dice: Dice) -> str:
        """Fill every slot of a phrase."""
        while True:
            filled = _SLOT.sub(lambda slot: self._word(slot[1], subject, dice), phrase)
            if filled == phrase:
                return filled
            phrase = filled

    def _word(self, slot: str, subject: str, dice: Dice) -> str:
        return subject if slot == "subject" else dice.pick(self.slots[slot])
