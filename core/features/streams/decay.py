"""Decaying sums in whole numbers: the order of events does not matter, and old events never need to be visited.

An event at time t lies in step ``t // (half_life // 64)``; a step is 64 * whole + fraction. The event adds
``STEP_WEIGHTS[fraction] * value`` to the sum of its whole number. At a moment in step 64 * w + f the decayed value is

    sum over n from w - OLDEST to w of  sums[n] * 2 ** (n - w)  /  STEP_WEIGHTS[f]

which weighs each event 2 ** (-age / half_life), its age counted in steps. (Decay by landmarks: Cormode, Shkapenyuk,
Srivastava, Xu 2009, "Forward decay", section 3.)
"""

from __future__ import annotations

from collections.abc import Mapping

STEPS_PER_HALF_LIFE = 64
OLDEST = 40
"""Half-lives after which nothing counts."""
STEP_WEIGHTS = tuple(round(2 ** (step / STEPS_PER_HALF_LIFE) * 2**20) for step in range(STEPS_PER_HALF_LIFE))
"""2 ** (step / 64) in units of 2 ** -20."""


def decay_step(time_us: int, half_life_us: int) -> tuple[int, int]:
    """Return the whole number of half-lives since 1970 in which a time lies, and the fraction: 0 to 63."""
    return divmod(time_us // (half_life_us // STEPS_PER_HALF_LIFE), STEPS_PER_HALF_LIFE)


def decayed(sums: Mapping[int, int], moment_us: int, half_life_us: int) -> float:
    """Return the decayed value at a moment.

    Args:
        sums: By whole number of half-lives: the sum of weight times value over its events. Older ones than count may
            be among them.
        moment_us: Not before any of the events.
        half_life_us: A multiple of 64.
    """
    now, fraction = decay_step(moment_us, half_life_us)
    oldest = now - OLDEST
    # One division of whole numbers, which Python rounds correctly: no float is ever added up.
    weighted = sum(total << (whole - oldest) for whole, total in sums.items() if whole >= oldest)
    return weighted / (STEP_WEIGHTS[fraction] << OLDEST)
