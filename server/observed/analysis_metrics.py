"""What the server counts of analyses: never a word of a conversation."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter

from core.conversation.analysis import Analysis
from core.conversation.facts_store import NewFacts


class AnalysisMetrics:
    """Analyses by what answered, messages that were read, and facts that were not kept.

    Args:
        registry: Where they are told.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._heads = Counter(
            "leadline_head_answers",
            "Analyses, by kind of the model that reads messages and what answered for it.",
            ["kind", "source"],
            registry=registry,
        )
        self._messages = Counter(
            "leadline_analyzed_messages",
            "Messages of analysed conversations: read in this call, or known from one before.",
            ["known"],
            registry=registry,
        )
        self._kept = Counter("leadline_conversation_facts", "Analyses of leads that were kept.", registry=registry)
        self._lost = Counter(
            "leadline_conversation_facts_lost", "Analyses of leads that could not be kept.", registry=registry
        )

    def analyzed(self, analysis: Analysis) -> None:
        """Count an answer."""
        for kind, use in analysis.uses.items():
            self._heads.labels(kind, use.source.value).inc()
        count = analysis.judged.state.tempo.message_count
        self._messages.labels("no").inc(analysis.new_count)
        self._messages.labels("yes").inc(count - analysis.new_count)

    def kept(self, batch: Sequence[NewFacts]) -> None:
        """Count facts that were written; called off the response path."""
        self._kept.inc(len(batch))

    def lost(self, count: int) -> None:
        """Count facts that were not written."""
        self._lost.inc(count)
