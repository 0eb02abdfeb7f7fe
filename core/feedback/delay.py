"""How long conversions take, and what that makes of leads that are silent.

Two things hide conversions from a set of labels. A lead whose window closed in silence may still convert later; and of
the leads whose window is open those that converted quickly are labelled while the others are not, so that conversions
would be too many among the labels. The first is answered by the time to conversion, the second by inverse probability
of censoring weights (Robins and Finkelstein 2000): a label stands for the leads like it that are still watched. Both
rest on the product-limit estimate (Kaplan and Meier 1958).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LEAST_WATCHED = 20
"""Leads that must still be watched for the curve to go on: it ends where chance would decide."""
PRIOR_CONVERSIONS = 5.0
"""So many conversions within the window are believed in before any was seen."""
MOST_STOOD_FOR = 4.0
"""One label stands for at most so many leads, itself included."""


class Ending(Enum):
    """How a lead was last seen."""

    CONVERTED = auto()
    LOST = auto()
    """Somebody said so."""
    SILENT = auto()
    """Nothing was heard yet."""


@dataclass(frozen=True, slots=True)
class Watch:
    """How long a lead was watched from the moment it was first shown, and how that ended."""

    lasted: timedelta
    """Not negative."""
    ending: Ending


class Survival:
    """The product-limit estimate of the share that lasts longer than a time.

    Args:
        lasted: (n,) how long each was watched, >= 0.
        ended: (n,) whether it ended by what is asked about; the others were only watched so long.
        least_watched: The curve stays where it is when fewer are watched.
    """

    def __init__(self, lasted: Floats, ended: npt.NDArray[np.bool_], *, least_watched: int = 1) -> None:
        ends, counts = np.unique(lasted[ended], return_counts=True)
        watched = lasted.size - np.searchsorted(np.sort(lasted), ends, side="left")
        kept = watched >= least_watched
        self._ends = ends[kept]
        self._left = np.concatenate([[1.0], np.cumprod(1.0 - counts[kept] / watched[kept])])

    def after(self, times: Floats) -> Floats:
        """Return the share that lasts longer than each time, (n,)."""
        return self._left[np.searchsorted(self._ends, times, side="right")]

    def until(self, times: Floats) -> Floats:
        """Return the share that lasts at least until each time, (n,)."""
        return self._left[np.searchsorted(self._ends, times, side="left")]

    def at_last(self) -> float:
        """Return the share that lasts for as long as the curve goes."""
        return float(self._left[-1])


class DelayCurve:
    """The delays of one tenant's conversions.

    Args:
        watches: Of every lead that was watched from its beginning, in any order.
        window: When a silent lead counts as lost.
    """

    def __init__(self, watches: Sequence[Watch], window: timedelta) -> None:
        self._window = window.total_seconds()
        lasted = np.array([watch.lasted.total_seconds() for watch in watches], dtype=np.float64)
        converted = np.array([watch.ending is Ending.CONVERTED for watch in watches], dtype=np.bool_)
        silent = np.array([watch.ending is Ending.SILENT for watch in watches], dtype=np.bool_)
        self._conversion_count = int(converted.sum())
        self._unconverted = Survival(lasted, converted, least_watched=LEAST_WATCHED)
        # Watching ends with the window: silence has become a label by then.
        self._watched = Survival(np.minimum(lasted, self._window), silent & (lasted < self._window))

    def share_within(self, times: Sequence[timedelta]) -> Floats:
        """Return which share of all conversions comes within each time, (n,) in [0, 1]; 1 where none is known."""
        at_last = self._unconverted.at_last()
        if at_last == 1.0:
            return np.ones(len(times))
        return (1.0 - self._unconverted.after(_seconds(times))) / (1.0 - at_last)

    def belief_in_silence(self, ages: Sequence[timedelta]) -> Floats:
        """Return how much a silent lead counts as a lost one at each age, (n,) in [0, 1].

        It is the share of conversions that would have come by then, times the chance that this lead is not one of those
        still to come. With it lost and converted leads of an age have the weights of all that are to be: for a share p
        that converts and a share F of it by then, pF beside (1 - pF) · F (1 - p) / (1 - pF) = F (1 - p).
        """
        still = self._unconverted.after(_seconds(ages))
        really_lost = np.divide(self._unconverted.at_last(), still, out=np.ones_like(still), where=still > 0.0)
        seen = self.share_within(ages) * really_lost
        count = self._conversion_count
        return np.asarray((count * seen + PRIOR_CONVERSIONS) / (count + PRIOR_CONVERSIONS), dtype=np.float64)

    def stood_for(self, delays: Sequence[timedelta]) -> Floats:
        """Return how many leads a label stands for that came after each delay: (n,), 1 to MOST_STOOD_FOR."""
        watched = self._watched.until(np.minimum(_seconds(delays), self._window))
        return 1.0 / np.maximum(watched, 1.0 / MOST_STOOD_FOR)


def _seconds(times: Sequence[timedelta]) -> Floats:
    return np.array([time.total_seconds() for time in times], dtype=np.float64)
