"""What the server counts of the health of leads."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter

from core.health.health import LeadHealth


class LeadHealthMetrics:
    """Assessments by level, and readings that were not stored.

    Args:
        registry: Where they are told.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._assessed = Counter(
            "leadline_lead_health", "Assessments of leads, by their level.", ["level"], registry=registry
        )
        self._lost = Counter(
            "leadline_lead_health_readings_lost",
            "Readings of a lead's health that were not stored; the next assessment makes them again.",
            registry=registry,
        )

    def assessed(self, health: LeadHealth) -> None:
        """Count an assessment."""
        self._assessed.labels(health.level.value).inc()

    def lost(self, count: int) -> None:
        """Count readings that were not stored."""
        self._lost.inc(count)
