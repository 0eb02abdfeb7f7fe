"""Bets on whether one forecast beats another: evidence that may be looked at after every outcome."""

from __future__ import annotations

import math
from dataclasses import dataclass

LARGEST_GAIN = 2.0
"""Nats. No single outcome may say more than that; the corrected log odds stay this close to the version's."""
LARGEST_STAKE = 0.45
"""Below 1 / LARGEST_GAIN: no outcome takes more than nine tenths of what is there."""
PROOF = 20.0
"""1 / 0.05."""
MEMORY = 0.995
"""What is left of an outcome in the running mean after one more: the last 200 or so count."""
_PRIOR_COUNT = 10.0
"""Outcomes' worth of "no difference" the running mean begins with, so that the first few do not place large bets."""
_PRIOR_VARIANCE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Wager:
    """The state of one betting game. Starts with wealth 1."""

    log_wealth: float = 0.0
    """Natural logarithm of the e-value."""
    count: float = 0.0
    """Discounted number of gains so far."""
    total: float = 0.0
    """Discounted sum of gains."""
    squares: float = 0.0
    """Discounted sum of squared gains."""

    @property
    def e_value(self) -> float:
        """The wealth: evidence against "no gain"."""
        return math.exp(self.log_wealth)

    @property
    def proves(self) -> bool:
        """Whether the wealth has reached PROOF."""
        return self.log_wealth >= math.log(PROOF)

    def stake(self) -> float:
        """Return the stake on the next gain, in [0, LARGEST_STAKE], from gains before it alone.

        It is nearly the one that makes wealth grow fastest, mean / (variance + mean^2), and nothing while the mean is
        within one standard error of zero.
        """
        count = self.count + _PRIOR_COUNT
        mean = self.total / count
        second = (self.squares + _PRIOR_COUNT * _PRIOR_VARIANCE) / count
        if mean <= 0.0 or mean * mean * count <= second:
            return 0.0
        return min(LARGEST_STAKE, mean / second)

    def after(self, gain: float) -> Wager:
        """Return the game after one more gain.

        Wealth is multiplied by 1 + stake * gain. While the expected gain given the past is never above 0, wealth is a
        supermartingale that begins at 1, so that it ever reaches 20 with probability at most 5 %, however often one
        looks (Ville 1939; Waudby-Smith and Ramdas 2024, "Estimating means of bounded random variables by betting").

        Args:
            gain: In nats, within +-LARGEST_GAIN; what lies outside by rounding is cut off.
        """
        gain = min(LARGEST_GAIN, max(-LARGEST_GAIN, gain))
        return Wager(
            log_wealth=self.log_wealth + math.log1p(self.stake() * gain),
            count=MEMORY * self.count + 1.0,
            total=MEMORY * self.total + gain,
            squares=MEMORY * self.squares + gain * gain,
        )
