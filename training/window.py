"""How much a row counts for its age."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import InvalidInput

Floats = npt.NDArray[np.float64]

FEWEST_ROWS = 300
"""A window or a half-life below that is not tried: it would follow noise."""
_NEGLIGIBLE = 1e-3
"""What counts less is left out: about ten half-lives."""
_SHARES = (2, 4, 8)
_is_window = re.compile(r"(newest|half-life)=([1-9][0-9]{0,8})").fullmatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Everything, the newest rows, or weights that halve every ``half_life`` rows. At most one of them is given."""

    newest: int | None = None
    half_life: int | None = None

    def weights(self, count: int) -> Floats | None:
        """Return the weight of each of ``count`` rows, oldest first, (count,), in [0, 1]; None: all count alike."""
        age = np.arange(count, dtype=np.float64)[::-1]
        if self.half_life is not None:
            faded = 0.5 ** (age / self.half_life)
            return np.where(faded >= _NEGLIGIBLE, faded, 0.0)
        if self.newest is not None and self.newest < count:
            return (age < self.newest).astype(np.float64)
        return None

    @property
    def name(self) -> str:
        """Name as ``--window`` takes it."""
        if self.half_life is not None:
            return f"half-life={self.half_life}"
        return "everything" if self.newest is None else f"newest={self.newest}"

    @property
    def reach(self) -> float:
        """How many rows it looks back at, about; infinite for everything. Three half-lives leave an eighth."""
        if self.half_life is not None:
            return 3.0 * self.half_life
        return np.inf if self.newest is None else float(self.newest)


EVERYTHING = Window()


def parse_window(text: str) -> Window:
    """Return the window of a name: ``everything``, ``newest=N`` or ``half-life=N``, in rows.

    Raises:
        InvalidInput: If it is none of them.
    """
    if text == EVERYTHING.name:
        return EVERYTHING
    found = _is_window(text)
    if found is None:
        raise InvalidInput.of("--window", "must be everything, newest=ROWS or half-life=ROWS")
    rows = int(found[2])
    return Window(newest=rows) if found[1] == "newest" else Window(half_life=rows)


def recent_windows(count: int) -> tuple[Window, ...]:
    """Return the newest half, quarter and eighth of ``count`` rows that are enough."""
    return tuple(Window(newest=count // share) for share in _SHARES if count // share >= FEWEST_ROWS)


def fading_windows(count: int) -> tuple[Window, ...]:
    """Return half-lives of a half, a quarter and an eighth of ``count`` rows that are enough."""
    return tuple(Window(half_life=count // share) for share in _SHARES if count // share >= FEWEST_ROWS)
