"""What is counted of leads in memory, and of what is written of them off the response path."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge


class LiveMetrics:
    """Leads in memory, stored states and kept vectors."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._leads = Gauge(
            "leadline_live_leads",
            "Leads whose behaviour features are in memory.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._states = Counter(
            "leadline_lead_states_stored", "Copies of large leads that were due and are stored.", registry=registry
        )
        self._states_lost = Counter(
            "leadline_lead_states_lost",
            "Copies of large leads that could not be stored; the leads are read from the log.",
            registry=registry,
        )
        self._vectors = Counter(
            "leadline_served_vectors", "Served features that were kept, to be worked out again.", registry=registry
        )
        self._vectors_lost = Counter(
            "leadline_served_vectors_lost", "Served features that could not be kept.", registry=registry
        )

    def in_memory(self, leads: float) -> None:
        """Show how many leads are in memory."""
        self._leads.set(leads)

    def states_written(self, states: Sequence[object]) -> None:
        """Count states that are stored."""
        self._states.inc(len(states))

    def states_lost(self, count: int) -> None:
        """Count states that could not be."""
        self._states_lost.inc(count)

    def vectors_written(self, vectors: Sequence[object]) -> None:
        """Count vectors that are kept."""
        self._vectors.inc(len(vectors))

    def vectors_lost(self, count: int) -> None:
        """Count vectors that could not be."""
        self._vectors_lost.inc(count)
