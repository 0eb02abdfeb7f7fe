"""The span of history an aggregate looks at."""

from __future__ import annotations

from dataclasses import dataclass

MINUTE_US = 60 * 1_000_000
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Events from the beginning of the step that holds ``moment - span`` up to ``moment``.

    A window moves in steps, so that a bounded number of partial sums holds it, whatever happened in it. With span 30
    days and steps of a day it covers 30 to 31 days. The boundary is part of the definition and the same for live
    values and for values of the past: nothing is approximate about it.

    Attributes:
        span_us: Length in microseconds; 0 for all of history.
        step_us: Length of a step in microseconds; steps begin at multiples of it since 1970 UTC. 0 for all of history.
    """

    name: str
    span_us: int
    step_us: int

    def first_step(self, moment_us: int) -> int:
        """Return the number of the oldest step within the window at a moment."""
        return (moment_us - self.span_us) // self.step_us

    def start_us(self, moment_us: int) -> int:
        """Return the first microsecond within the window at a moment; of all of history: far in the past."""
        return self.first_step(moment_us) * self.step_us if self.span_us else -(2**62)


EVER = Window(name="ever", span_us=0, step_us=0)
HOUR = Window(name="1h", span_us=HOUR_US, step_us=5 * MINUTE_US)
DAY = Window(name="1d", span_us=DAY_US, step_us=HOUR_US)
WEEK = Window(name="7d", span_us=7 * DAY_US, step_us=6 * HOUR_US)
MONTH = Window(name="30d", span_us=30 * DAY_US, step_us=DAY_US)
QUARTER = Window(name="90d", span_us=90 * DAY_US, step_us=DAY_US)
YEAR = Window(name="365d", span_us=365 * DAY_US, step_us=7 * DAY_US)
