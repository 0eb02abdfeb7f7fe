"""What the server keeps of what analyses said of leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.adapters.sql.conversation_facts import SqlConversationFacts
from core.adapters.sql.database import Database
from core.adapters.write_behind import WriteBehind
from core.conversation.facts_store import NewFacts
from core.conversation.unwritten import UnwrittenFacts
from server.observed.analysis_metrics import AnalysisMetrics


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFacts:
    """Facts of conversations, in the store or on their way there."""

    known: UnwrittenFacts
    log: WriteBehind[NewFacts]


def build_conversation_facts(database: Database, counts: AnalysisMetrics) -> KeptFacts:
    """Put it together. Nothing connects yet.

    Args:
        database: Migrated.
        counts: Where facts are counted.
    """
    store = SqlConversationFacts(database)

    def written(batch: Sequence[NewFacts]) -> None:
        known.written(batch)
        counts.kept(batch)

    log = WriteBehind[NewFacts](store.append, written, counts.lost, name="conversation-facts")
    known = UnwrittenFacts(store, log.offer)
    return KeptFacts(known=known, log=log)
