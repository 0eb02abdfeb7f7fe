"""The places of a pool: which process answers in each, and which is to take over."""

from __future__ import annotations

import time
from dataclasses import dataclass

from server.pool.backoff import Backoff
from server.pool.member import Member


@dataclass(eq=False, slots=True)
class Place:
    """Room for one server process."""

    index: int
    backoff: Backoff
    current: Member | None = None
    successor: Member | None = None
    """Starts while ``current`` still answers."""
    due: float = 0.0
    """When to start a process if there is none, on the monotonic clock."""

    @property
    def serving(self) -> bool:
        """Whether calls are answered here."""
        return self.current is not None and self.current.serving

    @property
    def wants_start(self) -> bool:
        """Whether it is time to start a process."""
        return self.current is None and self.successor is None and time.monotonic() >= self.due

    def members(self) -> list[Member]:
        """Return the processes."""
        return [member for member in (self.current, self.successor) if member is not None]

    def hand_over(self) -> Member | None:
        """Put the successor in the place of the current process, and return that."""
        before, self.current, self.successor = self.current, self.successor, None
        return before
