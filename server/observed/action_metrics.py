"""What the server counts of recommended actions."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter

from core.actions.decision_log import DecisionRow


class ActionMetrics:
    """Answers by what they rest on, and those that were not logged.

    Args:
        registry: Where they are told.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._logged = Counter(
            "leadline_action_decisions",
            "Recommendations of actions that were logged, by what their order rests on.",
            ["basis"],
            registry=registry,
        )
        self._lost = Counter(
            "leadline_action_decisions_lost", "Recommendations of actions that were not logged.", registry=registry
        )

    def logged(self, rows: Sequence[DecisionRow]) -> None:
        """Count answers that were logged; called off the response path."""
        for row in rows:
            self._logged.labels(row.basis).inc()

    def lost(self, count: int) -> None:
        """Count answers that were not logged."""
        self._lost.inc(count)
