"""What admission counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class AdmissionMetrics(Protocol):
    """Where admission counts. Called for every refused call: cheap, thread-safe."""

    def shed(self, kind: str, reason: str) -> None:
        """Count a refused call.

        Args:
            kind: One of :class:`server.admission.kinds.CallKind`.
            reason: For example ``QUEUE_FULL``.
        """

    def watch(self, kind: str, waiting: Callable[[], int], running: Callable[[], int]) -> None:
        """Say where the length of a lane's queue and its calls under way can be read at any time."""


class NoAdmissionMetrics:
    """Counts nothing."""

    def shed(self, kind: str, reason: str) -> None:
        """Count nothing."""

    def watch(self, kind: str, waiting: Callable[[], int], running: Callable[[], int]) -> None:
        """Read nothing."""
