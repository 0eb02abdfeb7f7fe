"""What is counted of experiments."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter


class ExperimentMetrics:
    """Writes of exposures. Implements :class:`core.experiments.exposing.ExposureCounts`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._recorded = Counter(
            "leadline_experiment_exposures",
            "Writes of a unit's exposure or of a lead of it; what is known to be written is not written again.",
            registry=registry,
        )
        self._failed = Counter(
            "leadline_experiment_exposures_failed",
            "Writes of exposures that failed; scores were those of the active version.",
            registry=registry,
        )

    def recorded(self) -> None:
        """Count a write."""
        self._recorded.inc()

    def failed(self) -> None:
        """Count a write that did not succeed."""
        self._failed.inc()
