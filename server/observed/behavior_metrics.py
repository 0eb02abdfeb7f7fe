"""What is counted of behaviour features."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Gauge


class BehaviorMetrics:
    """How many of the served features are not what the log of events says."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._ratio = Gauge(
            "leadline_feature_mismatch_ratio",
            "Share of a sample of served values that differ from the log of events, by feature, over all tenants.",
            ["feature"],
            registry=registry,
            multiprocess_mode="livemax",
        )
        self._shown: set[str] = set()
        self._compared = Gauge(
            "leadline_feature_values_compared",
            "Served values that the newest comparisons with the log of events looked at.",
            registry=registry,
            multiprocess_mode="livemax",
        )

    def mismatches(self, found: Mapping[str, tuple[int, int]]) -> None:
        """Show feature to (compared, differing) of the newest comparisons; what is not among them shows 0."""
        for feature in self._shown.difference(found):
            self._ratio.labels(feature).set(0.0)
        self._shown.update(found)
        for feature, (compared, differing) in found.items():
            self._ratio.labels(feature).set(differing / compared if compared else 0.0)
        self._compared.set(sum(compared for compared, _ in found.values()))
