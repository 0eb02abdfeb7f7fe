"""What the server counts of recommendations."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter

from core.recommend.recommendation_log import RecommendationRow


class RecommendationMetrics:
    """Answers by what recommended, and those that were not logged.

    Args:
        registry: Where they are told.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._logged = Counter(
            "leadline_recommendations",
            "Recommendations that were logged, by what recommended.",
            ["source"],
            registry=registry,
        )
        self._lost = Counter(
            "leadline_recommendations_lost", "Recommendations that were not logged.", registry=registry
        )

    def logged(self, rows: Sequence[RecommendationRow]) -> None:
        """Count answers that were logged; called off the response path."""
        for row in rows:
            self._logged.labels(row.source).inc()

    def lost(self, count: int) -> None:
        """Count answers that were not logged."""
        self._lost.inc(count)
