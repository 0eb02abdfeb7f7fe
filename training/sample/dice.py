"""Seeded chance that is the same on every version of Python."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws by ``Random.random`` alone: the only method whose sequence Python promises to keep.

    Args:
        seed: Same seed, same draws.
    """

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random

    def share(self) -> float:
        """Return a number in [0, 1), each as likely."""
        return self._random()

    def happens(self, probability: float) -> bool:
        """Return True with this probability."""
        return self._random() < probability

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of the choices, each as likely."""
        return choices[int(self._random() * len(choices))]

    def pick_several(self, choices: Sequence[T], count: int) -> list[T]:
        """Return ``count`` different choices, in drawn order."""
        left = list(choices)
        return [left.pop(int(self._random() * len(left))) for _ in range(min(count, len(left)))]

    def pick_weighted(self, weights: Mapping[T, float]) -> T:
        """Return one of the keys, as likely as its weight says."""
        left = self._random() * sum(weights.values())
        for choice, weight in weights.items():
            left -= weight
            if left < 0.0:
                return choice
        return next(reversed(list(weights)))

    def exponential(self, mean: float) -> float:
        """Return a waiting time with this mean."""
        return -mean * math.log(1.0 - self._random())

    def log_uniform(self, low: float, high: float) -> float:
        """Return a number in [low, high), every factor as likely."""
        return float(low * (high / low) ** self._random())
