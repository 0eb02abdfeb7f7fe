"""What is counted of the challenger in the shadow."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter


class ShadowMetrics:
    """Answers the shadow scored, and those it did not."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._scored = Counter("leadline_shadow_scored", "Scores of the shadow that were written.", registry=registry)
        self._dropped = Counter(
            "leadline_shadow_dropped", "Sampled answers the shadow did not score, or not in writing.", registry=registry
        )
        self._failed = Counter("leadline_shadow_failed", "Answers the shadow could not score.", registry=registry)

    def scored(self, count: int) -> None:
        """Count scores that were written."""
        self._scored.inc(count)

    def dropped(self, count: int) -> None:
        """Count sampled answers that were not scored, or whose score was not written."""
        self._dropped.inc(count)

    def failed(self) -> None:
        """Count an answer the challenger could not score."""
        self._failed.inc()
